"""Take the tricks out of a text before anything else reads it.

Removed for good, since no reader would miss them: NUL and control characters, direction overrides, invisible
characters outside the scripts that need them, and all but the first 64 of a run of one character. Role prefixes
("System:" at the start of a line) stay readable but are escaped, and come back as typed (see writing.py).
"""

import re
from collections import Counter

MAX_RUN_LENGTH = 64
_STEP = MAX_RUN_LENGTH // 2

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_INVISIBLE = re.compile(
    # zero-width joiners have work to do between letters of Arabic and Indic scripts and inside emoji
    r"(?<![؀-ۿऀ-෿☀-➿️🀀-🫿])[\u200c\u200d]|[\u200c\u200d](?![؀-ۿऀ-෿☀-➿🀀-🫿])"
    r"|[\u200b\u2060-\u2064\u206a-\u206f\ufeff\u00ad\u034f\u180e\u115f\u1160\u3164\ufff9-\ufffb]"
    r"|[\u202d\u202e]|[\U000e0000-\U000e0fff]"
)
_LONG_RUN = re.compile(rf"(.)\1{{{MAX_RUN_LENGTH},}}", re.DOTALL)
_NEEDS_A_LOOK = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u115f-\u1160\u180e\u200b-\U0010ffff]")


def neutralise(text: str, counts: Counter[str]) -> str:
    """The text without its tricks; what was removed is added to counts."""
    if not _is_plain(text) and _NEEDS_A_LOOK.search(text):
        text = _remove(_CONTROL, text, counts, "control_character")
        text = _remove(_INVISIBLE, text, counts, "invisible_character")
    if _may_have_long_run(text):
        text, runs = _LONG_RUN.subn(lambda run: run[1] * MAX_RUN_LENGTH, text)
        if runs:
            counts["long_run"] += runs
    return text


def _is_plain(text: str) -> bool:
    """Whether the text is ASCII without control characters: the quick answer for most Latin texts."""
    return text.isascii() and text.replace("\n", "").replace("\t", "").isprintable()


def _may_have_long_run(text: str) -> bool:
    """Whether some place that is a multiple of 32 is like its neighbour and like both 32 further on.

    Every run of more than 64 passes two such places, and hardly any other text does.
    """
    places = zip(text[::_STEP], text[1::_STEP], text[_STEP::_STEP], text[_STEP + 1 :: _STEP], strict=False)
    return any(first == second == third == fourth for first, second, third, fourth in places)


def _remove(pattern: re.Pattern[str], text: str, counts: Counter[str], name: str) -> str:
    text, removed = pattern.subn("", text)
    if removed:
        counts[name] += removed
    return text
