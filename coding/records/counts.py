"""Count stored records by code and week, for feedback/registry.py."""

import json
from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from feedback.models import FeedbackRecord
from feedback.registry import CodeCount

# A record that both a model and a person gave a code is counted once.
COUNT_SQL = """
select coalesce(nullif(counted.code_external_id, ''), code.stable_id::text, ''), code_path, week, count from (
    select code_external_id, code_id, code_path, week, count(*) as count from (
        select distinct assigned.record_id, assigned.code_external_id, assigned.code_id, assigned.code_path, dated.week
        from (select id, width_bucket(occurred_at, %s::timestamptz[]) as week from ({records}) as records) as dated
        join coding_codeassignment as assigned on assigned.record_id = dated.id
    ) as codings group by 1, 2, 3, 4
) as counted left join coding_code as code on code.id = counted.code_id
"""


def count_records_by_code(records: QuerySet[FeedbackRecord], starts: Sequence[datetime]) -> Sequence[CodeCount]:
    """Return the number of records of each code, by week. starts: the beginnings of the weeks."""
    try:
        selected, parameters = records.order_by().values_list("id", "occurred_at").query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(COUNT_SQL.format(records=selected), [list(starts), *parameters])
        rows = cursor.fetchall()
    paths: dict[str, tuple[str, ...]] = {}
    counts: dict[str, list[int]] = {}
    for code_id, path, week, count in rows:
        paths.setdefault(code_id, tuple(json.loads(path)))
        counts.setdefault(code_id, [0] * len(starts))[week - 1] += count
    return [CodeCount(code_id, paths[code_id], tuple(by_week)) for code_id, by_week in counts.items()]
