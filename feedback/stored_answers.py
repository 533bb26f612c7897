"""Describe stored records as the contract's `stored`, for endpoints, exports and pages."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from feedback.filters import visible_records
from feedback.models import FeedbackRecord
from feedback.registry import codings_of
from feedback.storing.record_input import FLAGS, MOMENTS, WORDS
from tenants.access import Caller

SENSITIVE_SCOPE, RAW_SCOPE = "records:sensitive", "records:raw"


@dataclass(frozen=True)
class Reader:
    """The rights of a reader. actor_id: for the audit log."""

    actor_id: str
    sees_sensitive: bool = False
    sees_raw: bool = False

    @classmethod
    def of_caller(cls, caller: Caller) -> "Reader":
        return cls(
            caller.actor_id,
            sees_sensitive=caller.has_scope(SENSITIVE_SCOPE),
            sees_raw=caller.has_scope(RAW_SCOPE),
        )


def stored_answers(
    rows: Sequence[FeedbackRecord], reader: Reader, *, raw: Mapping[uuid.UUID, Mapping[str, Any]] | None = None
) -> list[dict[str, Any]]:
    """Return records with their codings. raw: raw columns by record id, as raw_texts returns them."""
    codings = codings_of([row.id for row in rows])
    originals = _visible_originals(rows, reader)
    return [
        {
            **_columns(row),
            **(raw or {}).get(row.id, {}),
            "is_redacted": row.id not in (raw or {}),
            "codings": [asdict(coding) | {"path": list(coding.path)} for coding in codings[row.id]],
            "duplicate_of": str(row.duplicate_of_id) if row.duplicate_of_id in originals else None,
        }
        for row in rows
    ]


def _columns(row: FeedbackRecord) -> dict[str, Any]:
    """Return the columns of a record. What is unset is null."""
    return {
        "record_id": str(row.id),
        "id": row.external_id,
        "source": row.source,
        "content": row.content,
        "language": row.language or None,
        **{name: as_utc(getattr(row, name)) for name in MOMENTS},
        **{name: getattr(row, name) or None for name in WORDS},
        **{name: getattr(row, name) for name in FLAGS},
        "is_escalated": row.is_escalated,
        "tags": row.tags,
        "extra": row.extra,
        "metadata": row.metadata,
        "created_at": as_utc(row.created_at),
        "updated_at": as_utc(row.updated_at),
    }


def as_utc(moment: datetime | None) -> str | None:
    """Return a moment in RFC 3339 with `Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def _visible_originals(rows: Sequence[FeedbackRecord], reader: Reader) -> set[uuid.UUID]:
    """Return the ids of earlier records with the same words that the reader may see."""
    ids = {row.duplicate_of_id for row in rows if row.duplicate_of_id}
    if not ids:
        return set()
    visible = visible_records(sees_sensitive=reader.sees_sensitive)
    return set(visible.filter(id__in=ids).values_list("id", flat=True))
