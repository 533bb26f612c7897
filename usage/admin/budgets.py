"""Admin screens of budgets, ranks, notices and webhooks."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.pages.keyset_list import KeysetList
from tenants.pages.scoped_admin import ReadOnlyAdmin, TenantScopedAdmin, actor_of
from tenants.registry import IndexCard, register_index_card
from tenants.scoping import tenant_scope
from usage.budget_states import NOTICE_SHARE, names_of_subjects, state_of
from usage.forms import BudgetForm, BudgetWebhookForm, OperationRankForm
from usage.models import Budget, BudgetNotice, BudgetWebhook, OperationRank
from usage.notices.delivery import manager_addresses
from usage.notices.test_messages import try_mail, try_webhook
from usage.notices.webhooks import secret_of
from usage.templatetags.usage_pages import percent, usd

SETS_WEBHOOKS = "usage.change_budgetwebhook"  # people who may set the address may test it


@admin.register(Budget)
class BudgetAdmin(TenantScopedAdmin):
    """Budgets of a tenant, which managers see and the platform team sets."""

    form = BudgetForm
    list_display = ["subject", "subject_named", "span", "limit_usd", "spent", "left", "stopped"]
    fields = (*BudgetForm.Meta.fields,)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The subject and span of a budget cannot change, because its spending was counted for them."""
        return [] if obj is None else ["subject", "subject_value", "span"]

    @admin.display(description=gettext_lazy("Name"), ordering="subject_value")
    def subject_named(self, budget: Budget) -> str:
        return state_of(budget).subject_name

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
        return ", ".join(str(rank.label) for rank in state_of(budget).stopped_ranks) or _("none")


@admin.register(OperationRank)
class OperationRankAdmin(TenantScopedAdmin):
    """Operations that stop sooner or later than usual in this tenant."""

    form = OperationRankForm
    list_display = ["operation", "rank"]


@admin.register(BudgetNotice)
class BudgetNoticeAdmin(KeysetList, ReadOnlyAdmin):
    """Notices about budgets, and how they were delivered."""

    list_display = ["created_at", "budget", "reason", "spent_usd", "mailed_at", "posted_at"]
    fields = ["created_at", "budget", "reason", "spent_usd", "mailing_since", "mailed_at", "posting_since", "posted_at"]
    readonly_fields = ["budget"]
    list_select_related = ["period__budget"]

    def get_urls(self) -> list[URLPattern]:
        test = self.admin_site.admin_view(self.test_view)
        return [path("test-mail/", test, name="usage_budgetnotice_test"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        may_test = request.user.has_perm(SETS_WEBHOOKS)
        return super().changelist_view(request, {"may_test": may_test} | (extra_context or {}))

    def test_view(self, request: HttpRequest) -> HttpResponse:
        """Mail a test to the people who get notices."""
        if not request.user.has_perm(SETS_WEBHOOKS):
            raise PermissionDenied
        question = self.ask_for_one_tenant(request)
        if question:
            return question
        addresses = manager_addresses()
        can_send = settings.SENDS_MAIL and addresses
        if not can_send:
            messages.error(
                request,
                _("No manager of this tenant has a mail address.")
                if settings.SENDS_MAIL
                else _("This server sends no mail: EMAIL_URL is not set."),
            )
            return HttpResponseRedirect(reverse("admin:usage_budgetnotice_changelist"))
        return self.act_page(
            request,
            title=_("Send a test mail"),
            form_class=forms.Form,
            act=lambda _form: _show_outcome(request, try_mail(actor_id=actor_of(request))),
            submit=_("Send a test"),
            explanation=_("It is sent to the people who get notices: %(addresses)s.")
            % {"addresses": ", ".join(addresses)},
        )

    @admin.display(description=gettext_lazy("Budget"))
    def budget(self, notice: Any) -> str:
        if not hasattr(notice, "subject_name"):
            self.look_up([notice])
        budget = notice.period.budget
        return f"{budget.get_subject_display()} {notice.subject_name} {budget.limit_usd} USD"

    def look_up(self, rows: Sequence[Any]) -> None:
        """Look up the names of the budgets' subjects, in one query."""
        names = names_of_subjects([notice.period.budget for notice in rows])
        for notice in rows:
            notice.subject_name = names[notice.period.budget_id]


@admin.register(BudgetWebhook)
class BudgetWebhookAdmin(TenantScopedAdmin):
    """The address that notices are posted to. Managers set it, and look up the signing secret here."""

    form = BudgetWebhookForm
    list_display = ["url", "created_at"]
    fields = ["url"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An address may contain a token: only people who may change it see it."""
        return self.has_change_permission(request, obj)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return self._show_secret(request, obj)

    def get_urls(self) -> list[URLPattern]:
        secret = self.admin_site.admin_view(self.secret_view)
        test = self.admin_site.admin_view(self.test_view)
        return [
            path("<path:object_id>/secret/", secret, name="usage_budgetwebhook_secret"),
            path("<path:object_id>/test/", test, name="usage_budgetwebhook_test"),
            *super().get_urls(),
        ]

    def test_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Post a test to the address."""
        webhook = self.get_scoped_object(request, object_id)
        if not self.has_change_permission(request, webhook):
            raise Http404

        def act(_form: Any) -> None:
            with tenant_scope(webhook.tenant_id):
                _show_outcome(request, try_webhook(webhook, actor_id=actor_of(request)))

        return self.act_page(
            request,
            title=_("Send a test to the webhook"),
            form_class=forms.Form,
            act=act,
            submit=_("Send a test"),
            obj=webhook,
            explanation=_("A signed message of the type budget.test is posted to the address. It may take a minute."),
        )

    def secret_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the signing secret."""
        webhook = self.get_scoped_object(request, object_id)
        if not self.has_change_permission(request, webhook):
            raise Http404
        return self._show_secret(request, webhook)

    def _show_secret(self, request: HttpRequest, webhook: BudgetWebhook) -> HttpResponse:
        return self.shown_once(
            request,
            title=_("Signing secret of the webhook"),
            text=secret_of(webhook),
            explanation=_(
                "The receiver uses it to check the header webhook-signature, as described at standardwebhooks.com."
            ),
        )


def _show_outcome(request: HttpRequest, failure: str | None) -> None:
    """Show the outcome of a test."""
    if failure is None:
        messages.success(request, _("The test was sent."))
    else:
        messages.error(request, _("The test did not arrive. %(failure)s") % {"failure": failure})


def budget_card() -> IndexCard | None:
    """Return the card of the budget with the highest share spent. It asks for attention from 70 % on."""
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
