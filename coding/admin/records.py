"""What was coded, and how a tenant codes."""

from django.contrib import admin
from django.http import HttpRequest

from coding.models import CodeAssignment, CodingPolicy
from tenants.scoped_admin import ReadOnlyAdmin, TenantScopedAdmin


@admin.register(CodeAssignment)
class CodeAssignmentAdmin(ReadOnlyAdmin):
    """What was coded: added by coding, changed by nobody."""

    list_display = ["record_reference", "path_shown", "confidence", "source", "strategy", "model", "created_at"]
    list_filter = ["source", "strategy"]
    search_fields = ["record_reference", "code_external_id"]
    date_hierarchy = None

    @admin.display(description="Code")
    def path_shown(self, assignment: CodeAssignment) -> str:
        return " > ".join(assignment.code_path)


@admin.register(CodingPolicy)
class CodingPolicyAdmin(TenantScopedAdmin):
    """How a tenant codes and publishes: one row, or the defaults."""

    list_display = ["strategy", "uses_judge", "needs_second_person"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not CodingPolicy.objects.exists()
