"""The protocol of a source of metrics, and the types that pass through it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from django.db.models import Aggregate

from usage.metrics.dimensions import Dimensions
from usage.periods import Time

Number = int | float | Decimal
Key = tuple[Any, ...]  # values of dimensions, in their order
Values = Mapping[str, Number | None]


@dataclass(frozen=True)
class Filters:
    """Limits rows to these values of these dimensions."""

    equal: Mapping[str, Any] = field(default_factory=dict)


class Measure(Protocol):
    """A metric that a source computes itself. The fields are described at Metric (usage/metrics/registry.py)."""

    @property
    def name(self) -> str: ...
    @property
    def sql(self) -> str: ...
    @property
    def sql_dimensions(self) -> Sequence[str]: ...
    @property
    def aggregate(self) -> Aggregate | None: ...
    @property
    def percentile(self) -> float | None: ...
    @property
    def is_window_only(self) -> bool: ...


class Source(Protocol):
    """Computes measures over some time, for the scope in force.

    dimensions: those that its figures can be broken down and filtered by; it is asked for no others.
    """

    @property
    def dimensions(self) -> Collection[str]: ...

    def read(
        self, wanted: Mapping[Dimensions, Sequence[Measure]], time: Time, filters: Filters
    ) -> Mapping[Dimensions, Mapping[Key, Values]]:
        """Return the wanted measures by set of dimensions and by key."""
