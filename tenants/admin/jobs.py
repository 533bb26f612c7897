"""The screen of background jobs, for the platform team. Arguments of jobs are ids only."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.formats import localize
from django.utils.html import format_html_join
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from procrastinate.contrib.django.admin import ProcrastinateJobAdmin
from procrastinate.contrib.django.models import ProcrastinateJob

from tenants.pages.keyset_filters import RecentValuesFilter
from tenants.pages.keyset_list import KeysetList

apps.get_app_config("procrastinate").verbose_name = gettext_lazy("Background jobs")
ProcrastinateJob._meta.verbose_name = gettext_lazy("background job")
ProcrastinateJob._meta.verbose_name_plural = gettext_lazy("background jobs")
admin.site.unregister(ProcrastinateJob)

FIELDS: list[Any] = [
    "task_name",
    "arguments",
    "status",
    "queue_name",
    "attempts",
    "priority",
    "lock",
    "queueing_lock",
    "scheduled_at",
    "events",
]


@admin.register(ProcrastinateJob)
class JobAdmin(KeysetList, ProcrastinateJobAdmin):
    """The library's screen with our columns and words. Its actions remain: retry, cancel, abort."""

    newest_by = "pk"
    list_display = ["pk", "task_name", "arguments", "status", "queue_name", "attempts", "scheduled_at", "last_event"]
    list_filter = ["status", ("queue_name", RecentValuesFilter), ("task_name", RecentValuesFilter)]
    search_fields = ["task_name"]
    fields = FIELDS
    inlines = []
    list_per_page = 50

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return FIELDS

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"title": _("Background jobs")} | (extra_context or {}))

    @admin.display(description=gettext_lazy("Arguments"))
    def arguments(self, job: ProcrastinateJob) -> str:
        return ", ".join(f"{name}: {value}" for name, value in job.args.items()) or "–"

    @admin.display(description=gettext_lazy("Last event"))
    def last_event(self, job: ProcrastinateJob) -> str:
        events = [_as_text(event) for event in job.procrastinateevent_set.all()[:1]]
        return events[0] if events else "–"

    @admin.display(description=gettext_lazy("Events"))
    def events(self, job: ProcrastinateJob) -> str:
        return format_html_join("", "{}<br>", ([_as_text(event)] for event in job.procrastinateevent_set.all())) or "–"


def _as_text(event: Any) -> str:
    return f"{event.type.replace('_', ' ')}, {localize(localtime(event.at))}" if event.at else event.type
