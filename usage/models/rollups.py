"""The ledger added up by day, and marks of days that must be added up again."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Now

from tenants.scoped_models import TenantScopedModel


class UsageDay(TenantScopedModel):
    """A day of the ledger at one grain. usage/metrics/day_sql.py defines the columns."""

    day = models.DateField()
    grain = models.SmallIntegerField()
    operation = models.CharField(max_length=32, null=True)  # noqa: DJ001 (null: not in the grain)
    model = models.CharField(max_length=255, null=True)  # noqa: DJ001
    api_key_id = models.UUIDField(null=True)
    user_id = models.UUIDField(null=True)
    framework_version_id = models.UUIDField(null=True)
    requests = models.BigIntegerField()
    failed_requests = models.BigIntegerField()
    records = models.BigIntegerField()
    calls = models.BigIntegerField()
    failed_calls = models.BigIntegerField()
    successful_calls = models.BigIntegerField()
    unpriced_calls = models.BigIntegerField()
    input_tokens = models.BigIntegerField()
    cached_tokens = models.BigIntegerField()
    output_tokens = models.BigIntegerField()
    cost_usd = models.DecimalField(max_digits=24, decimal_places=10)
    latency_ms = models.FloatField()
    latency_buckets = ArrayField(models.IntegerField(), null=True)
    latency_counts = ArrayField(models.IntegerField(), null=True)

    class Meta(TenantScopedModel.Meta):
        db_table = "usage_day"
        indexes = [
            models.Index(fields=["tenant", "grain", "day"], name="usage_day_by_tenant_and_grain"),
            models.Index(fields=["grain", "day"], name="usage_day_by_grain"),
            models.Index(fields=["day"], name="usage_day_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.operation}"


class LateQuarter(TenantScopedModel):
    """A quarter of an hour with ledger rows that changed late. Its days are read live until they are rolled up again.

    A trigger on the ledger writes it, in the transaction of the late row (see usage/metrics/rollups.py).
    """

    starts_at = models.DateTimeField()
    marked_at = models.DateTimeField(db_default=Now())

    class Meta(TenantScopedModel.Meta):
        db_table = "usage_late_quarter"
        constraints = [models.UniqueConstraint(fields=["tenant", "starts_at"], name="one_mark_per_late_quarter")]

    def __str__(self) -> str:
        return str(self.starts_at)


class RollupState(models.Model):
    """The watermark of the rollups. There is one row: rollups start again after a change of TIME_ZONE.

    version: a trigger replaces it in every transaction that changes UsageDay, so that figures can be cached by it.
    """

    time_zone = models.CharField(max_length=64, unique=True)
    rolled_until = models.DateTimeField()
    version = models.UUIDField(db_default=RandomUUID())

    def __str__(self) -> str:
        return f"{self.time_zone} {self.rolled_until}"
