"""The dimensions that figures of the ledger can be broken down and filtered by.

To add one: append it to DIMENSIONS, give UsageDay a column of the same name, and write a migration that adds the column
and empties the rollups, which are then made again (0012 is an example). Where its values are ids, register a namer
(usage/reports/page.py).
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

Dimensions = tuple[str, ...]  # what figures are broken down by together: names, in the order asked for

UNKNOWN_OPERATION = "unknown"


@dataclass(frozen=True)
class Dimension:
    """A property of model calls.

    name: of the column of UsageDay, and in the addresses of pages. sql: over a row of the ledger. sql_type: as
    PostgreSQL calls it. is_private: its values belong to one tenant, and say nothing over all tenants.
    """

    name: str
    label: str | Promise
    sql: str
    sql_type: str
    is_private: bool = False
    is_charted: bool = False


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
