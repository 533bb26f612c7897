"""Filters of lists that grow with use. Django's own filters read all rows to find their choices; these do not."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from tenants.local_days import start_of_day
from tenants.pages.keyset import newest_first

if TYPE_CHECKING:
    AllValuesFieldListFilter = admin.AllValuesFieldListFilter
    FieldListFilter = admin.FieldListFilter
else:
    AllValuesFieldListFilter, FieldListFilter = admin.AllValuesFieldListFilter, admin.FieldListFilter

RECENT_ROWS = 1000


class RecentValuesFilter(AllValuesFieldListFilter):
    """Offers the values of the newest rows. Other values can be searched for, or put into the address."""

    def __init__(
        self, field: Any, request: HttpRequest, params: Any, model: Any, model_admin: Any, field_path: str
    ) -> None:
        super().__init__(field, request, params, model, model_admin, field_path)
        newest = newest_first(model_admin.get_queryset(request), model_admin.keyset_field())[:RECENT_ROWS]
        self.lookup_choices = sorted(set(newest.values_list(field_path, flat=True)))  # type: ignore[assignment]


class DaysFilter(FieldListFilter):
    """A period between two typed days of the site's time zone, both included."""

    template = "admin/days_filter.html"

    def expected_parameters(self) -> list[Any]:
        return [f"{self.field_path}__from_day", f"{self.field_path}__to_day"]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first, last = map(self._typed, self.expected_parameters())
        try:
            if first:
                queryset = queryset.filter(**{f"{self.field_path}__gte": start_of_day(date.fromisoformat(first))})
            if last:
                end = start_of_day(date.fromisoformat(last) + timedelta(days=1))
                queryset = queryset.filter(**{f"{self.field_path}__lt": end})
        except (ValueError, OverflowError) as error:
            raise IncorrectLookupParameters(error) from error
        return queryset

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Return one choice, a form: its fields, and the other parameters of the address."""
        names = self.expected_parameters()
        asked = changelist.filter_params.items()
        yield {
            "days": [(name, label, self._typed(name)) for name, label in zip(names, (_("From"), _("To")), strict=True)],
            "carried": [(name, value) for name, values in asked if name not in names for value in values],
        }

    def _typed(self, name: str) -> str:
        values: Any = self.used_parameters.get(name, [""])
        return str(values[-1])
