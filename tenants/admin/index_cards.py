"""Cards of the admin's first page: refused requests, keys, people and tenants."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.models import ApiKey, Membership, RefusedRequest, Tenant
from tenants.registry import IndexCard
from tenants.scoping import current_scope

SOON = timedelta(days=30)
RECENT = timedelta(days=7)


def refused_requests() -> IndexCard:
    """Count the requests of the last week that got an error."""
    since = timezone.now() - RECENT
    count = RefusedRequest.objects.filter(timestamp__gte=since).count()
    return IndexCard(
        title=_("Refused requests"),
        figure=str(count),
        text=_("in the last seven days. The CRM does not show their errors.")
        if count
        else _("in the last seven days."),
        url=reverse("admin:tenants_refusedrequest_changelist"),
        needs_attention=count > 0,
    )


def api_keys() -> IndexCard:
    """Count the keys in use, and those that expire soon."""
    now = timezone.now()
    working = ApiKey.objects.exclude(expires_at__lte=now)
    expiring = working.filter(expires_at__lte=now + SOON).count()
    return IndexCard(
        title=_("API keys"),
        figure=str(working.count()),
        text=_("%(count)s of them expire within thirty days.") % {"count": expiring} if expiring else _("in use."),
        url=reverse("admin:tenants_apikey_changelist"),
        needs_attention=expiring > 0,
    )


def members() -> IndexCard:
    """Count the people with a role."""
    return IndexCard(
        title=_("People with a role"),
        figure=str(Membership.objects.values("user").distinct().count()),
        text=_("Check regularly that they still need it."),
        url=reverse("admin:tenants_membership_changelist"),
    )


def open_tenants() -> IndexCard | None:
    """Count the open tenants, for people who see all of them."""
    if current_scope().tenant_id is not None:
        return None
    return IndexCard(
        title=_("Tenants"),
        figure=str(Tenant.objects.organisations().count()),
        text=_("are open."),
        url=reverse("admin:tenants_tenant_changelist"),
    )
