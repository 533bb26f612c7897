"""Clean the output language that a caller asks for: free text, of which only letters reach the system message."""

import re
import unicodedata

MAX_LANGUAGE_LENGTH = 50
SAME_AS_INPUT = "Write in the language of most of what you are given."


def cleaned_language(wanted: str | None) -> str | None:
    """Remove all but letters, combining marks, spaces, `-()'`, and cut to 50 characters. None if nothing is left."""
    normal = re.sub(r"\s+", " ", unicodedata.normalize("NFC", wanted or ""))
    cleaned = "".join(char for char in normal if char in " -()'" or unicodedata.category(char)[0] in "LM")
    return cleaned[:MAX_LANGUAGE_LENGTH].strip() or None


def language_rule(language: str | None) -> str:
    """Return the sentence for the system message."""
    return f"Write in {language}, whatever language you are given." if language else SAME_AS_INPUT
