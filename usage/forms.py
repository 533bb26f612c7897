"""Forms: filters of the ledger, budgets, ranks and webhooks."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.local_days import start_of_day
from tenants.models import ApiKey, Tenant
from tenants.outgoing.addresses import normalise_address
from tenants.outgoing.errors import AddressRefused
from tenants.pages.numbers import TypedDecimalField
from tenants.registry import operation_names
from tenants.scoping import current_scope
from usage.costs.model_names import doubt_about
from usage.models import Budget, BudgetSubject, BudgetWebhook, CallStatus, OperationRank, Rank
from usage.ranking import declared_ranks

MAX_ADDRESS_CHARACTERS = 500
CALLS_NO_MODEL = {"frameworks"}
NOT_RANKED = {"detect_sensitive", *CALLS_NO_MODEL}  # it stays essential

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
else:
    ModelForm = forms.ModelForm


class DateInput(forms.DateInput):
    """The browser's own date picker."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class LedgerFilterForm(forms.Form):
    """Filters of the ledger. Days are whole days of the site's time zone, both included."""

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
        """Return the calls that match; none when the form has errors."""
        if not self.is_valid():
            return calls.none()
        values = self.cleaned_data
        conditions = {
            "created_at__gte": values["from_day"] and start_of_day(values["from_day"]),
            "created_at__lt": values["to_day"] and _end_of_day(values["to_day"]),
            "tenant": values.get("tenant"),
            "operation": values["operation"],
            "request_model": values["model"],
            "status": values["status"],
            "call_id": values["call_id"],
        }
        return calls.filter(**{name: value for name, value in conditions.items() if value})


def _end_of_day(day: date) -> datetime | None:
    try:
        return start_of_day(day + timedelta(days=1))
    except OverflowError:  # the last day of the calendar
        return None


class BudgetForm(ModelForm):
    """A budget. Its subject must exist: a budget on an unknown name would silently limit nothing."""

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
        if "subject_value" in cleaned:  # missing when the budget exists: its subject cannot change
            try:
                cleaned["subject_value"] = _subject_of(cleaned.get("subject", ""), cleaned["subject_value"].strip())
            except forms.ValidationError as error:
                self.add_error("subject_value", error)
        return cleaned


def _subject_of(subject: str, typed: str) -> str:
    """Return the stored value of a subject that a person typed: for a key, its id. Raises ValidationError."""
    if subject == BudgetSubject.TENANT:
        if typed:
            raise forms.ValidationError(_("Leave this empty: the budget is for the whole tenant."))
    elif not typed:
        raise forms.ValidationError(_("Enter what the budget limits."))
    elif subject == BudgetSubject.OPERATION:
        known = [name for name in operation_names() if name not in CALLS_NO_MODEL]
        if typed not in known:
            raise forms.ValidationError(_("Unknown operation. Choose one of: %(names)s.") % _listed(known))
    elif subject == BudgetSubject.API_KEY:
        keys = list(ApiKey.objects.filter(tenant_id=current_scope().tenant_id))
        key = next((key for key in keys if typed in (key.name, str(key.id))), None)
        if key is None:
            named = _listed(key.name for key in keys)
            raise forms.ValidationError(_("This tenant has no key of that name. Its keys: %(names)s.") % named)
        return str(key.series_id)
    elif doubt := doubt_about(typed):
        raise forms.ValidationError(doubt)
    return typed


def _listed(names: Iterable[str]) -> dict[str, str]:
    return {"names": ", ".join(names) or "–"}


class OperationRankForm(ModelForm):
    """The rank of one operation. The detection of sensitive content is no choice, because it is always essential."""

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
        """Check here what would be a server error: the form does not have the tenant, and skips the constraint."""
        operation = str(self.cleaned_data["operation"])
        ranks = OperationRank.objects.filter(tenant_id=current_scope().tenant_id or self.instance.tenant_id)
        if ranks.filter(operation=operation).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("This operation already has a rank."))
        return operation


class BudgetWebhookForm(ModelForm):
    """The webhook of a tenant, which may have one."""

    url = forms.URLField(label=gettext_lazy("Address"), max_length=MAX_ADDRESS_CHARACTERS, assume_scheme="https")

    class Meta:
        model = BudgetWebhook
        fields = ["url"]

    def clean_url(self) -> str:
        """Return the address as jobs use it. Network addresses of a name are checked when it is resolved."""
        try:
            url = normalise_address(str(self.cleaned_data["url"]))
        except AddressRefused as refused:
            raise forms.ValidationError(refused.reason) from refused
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
