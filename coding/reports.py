"""Counts of stored codings."""

import uuid
from collections import Counter
from datetime import date

from django.db.models import Count
from django.db.models.functions import TruncMonth

from coding.models import CodeAssignment, CodingFramework


def codings_by_code(framework: CodingFramework) -> dict[uuid.UUID, int]:
    """Count the stored codings of all versions of a framework by stable id."""
    stored = CodeAssignment.objects.filter(framework_version__framework=framework).order_by()
    counted = stored.values("code__stable_id").annotate(codings=Count("id"))
    return {row["code__stable_id"]: row["codings"] for row in counted if row["code__stable_id"] is not None}


def codings_by_month(framework: CodingFramework) -> dict[uuid.UUID, Counter[date]]:
    """Count the stored codings of all versions of a framework by stable id and month."""
    stored = CodeAssignment.objects.filter(framework_version__framework=framework, code__isnull=False).order_by()
    counted = stored.values("code__stable_id", month=TruncMonth("created_at")).annotate(codings=Count("id"))
    monthly: dict[uuid.UUID, Counter[date]] = {}
    for row in counted:
        monthly.setdefault(row["code__stable_id"], Counter())[row["month"].date()] = row["codings"]
    return monthly
