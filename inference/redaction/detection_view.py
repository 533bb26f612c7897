"""The form of a text in which personal data is looked for.

People write digits of other scripts, full-width letters, decomposed accents and invisible marks, by habit or on
purpose.
Recognisers see one form of all that; the spans they find are mapped back, so that what is not redacted stays as typed.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache

from inference.redaction.spans import Span

_INVISIBLE_CATEGORIES = {"Cf", "Cc", "Cs"}
_LAST_OF_INTEREST = 0x1FBFF
"""Beyond it there are ideographs, tags and private characters; tags are removed before (neutralise.py)."""
_LOOKS_ONLY = ("<wide>", "<narrow>", "<font>", "<circle>", "<square>")
_OVERLAYS = (*range(0x0334, 0x0339), *range(0x20D0, 0x2100))
"""Marks that strike a character through or frame it: 0️⃣, A̶. No language needs them to write a word."""
_ARABIC_TATWEEL = "ـ"
_HYPHENS = "‐‑‒–—―−﹘﹣－"
_APOSTROPHES = "’‘ʼ＇´`"


@cache
def _same_length_table() -> dict[int, str]:
    """Characters that are read as another: digits, full-width forms, spaces, hyphens, apostrophes."""
    table: dict[int, str] = {}
    for code in range(0x80, _LAST_OF_INTEREST + 1):
        char = chr(code)
        category = unicodedata.category(char)
        if category in {"Nd", "No"} and (digit := unicodedata.digit(char, None)) is not None:
            table[code] = str(digit)
        elif category == "Zs":
            table[code] = " "
        elif unicodedata.decomposition(char).startswith(_LOOKS_ONLY):
            compatible = unicodedata.normalize("NFKC", char)
            if len(compatible) == 1:
                table[code] = compatible
    table.update(dict.fromkeys(map(ord, _HYPHENS), "-"))
    table.update(dict.fromkeys(map(ord, _APOSTROPHES), "'"))
    table.update({0x066B: ".", 0x066C: ",", 0x3002: ".", 0x2028: "\n", 0x2029: "\n"})
    return table


@cache
def _invisible() -> frozenset[str]:
    marks = {
        chr(code)
        for code in range(0x7F, _LAST_OF_INTEREST + 1)
        if unicodedata.category(chr(code)) in _INVISIBLE_CATEGORIES and not chr(code).isspace()
    }
    no_letters = {chr(code) for code in (*range(0xFE00, 0xFE10), *_OVERLAYS)}
    return frozenset(marks | no_letters | {_ARABIC_TATWEEL, "\u034f", "\u115f", "\u1160", "\u3164"})


@dataclass(frozen=True, slots=True)
class DetectionView:
    """A text as recognisers see it; offsets is None where positions are those of the original."""

    text: str
    offsets: tuple[int, ...] | None = None

    def original(self, span: Span) -> Span:
        """The same span in the text as typed."""
        if self.offsets is None:
            return span
        end = self.offsets[span.end] if span.end < len(self.offsets) else self.offsets[-1]
        return Span(self.offsets[span.start], end, span.entity, span.score)


def view_of(text: str) -> DetectionView:
    """Read the text in one form of digits, letters, spaces and accents, without invisible marks."""
    if text.isascii():
        return DetectionView(text)
    read = text.translate(_same_length_table())
    if unicodedata.is_normalized("NFC", read) and _invisible().isdisjoint(read):
        return DetectionView(read)
    return _recomposed(read)


def _recomposed(read: str) -> DetectionView:
    """Drop invisible marks and compose accents, with the original position of every character."""
    invisible = _invisible()
    chars: list[str] = []
    offsets: list[int] = []
    for index, char in enumerate(read):
        if char in invisible:
            continue
        if chars and unicodedata.combining(char):
            composed = unicodedata.normalize("NFC", chars[-1] + char)
            if len(composed) == 1:
                chars[-1] = composed
                continue
        chars.append(char)
        offsets.append(index)
    offsets.append(len(read))
    return DetectionView("".join(chars), tuple(offsets))
