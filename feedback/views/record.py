"""The page of one stored record: text, metadata, codes, history, and records with the same words."""

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from feedback.models import FeedbackRecord
from feedback.registry import codings_of
from feedback.storing.raw_text import look_at_raw_texts
from feedback.views.access import may_see_raw, records_for, records_page, tenant_in_scope
from feedback.views.selection import FLAGS, LABELS, language_name
from tenants.models import AuditEvent, User
from tenants.pages.access import own_page
from tenants.pages.scoped_admin import actor_of
from tenants.services import names_of_keys

MAX_EVENTS = 50
MAX_DUPLICATES = 20
MOMENTS: dict[str, str | Promise] = {
    "collected_at": gettext_lazy("Collected"),
    "received_at": gettext_lazy("Received"),
    "closed_at": gettext_lazy("Closed"),
}
LINKED = ("channel", "admin1", "admin2", "admin3", "site", "sex", "age_band", "community_group", "priority", "status")
ACTIONS = {
    "record.changed": gettext_lazy("Metadata changed"),
    "record.raw_text_seen": gettext_lazy("Raw text read"),
}


@records_page
@require_safe
def record(request: HttpRequest, record_id: uuid.UUID) -> HttpResponse:
    """Show a record with redacted text. Raises Http404, also for a record that the reader may not see."""
    return _page(request, _find(request, record_id), raw_content=None)


@records_page
@require_http_methods(["POST"])
def raw_text(request: HttpRequest, record_id: uuid.UUID) -> HttpResponse:
    """Show a record with raw text, after an audit event for the look."""
    shown, tenant = _find(request, record_id), tenant_in_scope()
    if not may_see_raw(request, tenant):
        raise PermissionDenied
    raw = look_at_raw_texts([shown], tenant_id=tenant.id, actor_id=actor_of(request))
    response = _page(request, shown, raw_content=raw.get(shown.pk, {}).get("content"))
    response["Cache-Control"] = "no-store"
    return response


def _find(request: HttpRequest, record_id: uuid.UUID) -> FeedbackRecord:
    found = records_for(request).defer("search").filter(pk=record_id).first()
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, shown: FeedbackRecord, *, raw_content: str | None) -> HttpResponse:
    visible, tenant = records_for(request), tenant_in_scope()
    same = visible.filter(duplicate_of=shown.duplicate_of_id or shown.pk).exclude(pk=shown.pk)
    context = {
        "title": _("Feedback record"),
        "record": shown,
        "raw_content": raw_content,
        "has_raw": raw_content is None and may_see_raw(request, tenant) and hasattr(shown, "raw_text"),
        "original": visible.filter(pk=shown.duplicate_of_id).first() if shown.duplicate_of_id else None,
        "duplicates": same.only("pk", "occurred_at", "source", "external_id", "tenant_id")[:MAX_DUPLICATES],
        "codings": codings_of([shown.pk])[shown.pk],
        "facts": list(_facts(shown)),
        "extra": sorted(shown.extra.items()),
        "history": _history(shown),
    }
    return own_page(request, "feedback/record.html", context)


def _facts(shown: FeedbackRecord) -> Iterator[tuple[str | Promise, str, str, str]]:
    """Return label, value, and the filter that selects records with the same value; unset ones are left out."""
    for name, label in MOMENTS.items():
        if moment := getattr(shown, name):
            yield label, date_format(localtime(moment), "DATETIME_FORMAT"), "", ""
    if shown.language:
        yield LABELS["language"], language_name(shown.language), "language", shown.language
    for name in LINKED:
        if value := getattr(shown, name):
            yield LABELS[name], value, name, value
    if shown.consent is not None:
        flag = "true" if shown.consent else "false"
        yield LABELS["consent"], str(FLAGS[flag]), "consent", flag
    yield LABELS["source"], shown.source, "source", shown.source
    yield LABELS["id"], shown.external_id, "", ""


def _history(shown: FeedbackRecord) -> Sequence[dict[str, Any]]:
    """Return the acts on the record, newest first, with the names of those who acted."""
    events = list(AuditEvent.objects.filter(resource_id=str(shown.pk)).order_by("-sequence")[:MAX_EVENTS])
    actors = _names_of_actors({event.actor_id for event in events} | {shown.stored_by})
    acts = [
        {
            "at": event.timestamp,
            "act": ACTIONS.get(event.action, event.action),
            "who": actors.get(event.actor_id, ""),
            "fields": [str(LABELS.get(name, MOMENTS.get(name, name))) for name in event.metadata.get("fields", [])],
        }
        for event in events
    ]
    stored = {"at": shown.created_at, "act": _("Stored"), "who": actors.get(shown.stored_by, ""), "fields": []}
    return [*acts, stored]


def _names_of_actors(actor_ids: set[str]) -> dict[str, str]:
    """Return the names of keys and people; of a command its own name."""
    kinds: dict[str, dict[uuid.UUID, str]] = {"key": {}, "user": {}}
    names = {}
    for actor_id in actor_ids:
        kind, _colon, rest = actor_id.partition(":")
        try:
            kinds[kind][uuid.UUID(rest)] = actor_id
        except (KeyError, ValueError):
            names[actor_id] = rest
    for key_id, name in names_of_keys(kinds["key"]).items():
        names[kinds["key"][key_id]] = name
    for person in User.objects.filter(pk__in=kinds["user"]):
        names[kinds["user"][person.pk]] = person.get_full_name() or person.get_username()
    return names
