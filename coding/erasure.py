"""Erasure of a tenant's assignments and frameworks when the tenant is closed.

Models are looked up by name: this module is imported before they exist.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import connection

IN_ORDER = (
    "CodeAssignment",
    "MissingCode",
    "Code",
    "FrameworkVectors",
    "FrameworkVersion",
    "CodingFramework",
    "CodingPolicy",
)


def erase_content(tenant_id: uuid.UUID) -> None:
    """Delete a tenant's assignments, frameworks and policy, in the scope and transaction of closing it."""
    with erasing():
        for name in IN_ORDER:
            apps.get_model("coding", name)._default_manager.filter(tenant_id=tenant_id).delete()


@contextmanager
def erasing() -> Iterator[None]:
    """Let a block delete what is otherwise only added, in a transaction: see coding/migrations/0003."""
    _set_erasing("on")
    yield
    _set_erasing("")


def _set_erasing(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select set_config('app.erasing', %s, true)", [value])
