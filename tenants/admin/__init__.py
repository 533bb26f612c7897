"""Admin screens for tenants, people, roles, keys, the audit log and refused requests."""

from django.contrib import admin
from django.contrib.auth.models import Group

from tenants.admin import jobs, keys, people, records, tenants

__all__ = ["jobs", "keys", "people", "records", "tenants"]

admin.site.unregister(Group)  # rights come from roles
