"""Budgets, their spending, the ranks of operations, and notices to people."""

from decimal import Decimal
from typing import ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.identifiers import uuid7
from tenants.scoped_models import SharedScopedManager, TenantScopedModel


class BudgetSubject(models.TextChoices):
    """The subject that a budget limits."""

    TENANT = "tenant", _("The whole tenant")
    API_KEY = "api_key", _("One API key")
    OPERATION = "operation", _("One operation")
    MODEL = "model", _("One model")


class BudgetSpan(models.TextChoices):
    """The length of a budget's periods."""

    DAY = "day", _("A day")
    MONTH = "month", _("A month")


class Rank(models.TextChoices):
    """The priority of an operation while a budget is spent. usage/ranking.py assigns ranks."""

    LOW = "low", _("Low")
    NORMAL = "normal", _("Normal")
    ESSENTIAL = "essential", _("Essential")


class OperationRank(TenantScopedModel):
    """A rank that replaces the usual one. A rank of the platform tenant applies to tenants without one of their own."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    operation = models.CharField(max_length=32)
    rank = models.CharField(max_length=16, choices=Rank)

    objects: ClassVar[SharedScopedManager] = SharedScopedManager()

    class Meta(TenantScopedModel.Meta):
        verbose_name = _("operation rank")
        verbose_name_plural = _("operation ranks")
        ordering = ["operation"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "operation"], name="one_rank_per_operation"),
            models.CheckConstraint(
                condition=~models.Q(operation="detect_sensitive") | models.Q(rank=Rank.ESSENTIAL),
                name="the_detection_of_sensitive_content_stops_last",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.rank}"


class Budget(TenantScopedModel):
    """A limit on spending in a day or a month. Calls that could cost more than the rest are refused."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject = models.CharField(max_length=16, choices=BudgetSubject, default=BudgetSubject.TENANT)
    subject_value = models.CharField(
        max_length=255,
        blank=True,
        help_text=_("The id of the key, the name of the operation or of the model; empty for the whole tenant."),
    )
    span = models.CharField(max_length=8, choices=BudgetSpan, default=BudgetSpan.MONTH)
    limit_usd = models.DecimalField(max_digits=14, decimal_places=2)
    low_stops_at = models.PositiveSmallIntegerField(
        _("Low rank stops at (%)"),
        default=80,
        validators=[MaxValueValidator(100)],
        help_text=_(
            "Operations of low rank, such as analyses and summaries of many records, stop at this share of the limit."
        ),
    )
    normal_stops_at = models.PositiveSmallIntegerField(
        _("Normal rank stops at (%)"),
        default=100,
        validators=[MaxValueValidator(100)],
        help_text=_("The rest is reserved for essential operations, such as the detection of sensitive content."),
    )
    refuses_unpriced_models = models.BooleanField(
        default=False, help_text=_("Refuse models without a known price, instead of flagging their calls.")
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantScopedModel.Meta):
        verbose_name = _("budget")
        verbose_name_plural = _("budgets")
        ordering = ["subject", "subject_value", "span"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "subject", "subject_value", "span"], name="one_budget_per_subject_and_span"
            ),
            models.CheckConstraint(condition=models.Q(limit_usd__gte=0), name="a_budget_is_not_negative"),
            models.CheckConstraint(
                condition=models.Q(low_stops_at__lte=models.F("normal_stops_at"), normal_stops_at__lte=100),
                name="low_rank_stops_before_normal",
                violation_error_message=_("Low rank cannot stop later than normal rank."),
            ),
            models.CheckConstraint(
                condition=models.Q(subject=BudgetSubject.TENANT, subject_value="")
                | (~models.Q(subject=BudgetSubject.TENANT) & ~models.Q(subject_value="")),
                name="a_budget_names_its_subject",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_subject_display()} {self.subject_value} {self.limit_usd} USD"

    def stops_at(self, rank: Rank) -> int:
        """Return the percentage of the limit at which operations of a rank stop."""
        return {Rank.LOW: self.low_stops_at, Rank.NORMAL: self.normal_stops_at, Rank.ESSENTIAL: 100}[rank]

    def part_for(self, rank: Rank) -> Decimal:
        """Return the amount up to which operations of a rank may spend."""
        return self.limit_usd * self.stops_at(rank) / 100


class BudgetPeriod(TenantScopedModel):
    """The spending of a budget in one day or month, worst cases of running and lost calls included."""

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


class CostCeiling(TenantScopedModel):
    """The limit on what one batch may cost, and its spending, worst cases of running and lost calls included."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    batch_id = models.UUIDField(help_text="Of the batch, which an upper room stores.")
    limit_usd = models.DecimalField(max_digits=20, decimal_places=10)
    spent_usd = models.DecimalField(max_digits=20, decimal_places=10, default=Decimal(0))

    class Meta(TenantScopedModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "batch_id"], name="one_ceiling_per_batch"),
            models.CheckConstraint(condition=models.Q(spent_usd__lte=models.F("limit_usd")), name="a_ceiling_holds"),
        ]

    def __str__(self) -> str:
        return f"{self.spent_usd} of {self.limit_usd} USD"


class NoticeReason(models.TextChoices):
    """Reasons to notify people about a budget, once per period."""

    SPENT_70 = "spent_70", _("Spending reached 70 %")
    SPENT_90 = "spent_90", _("Spending reached 90 %")
    SPENT_100 = "spent_100", _("The budget is spent: calls are refused")
    LOW_STOPPED = "low_stopped", _("Operations of low rank are refused")
    NORMAL_STOPPED = "normal_stopped", _("All but essential operations are refused")


class BudgetNotice(TenantScopedModel):
    """A notice about a budget's period. The unique constraint makes it the only one for its reason.

    mailing_since, posting_since: the start of a running attempt, or of one whose worker died; None between attempts.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    period = models.ForeignKey(BudgetPeriod, on_delete=models.CASCADE, related_name="notices")
    reason = models.CharField(max_length=16, choices=NoticeReason)
    spent_usd = models.DecimalField(_("Spent (USD)"), max_digits=20, decimal_places=10)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    mailing_since = models.DateTimeField(null=True, editable=False)
    mailed_at = models.DateTimeField(null=True, editable=False)
    posting_since = models.DateTimeField(null=True, editable=False)
    posted_at = models.DateTimeField(null=True, editable=False)

    class Meta(TenantScopedModel.Meta):
        verbose_name = _("budget notice")
        verbose_name_plural = _("budget notices")
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["tenant", "period", "reason"], name="one_notice_per_reason")]

    def __str__(self) -> str:
        return str(self.get_reason_display())


class BudgetWebhook(TenantScopedModel):
    """The address that a tenant's notices are posted to. Its signing secret is derived from the id."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    url = models.URLField(max_length=500)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantScopedModel.Meta):
        verbose_name = _("budget webhook")
        verbose_name_plural = _("budget webhooks")
        constraints = [models.UniqueConstraint(fields=["tenant"], name="one_budget_webhook_per_tenant")]

    def __str__(self) -> str:
        return self.url
