"""Mark records that say the same as an earlier one."""

from collections.abc import Sequence

from feedback.models import FeedbackRecord


def mark_duplicates(rows: Sequence[FeedbackRecord]) -> None:
    """Set or unset duplicate_of of rows whose content is new: the tenant's first record with the same words."""
    digests = {bytes(row.content_digest) for row in rows} - {b""}
    first: dict[bytes, FeedbackRecord] = {}
    same = FeedbackRecord.objects.filter(content_digest__in=digests).order_by("created_at", "id")
    for row in same.only("id", "content_digest"):
        first.setdefault(bytes(row.content_digest), row)
    changed = []
    for row in rows:
        original = first.get(bytes(row.content_digest))
        duplicate_of_id = original.id if original and original.id != row.id else None
        if row.duplicate_of_id != duplicate_of_id:
            row.duplicate_of_id = duplicate_of_id
            changed.append(row)
    FeedbackRecord.objects.bulk_update(changed, ["duplicate_of"], batch_size=500)
