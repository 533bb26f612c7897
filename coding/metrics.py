"""Metrics of coding for usage reports: coded records, cost per record, and names of framework versions."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy

from coding.models import AssignmentSource, CodeAssignment, CodingFramework, FrameworkVersion
from usage.metrics.dimensions import Dimension, register_coarser
from usage.metrics.registry import Metric, Unit, register_metric
from usage.metrics.table_source import TableSource
from usage.reports.names import register_names
from usage.reports.page import register_card


def _assignments() -> QuerySet[Any]:
    assignments: QuerySet[Any] = CodeAssignment.objects.all()
    return assignments


ASSIGNMENTS = TableSource(
    rows=_assignments,
    moment="created_at",
    columns={
        "tenant_id": "tenant_id",
        "framework_version_id": "framework_version_id",
        "framework_id": "framework_version__framework_id",
    },
)

for _source, _name, _label in (
    (AssignmentSource.AUTO, "records_with_auto_codes", gettext_lazy("Records with auto-codes")),
    (AssignmentSource.MANUAL, "records_with_manual_codes", gettext_lazy("Records with manual codes")),
):
    register_metric(
        Metric(
            _name,
            _label,
            Unit.COUNT,
            source=ASSIGNMENTS,
            aggregate=Count("record_reference", distinct=True, filter=Q(source=_source)),
        )
    )
for _metric in (
    Metric(
        "coded_records",
        gettext_lazy("Auto-coded records"),
        Unit.COUNT,
        sql="sum(records) filter (where operation = 'assign_codes')::bigint",
        sql_dimensions=("operation",),
    ),
    Metric(
        "coding_cost_usd",
        gettext_lazy("Cost of auto-coding (USD)"),
        Unit.USD,
        sql="sum(cost_usd) filter (where operation = 'assign_codes')",
        sql_dimensions=("operation",),
    ),
    Metric(
        "cost_per_coded_record",
        gettext_lazy("Cost per auto-coded record"),
        Unit.USD,
        numerator="coding_cost_usd",
        denominator="coded_records",
    ),
    Metric(
        "cost_per_record_with_auto_codes",
        gettext_lazy("Cost per record with auto-codes"),
        Unit.USD,
        numerator="coding_cost_usd",
        denominator="records_with_auto_codes",
    ),
):
    register_metric(_metric)
register_card("cost_per_coded_record")


def _names(ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, str]:
    found = FrameworkVersion.objects.filter(id__in=ids).select_related("framework")
    return {version.id: str(version) for version in found}


def _framework_names(ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, str]:
    return dict(CodingFramework.objects.filter(id__in=ids).values_list("id", "name"))


register_names("framework_version_id", _names)
register_names("framework_id", _framework_names)
# A new version or another name of a framework begins no new series: the id of the framework stays the same.
register_coarser(
    Dimension(
        "framework_id",
        gettext_lazy("Framework"),
        "(select version.framework_id from coding_frameworkversion as version where version.id = framework_version_id)",
        "uuid",
        is_private=True,
        is_charted=True,
        of="framework_version_id",
    )
)
