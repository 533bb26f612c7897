"""Tags and filters that format figures on the usage pages."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from tenants.pages.numbers import write_number
from usage.metrics.registry import Metric, Unit
from usage.metrics.source import Number
from usage.reports.page import Line

register = template.Library()

DASH = "–"
MAX_CACHED_FIGURES = 10_000  # those of a hundred pages


@register.filter
def usd(amount: Decimal | float | None) -> str:
    """Write an amount with two decimals; below a dollar, with four."""
    if amount is None:
        return DASH
    places = 4 if 0 < abs(float(amount)) < 1 else 2
    return write_number(amount, places=places)


@register.filter
def whole(count: int) -> str:
    """Write a whole number."""
    return number_format(count, use_l10n=True, force_grouping=True)


@register.filter
def isolated(text: object) -> SafeString:
    """Isolate the direction of a date or a name in a sentence that runs from right to left."""
    return format_html("<bdi>{}</bdi>", text)


@register.filter
def of(names: Mapping[Any, Any], key: Any) -> Any:
    """Look up a value by its key; a dash when there is none."""
    return names.get(key, DASH)


@register.filter
def written_as(value: Number | None, metric: Metric) -> str:
    """Write a figure in its unit."""
    return DASH if value is None else _written(value, metric.unit, get_language())


@lru_cache(MAX_CACHED_FIGURES)
def _written(value: Number, unit: Unit, language: str | None) -> str:
    if unit is Unit.USD:
        return usd(value)
    if unit is Unit.SHARE:
        return percent(value)
    if unit is Unit.MILLISECONDS:
        return f"{number_format(round(float(value)), use_l10n=True, force_grouping=True)} ms"
    return number_format(round(value), use_l10n=True, force_grouping=True)


@register.simple_tag
def cells_of_line(line: Line, columns: Sequence[Metric]) -> SafeString:
    """Write a table's line as cells, its share and change first. A loop in a template takes several times as long."""
    figures = [written_as(line.values.get(column.name), column) for column in columns]
    texts = [percent(line.share), signed_percent(line.change), *figures]
    return format_html_join("", '<td class="number"><bdi>{}</bdi></td>', ((text,) for text in texts))


@register.simple_tag
def cells_of_day(figures: Sequence[Number], metric: Metric) -> SafeString:
    """Write the figures of a day as cells."""
    return format_html_join("", "<td>{}</td>", ((written_as(figure, metric),) for figure in figures))


@register.filter
def seconds(duration: float | None) -> str:
    """Write a duration."""
    return DASH if duration is None else f"{write_number(duration, places=2)} s"


@register.filter
def percent(share: float | Decimal | None) -> str:
    """Write a share as a percentage."""
    return DASH if share is None else f"{write_number(share * 100, places=1)} %"


@register.filter
def signed_percent(change: float | None) -> str:
    """Write a change with its sign."""
    if change is None:
        return DASH
    rounded = round(change, 3) + 0.0  # no -0.0
    return f"{'+' if rounded > 0 else ''}{percent(rounded)}"


@register.simple_tag
def with_query(address: Mapping[str, str], name: str = "", value: str = "", without: str = "") -> str:
    """Return the page's query with one parameter changed or left out, for a link."""
    carried = {key: text for key, text in address.items() if key != without}
    return urlencode(carried | ({name: value} if name else {}))
