"""Sum the redaction findings of a period for the privacy page. No values are shown."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inference.models import Finding, PrivacyCount
from inference.redaction import Entity
from usage.periods import Days

KINDS: Mapping[str, str | Promise] = {
    Entity.PERSON: _("Names of people"),
    Entity.PHONE_NUMBER: _("Phone numbers"),
    Entity.EMAIL_ADDRESS: _("E-mail addresses"),
    Entity.ADDRESS: _("Addresses"),
    Entity.COORDINATES: _("Coordinates"),
    Entity.IBAN_CODE: _("IBANs"),
    Entity.BANK_ACCOUNT: _("Bank accounts"),
    Entity.CREDIT_CARD: _("Payment cards"),
    Entity.CRYPTO: _("Crypto wallets"),
    Entity.IP_ADDRESS: _("IP addresses"),
    Entity.MAC_ADDRESS: _("Device addresses"),
    Entity.URL: _("Web addresses"),
    Entity.SOCIAL_HANDLE: _("Social media names"),
    Entity.NATIONAL_ID: _("National identity numbers"),
    Entity.ID_NUMBER: _("Case, card and household numbers"),
    Entity.VEHICLE_PLATE: _("Vehicle plates"),
    Entity.DATE_OF_BIRTH: _("Dates of birth"),
    Entity.AGE: _("Ages"),
    Entity.ORGANISATION: _("Organisations"),
    Entity.LOCATION: _("Places"),
    "placeholder_look_alike": _("Typed look-alikes of our placeholders"),
    "role_prefix": _("Texts that pose as an instruction"),
    "control_character": _("Control characters"),
    "invisible_character": _("Invisible characters"),
    "long_run": _("Long runs of one character"),
}


@dataclass(frozen=True)
class Line:
    """A row of a table. share: of the table's sum, from 0 to 1."""

    name: str
    count: int
    before: int
    share: float

    @property
    def change(self) -> float | None:
        """Return the change relative to the previous period, None if that had no findings."""
        return (self.count - self.before) / self.before if self.before else None


@dataclass(frozen=True)
class PrivacyFigures:
    """totals: by finding, now and before. kinds: by finding, the most frequent first. by_operation: by finding.

    days: by kind of redacted value, one number per day.
    """

    totals: Mapping[str, tuple[int, int]]
    kinds: Mapping[str, Sequence[Line]]
    by_operation: Mapping[str, Mapping[str, int]]
    days: Mapping[str, Sequence[int]]


def name_of(kind: str) -> str:
    """Return the name of a kind for people. A tenant's own pattern has the name that the tenant gave it."""
    return str(KINDS.get(kind, kind))


def read_privacy(days: Days) -> PrivacyFigures:
    """Return the figures of the tenant in scope for a period and the previous one."""
    now, before = _counts(days), _counts(days.before())
    totals, totals_before = _by_finding(now), _by_finding(before)
    kinds, kinds_before = _by_kind(now), _by_kind(before)
    return PrivacyFigures(
        totals={finding: (totals[finding], totals_before[finding]) for finding in Finding.values},
        kinds={
            finding: [
                Line(name_of(kind), count, kinds_before[finding][kind], count / totals[finding])
                for kind, count in kinds[finding].most_common()
            ]
            for finding in Finding.values
        },
        by_operation=_by_operation(now),
        days=_by_day(now, days, [kind for kind, _count in kinds[Finding.REDACTED].most_common()]),
    )


Row = tuple[date, str, str, str, int]


def _counts(days: Days) -> Sequence[Row]:
    counts = PrivacyCount.objects.filter(day__gte=days.first, day__lt=days.end)
    return list(counts.values_list("day", "operation", "finding", "kind").annotate(Sum("count")).order_by())


def _by_finding(rows: Sequence[Row]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for _day, _operation, finding, _kind, count in rows:
        sums[finding] += count
    return sums


def _by_kind(rows: Sequence[Row]) -> Mapping[str, Counter[str]]:
    sums: dict[str, Counter[str]] = {finding: Counter() for finding in Finding.values}
    for _day, _operation, finding, kind, count in rows:
        sums[finding][kind] += count
    return sums


def _by_operation(rows: Sequence[Row]) -> Mapping[str, Mapping[str, int]]:
    sums: dict[str, Counter[str]] = {}
    for _day, operation, finding, _kind, count in rows:
        sums.setdefault(operation, Counter())[finding] += count
    return dict(sorted(sums.items()))


def _by_day(rows: Sequence[Row], days: Days, kinds: Sequence[str]) -> Mapping[str, Sequence[int]]:
    sums: Counter[tuple[str, date]] = Counter()
    for day, _operation, finding, kind, count in rows:
        if finding == Finding.REDACTED:
            sums[kind, day] += count
    return {name_of(kind): [sums[kind, day] for day in days] for kind in kinds}
