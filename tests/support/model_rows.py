"""A row of any model, made from what its fields demand, for tests that walk all models."""

import itertools
import os
import uuid
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils import timezone

from tenants.audit import record_event
from tenants.models import AuditEvent, Role, Tenant, User
from tenants.scoping import tenant_scope
from tests.support.people import new_person

_numbers = itertools.count(1)


def new_row(model: type[models.Model], tenant: Tenant, mark: str) -> Any:
    """Store a row of a tenant whose texts all begin with the mark."""
    if model is Tenant:
        return tenant
    if model is User:
        return new_person((tenant, Role.VIEWER))
    if model is AuditEvent:  # a row added by hand would break the chain
        return record_event(tenant_id=tenant.id, actor_id=mark, action="test", resource_type="test")
    values = {field.name: _value(field, tenant, mark) for field in model._meta.concrete_fields if _is_demanded(field)}
    with tenant_scope(tenant.id):
        return model._default_manager.create(**values)


def _is_demanded(field: Any) -> bool:
    if field.auto_created or isinstance(field, models.BooleanField):
        return False
    if isinstance(field, models.BinaryField):
        return True  # the hashes of keys: one of two is demanded by a constraint
    return not (field.null or field.has_default() or field.blank or getattr(field, "auto_now", False))


def _value(field: Any, tenant: Tenant, mark: str) -> Any:
    if field.name == "tenant":
        return tenant
    if field.related_model is User:
        return new_person()
    if field.is_relation:
        return new_row(field.related_model, tenant, mark)
    if field.choices:
        return _harmless_choice(field)
    if isinstance(field, models.BinaryField):
        return os.urandom(32)
    makers: dict[type[models.Field[Any, Any]], Any] = {
        models.UUIDField: uuid.uuid4,
        models.DateTimeField: timezone.now,
        models.DateField: lambda: timezone.now().date(),
        models.DecimalField: lambda: Decimal(1),
        models.FloatField: lambda: 0.5,
        models.IntegerField: lambda: next(_numbers),
        models.JSONField: dict,
        models.TextField: lambda: mark,
        models.CharField: lambda: f"{mark}{next(_numbers)}"[: field.max_length],
    }
    return next(make() for kind, make in makers.items() if isinstance(field, kind))


def _harmless_choice(field: Any) -> Any:
    values = [value for value, _ in field.choices]
    return values[-1] if Role.PLATFORM_ADMIN in values else values[0]
