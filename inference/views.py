"""Show the privacy page: counts of redacted values and of suspicious texts."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from inference.models import Finding
from inference.privacy.report import Line, read_privacy
from tenants.pages.access import own_page, signed_in_with
from usage.metrics.registry import Unit
from usage.periods import PRESETS, read_period

READS_PRIVACY = "inference.view_privacycount"


@signed_in_with(READS_PRIVACY)
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Show counts of a period and the previous one, for the tenant in scope or for all tenants together."""
    period = read_period(request.GET)
    figures = read_privacy(period.days)
    findings = [Finding(value) for value in Finding.values]
    context = {
        "title": _("What was kept back"),
        "presets": PRESETS,
        "period": period,
        "before": period.days.before(),
        "zone": timezone.get_default_timezone_name(),
        "cards": [Line(str(finding.label), *figures.totals[finding], share=1) for finding in findings],
        "findings": [
            (finding, finding.label, figures.kinds[finding])
            for finding in findings
            if finding is not Finding.COULD_IDENTIFY
        ],
        "columns": [finding.label for finding in findings],
        "operations": [
            (operation, [counts.get(finding, 0) for finding in findings])
            for operation, counts in figures.by_operation.items()
        ],
        "day_totals": [
            (day, sum(counts[number] for counts in figures.days.values())) for number, day in enumerate(period.days)
        ],
        "chart": {
            "label": Finding.REDACTED.label,
            "unit": Unit.COUNT.value,
            "dimension": "",
            "days": [day.isoformat() for day in period.days],
            "stacks": [{"name": name, "values": counts} for name, counts in figures.days.items()],
        },
    }
    return own_page(request, "inference/privacy.html", context)
