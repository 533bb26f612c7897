"""The search of words may use its index behind row-level security, where the server trusts the operator."""

import pytest
from django.db import connection, transaction

from feedback.filters import parse_filter, visible_records
from tenants.scoping import all_tenants


def test_words_can_be_found_by_their_index(database: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select bool_and(proleakproof) from pg_proc where proname = 'ts_match_vq'")
        if not cursor.fetchone()[0]:
            pytest.skip("this server's superuser has not marked ts_match_vq as leakproof: docs/decisions/0120")
    # No index on the tenant can be used in the scope of all: this one or none.
    with all_tenants(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        chosen = parse_filter({"search": "quagga"}, location="query").apply(visible_records(sees_sensitive=True))
        assert "records_by_words" in chosen.order_by().explain()
