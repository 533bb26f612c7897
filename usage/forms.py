"""What the ledger browser can be asked for."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy

from tenants.models import Tenant
from usage.models import CallStatus


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
            "created_at__gte": _start_of(asked["from_day"]),
            "created_at__lt": _start_of(asked["to_day"], days_later=1),
            "tenant": asked.get("tenant"),
            "operation": asked["operation"],
            "request_model": asked["model"],
            "status": asked["status"],
            "call_id": asked["call_id"],
        }
        return calls.filter(**{name: value for name, value in conditions.items() if value})


def _start_of(day: Any, *, days_later: int = 0) -> datetime | None:
    return timezone.make_aware(datetime.combine(day + timedelta(days=days_later), time())) if day else None
