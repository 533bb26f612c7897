"""Health of the models by hour."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.identifiers import uuid7
from tenants.scoped_models import TenantScopedModel


class HealthSnapshot(TenantScopedModel):
    """One model in one hour: the calls of one tenant, or of all tenants in the rows of the platform tenant.

    Latencies are in seconds, of successful calls; None without any.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    bucket = models.DateTimeField(help_text="Start of the hour.")
    model = models.CharField(max_length=255)
    calls = models.PositiveIntegerField()
    latency_p50 = models.FloatField(null=True)
    latency_p95 = models.FloatField(null=True)
    latency_p99 = models.FloatField(null=True)
    error_rate = models.FloatField()
    tokens_per_request = models.FloatField()
    notes = models.TextField(
        blank=True, max_length=2000, help_text="What is known about this hour. Do not enter feedback text."
    )

    class Meta(TenantScopedModel.Meta):
        verbose_name = _("health snapshot")
        verbose_name_plural = _("health snapshots")
        ordering = ["-bucket", "model"]
        constraints = [models.UniqueConstraint(fields=["tenant", "bucket", "model"], name="one_snapshot_per_hour")]

    def __str__(self) -> str:
        return f"{self.bucket:%Y-%m-%d %H:%M} {self.model}"
