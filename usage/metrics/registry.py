"""Named measures of usage, and the one way to read them: pages, exports, endpoints and questions all come through here.

A base metric is added up by its source: the ledger (usage/ledger_source.py), or a table of a room above, which
registers it. A derived metric divides two, whatever their sources, and is None where there is nothing to divide by. A
metric is None as well where its source cannot tell what is asked apart. Metrics are read over days, or between any two
moments: every row then, percentiles exact. Every reading is of the scope in force. The ledger's own metrics are in
usage/measures.py.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from django.db.models import Aggregate
from django.utils.functional import Promise

from usage.metrics.day_sql import Dimensions
from usage.metrics.ledger_source import LedgerSource
from usage.metrics.sources import Filters, Key, Number, Source, Time, Values

LEDGER = LedgerSource()


class Unit(Enum):
    """How a figure is written."""

    COUNT = "count"
    USD = "usd"
    TOKENS = "tokens"
    MILLISECONDS = "ms"
    SHARE = "share"


@dataclass(frozen=True)
class Metric:
    """A named measure.

    For a base metric its source and, by the kind of source, sql: an aggregate over the columns of the ledger by day,
    and the dimensions that it looks at itself; percentile: the share of model calls that are at most so slow;
    is_of_single: over columns of single calls or requests (usage/ledger_rows.py), read between moments only;
    aggregate: over the rows of a table. For a derived one numerator and denominator, by name.
    """

    name: str
    label: str | Promise
    unit: Unit
    source: Source = LEDGER
    sql: str = ""
    looks_at: Sequence[str] = ()
    percentile: float | None = None
    is_of_single: bool = False
    aggregate: Aggregate | None = None
    numerator: str = ""
    denominator: str = ""

    @property
    def adds_up(self) -> bool:
        """Whether it is 0 where nothing happened, and not None."""
        return self.percentile is None and not self.is_of_single


@dataclass(frozen=True)
class Reading:
    """The values of some metrics for one combination of dimensions, which are in the order asked for."""

    key: Key
    values: Values


_metrics: dict[str, Metric] = {}


def register_metric(metric: Metric) -> None:
    """Add a measure. What it is made of must be there already."""
    missing = {metric.numerator, metric.denominator} - {"", *_metrics}
    if metric.name in _metrics or missing:
        raise ValueError(f"{metric.name} is there already, or made of what is not: {sorted(missing)}")
    _metrics[metric.name] = metric


def registered_metrics() -> Sequence[Metric]:
    return tuple(_metrics.values())


def metric_named(name: str) -> Metric:
    return _metrics[name]


def read(
    names: Sequence[str], time: Time, *, by: Sequence[str] = (), filters: Filters | None = None
) -> Sequence[Reading]:
    """Read metrics over some time of the scope in force, one reading for each combination of the dimensions."""
    return read_sets({tuple(by): names}, time, filters=filters)[tuple(by)]


def read_sets(
    wanted: Mapping[Dimensions, Sequence[str]], time: Time, *, filters: Filters | None = None
) -> Mapping[Dimensions, Sequence[Reading]]:
    """Read metrics by several sets of dimensions at once, which costs less than one after the other."""
    chosen = filters or Filters()
    bases = {dimensions: _bases_of(names) for dimensions, names in wanted.items()}
    sources = {id(base.source): base.source for each in bases.values() for base in each}.values()
    _refuse_unknown({name for dimensions in wanted for name in dimensions} | set(chosen.equal), sources)
    found: dict[Dimensions, dict[Key, dict[str, Number | None]]] = {dimensions: {} for dimensions in wanted}
    for source in sources:
        asked = {
            dimensions: [base for base in each if base.source is source]
            for dimensions, each in bases.items()
            if _can_tell(source, dimensions, chosen)
        }
        asked = {dimensions: each for dimensions, each in asked.items() if each}
        for dimensions, by_key in source.read(asked, time, chosen).items() if asked else ():
            for key, values in by_key.items():
                found[dimensions].setdefault(key, {}).update(values)
    return {
        dimensions: _readings(names, by_key=found[dimensions], empty=_empty(bases[dimensions], dimensions, chosen))
        for dimensions, names in wanted.items()
    }


def total(names: Sequence[str], time: Time, *, filters: Filters | None = None) -> Values:
    """Read metrics over all of the time together."""
    return read(names, time, filters=filters)[0].values


def _bases_of(names: Iterable[str]) -> Sequence[Metric]:
    """The base metrics that others are made of, each once."""
    metrics = [_metrics[name] for name in names]
    parts = [part for metric in metrics for part in _parts(metric)]
    return [_metrics[name] for name in dict.fromkeys(parts)]


def _parts(metric: Metric) -> Sequence[str]:
    return (metric.numerator, metric.denominator) if metric.numerator else (metric.name,)


def _refuse_unknown(dimensions: Collection[str], sources: Iterable[Source]) -> None:
    unknown = set(dimensions).difference(*(source.dimensions for source in sources))
    if unknown:
        raise ValueError(f"no such dimensions: {sorted(unknown)}")


def _can_tell(source: Source, dimensions: Dimensions, filters: Filters) -> bool:
    return {*dimensions, *filters.equal} <= set(source.dimensions)


def _empty(bases: Sequence[Metric], dimensions: Dimensions, filters: Filters) -> Values:
    """What metrics are where their source found nothing: 0, or None where it could not have."""
    return {base.name: 0 if base.adds_up and _can_tell(base.source, dimensions, filters) else None for base in bases}


def _readings(names: Sequence[str], *, by_key: Mapping[Key, Values], empty: Values) -> Sequence[Reading]:
    return [
        Reading(key, {name: _value(_metrics[name], {**empty, **values}) for name in names})
        for key, values in by_key.items()
    ]


def _value(metric: Metric, values: Values) -> Number | None:
    if not metric.numerator:
        return values[metric.name]
    dividend, divisor = values[metric.numerator], values[metric.denominator]
    return Decimal(dividend) / Decimal(divisor) if dividend is not None and divisor else None
