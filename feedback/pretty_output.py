"""Format the text block that the CRM shows unchanged. Its white space is part of the contract."""

from collections.abc import Sequence

LABEL_WIDTH = 16
RULE = "-" * 60
DOT_THRESHOLDS = (0.1, 0.3, 0.5, 0.7, 0.9)
Headers = tuple[str, str, str]
ENGLISH: Headers = ("QUALITY", "TITLE", "SUMMARY")
FRENCH: Headers = ("QUALITÉ", "TITRE", "RÉSUMÉ")
SPANISH: Headers = ("CALIDAD", "TÍTULO", "RESUMEN")
DUTCH: Headers = ("KWALITEIT", "TITEL", "SAMENVATTING")
RUSSIAN: Headers = ("КАЧЕСТВО", "ЗАГОЛОВОК", "СВОДКА")
UKRAINIAN: Headers = ("ЯКІСТЬ", "ЗАГОЛОВОК", "ПІДСУМОК")
ARABIC: Headers = ("الجودة", "العنوان", "ملخص")
HEADERS: dict[str, Headers] = {
    "fr": FRENCH,
    "french": FRENCH,
    "es": SPANISH,
    "spanish": SPANISH,
    "nl": DUTCH,
    "dutch": DUTCH,
    "ru": RUSSIAN,
    "russian": RUSSIAN,
    "uk": UKRAINIAN,
    "ukrainian": UKRAINIAN,
    "ar": ARABIC,
    "arabic": ARABIC,
}


def headers_in(language: str | None) -> Headers:
    """Return the headers for a language code or English name, in English for any other language."""
    return HEADERS.get((language or "").strip().lower(), ENGLISH)


def dots(score: float) -> str:
    """Return five dots, filled from scores of 0.1, 0.3, 0.5, 0.7 and 0.9."""
    filled = sum(score >= threshold for threshold in DOT_THRESHOLDS)
    return "●" * filled + "○" * (5 - filled)


def pretty_output(
    *,
    title: str,
    summary: str,
    quality_score: float | None,
    record_id: str | None = None,
    ids: Sequence[str] | None = None,
    headers: Headers = ENGLISH,
) -> str:
    """Format an answer. record_id and ids: left out when None. The block has no final line break."""
    quality, title_label, summary_label = headers
    lines: list[str] = []
    if record_id is not None:
        lines.append(_labelled("Feedback-ID", record_id))
    if ids is not None:
        lines.append(_labelled("IDs", ", ".join(ids)))
    if quality_score is not None:
        lines.append(_labelled(quality, f"{dots(quality_score)} {round(quality_score * 100)}%"))
    lines += [_labelled(title_label, title), f"{summary_label}:", summary, RULE]
    return "\n".join(lines)


def _labelled(label: str, text: str) -> str:
    return f"{label}:".ljust(LABEL_WIDTH) + text
