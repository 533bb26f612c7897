"""The ledger of model calls and the prices they are costed with."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.identifiers import uuid7
from tenants.scoped_models import SharedScopedManager, TenantScopedModel


class CallStatus(models.TextChoices):
    """How an attempt ended; unknown means that nobody can tell whether it was billed."""

    PENDING = "pending", "Pending"
    OK = "ok", "Ok"
    ERROR = "error", "Error"
    UNKNOWN = "unknown", "Unknown"


class LLMCall(TenantScopedModel):
    """One attempt at a model call.

    Opened as `pending` at the upper estimate of tokens and cost, before the provider is called; closed with what the
    provider said. A row nobody closed becomes `unknown` and keeps the upper estimate: the ledger never under-reports.
    Ids of upper rooms are plain columns without foreign keys.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    call_id = models.UUIDField(help_text="The API request: its X-Request-ID.")
    operation = models.CharField(max_length=32)
    step = models.CharField(max_length=32, help_text="What the call was for: summarize, judge, pick, map, ...")
    attempt = models.PositiveSmallIntegerField(default=1)
    request_model = models.CharField(max_length=255)
    response_model = models.CharField(max_length=255, blank=True)
    prompt_name = models.CharField(max_length=64, blank=True)
    prompt_version = models.CharField(max_length=32, blank=True)
    redaction_version = models.CharField(max_length=64, blank=True)
    input_tokens = models.PositiveIntegerField(default=0, help_text="All of the prompt, cached tokens included.")
    cached_tokens = models.PositiveIntegerField(default=0)
    cache_write_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0, help_text="All of the answer, reasoning included.")
    reasoning_tokens = models.PositiveIntegerField(default=0)
    cost_usd = models.DecimalField(max_digits=18, decimal_places=10, default=0)
    price_id = models.UUIDField(null=True)
    price_unknown = models.BooleanField(default=False)
    latency_seconds = models.FloatField(default=0)
    status = models.CharField(max_length=8, choices=CallStatus, default=CallStatus.PENDING)
    error_class = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    give_up_at = models.DateTimeField(help_text="When the sweeper may take the row for lost.")
    api_key_id = models.UUIDField(null=True)
    user_id = models.UUIDField(null=True)
    framework_version_id = models.UUIDField(null=True)
    model_entry_id = models.UUIDField(null=True)
    endpoint_id = models.UUIDField(null=True)
    experiment_arm = models.CharField(max_length=32, blank=True)
    batch_id = models.UUIDField(null=True)
    records_count = models.PositiveIntegerField(default=0)

    class Meta(TenantScopedModel.Meta):
        db_table = "llm_calls"
        verbose_name = "model call"
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="llm_calls_by_tenant_and_time"),
            models.Index(fields=["-created_at", "-id"], name="llm_calls_by_time"),
            models.Index(fields=["call_id"], name="llm_calls_by_request"),
            models.Index(
                fields=["give_up_at"],
                condition=models.Q(status=CallStatus.PENDING),
                name="llm_calls_still_pending",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation}/{self.step} {self.status}"


class TokenClass(models.TextChoices):
    """What providers price apart."""

    INPUT = "input", "Input"
    CACHED = "cached", "Cached input"
    CACHE_WRITE = "cache_write", "Cache write"
    OUTPUT = "output", "Output"
    REASONING = "reasoning", "Reasoning"


