"""What the ledger browser can be asked for, and what a tenant says about its budgets."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.local_days import start_of_day
from tenants.models import ApiKey, Tenant
from tenants.pages.numbers import TypedDecimalField
from tenants.registry import operation_names
from tenants.scoping import current_scope
from usage.errors import WebhookRefused
from usage.models import Budget, BudgetSubject, BudgetWebhook, CallStatus, OperationRank, Rank
from usage.notices.addresses import as_written
from usage.ranking import declared_ranks

MAX_ADDRESS_CHARACTERS = 500
CALLS_NO_MODEL = {"frameworks"}
NOT_RANKED = {"detect_sensitive", *CALLS_NO_MODEL}  # it stays essential

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
else:
    ModelForm = forms.ModelForm


class DateInput(forms.DateInput):
    """The browser's own picker of days."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class LedgerFilterForm(forms.Form):
    """Which rows of the ledger are shown. Days are whole days of the site's time zone, both included."""

    from_day = forms.DateField(label=gettext_lazy("From"), required=False, widget=DateInput)
    to_day = forms.DateField(label=gettext_lazy("To"), required=False, widget=DateInput)
    tenant = forms.ModelChoiceField(Tenant.objects.none(), label=gettext_lazy("Tenant"), required=False)
    operation = forms.CharField(label=gettext_lazy("Operation"), required=False, max_length=32)
    model = forms.CharField(label=gettext_lazy("Model"), required=False, max_length=255)
    status = forms.ChoiceField(
        label=gettext_lazy("Status"), required=False, choices=[("", gettext_lazy("any")), *CallStatus.choices]
    )
    call_id = forms.UUIDField(label=gettext_lazy("Request id"), required=False)

    def __init__(self, *args: Any, spans_tenants: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if spans_tenants:
            self.fields["tenant"].queryset = Tenant.objects.order_by("name")  # type: ignore[attr-defined]
        else:
            del self.fields["tenant"]

    def narrow(self, calls: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what was asked for; nothing when the form is wrong."""
        if not self.is_valid():
            return calls.none()
        asked = self.cleaned_data
        conditions = {
            "created_at__gte": asked["from_day"] and start_of_day(asked["from_day"]),
            "created_at__lt": asked["to_day"] and _end_of_day(asked["to_day"]),
            "tenant": asked.get("tenant"),
            "operation": asked["operation"],
            "request_model": asked["model"],
            "status": asked["status"],
            "call_id": asked["call_id"],
        }
        return calls.filter(**{name: value for name, value in conditions.items() if value})


def _end_of_day(day: date) -> datetime | None:
    try:
        return start_of_day(day + timedelta(days=1))
    except OverflowError:  # the last day of the calendar
        return None


class BudgetForm(ModelForm):
    """What is limited must be there: a budget on a name that nothing has would limit nothing, and say nothing."""

    limit_usd = TypedDecimalField(label=gettext_lazy("Limit (USD)"), min_value=0, max_digits=14, decimal_places=2)

    class Meta:
        model = Budget
        fields = [
            "subject",
            "subject_value",
            "span",
            "limit_usd",
            "low_stops_at",
            "normal_stops_at",
            "refuses_unpriced_models",
        ]
        help_texts = {
            "subject_value": gettext_lazy(
                "The name of the key, of the operation or of the model; empty for the whole tenant."
            )
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "subject_value" in cleaned:  # a budget that is there keeps its subject
            try:
                cleaned["subject_value"] = _subject_of(cleaned.get("subject", ""), cleaned["subject_value"].strip())
            except forms.ValidationError as error:
                self.add_error("subject_value", error)
        return cleaned


def _subject_of(subject: str, written: str) -> str:
    """What a budget's row holds for what a person wrote: of a key, its id. Raises ValidationError."""
    if subject == BudgetSubject.TENANT:
        if written:
            raise forms.ValidationError(_("Leave this empty: the budget is for the whole tenant."))
    elif not written:
        raise forms.ValidationError(_("Enter what the budget limits."))
    elif subject == BudgetSubject.OPERATION:
        known = [name for name in operation_names() if name not in CALLS_NO_MODEL]
        if written not in known:
            raise forms.ValidationError(_("Unknown operation. Choose one of: %(names)s.") % _listed(known))
    elif subject == BudgetSubject.API_KEY:
        keys = list(ApiKey.objects.filter(tenant_id=current_scope().tenant_id))
        key = next((key for key in keys if written in (key.name, str(key.id))), None)
        if key is None:
            named = _listed(key.name for key in keys)
            raise forms.ValidationError(_("This tenant has no key of that name. Its keys: %(names)s.") % named)
        return str(key.series_id)
    return written


def _listed(names: Iterable[str]) -> dict[str, str]:
    return {"names": ", ".join(names) or "–"}


class OperationRankForm(ModelForm):
    """The rank of one operation. The detection of sensitive content is not offered: it stays essential."""

    operation = forms.ChoiceField(label=gettext_lazy("Operation"))

    class Meta:
        model = OperationRank
        fields = ["operation", "rank"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "operation" in self.fields:
            offered = [name for name in operation_names() if name not in NOT_RANKED]
            self.fields["operation"].choices = [(name, name) for name in offered]  # type: ignore[attr-defined]
            usual = ", ".join(f"{name}: {rank.label}" for name, rank in declared_ranks().items())
            self.fields["rank"].help_text = _("Without a rank of their own: %(usual)s; all others: %(normal)s.") % {
                "usual": usual,
                "normal": Rank.NORMAL.label,
            }

    def clean_operation(self) -> str:
        """The constraint knows tenants, this form does not: say here what would be a server error."""
        operation = str(self.cleaned_data["operation"])
        twins = OperationRank.objects.filter(tenant_id=current_scope().tenant_id or self.instance.tenant_id)
        if twins.filter(operation=operation).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("This operation already has a rank."))
        return operation


class BudgetWebhookForm(ModelForm):
    """One address a tenant."""

    url = forms.URLField(label=gettext_lazy("Address"), max_length=MAX_ADDRESS_CHARACTERS, assume_scheme="https")

    class Meta:
        model = BudgetWebhook
        fields = ["url"]

    def clean_url(self) -> str:
        """Only what a job would post to, as it would; what a name resolves to is checked when it does."""
        try:
            url = as_written(str(self.cleaned_data["url"]))
        except WebhookRefused as refused:
            raise forms.ValidationError(refused.cause) from refused
        if len(url) > MAX_ADDRESS_CHARACTERS:
            raise forms.ValidationError(
                _("The address is longer than %(maximum)s characters.") % {"maximum": MAX_ADDRESS_CHARACTERS}
            )
        return url

    def clean(self) -> dict[str, Any] | None:
        own = BudgetWebhook.objects.filter(tenant_id=current_scope().tenant_id or self.instance.tenant_id)
        if own.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("This tenant already has a webhook. Change it, or delete it first."))
        return super().clean()
