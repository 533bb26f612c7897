"""Rows for tests, made by the services as in production. Names are unique: nothing is cleaned up."""

import itertools
import os
import uuid
from datetime import timedelta
from typing import Any

from django.utils import timezone

from coding.frameworks.services import create_framework, publish_version
from coding.frameworks.tree import CodeNode, Tree
from coding.models import FrameworkVersion
from tenants.models import ApiKey, Role, Tenant, User
from tenants.scoping import tenant_scope
from tenants.services import add_member, create_api_key, create_tenant
from usage import ledger
from usage.models import CallStatus, LLMCall
from usage.prices import TokenCounts

ACTOR = "test"
PASSWORD = "correct horse battery staple"
_numbers = itertools.count(1)

SMALL_TREE: Tree = (
    CodeNode(
        "Requests",
        id="a",
        children=(
            CodeNode(
                "Water",
                id="a1",
                children=(CodeNode("Dry tap", id="a11"), CodeNode("Dirty water", id="a12")),
            ),
        ),
    ),
    CodeNode("Thanks", id="b"),
)


def unique_name(word: str) -> str:
    """A name that no other test of this run uses."""
    return f"{word} {os.getpid()}-{next(_numbers)}"


def new_tenant(*, allows_superusers: bool = True, **policy: Any) -> Tenant:
    name = unique_name("Society")
    return create_tenant(name=name, allows_superusers=allows_superusers, actor_id=ACTOR, **policy)


def new_key(tenant: Tenant, *, is_superuser: bool = False, **limits: Any) -> str:
    """Issue an API key and return its text."""
    name = unique_name("key")
    issued = create_api_key(tenant=tenant, name=name, actor_id=ACTOR, is_superuser=is_superuser, **limits)
    return issued.text


def new_member(tenant: Tenant, role: Role, *, password: str | None = None) -> User:
    """Make a person who has this role in the tenant. password: None is faster, for who is signed in without one."""
    username = unique_name("person").replace(" ", "-")
    user: User = User.objects.create_user(username, f"{username}@example.org", password, is_staff=True)
    add_member(tenant=tenant, user=user, role=role, actor_id=ACTOR)
    return user


def new_framework(tenant: Tenant, *, tree: Tree = SMALL_TREE, is_published: bool = True) -> FrameworkVersion:
    """Store a coding framework and return its first version."""
    name = unique_name("Framework")
    draft = create_framework(tenant_id=tenant.id, name=name, actor_id=ACTOR, tree=tree)
    return publish_version(version=draft, actor_id=ACTOR) if is_published else draft


def new_call(tenant: Tenant, **columns: Any) -> LLMCall:
    """Write a ledger row: one successful summarize call, unless the columns say otherwise."""
    usual = {
        "call_id": uuid.uuid4(),
        "operation": "summarize",
        "step": "summarize",
        "request_model": "openai/scripted",
        "input_tokens": 100,
        "output_tokens": 10,
        "latency_seconds": 0.5,
        "status": CallStatus.OK,
        "give_up_at": timezone.now() + timedelta(minutes=3),
    }
    with tenant_scope(tenant.id):
        row: LLMCall = LLMCall.objects.create(**(usual | columns))
    return row


def new_named_key(tenant: Tenant, name: str) -> ApiKey:
    return create_api_key(tenant=tenant, name=name, actor_id=ACTOR, is_superuser=False).key


def open_attempt(*, tokens: TokenCounts, **columns: Any) -> ledger.OpenRow:
    """Open the ledger row of an attempt, as the orchestrator does, for the tenant in scope.

    tokens: the maximum that it can be billed for.
    """
    usual = {"call_id": uuid.uuid4(), "operation": "summarize", "step": "summarize"}
    deadline_at = timezone.now() + timedelta(minutes=2)
    return ledger.open_row(LLMCall(**(usual | columns)), upper_estimate=tokens, deadline_at=deadline_at)
