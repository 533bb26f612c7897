"""Monthly costs by resource, and the providers' bills that they are compared with."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.identifiers import uuid7
from tenants.scoped_models import TenantScopedModel


class ResourceType(models.TextChoices):
    """The purpose of a resource."""

    TRAINING = "training", _("Training")
    SERVING = "serving", _("Serving")


class ProfileStatus(models.TextChoices):
    """The status of a month. A draft can still change."""

    DRAFT = "draft", _("Draft")
    FINAL = "final", _("Final")


class CostProfile(TenantScopedModel):
    """The cost of one resource for one tenant in a month, by the ledger and by the provider's bill.

    Resources that are billed and have no calls in the ledger, such as training, belong to the platform tenant. A
    trigger of the database freezes final rows. window_end: the first day after the month. amount: by the ledger.
    billed_amount: the tenant's share of the bill; None without one. budget_variance: amount minus the tenant's monthly
    budget for this model; None without one.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resource_type = models.CharField(max_length=16, choices=ResourceType)
    resource_id = models.CharField(max_length=255)
    window_start = models.DateField()
    window_end = models.DateField()
    gpu_hours = models.DecimalField(max_digits=14, decimal_places=3, default=0)
    token_count = models.BigIntegerField(default=0)
    unpriced_calls = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, default="USD")
    amount = models.DecimalField(max_digits=20, decimal_places=10, default=0)
    billed_amount = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    budget_variance = models.DecimalField(max_digits=20, decimal_places=10, null=True)
    status = models.CharField(max_length=8, choices=ProfileStatus, default=ProfileStatus.DRAFT)
    drafted_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantScopedModel.Meta):
        ordering = ["-window_start", "resource_type", "resource_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "window_start", "resource_type", "resource_id"],
                name="one_profile_per_resource_and_month",
            ),
            models.CheckConstraint(condition=models.Q(currency="USD"), name="profiles_are_in_usd"),
        ]

    def __str__(self) -> str:
        return f"{self.window_start:%Y-%m} {self.resource_id}"


class ProviderBill(TenantScopedModel):
    """A provider's uploaded bill for a month. Bills belong to the platform tenant."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    window_start = models.DateField()
    provider = models.CharField(max_length=64)
    file_digest = models.CharField(max_length=64, help_text="SHA-256 of the file.")
    uploaded_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantScopedModel.Meta):
        ordering = ["-window_start", "provider"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "window_start", "provider"], name="one_bill_per_provider_and_month"
            )
        ]

    def __str__(self) -> str:
        return f"{self.window_start:%Y-%m} {self.provider}"


class BillLine(TenantScopedModel):
    """A line of a bill. Credits are negative."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    bill = models.ForeignKey(ProviderBill, on_delete=models.CASCADE, related_name="lines")
    line_number = models.PositiveIntegerField()
    resource_type = models.CharField(max_length=16, choices=ResourceType)
    resource_id = models.CharField(max_length=255)
    amount = models.DecimalField(max_digits=20, decimal_places=10)
    token_count = models.BigIntegerField(default=0)
    gpu_hours = models.DecimalField(max_digits=14, decimal_places=3, default=0)

    class Meta(TenantScopedModel.Meta):
        ordering = ["line_number"]

    def __str__(self) -> str:
        return f"{self.line_number} {self.resource_id}"
