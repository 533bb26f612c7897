"""Batches: one operation on many records, worked on by job workers."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.identifiers import uuid7
from tenants.scoped_models import TenantScopedModel


class BatchStatus(models.TextChoices):
    """The status of a batch, in the contract's words."""

    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Succeeded")
    PARTIALLY_FAILED = "partially_failed", _("Partially failed")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    STOPPED_BY_BUDGET = "stopped_by_budget", _("Stopped by budget")


OPEN = (BatchStatus.QUEUED, BatchStatus.RUNNING)


class ItemStatus(models.TextChoices):
    """The status of a record of a batch."""

    PENDING = "pending", _("Pending")
    OK = "ok", _("Ok")
    FAILED = "failed", _("Failed")


class Batch(TenantScopedModel):
    """One operation on many records. Texts, options and results are encrypted with the tenant's key."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    operation = models.CharField(max_length=32)
    status = models.CharField(max_length=24, choices=BatchStatus, default=BatchStatus.QUEUED)
    options_encrypted = models.BinaryField()
    records_total = models.PositiveIntegerField()
    records_ok = models.PositiveIntegerField(default=0)
    records_failed = models.PositiveIntegerField(default=0)
    cost_usd = models.DecimalField(max_digits=18, decimal_places=10, default=0)
    estimated_cost_usd = models.DecimalField(max_digits=18, decimal_places=10, null=True)
    max_cost_usd = models.DecimalField(max_digits=18, decimal_places=10, null=True)
    webhook_url = models.TextField(blank=True)
    webhook_delivered_at = models.DateTimeField(null=True)
    api_key_id = models.UUIDField(null=True)
    user_id = models.UUIDField(null=True)
    actor_id = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True, help_text="When records and results are deleted.")

    class Meta(TenantScopedModel.Meta):
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="batches_by_tenant_and_time"),
            models.Index(fields=["expires_at"], name="batches_by_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


class BatchItem(TenantScopedModel):
    """One call of a batch: one record, or all records of an operation on many records together.

    is_queued: whether workers may take it. lease_token, leased_until: the worker that has taken it, and until when; a
    worker writes only while the token is its own. began_at: when the worker began with it. attempts: attempts that
    failed or ended with the worker, in our own code. interruptions: workers that ended while a model was called.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False, help_text="The call_id in the ledger.")
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="items", db_index=False)
    index = models.PositiveIntegerField()
    record_reference = models.TextField(blank=True, help_text="The caller's id of the record.")
    stored_record_id = models.UUIDField(null=True, help_text="Of the stored record, for batches of stored records.")
    records_count = models.PositiveIntegerField(default=1)
    status = models.CharField(max_length=8, choices=ItemStatus, default=ItemStatus.PENDING)
    content_encrypted = models.BinaryField(null=True)
    result_encrypted = models.BinaryField(null=True)
    error_code = models.CharField(max_length=64, blank=True)
    error_message = models.CharField(max_length=255, blank=True)
    error_details = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    is_queued = models.BooleanField(default=True)
    is_erased = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    interruptions = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    began_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta(TenantScopedModel.Meta):
        verbose_name = _("record of a batch")
        verbose_name_plural = _("records of batches")
        ordering = ["batch", "index"]
        indexes = [
            models.Index(
                fields=["tenant", "batch", "index"],
                condition=models.Q(is_queued=True),
                name="batch_items_to_do",
            ),
            models.Index(fields=["batch", "status"], include=["records_count"], name="batch_items_by_status"),
            models.Index(
                fields=["tenant", "stored_record_id"],
                condition=models.Q(stored_record_id__isnull=False),
                name="batch_items_by_record",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "batch", "index"], name="one_batch_item_per_index"),
        ]

    def __str__(self) -> str:
        return f"{self.index}"
