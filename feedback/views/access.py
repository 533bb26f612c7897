"""Who may open the pages of stored records, and what they see there."""

from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from feedback.filters import visible_records
from feedback.models import FeedbackRecord
from tenants.models import Storage, Tenant
from tenants.pages.access import View, signed_in_with
from tenants.scoping import current_scope, current_tenant_id

READS_RECORDS = "feedback.view_feedbackrecord"
READS_DASHBOARD = "feedback.view_dashboard"
SEES_SENSITIVE = "feedback.read_sensitive"
SEES_RAW = "feedback.read_raw"


def page_of_one_tenant(view: View) -> View:
    """Let platform staff select a tenant first: a page of records is about one."""

    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if current_scope().tenant_id is None:
            query = urlencode({"next": request.get_full_path()})
            return HttpResponseRedirect(f"{reverse('admin:pick_tenant')}?{query}")
        return view(request, *args, **kwargs)

    return guarded


def records_page(view: View) -> View:
    """Let people open a page who may read records in the tenant in scope."""
    return signed_in_with(READS_RECORDS)(page_of_one_tenant(view))


def dashboard_page(view: View) -> View:
    """Let people open a page who may read counts of records in the tenant in scope."""
    return signed_in_with(READS_DASHBOARD)(page_of_one_tenant(view))


def records_for(request: HttpRequest) -> QuerySet[FeedbackRecord]:
    """Return the records that the reader may see, or that may be counted for them."""
    return visible_records(sees_sensitive=request.user.has_perm(SEES_SENSITIVE))


def tenant_in_scope() -> Tenant:
    return Tenant.objects.get(id=current_tenant_id())


def may_see_raw(request: HttpRequest, tenant: Tenant) -> bool:
    """Tell whether the tenant stores raw text, and the reader's role may see it."""
    return tenant.storage == Storage.RAW and request.user.has_perm(SEES_RAW)
