"""Split a text in any script into sentences, without splitting placeholders or character references."""

import re

MAX_SENTENCE_LENGTH = 280

_SENTENCE_END = re.compile(r"[.!?…]+[\"'»”)\]]*(?=\s|$)|[؟۔।。！？]+[\"'»”)\]」]*|[\n\r\u2028\u2029]+")  # fmt: skip
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:[^\W\d_]|dr|mr|mrs|ms|st|no|nr|tel|tél|sr|sra|dra|don|prof|approx|av|art|тел|вул|буд|обл|ул|кв)\.$",
    re.IGNORECASE,
)
_BROKEN_END = re.compile(r"(?:<[A-Z_0-9]*|&\w{0,5})$")
_LIST_MARK = re.compile(r"^\s*(?:[-*•–—·>]+|\d{1,2}[.)])\s+")


def sentences(text: str) -> list[str]:
    """Return the stripped sentences of a text in order. Long sentences are split at white space."""
    found: list[str] = []
    start = 0
    for end in _SENTENCE_END.finditer(text):
        if end[0] == "." and _ABBREVIATION.search(text[max(start, end.end() - 8) : end.end()]):
            continue
        _add(found, text[start : end.end()])
        start = end.end()
    _add(found, text[start:])
    return found


def shortened(text: str, max_length: int = MAX_SENTENCE_LENGTH) -> str:
    """Return the text, or as many of its first words as fit, with an ellipsis."""
    if len(text) <= max_length:
        return text
    cut = text.rfind(" ", max_length // 2, max_length)
    return _BROKEN_END.sub("", text[: cut if cut > 0 else max_length]).rstrip(" ,:،؛") + " …"


def _add(found: list[str], piece: str) -> None:
    piece = _LIST_MARK.sub("", " ".join(piece.split()))
    while len(piece) > MAX_SENTENCE_LENGTH:
        cut = _cut(piece)
        found.append(piece[:cut].rstrip())
        piece = piece[cut:].lstrip()
    if any(char.isalnum() for char in piece):
        found.append(piece)


def _cut(piece: str) -> int:
    """Return where to cut a long sentence: after a comma, else at white space, else anywhere."""
    for mark in (", ", "، ", "; ", " "):
        found = piece.rfind(mark, MAX_SENTENCE_LENGTH // 2, MAX_SENTENCE_LENGTH)
        if found > 0:
            return found + len(mark)
    broken = _BROKEN_END.search(piece[:MAX_SENTENCE_LENGTH])
    return broken.start() if broken and broken.start() else MAX_SENTENCE_LENGTH
