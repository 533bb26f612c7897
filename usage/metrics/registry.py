"""Named metrics of usage, and the one way to read them, for pages, exports, endpoints and questions.

A base metric is computed by its source: the ledger (usage/metrics/ledger_source.py), or a table of a room above, which
registers it. A derived metric divides two others, whatever their sources. A metric is None where there is nothing to
divide by, and where its source lacks a dimension that was asked for. Metrics are read over days, or over a window
between two moments, in the scope in force. The ledger's own are in usage/metrics/ledger_metrics.py.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from django.db.models import Aggregate
from django.utils.functional import Promise

from usage.metrics.dimensions import Dimensions
from usage.metrics.ledger_source import LedgerSource
from usage.metrics.source import Filters, Key, Number, Source, Values
from usage.periods import Time

LEDGER = LedgerSource()


class Unit(Enum):
    """The unit that a figure is written in."""

    COUNT = "count"
    USD = "usd"
    TOKENS = "tokens"
    MILLISECONDS = "ms"
    SHARE = "share"


@dataclass(frozen=True)
class Metric:
    """A named metric: a base metric with its source, or a derived one with numerator and denominator, by name.

    For the ledger: sql, an aggregate over the columns of the ledger by day; sql_dimensions, those that the sql itself
    filters by; percentile, the share of model calls that are at most so slow; is_window_only, over columns of single
    calls or requests (usage/metrics/row_sql.py). For a table: aggregate, over its rows.
    """

    name: str
    label: str | Promise
    unit: Unit
    source: Source = LEDGER
    sql: str = ""
    sql_dimensions: Sequence[str] = ()
    percentile: float | None = None
    is_window_only: bool = False
    aggregate: Aggregate | None = None
    numerator: str = ""
    denominator: str = ""

    @property
    def adds_up(self) -> bool:
        """Return whether the value without any rows is 0 instead of None."""
        return self.percentile is None and not self.is_window_only


@dataclass(frozen=True)
class Reading:
    """The values of some metrics for one group. key: the values of its dimensions, in the order asked for."""

    key: Key
    values: Values


_metrics: dict[str, Metric] = {}


def register_metric(metric: Metric) -> None:
    """Add a metric. Those that it divides must be registered already."""
    missing = {metric.numerator, metric.denominator} - {"", *_metrics}
    if metric.name in _metrics or missing:
        raise ValueError(f"{metric.name} is registered already, or divides unknown metrics: {sorted(missing)}")
    _metrics[metric.name] = metric


def registered_metrics() -> Sequence[Metric]:
    return tuple(_metrics.values())


def metric_named(name: str) -> Metric:
    return _metrics[name]


def read(
    names: Sequence[str], time: Time, *, by: Sequence[str] = (), filters: Filters | None = None
) -> Sequence[Reading]:
    """Read metrics of the scope in force over a period, one reading per combination of dimension values."""
    return read_sets({tuple(by): names}, time, filters=filters)[tuple(by)]


def total(names: Sequence[str], time: Time, *, filters: Filters | None = None) -> Values:
    """Read metrics without breaking them down."""
    return read(names, time, filters=filters)[0].values


def read_sets(
    wanted: Mapping[Dimensions, Sequence[str]], time: Time, *, filters: Filters | None = None
) -> Mapping[Dimensions, Sequence[Reading]]:
    """Read metrics by several sets of dimensions together, which is faster than one after the other."""
    filters = filters or Filters()
    bases = {dimensions: _bases_of(names) for dimensions, names in wanted.items()}
    values = _read_bases(bases, time, filters)
    return {
        dimensions: _readings(names, values[dimensions], _empty(bases[dimensions], dimensions, filters))
        for dimensions, names in wanted.items()
    }


def _read_bases(
    bases: Mapping[Dimensions, Sequence[Metric]], time: Time, filters: Filters
) -> Mapping[Dimensions, Mapping[Key, Values]]:
    """Read base metrics from every source that has the dimensions, and put the values of a group together."""
    sources = {id(base.source): base.source for group in bases.values() for base in group}.values()
    _refuse_unknown({name for dimensions in bases for name in dimensions} | set(filters.equal), sources)
    values: dict[Dimensions, dict[Key, dict[str, Number | None]]] = {dimensions: {} for dimensions in bases}
    for source in sources:
        wanted = _wanted_from(source, bases, filters)
        for dimensions, by_key in source.read(wanted, time, filters).items() if wanted else ():
            for key, of_source in by_key.items():
                values[dimensions].setdefault(key, {}).update(of_source)
    return values


def _wanted_from(
    source: Source, bases: Mapping[Dimensions, Sequence[Metric]], filters: Filters
) -> Mapping[Dimensions, Sequence[Metric]]:
    own = {
        dimensions: [base for base in group if base.source is source]
        for dimensions, group in bases.items()
        if _has(source, dimensions, filters)
    }
    return {dimensions: group for dimensions, group in own.items() if group}


def _bases_of(names: Iterable[str]) -> Sequence[Metric]:
    """Return the base metrics that others are made of, without repetition."""
    parts = [part for name in names for part in _parts(_metrics[name])]
    return [_metrics[name] for name in dict.fromkeys(parts)]


def _parts(metric: Metric) -> Sequence[str]:
    return (metric.numerator, metric.denominator) if metric.numerator else (metric.name,)


def _refuse_unknown(dimensions: Collection[str], sources: Iterable[Source]) -> None:
    unknown = set(dimensions).difference(*(source.dimensions for source in sources))
    if unknown:
        raise ValueError(f"no such dimensions: {sorted(unknown)}")


def _has(source: Source, dimensions: Dimensions, filters: Filters) -> bool:
    return {*dimensions, *filters.equal} <= set(source.dimensions)


def _empty(bases: Sequence[Metric], dimensions: Dimensions, filters: Filters) -> Values:
    """Return the values of a group without rows: 0, or None where the source lacks a dimension."""
    return {base.name: 0 if base.adds_up and _has(base.source, dimensions, filters) else None for base in bases}


def _readings(names: Sequence[str], by_key: Mapping[Key, Values], empty: Values) -> Sequence[Reading]:
    return [
        Reading(key, {name: _value(_metrics[name], {**empty, **values}) for name in names})
        for key, values in by_key.items()
    ]


def _value(metric: Metric, values: Values) -> Number | None:
    if not metric.numerator:
        return values[metric.name]
    dividend, divisor = values[metric.numerator], values[metric.denominator]
    return Decimal(dividend) / Decimal(divisor) if dividend is not None and divisor else None
