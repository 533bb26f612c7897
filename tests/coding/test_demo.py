"""The demo goes from an empty tenant to coded, flagged, summarised, accounted feedback, as often as one likes."""

import re

from tenants.models import Tenant
from tenants.scoping import all_tenants
from tests.support.forked import run_command
from usage.models import CallStatus, LLMCall

OFFLINE = {"LLM_MODEL": "offline/extractive", "LLM_API_BASE": "", "LLM_API_KEY": ""}


def run_demo(environment: dict[str, str]) -> str:
    return run_command("demo", "--records", "4", environment=environment | OFFLINE)


def test_the_demo_shows_every_operation_may_be_run_again_and_is_accounted_for_in_its_own_tenant(
    process_environment: dict[str, str], tenant: Tenant, other_tenant: Tenant
) -> None:
    for output in (run_demo(process_environment), run_demo(process_environment)):
        for heading in ("Redaction", "Codes", "Summary of one record", "Summary of 4 records", "Analysis", "Ledger"):
            assert heading in output
        assert re.search(r"API key +qfa_\w{47}\n", output)
        assert re.search(r"Login +demo / \S+", output)
    with all_tenants():
        demo = Tenant.objects.get(slug="demo")
        assert not LLMCall.objects.filter(tenant__in=[tenant, other_tenant]).exists()
        rows = LLMCall.objects.filter(tenant=demo)
        assert {row.status for row in rows} == {CallStatus.OK}
        assert {row.request_model for row in rows if row.step != "embed"} == {"offline/extractive"}
        assert {row.request_model for row in rows if row.step == "embed"} <= {"local/multilingual-e5-small"}
        operations = {"analyze", "assign_codes", "detect_sensitive", "summarize", "summarize_aggregate"}
        assert {row.operation for row in rows} == operations
