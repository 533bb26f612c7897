"""Prices of LiteLLM's table are set only when they are accepted, and earlier calls keep theirs."""

import io
from datetime import timedelta
from decimal import Decimal

from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.models import AuditEvent, Tenant
from tenants.scoping import tenant_scope
from tests.support.factories import new_call
from usage.costs.price_proposals import propose
from usage.models import LLMCall, ModelPrice

MODEL = "gpt-4o"


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("propose_prices", *arguments, stdout=out)
    return out.getvalue()


def test_a_proposal_changes_nothing_until_it_is_accepted(tenant: Tenant) -> None:
    earlier = new_call(tenant, request_model=MODEL, cost_usd=Decimal("0.5"))
    with transaction.atomic():
        assert "in force: none" in run(MODEL)
        with tenant_scope(PLATFORM_TENANT_ID):
            assert not ModelPrice.objects.filter(model=MODEL).exists()
        run(MODEL, "--accept")
        assert f"{MODEL}: 0 prices set" in run(MODEL, "--accept")
        with tenant_scope(PLATFORM_TENANT_ID):
            prices = {row.token_class: row.price_per_million for row in ModelPrice.objects.filter(model=MODEL)}
            assert AuditEvent.objects.filter(actor_id="command:propose_prices").count() == len(prices)
            assert not any(proposal.is_new for proposal in propose(MODEL, at=timezone.now() + timedelta(seconds=1)))
        with tenant_scope(tenant.id):
            assert LLMCall.objects.get(id=earlier.id).cost_usd == Decimal("0.5")
        transaction.set_rollback(True)
    assert prices["input"] > 0
    assert prices["output"] > prices["input"]


def test_an_unknown_model_has_no_proposal(database: None) -> None:
    assert "not in the table" in run("openai/unheard-of")
