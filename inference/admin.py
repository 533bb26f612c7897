"""Admin screen of the model catalogue."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from inference.catalogue import CACHE_SECONDS, MOVES, change_model, enter_model, move_model
from inference.models import Finding, ModelCatalogEntry, ModelStatus
from inference.privacy.report import read_privacy
from inference.redaction import InvalidPattern, InvalidPolicy, RedactionPolicy
from inference.redaction.language import supported
from inference.redaction.redactor import configured_models
from inference.registry import registered_operations
from tenants.models import Tenant
from tenants.pages.scoped_admin import TenantScopedAdmin, actor_of
from tenants.registry import IndexCard, register_index_card, register_operation_names, register_redaction_policy_check
from tenants.scoping import current_tenant_id
from usage.periods import recent_days

RECENT_DAYS = 30
MOVE_LABELS = {
    ModelStatus.DRAFT: gettext_lazy("Send back to draft"),
    ModelStatus.UNDER_REVIEW: gettext_lazy("Submit for review"),
    ModelStatus.APPROVED: gettext_lazy("Approve"),
    ModelStatus.DEPRECATED: gettext_lazy("Deprecate"),
}


class ReasonForm(forms.Form):
    """Ask for the reason of a model's new status. The reason is stored in the audit log."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("For example the evaluation it rests on. No feedback text, no names of people."),
    )


@admin.register(ModelCatalogEntry)
class ModelCatalogEntryAdmin(TenantScopedAdmin):
    """The models that may be called. Managers can read them; the platform team adds, approves and deprecates them."""

    acts_are_audited = True
    list_display = ["name", "version", "type", "status", "owner_team", "updated_at"]
    list_filter = ["status", "type"]
    search_fields = ["name", "owner_team"]
    fields = [
        "name",
        "version",
        "type",
        "status",
        "owner_team",
        "storage_uri",
        "evaluation_summary",
        "metadata",
        "created_at",
        "updated_at",
    ]
    readonly_fields = ["status", "created_at", "updated_at"]
    change_form_template = "admin/inference/modelcatalogentry/change_form.html"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # a model is deprecated: the ledger names its entry

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        identity = ["name", "version", "type"] if obj else []  # what was approved is what is called
        return [*identity, *self.readonly_fields]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            changes = {name: form.cleaned_data[name] for name in form.changed_data}
            change_model(entry=obj, actor_id=actor_of(request), **changes)
        else:
            tenant = Tenant.objects.get(id=current_tenant_id())
            obj.pk = enter_model(tenant=tenant, actor_id=actor_of(request), **form.cleaned_data).pk

    def get_urls(self) -> list[URLPattern]:
        move = self.admin_site.admin_view(self.move_view)
        name = "inference_modelcatalogentry_move"
        return [path("<path:object_id>/move/<str:status>/", move, name=name), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        entry = self.get_scoped_object(request, object_id)
        moves = self._moves(entry) if self.has_change_permission(request, entry) else []
        return super().change_view(request, object_id, form_url, {"moves": moves} | (extra_context or {}))

    def _moves(self, entry: ModelCatalogEntry) -> list[dict[str, Any]]:
        url = partial(reverse, "admin:inference_modelcatalogentry_move")
        return [
            {"label": MOVE_LABELS[status], "url": url(args=[entry.pk, status])}
            for status in ModelStatus
            if status in MOVES[entry.status]
        ]

    def move_view(self, request: HttpRequest, object_id: str, status: str) -> HttpResponse:
        """Ask for the reason of a status change, and apply the change."""
        entry = self.get_scoped_object(request, object_id)
        if not self.has_change_permission(request, entry) or status not in MOVES[entry.status]:
            raise Http404
        to = ModelStatus(status)

        def move(form: ReasonForm) -> None:
            move_model(entry=entry, to=to, reason=form.cleaned_data["reason"], actor_id=actor_of(request))
            messages.success(request, _("%(model)s is now: %(status)s.") % {"model": entry, "status": to.label})

        return self.act_page(
            request,
            title=f"{MOVE_LABELS[to]}: {entry}",
            obj=entry,
            form_class=ReasonForm,
            act=move,
            submit=str(MOVE_LABELS[to]),
            explanation=_("It takes effect everywhere within %(seconds)s seconds.") % {"seconds": int(CACHE_SECONDS)},
            is_destructive=to == ModelStatus.DEPRECATED,
        )


def catalogue_card() -> IndexCard:
    """Count the models that may be called and those that wait for a decision."""
    approved = ModelCatalogEntry.objects.filter(status=ModelStatus.APPROVED).count()
    waiting = ModelCatalogEntry.objects.filter(status=ModelStatus.UNDER_REVIEW).count()
    return IndexCard(
        title=_("Approved models"),
        figure=str(approved),
        text=_("%(count)s more wait for a decision.") % {"count": waiting} if waiting else _("may be called."),
        url=reverse("admin:inference_modelcatalogentry_changelist"),
        needs_attention=waiting > 0,
    )


def name_models_card() -> IndexCard:
    """Count the languages with a trained model for names, and list those with only the built-in one."""
    trained = configured_models()
    languages = supported()
    alone = ", ".join(language for language in languages if language not in trained)
    return IndexCard(
        title=_("Languages with a trained name model"),
        figure=f"{sum(language in trained for language in languages)} / {len(languages)}",
        text=_("The built-in model alone finds names in: %(languages)s.") % {"languages": alone or "-"},
        url=reverse("admin:tenants_tenant_changelist"),
    )


def privacy_card() -> IndexCard:
    """Count the personal values that were redacted, and the records that may still identify a person."""
    totals = read_privacy(recent_days(RECENT_DAYS)).totals
    warned = totals[Finding.COULD_IDENTIFY][0]
    return IndexCard(
        title=_("Personal values kept back"),
        figure=str(totals[Finding.REDACTED][0]),
        text=ngettext(
            "in the last %(days)s days. %(count)s record could tell who it is without them.",
            "in the last %(days)s days. %(count)s records could tell who it is without them.",
            warned,
        )
        % {"days": RECENT_DAYS, "count": warned},
        url=reverse("inference:privacy"),
    )


def problem_of_redaction_policy(policy: object) -> str | None:
    """Return why a policy cannot be applied. Every call of the tenant would be refused with it."""
    try:
        RedactionPolicy.from_dict(policy)  # type: ignore[arg-type] # it checks what it is given
    except (InvalidPolicy, InvalidPattern) as error:
        return str(error)
    return None


register_redaction_policy_check(problem_of_redaction_policy)
register_operation_names(lambda: (operation.name for operation in registered_operations()))
register_index_card("inference.view_modelcatalogentry", catalogue_card)
register_index_card("inference.view_modelcatalogentry", name_models_card)
register_index_card("inference.view_privacycount", privacy_card)
