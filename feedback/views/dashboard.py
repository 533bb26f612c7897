"""The dashboard of a tenant's feedback: volume by week, what rises, and numbers by channel, place and code."""

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from feedback.reports.rising import recent_weeks
from feedback.reports.weeks import MAX_WEEKS, Weeks
from feedback.views.access import READS_RECORDS, SEES_SENSITIVE, dashboard_page, records_for, tenant_in_scope
from feedback.views.counting import weekly_figures
from feedback.views.figures import COLUMNS, Reading, parts_of, period_query
from feedback.views.selection import Selection, read_selection
from tenants.local_days import local_day, today
from tenants.pages.access import own_page

SPANS = (4, 13, 26, 52)
DEFAULT_SPAN = 13


@dashboard_page
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """Show the figures of some weeks. Readers without the right to records see no small cells, and cannot filter."""
    sees_records = request.user.has_perm(READS_RECORDS)
    selection, visible = read_selection(request.GET), records_for(request)
    if not sees_records:
        selection = Selection()
    weeks = _weeks(request, selection)
    figures = weekly_figures(
        _without_days(selection), weeks, COLUMNS, sees_sensitive=request.user.has_perm(SEES_SENSITIVE)
    )
    reading = Reading(selection, weeks, figures.counts, figures.codes, sees_records)
    total = sum(reading.counts.total)
    newest = None if total else visible.order_by("-occurred_at").values_list("occurred_at", flat=True).first()
    context = {
        "title": _("Feedback dashboard"),
        "selection": selection,
        "chips": _without_days(selection).chips(),
        "weeks": weeks,
        "last_day": weeks.end - timedelta(days=1),
        "span": _span(request, selection),
        "spans": SPANS,
        "carried": list(_without_days(selection).parameters.items()),
        "total": total,
        "before": figures.before,
        "carried_query": _without_days(selection).query,
        "period_query": period_query(reading),
        "newest": local_day(newest) if newest else None,
        "newest_from": local_day(newest) - timedelta(weeks=DEFAULT_SPAN) if newest else None,
        "stores_records": tenant_in_scope().stores_records,
        "sees_records": sees_records,
        "recent": recent_weeks(len(reading.counts.total)),
        **parts_of(reading),
    }
    return own_page(request, "feedback/dashboard.html", context, status=400 if selection.problems else 200)


def _weeks(request: HttpRequest, selection: Selection) -> Weeks:
    """Return the days of the address, or the last weeks, the current one included."""
    tomorrow = today() + timedelta(days=1)
    monday = today() - timedelta(days=today().weekday())
    default = Weeks(monday - timedelta(weeks=_span(request, selection) or DEFAULT_SPAN) + timedelta(weeks=1), tomorrow)
    first, last = (_day(selection.one(name)) for name in ("from", "to"))
    if not first and not last:
        return default
    end = min(last or today(), today()) + timedelta(days=1)
    first = max(first or default.first, end - timedelta(weeks=MAX_WEEKS))
    return Weeks(first, end) if first < end else default


def _span(request: HttpRequest, selection: Selection) -> int | None:
    """Return the number of weeks that was asked for; None where days were."""
    if selection.one("from") or selection.one("to"):
        return None
    asked = request.GET.get("weeks", "")
    return int(asked) if asked in map(str, SPANS) else DEFAULT_SPAN


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 9000 else None


def _without_days(selection: Selection) -> Selection:
    return selection.without("from").without("to")
