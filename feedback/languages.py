"""The output language a caller asks for: free text that only the system message may carry, so only letters of it."""

import re
import unicodedata

MAX_LANGUAGE_LENGTH = 50
SAME_AS_INPUT = "Write in the language of most of what you are given."


def cleaned_language(wanted: str | None) -> str | None:
    """Keep letters, combining marks, spaces, `-`, `(`, `)` and `'`; cut to 50 characters; nothing left means None."""
    normal = re.sub(r"\s+", " ", unicodedata.normalize("NFC", wanted or ""))
    kept = "".join(char for char in normal if char in " -()'" or unicodedata.category(char)[0] in "LM")
    return kept[:MAX_LANGUAGE_LENGTH].strip() or None


def language_rule(language: str | None) -> str:
    """Return the sentence for the system message."""
    return f"Write in {language}, whatever language you are given." if language else SAME_AS_INPUT
