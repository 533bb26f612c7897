"""The pages of batches: the list, and one batch with a bar that moves."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from feedback.batches import services
from feedback.batches.answers.results import first_errors
from feedback.batches.errors import BatchNotChangeable
from feedback.batches.models import Batch, BatchStatus, ItemStatus
from feedback.batches.reports import progress_of
from feedback.views.access import page_of_one_tenant
from tenants.pages.access import View, own_page, signed_in_with
from tenants.pages.keyset import read_page
from tenants.pages.scoped_admin import actor_of

PAGE_LENGTH = 25
BADGES = {
    BatchStatus.SUCCEEDED: "good",
    BatchStatus.PARTIALLY_FAILED: "warn",
    BatchStatus.STOPPED_BY_BUDGET: "warn",
    BatchStatus.FAILED: "bad",
    BatchStatus.RUNNING: "info",
}


def batch_page(view: View) -> View:
    """Let people open a page who may read batches in the tenant in scope."""
    return signed_in_with("feedback.view_batch")(page_of_one_tenant(view))


def batch_act(view: View) -> View:
    """Let people do an act who may change batches in the tenant in scope."""
    return signed_in_with("feedback.change_batch")(page_of_one_tenant(view))


@batch_page
@require_safe
def batches(request: HttpRequest) -> HttpResponse:
    """Show the tenant's batches, newest first."""
    rows = Batch.objects.defer("options_encrypted")
    page = read_page(rows, by="created_at", at=request.GET.get("at", ""), length=PAGE_LENGTH)
    progress = progress_of(page.rows)
    lines = [(batch, progress[batch.id], BADGES.get(batch.status, "")) for batch in page.rows]
    return own_page(request, "feedback/batches.html", {"title": _("Batches"), "lines": lines, "page": page})


@batch_page
@require_safe
def batch(request: HttpRequest, batch_id: uuid.UUID) -> HttpResponse:
    """Show one batch. Without script the page loads itself again while the batch is open."""
    found = _batch(batch_id)
    return own_page(request, "feedback/batch.html", {"title": str(found), **_context(request, found)})


@batch_page
@require_safe
def batch_progress(request: HttpRequest, batch_id: uuid.UUID) -> HttpResponse:
    """Return the part of the page that changes."""
    return render(request, "feedback/batch_progress.html", _context(request, _batch(batch_id)))


@batch_act
@require_POST
def cancel(request: HttpRequest, batch_id: uuid.UUID) -> HttpResponse:
    """Stop a batch; its results so far stay."""
    try:
        services.cancel_batch(batch=_batch(batch_id), actor_id=actor_of(request))
    except BatchNotChangeable:
        messages.warning(request, _("The batch has ended already."))
    return HttpResponseRedirect(reverse("feedback:batch", args=[batch_id]))


@batch_act
@require_POST
def retry(request: HttpRequest, batch_id: uuid.UUID) -> HttpResponse:
    """Queue the failed and the pending records again."""
    try:
        services.retry_batch(batch=_batch(batch_id), actor_id=actor_of(request))
    except BatchNotChangeable:
        messages.warning(request, _("Nothing is left to repeat."))
    return HttpResponseRedirect(reverse("feedback:batch", args=[batch_id]))


def _batch(batch_id: uuid.UUID) -> Batch:
    found: Batch | None = Batch.objects.defer("options_encrypted").filter(id=batch_id).first()
    if found is None:
        raise Http404
    return found


def _context(request: HttpRequest, batch: Batch) -> dict[str, Any]:
    may_change = request.user.has_perm("feedback.change_batch")
    unfinished = batch.items.filter(is_queued=False, is_erased=False).exclude(status=ItemStatus.OK)
    return {
        "batch": batch,
        "badge": BADGES.get(BatchStatus(batch.status), ""),
        "progress": progress_of([batch])[batch.id],
        "errors": first_errors(batch),
        "may_cancel": may_change and batch.is_open,
        "may_retry": may_change and not batch.is_open and unfinished.exists(),
    }
