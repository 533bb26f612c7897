"""Admin screen of health snapshots: figures are computed, notes are written by people."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from tenants.pages.keyset_filters import DaysFilter, RecentValuesFilter
from tenants.pages.keyset_list import KeysetList
from tenants.pages.scoped_admin import TenantScopedAdmin
from usage.models import HealthSnapshot


@admin.register(HealthSnapshot)
class HealthSnapshotAdmin(KeysetList, TenantScopedAdmin):
    """Health of a model in one hour, with notes of the platform team."""

    newest_by = "bucket"
    list_display = ["bucket", "model", "calls", "latency_p50", "latency_p95", "error_rate", "notes"]
    list_filter = [("bucket", DaysFilter), ("model", RecentValuesFilter)]
    readonly_fields = [
        "bucket",
        "model",
        "calls",
        "latency_p50",
        "latency_p95",
        "latency_p99",
        "error_rate",
        "tokens_per_request",
    ]
    fields = [*readonly_fields, "notes"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
