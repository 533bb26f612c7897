"""Which coder codes where the offline engine is one of the models."""

import uuid
from collections.abc import Callable

import httpx
import pytest

from coding.frameworks.stored_trees import read_tree
from coding.models import CodeAssignment, FrameworkVersion
from coding.operations.assign_codes import STRATEGIES
from coding.operations.try_version import try_codes
from inference.connections import OFFLINE_MODEL
from inference.offline.wording import signature
from inference.registry import use_case_named
from inference.runs.origin import CallOrigin
from inference.warmup import warm_up
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.support.coding_bodies import v2_body
from tests.support.factories import new_key
from tests.support.provider import ScriptedProvider
from tests.support.scripted_coder import ScriptedCoder
from tests.support.web_server import WebServer
from usage.models import LLMCall

RECORD = {"id": "r1", "content": "We need clean water, the well is dry."}
TREE = {"root_codes": [{"id": "w", "name": "Water", "children": []}, {"id": "f", "name": "Food", "children": []}]}


@pytest.mark.parametrize("strategy", [None, *STRATEGIES])
def test_with_the_offline_model_every_strategy_is_the_offline_one_and_the_answer_says_so(
    storing: Tenant, strategy: str | None
) -> None:
    warm_up()
    use_case = use_case_named("assign_codes")
    assert use_case is not None
    with tenant_scope(storing.id):
        body = use_case.read({"feedback_record": RECORD, "coding_levels": TREE, "strategy": strategy})
        answer = use_case.carry_out(body, CallOrigin(storing, uuid.uuid4(), "command:test"))
        rows, stored = list(LLMCall.objects.all()), CodeAssignment.objects.get()
    assert answer["strategy"] == "offline"
    assert answer["assigned_codes"][0]["code_id"] == "w"
    assert answer["assigned_codes"][0]["explanation"].endswith(signature("engine", "en"))
    assert [(row.step, row.request_model) for row in rows] == [("lexical", OFFLINE_MODEL)]
    assert (stored.strategy, stored.model) == ("offline", OFFLINE_MODEL)


def test_the_page_that_tries_a_version_codes_as_the_endpoint_does(storing: Tenant, published: FrameworkVersion) -> None:
    warm_up()
    with tenant_scope(storing.id):
        trial = try_codes(version=published, tree=read_tree(published.id), text=RECORD["content"], user_id=None)
    assert trial.strategy == "offline"


def test_an_offline_judge_scores_what_a_model_picked(
    start_server: Callable[..., WebServer],
    client_for: Callable[..., httpx.Client],
    provider: ScriptedProvider,
    storing: Tenant,
) -> None:
    provider.answer_with(ScriptedCoder(["Water"]))
    api = client_for(start_server(JUDGE_LLM_MODEL=OFFLINE_MODEL), new_key(storing))
    body = v2_body(coding_levels=TREE) | {"feedback_record": RECORD}
    answer = api.post("/v1/assign-codes", json=body).json()
    assert answer["strategy"] == "level_by_level"
    [code] = answer["assigned_codes"]
    assert 0 < code["confidence_aggregate"] < 1
    assert 'The record says "' in code["explanation"]
    assert len(provider.requests) == 1, "the model picks, and the offline engine judges"