class ModelPrice(TenantScopedModel):
    """What a million tokens of one class cost from a moment on. The platform tenant's prices hold for everybody."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    model = models.CharField(max_length=255, help_text="The model string as it is called, for example azure/gpt-4o.")
    token_class = models.CharField(max_length=16, choices=TokenClass)
    effective_from = models.DateTimeField()
    currency = models.CharField(max_length=3, default="USD")
    price_per_million = models.DecimalField(max_digits=14, decimal_places=6)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[SharedScopedManager] = SharedScopedManager()

    class Meta(TenantScopedModel.Meta):
        ordering = ["model", "token_class", "-effective_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "model", "token_class", "effective_from"],
                name="one_price_per_class_and_moment",
            ),
            models.CheckConstraint(condition=models.Q(price_per_million__gte=0), name="price_is_not_negative"),
            models.CheckConstraint(condition=models.Q(currency="USD"), name="prices_are_in_usd"),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.token_class} {self.price_per_million} {self.currency}"


class UsageDay(TenantScopedModel):
    """A day of the ledger, added up: usage/daily.py says what each column is. Made again when a late row comes."""

    day = models.DateField()
    operation = models.CharField(max_length=32)
    model = models.CharField(max_length=255)
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
            models.Index(fields=["tenant", "day"], name="usage_day_by_tenant"),
            models.Index(fields=["day"], name="usage_day_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.operation}"


class LateQuarter(TenantScopedModel):
    """A quarter of an hour whose ledger rows changed late: the days it touches are read live until rolled up again.

    Written by a trigger on the ledger, in the transaction of the late row; the rule is in usage/rollups.py.
    """

    starts_at = models.DateTimeField()
    marked_at = models.DateTimeField(db_default=Now())

    class Meta(TenantScopedModel.Meta):
        db_table = "usage_late_quarter"
        constraints = [models.UniqueConstraint(fields=["tenant", "starts_at"], name="one_mark_per_late_quarter")]

    def __str__(self) -> str:
        return str(self.starts_at)


class RollupState(models.Model):
    """How far the rollups reach. One row a time zone: after a change of TIME_ZONE they begin anew."""

    time_zone = models.CharField(max_length=64, unique=True)
    rolled_until = models.DateField()

    def __str__(self) -> str:
        return f"{self.time_zone} {self.rolled_until}"


class BudgetSubject(models.TextChoices):
    """What a budget limits."""

    TENANT = "tenant", _("The whole tenant")
    API_KEY = "api_key", _("One API key")
    OPERATION = "operation", _("One operation")
    MODEL = "model", _("One model")


class BudgetSpan(models.TextChoices):
    """How often a budget begins anew."""

    DAY = "day", _("A day")
    MONTH = "month", _("A month")


class Budget(TenantScopedModel):
    """How much may be spent in a day or a month. Calls that could cost more than is left are refused."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject = models.CharField(max_length=16, choices=BudgetSubject, default=BudgetSubject.TENANT)
    subject_value = models.CharField(
        max_length=255,
        blank=True,
        help_text=_("The id of the key, the name of the operation or of the model; empty for the whole tenant."),
    )
    span = models.CharField(max_length=8, choices=BudgetSpan, default=BudgetSpan.MONTH)
    limit_usd = models.DecimalField(max_digits=14, decimal_places=2)
    kept_usd = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        default=0,
        help_text=_("The last part of it, which only the detection of sensitive content may spend."),
    )
    refuses_unpriced_models = models.BooleanField(
        default=False, help_text=_("Refuse models without a known price, instead of flagging their calls.")
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantScopedModel.Meta):
        ordering = ["subject", "subject_value", "span"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "subject", "subject_value", "span"], name="one_budget_per_subject_and_span"
            ),
            models.CheckConstraint(
                condition=models.Q(kept_usd__gte=0) & models.Q(limit_usd__gte=models.F("kept_usd")),
                name="what_is_kept_is_part_of_the_budget",
            ),
            models.CheckConstraint(
                condition=models.Q(subject=BudgetSubject.TENANT, subject_value="")
                | (~models.Q(subject=BudgetSubject.TENANT) & ~models.Q(subject_value="")),
                name="a_budget_names_its_subject",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_subject_display()} {self.subject_value} {self.limit_usd} USD"


class BudgetPeriod(TenantScopedModel):
    """What a budget has spent in one day or month, worst cases of running and of lost calls included."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    budget = models.ForeignKey(Budget, on_delete=models.CASCADE, related_name="periods")
    starts_on = models.DateField()
    spent_usd = models.DecimalField(max_digits=20, decimal_places=10)

    class Meta(TenantScopedModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "budget", "starts_on"], name="one_period_per_budget_and_start")
        ]

    def __str__(self) -> str:
        return f"{self.starts_on} {self.spent_usd}"
