"""Coding without a language model learns from what people decided: for their own tenant, and for no other."""

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from coding.frameworks import missing_codes, services
from coding.models import AssignmentSource, Code, CodeAssignment, CodingFramework, FrameworkVersion, MissingCode
from coding.strategies import reviewed_examples as reviewed
from coding.strategies.learned import Example
from coding.strategies.reviewed_examples import reviewed_examples
from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.support.coding_bodies import by_id, node
from tests.support.factories import ACTOR, new_key, new_tenant, unique_name
from tests.support.frameworks import new_published
from tests.support.provider import ScriptedProvider
from tests.support.scripted_coder import proposal, tag
from tests.support.web_server import WebServer

ZEBRAS = ["Zebras ate the maize", "Zebras came again", "We saw zebras", "zebras in the night"]
DOORS = ["Nobody opens the door", "The door stays shut", "They open late", "It is shut at noon"]


@pytest.fixture
def tenant(database: None) -> Tenant:
    return new_tenant()


@pytest.fixture
def other_tenant(database: None) -> Tenant:
    return new_tenant()


@pytest.fixture
def standard(database: None) -> FrameworkVersion:
    """A framework that every tenant codes with."""
    tree = {"root_codes": [node(unique_name("Field")), node(unique_name("Clinic")), node(unique_name("Well"))]}
    return new_published(PLATFORM_TENANT_ID, tree)


def teach(tenant: Tenant, version: FrameworkVersion) -> None:
    """People of a tenant gave the first code what tells of zebras, the second what tells of doors, by hand."""
    with tenant_scope(tenant.id):
        codes = list(Code.objects.filter(version=version, parent=None))
        for code, texts in zip(codes, (ZEBRAS, DOORS), strict=False):
            services.record_assignments(
                CodeAssignment(
                    tenant=tenant,
                    record_reference=uuid.uuid4().hex,
                    framework_version=version,
                    code=code,
                    source=AssignmentSource.MANUAL,
                    evidence=text,
                    assigned_by=ACTOR,
                )
                for text in texts
            )


@pytest.fixture
def client_of(server: WebServer, client_for: Callable[..., httpx.Client]) -> Callable[[Tenant], httpx.Client]:
    return lambda tenant: client_for(server, new_key(tenant))


def coded(api: httpx.Client, version: FrameworkVersion, **changes: Any) -> dict[str, Any]:
    body = by_id(version.framework_id, **({"strategy": "offline"} | changes))
    body["feedback_record"]["content"] = "zebras!"
    answered: dict[str, Any] = api.post("/v1/assign-codes", json=body).raise_for_status().json()
    return answered


def paths(answered: dict[str, Any]) -> list[str]:
    return [code["path"][0] for code in answered["assigned_codes"]]


def first_name(version: FrameworkVersion, tenant: Tenant) -> str:
    with tenant_scope(tenant.id):
        return str(Code.objects.filter(version=version, parent=None)[0].name)


def test_what_people_decided_codes_words_that_the_framework_never_says(
    tenant: Tenant, standard: FrameworkVersion, client_of: Callable[[Tenant], httpx.Client]
) -> None:
    assert paths(coded(client_of(tenant), standard)) == []
    taught = new_tenant()
    teach(taught, standard)
    answered = coded(client_of(taught), standard)
    assert paths(answered) == [first_name(standard, taught)]
    assert "people coded" in answered["assigned_codes"][0]["explanation"]


def test_no_tenant_is_taught_by_another(
    tenant: Tenant, other_tenant: Tenant, standard: FrameworkVersion, client_of: Callable[[Tenant], httpx.Client]
) -> None:
    teach(other_tenant, standard)
    assert paths(coded(client_of(other_tenant), standard)) == [first_name(standard, tenant)]
    assert paths(coded(client_of(tenant), standard)) == []
    with tenant_scope(tenant.id):
        assert reviewed_examples(standard.id) == ()


def test_a_tenant_that_stores_no_results_is_not_taught_by_what_it_once_stored(
    standard: FrameworkVersion, client_of: Callable[[Tenant], httpx.Client]
) -> None:
    tenant = new_tenant(storage="off")
    teach(tenant, standard)
    assert paths(coded(client_of(tenant), standard)) == []


def test_auto_codings_teach_nothing(tenant: Tenant, other_tenant: Tenant, standard: FrameworkVersion) -> None:
    teach(tenant, standard)
    with tenant_scope(tenant.id):
        code = Code.objects.filter(version=standard).first()
        services.record_assignments(
            [
                CodeAssignment(
                    tenant=tenant,
                    record_reference="r",
                    framework_version=standard,
                    code=code,
                    evidence="A model's opinion",
                    assigned_by=ACTOR,
                )
            ]
        )
        assert {example.text for example in reviewed_examples(standard.id)} == {*ZEBRAS, *DOORS}


def test_the_shortlist_holds_what_people_decided(
    tenant: Tenant, provider: ScriptedProvider, client_of: Callable[[Tenant], httpx.Client]
) -> None:
    names = [unique_name(f"Topic about subject{number} and zebras{number}") for number in range(40)]
    version = new_published(tenant.id, {"root_codes": [node(unique_name("Field")), *map(node, names)]})
    teach(tenant, version)
    provider.answer_with(lambda request: proposal())
    coded(client_of(tenant), version, strategy="shortlist", judge=False)
    assert first_name(version, tenant) in tag(provider.requests[0], "framework")


def test_accepted_missing_codes_and_later_versions_are_learnt_from(tenant: Tenant, other_tenant: Tenant) -> None:
    version = new_published(tenant.id)
    with tenant_scope(tenant.id):
        missing_code = MissingCode.objects.create(
            framework_version=version, text="Our goats <PERSON_1> took", proposed_name="Goats"
        )
        made = missing_codes.accept(
            framework=CodingFramework.objects.get(id=version.framework_id),
            missing_code_ids=[missing_code.id],
            name="Goats",
            parent_id=None,
            actor_id=ACTOR,
        )
        [example] = reviewed_examples(made.version_id)
    assert example == Example("Our goats   took", frozenset([made.stable_id]))


def test_a_retired_code_hands_its_examples_to_its_only_successor(tenant: Tenant, other_tenant: Tenant) -> None:
    version = new_published(tenant.id)
    teach(tenant, version)
    with tenant_scope(tenant.id):
        draft = services.start_draft(framework=version.framework, actor_id=ACTOR)
        old, successor = Code.objects.filter(version=draft, parent=None)
        Code.objects.filter(id=old.id).update(is_retired=True, replaced_by=[str(successor.stable_id)])
        codes = {code for example in reviewed_examples(draft.id) for code in example.codes}
    assert codes == {successor.stable_id}


def test_one_tenants_learning_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    slow, quick = uuid.UUID(int=1), uuid.UUID(int=2)
    begun, may_end = threading.Event(), threading.Event()

    def examples(version_id: uuid.UUID) -> tuple[Example, ...]:
        if version_id == slow:
            begun.set()
            assert may_end.wait(30)
        return ()

    def learn(version_id: uuid.UUID) -> None:
        with tenant_scope(version_id):
            reviewed._learned(version_id)

    monkeypatch.setattr(reviewed, "reviewed_examples", examples)
    with ThreadPoolExecutor(2) as threads:
        waiting = threads.submit(learn, slow)
        assert begun.wait(30)
        try:
            threads.submit(learn, quick).result(timeout=120)
        finally:
            may_end.set()
        waiting.result(timeout=120)
