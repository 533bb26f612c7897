"""The ledger as a source of metrics: over days from rollups where it can, between moments row by row.

Over days, each set of dimensions is read from the coarsest grain that has it.
"""

from collections.abc import Mapping, Sequence

from usage.metrics.by_day import read_days
from usage.metrics.by_window import read_moments
from usage.metrics.day_sql import Days, Dimensions
from usage.metrics.sources import Filters, Key, Measure, Time, Values
from usage.metrics.totals import COLUMN_TYPES


class LedgerSource:
    """A measure's sql is a sum over the columns of usage/daily.py; a percentile is read from its histograms.

    Between moments both are exact, and usage/moments.py reads them.
    """

    dimensions = frozenset(COLUMN_TYPES)

    def read(
        self, wanted: Mapping[Dimensions, Sequence[Measure]], time: Time, filters: Filters
    ) -> Mapping[Dimensions, Mapping[Key, Values]]:
        if isinstance(time, Days):
            _refuse([measure.name for each in wanted.values() for measure in each if measure.is_of_single])
            return read_days(wanted, time, filters)
        _refuse([name for name in {*filters.equal}.union(*wanted) if name == "day"])
        return read_moments(wanted, time, filters)


def _refuse(names: Sequence[str]) -> None:
    """What only the other way of reading has."""
    if names:
        raise ValueError(f"the ledger does not have this over days, or not between moments: {names}")
