"""Show the admin screens of code assignments and of a tenant's coding policy."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from coding.models import CodeAssignment, CodingPolicy
from tenants.pages.keyset_filters import DaysFilter
from tenants.pages.keyset_list import KeysetList
from tenants.pages.numbers import write_number
from tenants.pages.scoped_admin import ReadOnlyAdmin, TenantScopedAdmin


@admin.register(CodeAssignment)
class CodeAssignmentAdmin(KeysetList, ReadOnlyAdmin):
    """Assignments, to read only."""

    list_display = ["record_reference", "path_shown", "confidence_shown", "source", "strategy", "model", "created_at"]
    list_filter = [("created_at", DaysFilter), "source", "strategy"]
    search_fields = ["record_reference", "code_external_id"]
    fields = [
        "record_reference",
        "path_shown",
        "framework_version",
        "code",
        "code_external_id",
        "source",
        "confidence_shown",
        "levels_shown",
        "evidence",
        "reason",
        "strategy",
        "model",
        "prompt_version",
        "redaction_version",
        "call_id",
        "assigned_by",
        "created_at",
    ]

    @admin.display(description=gettext_lazy("Code"))
    def path_shown(self, assignment: CodeAssignment) -> str:
        return " > ".join(assignment.code_path)

    @admin.display(description=gettext_lazy("Confidence"))
    def confidence_shown(self, assignment: CodeAssignment) -> str:
        return "–" if assignment.confidence is None else write_number(assignment.confidence, places=2)

    @admin.display(description=gettext_lazy("Confidence by level"))
    def levels_shown(self, assignment: CodeAssignment) -> str:
        return " · ".join(write_number(confidence, places=2) for confidence in assignment.confidence_by_level) or "–"


@admin.register(CodingPolicy)
class CodingPolicyAdmin(TenantScopedAdmin):
    """A tenant's coding policy: one row, or the defaults."""

    list_display = ["strategy", "uses_judge", "needs_second_person"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not CodingPolicy.objects.exists()
