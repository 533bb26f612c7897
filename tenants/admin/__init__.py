"""Admin screens for tenants, people, roles, keys, the audit log and refused requests."""

from django.contrib import admin
from django.contrib.auth.models import Group

from tenants.admin import audit, jobs, keys, people, tenants

__all__ = ["audit", "jobs", "keys", "people", "tenants"]

admin.site.unregister(Group)  # rights come from roles
