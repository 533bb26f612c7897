"""Link codings to stored records: those of a batch by the record's own id, those of the API by the caller's id."""

import uuid
from collections.abc import Sequence

from coding.models import CodeAssignment, MissingCode
from feedback.models import DEFAULT_SOURCE, FeedbackRecord


def link_to_records(rows: Sequence[CodeAssignment | MissingCode], stored_record_id: uuid.UUID | None = None) -> None:
    """Set the record of unsaved rows whose record is stored. An id without a source means the source of the API.

    stored_record_id: of the one record that all rows are about, if the work was on a stored record.
    """
    if stored_record_id is not None:
        is_stored = FeedbackRecord.objects.filter(id=stored_record_id).exists()
        for row in rows:
            row.record_id = stored_record_id if is_stored else None
        return
    references = {row.record_reference for row in rows}
    stored = FeedbackRecord.objects.filter(source=DEFAULT_SOURCE, external_id__in=references)
    ids = dict(stored.values_list("external_id", "id"))
    for row in rows:
        row.record_id = ids.get(row.record_reference)
