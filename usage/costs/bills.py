"""Parse a provider's bill in CSV. Either every line is read, or every problem is named and nothing is stored.

The first line names the columns (see COLUMNS). Amounts are plain decimals in US dollars; credits are negative. Texts
that a spreadsheet would run as a formula are refused. A line that is called a total is compared with the lines above
it, and is not part of the bill.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from tenants.sheets.cells import starts_as_formula
from usage.errors import UnreadableBill
from usage.models import ResourceType

MAX_FILE_BYTES = 5 * 1024 * 1024
MAX_LINES = 20_000
MAX_PROBLEMS = 50
# The sums of a month's bills must fit their columns.
MAX_AMOUNT = Decimal(10**9)
MAX_GPU_HOURS = Decimal(10**6)
MAX_TOKENS = Decimal(10**13)
NUMBER_STEP = Decimal("1e-10")  # as the columns store it
# Our names, then other names in exports of providers, in lower case.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "resource_id": ("resource_id", "model", "line_item", "metername", "resource"),
    "amount": ("amount", "cost", "amount_value", "costinbillingcurrency", "pretaxcost"),
    "currency": ("currency", "amount_currency", "billingcurrency", "billingcurrencycode"),
    "resource_type": ("resource_type",),
    "token_count": ("token_count", "tokens"),
    "gpu_hours": ("gpu_hours",),
}
REQUIRED = ("resource_id", "amount", "currency")
CENT = Decimal("0.01")
# In English, French, Spanish, Arabic, German, Dutch and Russian, as providers and spreadsheets write it.
TOTAL = re.compile(
    r"((grand|sub|sous|net|gross|invoice|bill)?[\s-]*totals?([\s-]+(amount|cost|costs|due|general|général|usd|ttc|ht))?"
    r"|amount due|montant total|somme|importe total|suma( total)?|gesamt(summe|betrag)?|zwischensumme|summe|sum"
    r"|(sub)?totaal|итого|всего|сумма|(ال)?(إجمالي|اجمالي|مجموع)( الكلي)?)\s*(\(?usd\)?)?\s*[:.]?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class ParsedLine:
    """One line of a bill. line_number: as text editors count."""

    line_number: int
    resource_type: ResourceType
    resource_id: str
    amount: Decimal
    token_count: int
    gpu_hours: Decimal


@dataclass(frozen=True)
class ParsedBill:
    """The lines of a bill. totals: the numbers of the lines that only add up others; they are not among the lines."""

    lines: Sequence[ParsedLine]
    totals: Sequence[int]


@dataclass
class _Reading:
    """A line that is being read, and its problems."""

    line_number: int
    cells: Mapping[str, str]
    is_total: bool
    problems: list[str] = field(default_factory=list)

    def text(self, name: str) -> str:
        return self.cells.get(name, "").strip()

    def wrong(self, name: str, issue: str) -> None:
        place = _("Line %(line)s, %(column)s") % {"line": self.line_number, "column": name}
        self.problems.append(f"{place}: {issue}")

    def number(self, name: str, *, maximum: Decimal, may_be_negative: bool = False) -> Decimal:
        written = self.text(name) or "0"
        try:
            number = Decimal(written) if written.isascii() and "_" not in written else Decimal("nan")
        except InvalidOperation:
            number = Decimal("nan")
        minimum = -maximum if may_be_negative else Decimal(0)
        if not (number.is_finite() and minimum <= number <= maximum):
            self.wrong(name, _("not a number such as 1234.56"))
            return Decimal(0)
        return number.quantize(NUMBER_STEP)


def parse_bill(content: bytes) -> ParsedBill:
    """Read a bill. Raises UnreadableBill, which names all problems by line and column."""
    if len(content) > MAX_FILE_BYTES:
        raise UnreadableBill([_("The file is larger than 5 MB.")])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableBill([_("The file is not UTF-8 text.")]) from None
    return _parse(text)


def _parse(text: str) -> ParsedBill:
    lines: list[ParsedLine] = []
    totals: list[int] = []
    problems: list[str] = []
    since_total = of_all = Decimal(0)
    for reading in _readings(text):
        if reading.is_total:
            _check_total(reading, since_total, of_all)
            totals.append(reading.line_number)
            since_total = Decimal(0)
        else:
            lines.append(_parse_line(reading))
            since_total += lines[-1].amount
            of_all += lines[-1].amount
        problems += reading.problems
        if len(lines) > MAX_LINES:
            raise UnreadableBill([_("The file has more than 20,000 lines.")])
    if not lines:
        problems.append(_("The file has no lines below its column names."))
    if problems:
        raise UnreadableBill(problems[:MAX_PROBLEMS])
    return ParsedBill(lines, totals)


def _check_total(reading: _Reading, since_total: Decimal, of_all: Decimal) -> None:
    """Add a problem where a total differs from the sum of all lines above it, and of those since the last total."""
    amount = reading.number("amount", maximum=MAX_LINES * MAX_AMOUNT, may_be_negative=True)
    if not reading.problems and all(abs(amount - expected) >= CENT for expected in (since_total, of_all)):
        issue = _("the total is %(total)s, the lines above it add up to %(sum)s")
        reading.wrong("amount", issue % {"total": amount.quantize(CENT), "sum": of_all.quantize(CENT)})


def _readings(text: str) -> Iterator[_Reading]:
    first_line = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first_line else ",")
    try:
        places = _places_of(next(rows, []))
        for row in rows:
            if any(cell.strip() for cell in row):
                cells = {name: row[place] for name, place in places.items() if place < len(row)}
                yield _Reading(rows.line_num, cells, is_total=_is_total(cells.get("resource_id", ""), row))
    except csv.Error:
        raise UnreadableBill([_("Line %(line)s cannot be read as CSV.") % {"line": rows.line_num}]) from None


def _is_total(resource_id: str, row: Sequence[str]) -> bool:
    """Tell whether a line is called a total: in any of its cells, where it names no resource."""
    named = [resource_id] if resource_id.strip() else row
    return any(TOTAL.fullmatch(cell.strip()) for cell in named)


def _places_of(header: Sequence[str]) -> Mapping[str, int]:
    """Return the indexes of the expected columns. Raises UnreadableBill when a required one is missing."""
    names = [name.strip().lower() for name in header]
    places = {
        ours: next(names.index(alias) for alias in aliases if alias in names)
        for ours, aliases in COLUMNS.items()
        if any(alias in names for alias in aliases)
    }
    missing = [name for name in REQUIRED if name not in places]
    if missing:
        raise UnreadableBill(
            [
                _("Column %(name)s is missing (other names: %(others)s).")
                % {"name": name, "others": ", ".join(COLUMNS[name][1:])}
                for name in missing
            ]
        )
    return places


def _parse_line(reading: _Reading) -> ParsedLine:
    resource_id, kind = reading.text("resource_id"), reading.text("resource_type").lower() or ResourceType.SERVING
    if not resource_id or len(resource_id) > 255 or not resource_id.isprintable():
        reading.wrong("resource_id", _("empty, too long, or not printable"))
    elif starts_as_formula(resource_id):
        reading.wrong("resource_id", _("looks like a spreadsheet formula"))
    if kind not in ResourceType.values:
        reading.wrong("resource_type", _("must be training or serving"))
        kind = ResourceType.SERVING
    if reading.text("currency").upper() != "USD":
        reading.wrong("currency", _("only USD can be compared with the ledger"))
    if not reading.text("amount"):
        reading.wrong("amount", _("empty"))
    return ParsedLine(
        line_number=reading.line_number,
        resource_type=ResourceType(kind),
        resource_id=resource_id,
        amount=reading.number("amount", maximum=MAX_AMOUNT, may_be_negative=True),
        token_count=int(reading.number("token_count", maximum=MAX_TOKENS)),
        gpu_hours=reading.number("gpu_hours", maximum=MAX_GPU_HOURS),
    )
