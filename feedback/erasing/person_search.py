"""Find the records of a person by a text: a name, a number, an address, in redacted and in raw text."""

import json
import uuid
from collections.abc import Iterator

from django.db.models import Q

from feedback.models import FeedbackRecord, RawText
from feedback.storing.raw_text import raw_texts_of

RECORDS_PER_QUERY = 500
TEXT_COLUMNS = ("content", "site", "community_group", "external_id")
JSON_COLUMNS = ("tags", "extra", "metadata")


def find_records_of_person(text: str, tenant_id: uuid.UUID) -> list[FeedbackRecord]:
    """Return the records in scope that contain the text, whatever its case.

    Where only redacted text is stored, a name or number that was redacted cannot be found: nobody knows it any more.
    """
    condition = Q()
    for column in TEXT_COLUMNS:
        condition |= Q(**{f"{column}__icontains": text})
    for column in JSON_COLUMNS:
        condition |= Q(**{f"{column}__icontains": json.dumps(text, ensure_ascii=False)[1:-1]})
    return list(FeedbackRecord.objects.filter(condition | Q(id__in=_with_raw_text(text, tenant_id))))


def _with_raw_text(text: str, tenant_id: uuid.UUID) -> list[uuid.UUID]:
    wanted = text.casefold()
    return [
        record_id
        for record_ids in _slices()
        for record_id, columns in raw_texts_of(record_ids, tenant_id).items()
        if wanted in json.dumps(columns, ensure_ascii=False).casefold()
    ]


def _slices() -> Iterator[list[uuid.UUID]]:
    """Yield the ids of records with raw text, some at a time."""
    last = uuid.UUID(int=0)
    while True:
        following = RawText.objects.filter(record_id__gt=last).order_by("record_id")
        ids = list(following.values_list("record_id", flat=True)[:RECORDS_PER_QUERY])
        if not ids:
            return
        yield ids
        last = ids[-1]
