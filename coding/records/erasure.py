"""Erase the codings of records: assignments with their evidence, and records that fitted no code."""

from django.db.models import Q

from coding.erasure import erasing
from coding.models import CodeAssignment, MissingCode
from feedback.registry import Erasure
from feedback.storing.redacted_text import skeleton


def erase_codings(erasure: Erasure) -> int:
    """Delete codings and missing codes of records; those that are not linked by the caller's id or by the text."""
    references = [record.external_id for record in erasure.records]
    of_records = Q(record_id__in=erasure.record_ids) | Q(record_id=None, record_reference__in=references)
    with erasing():
        assignments, _ = CodeAssignment.objects.filter(of_records).delete()
    missing, _ = MissingCode.objects.filter(of_records | Q(id__in=_with_text_of(erasure))).delete()
    return assignments + missing


def _with_text_of(erasure: Erasure) -> list[object]:
    """Return the ids of missing codes without a record whose text is that of one."""
    erased = {skeleton(text) for text in erasure.texts}
    unlinked = MissingCode.objects.filter(record_id=None).values_list("id", "text")
    return [row_id for row_id, text in unlinked.iterator() if skeleton(text) in erased]
