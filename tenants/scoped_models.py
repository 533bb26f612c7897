"""Models whose rows belong to a tenant. Rows out of scope are invisible; tenants/scoping.py has the rule."""

import uuid
from typing import Any

from django.db import models
from django.db.models import Q

from tenants.errors import ForeignTenant
from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.scoping import current_scope


class ScopedQuerySet(models.QuerySet[Any]):
    """Sets the tenant in bulk writes as well, which do not call save()."""

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> Any:
        rows = list(objs)
        for row in rows:
            row.claim_for_scope()
        return super().bulk_create(rows, *args, **kwargs)


class ScopedManager(models.Manager[Any]):
    """The default manager of tenant data, limited to the scope in force."""

    def get_queryset(self) -> ScopedQuerySet:
        queryset = ScopedQuerySet(self.model, using=self._db)
        tenant_id = current_scope().tenant_id
        return queryset if tenant_id is None else queryset.filter(self.visible_to(tenant_id))

    def visible_to(self, tenant_id: uuid.UUID) -> Q:
        """Return the condition on rows that a tenant can see."""
        return Q(tenant_id=tenant_id)


class SharedScopedManager(ScopedManager):
    """For tables whose platform rows every tenant can read: standard frameworks, approved models, prices."""

    def visible_to(self, tenant_id: uuid.UUID) -> Q:
        return Q(tenant_id__in=(tenant_id, PLATFORM_TENANT_ID))


class TenantScopedModel(models.Model):
    """A row that belongs to one tenant."""

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="+", editable=False)

    objects = ScopedManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.claim_for_scope()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self.claim_for_scope()
        return super().delete(*args, **kwargs)

    def claim_for_scope(self) -> None:
        """Set the tenant from the scope. Raises ForeignTenant when the row belongs to another one."""
        tenant_id = current_scope().tenant_id
        if tenant_id is None:
            return
        if self.tenant_id is None:
            self.tenant_id = tenant_id
        if self.tenant_id != tenant_id:
            raise ForeignTenant
