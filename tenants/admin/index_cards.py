"""What the first page says about tenants, people, keys and refused requests, to whoever may read more of it."""

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
    """How many requests of the last week got an error."""
    since = timezone.now() - RECENT
    count = RefusedRequest.objects.filter(timestamp__gte=since).count()
    return IndexCard(
        title=_("Refused requests"),
        figure=str(count),
        text=_("in the last seven days. The CRM shows no error for them.") if count else _("in the last seven days."),
        url=reverse("admin:tenants_refusedrequest_changelist"),
        needs_attention=count > 0,
    )


def api_keys() -> IndexCard:
    """How many keys work, and how many soon will not."""
    now = timezone.now()
    working = ApiKey.objects.exclude(expires_at__lte=now)
    ending = working.filter(expires_at__lte=now + SOON).count()
    return IndexCard(
        title=_("API keys"),
        figure=str(working.count()),
        text=_("%(count)s of them end within thirty days.") % {"count": ending} if ending else _("in use."),
        url=reverse("admin:tenants_apikey_changelist"),
        needs_attention=ending > 0,
    )


def members() -> IndexCard:
    """How many people have a role."""
    return IndexCard(
        title=_("People with a role"),
        figure=str(Membership.objects.values("user").distinct().count()),
        text=_("Check now and then that each still needs it."),
        url=reverse("admin:tenants_membership_changelist"),
    )


def open_tenants() -> IndexCard | None:
    """How many organisations there are: for who sees all of them."""
    if current_scope().tenant_id is not None:
        return None
    return IndexCard(
        title=_("Tenants"),
        figure=str(Tenant.objects.organisations().count()),
        text=_("are open."),
        url=reverse("admin:tenants_tenant_changelist"),
    )
