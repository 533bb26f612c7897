"""The ledger as a source of metrics: over days from rollups where they reach, over a window row by row."""

from collections.abc import Collection, Mapping, Sequence

from usage.metrics.by_day import read_by_day
from usage.metrics.by_window import read_by_window
from usage.metrics.dimensions import Dimensions, all_dimensions
from usage.metrics.source import Filters, Key, Measure, Values
from usage.periods import Days, Time


class LedgerSource:
    """A measure's sql is an aggregate over the columns of usage/metrics/day_sql.py.

    Percentiles over days are read from histograms; over a window they are exact.
    """

    @property
    def dimensions(self) -> Collection[str]:
        return {"day", *(dimension.name for dimension in all_dimensions())}

    def read(
        self, wanted: Mapping[Dimensions, Sequence[Measure]], time: Time, filters: Filters
    ) -> Mapping[Dimensions, Mapping[Key, Values]]:
        if isinstance(time, Days):
            measures = [measure for group in wanted.values() for measure in group]
            _refuse("over days", [measure.name for measure in measures if measure.is_window_only])
            return read_by_day(wanted, time, filters)
        _refuse("over a window", [name for name in {*filters.equal}.union(*wanted) if name == "day"])
        return read_by_window(wanted, time, filters)


def _refuse(time: str, names: Sequence[str]) -> None:
    if names:
        raise ValueError(f"the ledger cannot be read {time} for: {names}")
