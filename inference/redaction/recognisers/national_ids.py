"""National identity numbers: Presidio's recognisers with checksums, for every country and in every language.

Presidio ties every recogniser to one language; a Turkish number in an Arabic text is as personal. They are run on the
numbers of a text only, one match per number, so their cost does not grow with the words around.
"""

import importlib
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from inference.redaction.entities import Entity
from inference.redaction.errors import RedactionEngineUnavailable
from inference.redaction.reading import Reading
from inference.redaction.spans import Span

WITH_CHECKSUM = [
    "AuAbnRecognizer",
    "AuTfnRecognizer",
    "DeIdCardRecognizer",
    "DeTaxIdRecognizer",
    "EsNieRecognizer",
    "EsNifRecognizer",
    "FiPersonalIdentityCodeRecognizer",
    "InAadhaarRecognizer",
    "ItFiscalCodeRecognizer",
    "KrRrnRecognizer",
    "NgNinRecognizer",
    "NhsRecognizer",
    "PlPeselRecognizer",
    "SePersonnummerRecognizer",
    "ThTninRecognizer",
    "TrNationalIdRecognizer",
    "UkDrivingLicenceRecognizer",
    "ZaIdNumberRecognizer",
]
BY_FORM = ("UkNinoRecognizer", "InPanRecognizer", "SgFinRecognizer", "UsSsnRecognizer", "InVoterRecognizer")
"""Forms strict enough to stand without a checksum."""
_MIN_FORM_SCORE = 0.4

_LETTERS_BEFORE = re.compile(r"(?<![\w+@])[A-Za-z]{0,6}$")
_MAX_LETTERS = 6
_NUMBER = re.compile(r"[0-9][0-9A-Za-z]*+(?:[ \-/.][A-Za-z]*+[0-9][0-9A-Za-z]*+|[ -][A-Z])*(?!\w)")
_MAY_START = re.compile(
    r"[0-9](?<![0-9].)(?:(?<=[^\W\d_].)|(?=[0-9A-Za-z]*+(?:(?<=[0-9A-Za-z]{8})|[ \-/.][A-Za-z]*+[0-9]|[ -][A-Z])))"
)
"""Digits behind letters, or with more digits after them, or in a token of eight characters: others are too short."""
_SIZES = range(8, 22)


class _Pattern(Protocol):
    regex: str
    score: float


class _PatternRecogniser(Protocol):
    """The part of Presidio's PatternRecognizer that is used here."""

    patterns: Sequence[_Pattern]

    def validate_result(self, pattern_text: str) -> bool | None: ...


class _Form(NamedTuple):
    pattern: re.Pattern[str]
    is_valid: Callable[[str], bool | None]
    needs_checksum: bool


class NationalIdRecogniser:
    """Numbers that a country's rules prove to be identity numbers."""

    def __init__(self, forms: Sequence[_Form]) -> None:
        self._forms = {size: [form for form in forms if size in _sizes_of(form.pattern)] for size in _SIZES}

    def find(self, reading: Reading) -> Iterable[Span]:
        text, done = reading.text, 0
        for start in _MAY_START.finditer(text):
            digits = start.start()
            if digits < done:
                continue
            number = _NUMBER.match(text, digits)
            if number is None:
                continue
            is_long_enough = number.end() - digits >= _SIZES.start or text[digits - 1 : digits].isalpha()
            before = _LETTERS_BEFORE.search(text, max(0, digits - _MAX_LETTERS), digits) if is_long_enough else None
            if before is None:
                continue
            done = number.end()
            if done - before.start() in _SIZES and self._is_identity_number(text[before.start() : done]):
                yield Span(before.start(), done, Entity.NATIONAL_ID, 0.78)

    def _is_identity_number(self, value: str) -> bool:
        for form in self._forms[len(value)]:
            if form.pattern.fullmatch(value):
                verdict = form.is_valid(value)
                if verdict or (verdict is None and not form.needs_checksum):
                    return True
        return False


def _sizes_of(pattern: re.Pattern[str]) -> range:
    """How many characters a match of a pattern can have."""
    # the parser is the one part of `re` that knows; a number is held against the patterns of its size only
    parser: Any = importlib.import_module("re._parser")
    minimum, maximum = parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE).getwidth()
    return range(minimum, maximum + 1)


def load_national_ids() -> NationalIdRecogniser:
    """Take the recognisers out of Presidio. Raises RedactionEngineUnavailable."""
    try:
        predefined = importlib.import_module("presidio_analyzer.predefined_recognizers")
        forms = [form for name in (*WITH_CHECKSUM, *BY_FORM) for form in _forms(getattr(predefined, name)(), name)]
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise RedactionEngineUnavailable(f"Presidio's recognisers did not load: {type(error).__name__}") from error
    return NationalIdRecogniser(forms)


def _forms(recogniser: _PatternRecogniser, name: str) -> Iterable[_Form]:
    needs_checksum = name not in BY_FORM
    for pattern in recogniser.patterns:
        if needs_checksum or pattern.score >= _MIN_FORM_SCORE:
            compiled = re.compile(pattern.regex, re.IGNORECASE)
            yield _Form(compiled, recogniser.validate_result, needs_checksum)
