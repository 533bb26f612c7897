"""The dimensions that figures of the ledger can be broken down and filtered by.

To add one: append it to DIMENSIONS, give UsageDay a column of the same name, and write a migration that adds the column
and empties the rollups, which are then made again (0012 is an example). Where its values are ids, register a namer
(usage/reports/page.py).

A room above may register a coarser one, which adds up the values of another dimension, as a framework does with its
versions. It needs no column: stored figures are added up when they are read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

Dimensions = tuple[str, ...]  # what figures are broken down by together: names, in the order asked for

UNKNOWN_OPERATION = "unknown"


@dataclass(frozen=True)
class Dimension:
    """A property of model calls.

    name: of the column of UsageDay, and in the addresses of pages. sql: over a row of the ledger. sql_type: as
    PostgreSQL calls it. is_private: its values belong to one tenant, and say nothing over all tenants. of: the
    dimension whose values a coarser one adds up; its sql is over that column.
    """

    name: str
    label: str | Promise
    sql: str
    sql_type: str
    is_private: bool = False
    is_charted: bool = False
    of: str = ""


DIMENSIONS = (
    Dimension("tenant_id", gettext_lazy("Tenant"), "tenant_id", "uuid"),
    Dimension(
        "operation",
        gettext_lazy("Operation"),
        f"coalesce(nullif(operation, ''), '{UNKNOWN_OPERATION}')",
        "varchar",
        is_charted=True,
    ),
    Dimension("model", gettext_lazy("Model"), "request_model", "varchar", is_charted=True),
    Dimension("api_key_id", gettext_lazy("Key"), "api_key_id", "uuid", is_private=True),
    Dimension("user_id", gettext_lazy("Person"), "user_id", "uuid", is_private=True),
    Dimension(
        "framework_version_id", gettext_lazy("Framework version"), "framework_version_id", "uuid", is_private=True
    ),
)
DIMENSION_NAMES = tuple(dimension.name for dimension in DIMENSIONS)
PRIVATE_DIMENSIONS = tuple(dimension.name for dimension in DIMENSIONS if dimension.is_private)
SHARED_DIMENSIONS = tuple(name for name in DIMENSION_NAMES if name not in {"tenant_id", *PRIVATE_DIMENSIONS})
_coarser: dict[str, Dimension] = {}


def register_coarser(dimension: Dimension) -> None:
    """Let a room above add a dimension that adds up the values of another one, for the whole process."""
    if dimension.of not in DIMENSION_NAMES or dimension.name in DIMENSION_NAMES:
        raise ValueError(f"{dimension.name} adds up no dimension, or is one itself")
    _coarser[dimension.name] = dimension


def coarser_dimensions() -> Mapping[str, Dimension]:
    return _coarser


def all_dimensions() -> Sequence[Dimension]:
    """Return the dimensions in the order of pages, a coarser one before the one that it adds up."""
    ordered = list(DIMENSIONS)
    for coarser in _coarser.values():
        ordered.insert([dimension.name for dimension in ordered].index(coarser.of), coarser)
    return ordered


def stored_name(name: str) -> str:
    """Return the name of the column that figures by a dimension are made from."""
    return _coarser[name].of if name in _coarser else name
