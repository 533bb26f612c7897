"""Filters and tags of the pages of stored records."""

import re
from urllib.parse import urlencode

from django import template
from django.utils.formats import number_format
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from feedback.views.selection import language_name

register = template.Library()

PLACEHOLDER = re.compile(r"&lt;([A-Z][A-Z_]*)_(\d+)&gt;")
WORD = re.compile(r"(?<![-\w])\w+", re.UNICODE)
OPERATORS = {"or", "and"}
EXCERPT = 320
SMALLEST_P = 0.001


@register.filter
def redacted_text(text: str) -> SafeString:
    """Escape a text, and set its placeholders apart from what was said."""
    return _with_placeholders(escape(text))


@register.simple_tag
def excerpt(text: str, search: str = "") -> SafeString:
    """Return the part of a text around the first searched word, with all of them marked."""
    words = [word for word in WORD.findall(search) if word.lower() not in OPERATORS]
    pattern = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, words))})(?!\w)", re.IGNORECASE) if words else None
    hit = pattern.search(text) if pattern else None
    start = max(0, hit.start() - EXCERPT // 2) if hit and len(text) > EXCERPT else 0
    part = text[start : start + EXCERPT]
    before, after = "… " if start else "", " …" if start + EXCERPT < len(text) else ""
    marked = "".join(
        f"<mark>{escape(piece)}</mark>" if number % 2 else escape(piece)
        for number, piece in enumerate(pattern.split(part) if pattern else [part])
    )
    return _with_placeholders(f"{before}{marked}{after}")


@register.filter
def in_words(code: str) -> str:
    """Return the name of a language."""
    return language_name(code)


@register.filter
def grouped(count: int) -> str:
    """Write a whole number with grouped digits."""
    return number_format(count, use_l10n=True, force_grouping=True)


@register.simple_tag
def query_of(name: str, value: str) -> str:
    """Return the query of one filter alone."""
    return urlencode({name: value})


@register.filter
def p_value(probability: float) -> str:
    """Write a probability with three decimals; smaller ones as such."""
    return f"< {number_format(0.001, 3)}" if probability < SMALLEST_P else number_format(probability, 3)


@register.filter
def css_share(share: float) -> str:
    """Write a share for a stylesheet, whatever the language."""
    return f"{share:.4f}"


def _with_placeholders(escaped: str) -> SafeString:
    """Show placeholders such as <PERSON_1> as what they stand for."""
    shown = PLACEHOLDER.sub(
        lambda found: f'<span class="placeholder">{found[1].replace("_", " ").lower()} {found[2]}</span>', escaped
    )
    return mark_safe(shown)  # noqa: S308 (escaped by the callers)
