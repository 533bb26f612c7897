"""Count frameworks and codings for the cards of the first page."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coding.models import CodeAssignment, FrameworkVersion, VersionStatus
from tenants.registry import IndexCard

RECENT = timedelta(days=7)


def frameworks_in_use() -> IndexCard:
    """Count published frameworks and open drafts."""
    published = FrameworkVersion.objects.filter(status=VersionStatus.PUBLISHED).count()
    drafts = FrameworkVersion.objects.filter(status=VersionStatus.DRAFT).count()
    return IndexCard(
        title=_("Published frameworks"),
        figure=str(published),
        text=ngettext("%(count)s draft is open.", "%(count)s drafts are open.", drafts) % {"count": drafts}
        if drafts
        else _("No draft is open."),
        url=reverse("admin:coding_codingframework_changelist"),
    )


def recent_codings() -> IndexCard:
    """Count the codes assigned in the last seven days."""
    since = timezone.now() - RECENT
    return IndexCard(
        title=_("Codes assigned"),
        figure=str(CodeAssignment.objects.filter(created_at__gte=since).count()),
        text=_("in the last seven days, where the tenant stores results."),
        url=reverse("admin:coding_codeassignment_changelist"),
    )
