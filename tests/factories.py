"""Rows for tests, made by the services as in production. Names are unique: nothing is cleaned up."""

import itertools
import os
from typing import Any

from tenants.models import Tenant
from tenants.services import create_api_key, create_tenant

ACTOR = "test"
_numbers = itertools.count(1)


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
