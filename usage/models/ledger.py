"""The ledger of model calls and the prices they are costed with."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.identifiers import uuid7
from tenants.scoped_models import SharedScopedManager, TenantScopedModel
from usage.failure_reasons import FailureReason


class CallStatus(models.TextChoices):
    """The outcome of an attempt. unknown: it may or may not have been billed."""

    PENDING = "pending", "Pending"
    OK = "ok", "Ok"
    ERROR = "error", "Error"
    UNKNOWN = "unknown", "Unknown"


class LLMCall(TenantScopedModel):
    """One attempt at a model call, and the one list of what the ledger stores about it.

    Opened as `pending` at the upper estimate of tokens and cost, before the provider is called; closed with what the
    provider billed. A row that nobody closed becomes `unknown` and stays at the upper estimate, so that the ledger
    never under-reports. Ids of upper rooms are plain columns without foreign keys.
    usage/ledger.py and the admin page take their columns from here, in this order.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    # Without an index: the one by tenant and time is sufficient, and every index slows down every call.
    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.PROTECT, related_name="+", editable=False, db_index=False
    )
    call_id = models.UUIDField(help_text="The API request: its X-Request-ID.")
    operation = models.CharField(max_length=32)
    step = models.CharField(max_length=32, help_text="What the call was for: summarize, judge, pick, map, ...")
    attempt = models.PositiveSmallIntegerField(default=1)
    request_model = models.CharField(max_length=255)
    response_model = models.CharField(max_length=255, blank=True)
    status = models.CharField(max_length=8, choices=CallStatus, default=CallStatus.PENDING)
    error_class = models.CharField(max_length=64, blank=True)
    reason = models.CharField(
        max_length=24, choices=FailureReason, blank=True, default="", db_default="", help_text="Why the attempt failed."
    )
    usage_flagged = models.BooleanField(
        default=False,
        db_default=False,
        help_text="The provider's figures contradict themselves; the upper estimate stands in for them.",
    )
    latency_seconds = models.FloatField(default=0)
    input_tokens = models.PositiveIntegerField(default=0, help_text="All of the prompt, cached tokens included.")
    cached_tokens = models.PositiveIntegerField(default=0)
    cache_write_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0, help_text="All of the answer, reasoning included.")
    reasoning_tokens = models.PositiveIntegerField(default=0)
    cost_usd = models.DecimalField(max_digits=18, decimal_places=10, default=0)
    price_id = models.UUIDField(null=True)
    price_unknown = models.BooleanField(default=False)
    prompt_name = models.CharField(max_length=64, blank=True)
    prompt_version = models.CharField(max_length=32, blank=True)
    redaction_version = models.CharField(max_length=64, blank=True)
    records_count = models.PositiveIntegerField(default=0)
    api_key_id = models.UUIDField(null=True)
    user_id = models.UUIDField(null=True)
    framework_version_id = models.UUIDField(null=True)
    model_entry_id = models.UUIDField(null=True)
    batch_id = models.UUIDField(null=True)
    endpoint_id = models.UUIDField(null=True)
    experiment_arm = models.CharField(max_length=32, blank=True)
    give_up_at = models.DateTimeField(help_text="When the sweeper may mark a pending row as unknown.")

    class Meta(TenantScopedModel.Meta):
        verbose_name = _("model call")
        verbose_name_plural = _("model calls")
        db_table = "llm_calls"
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="llm_calls_by_tenant_and_time"),
            models.Index(fields=["-created_at", "-id"], name="llm_calls_by_time"),
            models.Index(fields=["call_id"], name="llm_calls_by_request"),
            models.Index(
                fields=["give_up_at"],
                condition=models.Q(status=CallStatus.PENDING),
                name="llm_calls_still_pending",
            ),
            # Few calls belong to a batch, and the others do not pay for this index.
            models.Index(
                fields=["batch_id"],
                condition=models.Q(batch_id__isnull=False),
                name="llm_calls_of_batches",
            ),
            # People filter the list by failed calls, which are few.
            models.Index(
                fields=["tenant", "-created_at", "-id"],
                condition=models.Q(status__in=[CallStatus.ERROR, CallStatus.UNKNOWN]),
                name="llm_calls_failed_by_tenant",
            ),
            models.Index(
                fields=["-created_at", "-id"],
                condition=models.Q(status__in=[CallStatus.ERROR, CallStatus.UNKNOWN]),
                name="llm_calls_failed",
            ),
        ]

        constraints = [
            models.CheckConstraint(
                condition=models.Q(input_tokens__gte=models.F("cached_tokens") + models.F("cache_write_tokens"))
                & models.Q(output_tokens__gte=models.F("reasoning_tokens"))
                & models.Q(cost_usd__gte=0),
                name="no_part_above_its_whole_and_no_negative_cost",
            )
        ]

    def __str__(self) -> str:
        return f"{self.operation}/{self.step} {self.status}"


class TokenClass(models.TextChoices):
    """Classes of tokens with prices of their own."""

    INPUT = "input", "Input"
    CACHED = "cached", "Cached input"
    CACHE_WRITE = "cache_write", "Cache write"
    OUTPUT = "output", "Output"
    REASONING = "reasoning", "Reasoning"


class ModelPrice(TenantScopedModel):
    """The price of a million tokens of one class from a moment on.

    A price of the platform tenant applies to tenants without one of their own.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    model = models.CharField(max_length=255, help_text="The model string as it is called, for example azure/gpt-4o.")
    token_class = models.CharField(max_length=16, choices=TokenClass)
    effective_from = models.DateTimeField()
    currency = models.CharField(max_length=3, default="USD")
    price_per_million = models.DecimalField(max_digits=14, decimal_places=6)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[SharedScopedManager] = SharedScopedManager()

    class Meta(TenantScopedModel.Meta):
        verbose_name = _("model price")
        verbose_name_plural = _("model prices")
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
