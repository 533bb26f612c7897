"""Figures about what was coded, as plain values."""

import uuid

from django.db.models import Count

from coding.models import CodeAssignment, CodingFramework


def codings_by_code(framework: CodingFramework) -> dict[uuid.UUID, int]:
    """How many stored codings each code of a framework has, over all its versions, by stable id."""
    stored = CodeAssignment.objects.filter(framework_version__framework=framework).order_by()
    counted = stored.values("code__stable_id").annotate(codings=Count("id"))
    return {row["code__stable_id"]: row["codings"] for row in counted if row["code__stable_id"] is not None}
