"""The records that a page's address selects: its filters, as chips that can be removed, and as links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from feedback.filters import KNOWN_FILTERS, RecordFilter, parse_filter
from tenants.rest.errors import InvalidRequest

UNSET = "~"
"""The value in an address for records whose value is unset. An empty text in a form means that nothing is filtered."""
DAYS = ("from", "to")
PARAMETERS = (*DAYS, *(name for name in KNOWN_FILTERS if name not in ("collected_from", "collected_to")))
LABELS: Mapping[str, str | Promise] = {
    "search": gettext_lazy("Words"),
    "from": gettext_lazy("From"),
    "to": gettext_lazy("To"),
    "language": gettext_lazy("Language"),
    "channel": gettext_lazy("Channel"),
    "admin1": gettext_lazy("Place"),
    "admin2": gettext_lazy("Second-level area"),
    "admin3": gettext_lazy("Third-level area"),
    "site": gettext_lazy("Site"),
    "sex": gettext_lazy("Sex"),
    "age_band": gettext_lazy("Age"),
    "community_group": gettext_lazy("Community group"),
    "priority": gettext_lazy("Priority"),
    "status": gettext_lazy("Status"),
    "source": gettext_lazy("Source"),
    "code_id": gettext_lazy("Code"),
    "tag": gettext_lazy("Tag"),
    "id": gettext_lazy("Id in the source"),
    "record_id": gettext_lazy("Record"),
    "is_sensitive": gettext_lazy("Sensitive"),
    "is_duplicate": gettext_lazy("Repeats an earlier record"),
    "consent": gettext_lazy("Consent"),
    "stored_from": gettext_lazy("Stored from"),
    "stored_to": gettext_lazy("Stored before"),
}
FLAGS = {"true": gettext_lazy("yes"), "false": gettext_lazy("no"), "null": gettext_lazy("unknown")}


@dataclass(frozen=True)
class Chip:
    """A filter in force. query: of the same page without it."""

    label: str | Promise
    value: str | Promise
    query: str


@dataclass(frozen=True)
class Selection:
    """The filters of an address. problems: the labels of those that cannot be read; then nothing is selected."""

    parameters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    filter: RecordFilter = field(default_factory=RecordFilter)
    problems: Sequence[str] = ()

    @property
    def query(self) -> str:
        """Return the query string that reproduces the selection."""
        return urlencode(self.parameters, doseq=True)

    def one(self, name: str) -> str:
        """Return the value of a parameter, "" without one."""
        return next(iter(self.parameters.get(name, ())), "")

    def without(self, name: str) -> "Selection":
        """Return the selection without one parameter."""
        return _selection({key: values for key, values in self.parameters.items() if key != name})

    def query_with(self, **changed: Any) -> str:
        """Return the query string with other values of some parameters."""
        return urlencode({**self.parameters, **changed}, doseq=True)

    def chips(self, names_of_codes: Mapping[str, str] | None = None) -> Sequence[Chip]:
        """Return a chip per value in force."""
        shown = {"code_id": names_of_codes or {}}
        return [
            Chip(
                LABELS[name],
                shown.get(name, {}).get(value) or value_label(name, value),
                self._query_without(name, value),
            )
            for name, values in self.parameters.items()
            for value in values
        ]

    def _query_without(self, name: str, value: str) -> str:
        left = [other for other in self.parameters[name] if other != value]
        return urlencode({**self.parameters, name: left}, doseq=True)


def read_selection(query: QueryDict) -> Selection:
    """Read the filters of an address. Other parameters of the page are left out."""
    given = {name: [text for text in query.getlist(name) if text] for name in PARAMETERS}
    return _selection({name: values for name, values in given.items() if values})


def _selection(parameters: Mapping[str, Sequence[str]]) -> Selection:
    filters: dict[str, list[str]] = {
        name: ["" if text == UNSET else text for text in values]
        for name, values in parameters.items()
        if name not in DAYS
    }
    problems: list[str] = []
    for name, filter_name in zip(DAYS, ("collected_from", "collected_to"), strict=True):
        if values := parameters.get(name):
            try:
                filters[filter_name] = [_day_text(values[-1], is_end=name == "to")]
            except (ValueError, OverflowError):
                problems.append(name)
    try:
        chosen = parse_filter(filters, location="query")
    except InvalidRequest as error:
        chosen = RecordFilter()
        problems += [issue.field.removeprefix("query.") for issue in error.fields or ()]
    return Selection(parameters, chosen, [str(LABELS.get(name, name)) for name in problems])


def _day_text(text: str, *, is_end: bool) -> str:
    """Return the day from which, or before which, records are selected. The page's last day is included."""
    day = date.fromisoformat(text)
    return (day + timedelta(days=1) if is_end else day).isoformat()


def value_label(name: str, value: str) -> str:
    """Return a value as people read it: languages by name, unset values in words."""
    if value in ("", UNSET):
        return _("not given")
    if name in ("is_sensitive", "is_duplicate", "consent"):
        return str(FLAGS.get(value, value))
    return language_name(value) if name == "language" else value


def language_name(code: str) -> str:
    """Return a language's name in the reader's language; the code where Django does not know it."""
    try:
        return str(get_language_info(code)["name_translated"]).capitalize()
    except KeyError:
        return code
