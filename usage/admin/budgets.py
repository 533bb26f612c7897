"""Admin screens of budgets, of what stops first, and of who is told."""

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.registry import IndexCard, register_index_card
from tenants.scoped_admin import ReadOnlyAdmin, TenantScopedAdmin
from usage.budgets import NOTICE_SHARE, state_of
from usage.forms import BudgetWebhookForm, OperationRankForm
from usage.models import Budget, BudgetNotice, BudgetWebhook, OperationRank
from usage.templatetags.usage_pages import percent, usd
from usage.webhooks import secret_of


@admin.register(Budget)
class BudgetAdmin(TenantScopedAdmin):
    """What a tenant may spend. Managers see it; the platform team sets it."""

    list_display = ["subject", "subject_value", "span", "limit_usd", "spent", "left", "stopped"]
    fields = [
        "subject",
        "subject_value",
        "span",
        "limit_usd",
        "low_stops_at",
        "normal_stops_at",
        "refuses_unpriced_models",
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is spent was counted for one subject and span: another one is another budget."""
        return [] if obj is None else ["subject", "subject_value", "span"]

    @admin.display(description=gettext_lazy("Spent (USD)"))
    def spent(self, budget: Budget) -> str:
        return usd(state_of(budget).spent_usd)

    @admin.display(description=gettext_lazy("Left (USD)"))
    def left(self, budget: Budget) -> str:
        state = state_of(budget)
        left = usd(state.left_usd)
        return (
            left if state.ends_on is None else _("%(left)s, until about %(day)s") % {"left": left, "day": state.ends_on}
        )

    @admin.display(description=gettext_lazy("Stopped"))
    def stopped(self, budget: Budget) -> str:
        return ", ".join(str(rank.label) for rank in state_of(budget).stopped_ranks) or _("nothing")


@admin.register(OperationRank)
class OperationRankAdmin(TenantScopedAdmin):
    """Operations that stop sooner or later than usual in this tenant."""

    form = OperationRankForm
    list_display = ["operation", "rank"]


@admin.register(BudgetNotice)
class BudgetNoticeAdmin(ReadOnlyAdmin):
    """What was told about budgets, and which way it went."""

    list_display = ["created_at", "budget", "reason", "spent_usd", "mailed_at", "posted_at"]
    fields = ["created_at", "budget", "reason", "spent_usd", "mailed_at", "posted_at"]
    readonly_fields = ["budget"]

    @admin.display(description=gettext_lazy("Budget"))
    def budget(self, notice: BudgetNotice) -> str:
        return str(notice.period.budget)


@admin.register(BudgetWebhook)
class BudgetWebhookAdmin(TenantScopedAdmin):
    """Where notices are posted to. Managers set it; the signing secret can be looked up here."""

    form = BudgetWebhookForm
    list_display = ["url", "created_at"]
    fields = ["url"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An address may hold a token: it is seen by who may change it."""
        return self.has_change_permission(request, obj)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return self._show_secret(request, obj)

    def get_urls(self) -> list[URLPattern]:
        secret = self.admin_site.admin_view(self.secret_view)
        return [path("<path:object_id>/secret/", secret, name="usage_budgetwebhook_secret"), *super().get_urls()]

    def secret_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the secret that the receiver checks signatures with."""
        webhook = self.get_scoped_object(request, object_id)
        if not self.has_change_permission(request, webhook):
            raise Http404
        return self._show_secret(request, webhook)

    def _show_secret(self, request: HttpRequest, webhook: BudgetWebhook) -> HttpResponse:
        return self.shown_once(
            request,
            title=_("Signing secret of the webhook"),
            text=secret_of(webhook),
            explanation=_("The receiver checks the header webhook-signature with it, as standardwebhooks.com says."),
        )


def budget_card() -> IndexCard | None:
    """The budget that is nearest its end, from 70 % on."""
    states = [state_of(budget) for budget in Budget.objects.all()]
    if not states:
        return None
    tightest = max(states, key=lambda state: state.share)
    return IndexCard(
        title=_("Budget"),
        figure=percent(tightest.share),
        text=_("of %(limit)s USD is spent: %(budget)s.")
        % {"limit": usd(tightest.budget.limit_usd), "budget": tightest.budget.get_subject_display()},
        url=reverse("admin:usage_budget_changelist"),
        needs_attention=tightest.share >= NOTICE_SHARE,
    )


register_index_card("usage.view_budget", budget_card)
