r"""The spellings of a placeholder: ours, and those that models make of it.

Ours is `<PERSON_1>`. Models answer with `PERSON_1`, `[PERSON_1]`, `<PERSON\_1>`, `&lt;PERSON_1&gt;`, `<person 1>` and
the like. A record's own text in such a spelling carries `_TYPED` behind its number, and is never filled.
"""

import re
from collections.abc import Callable, Iterable

TYPED = "_TYPED"
_OPEN = r"(?:[<\[＜]|&(?:amp;)?lt;|&lsqb;|&#60;|&#[xX]3[cC];|%3[cC]|\{{1,2})[ /\\]{0,2}"
_CLOSE = r"[ /\\]{0,2}(?:[>\]＞]|&(?:amp;)?gt;|&#62;|&#[xX]3[eE];|%3[eE]|\}{1,2})"
_MAY_HOLD_PLACEHOLDERS = re.compile(r"[_<\[{&%＜]").search
_JOINT = re.compile(r"\\?[_ -]")


class Spellings:
    """Finds the placeholders of a set of entity types in a text, in any spelling."""

    def __init__(self, entities: Iterable[str]) -> None:
        names = sorted(entities, key=len, reverse=True)
        loose_names = "|".join(name.replace("_", r"\\?[_ -]") for name in names)
        strict_names = "|".join(name.replace("_", r"\\?_") for name in names)
        # nine digits: more than a call has values, and few enough to be read as a number
        loose = rf"(?i:{loose_names})\\?[_ -][0-9٠-٩۰-۹]{{1,9}}"
        strict = rf"(?i:{strict_names})\\?_[0-9]{{1,9}}"
        marks = rf"(?i:{TYPED})*"
        self.ours = re.compile(rf"<(?:{'|'.join(names)})_[0-9]{{1,9}}>", re.ASCII)
        self.typed = re.compile(rf"(?P<typed>{loose}{marks}){TYPED}")
        self._any = re.compile(
            rf"{_OPEN}(?P<inside>{loose}){_CLOSE}|\\[<\[](?P<escaped>{loose})\\[>\]]|(?<!\w)(?P<bare>{strict})(?!\w|\\_)"
        )
        self._look_alike = re.compile(
            rf"(?<=[<\[＜;\{{/\\ cC])(?P<inside>{loose}){marks}(?={_CLOSE})"
            rf"|(?P<marked>{loose})(?i:{TYPED})+|(?P<bare>{strict})"
        )

    def replaced(self, text: str, replacement: Callable[[str, str], str]) -> str:
        """Replace every placeholder; the argument gets the text as written and our spelling of it."""
        if not _MAY_HOLD_PLACEHOLDERS(text):
            return text
        return self._any.sub(lambda match: replacement(match[0], _ours(_spelling_in(match))), text)

    def marked_as_typed(self, text: str) -> tuple[str, list[str]]:
        """The text with `_TYPED` behind everything that reads like a placeholder, and our spellings of those."""
        if not _MAY_HOLD_PLACEHOLDERS(text):
            return text, []
        look_alikes: list[str] = []

        def mark(match: re.Match[str]) -> str:
            look_alikes.append(_ours(match["inside"] or match["marked"] or match["bare"]))
            return match[0] + TYPED

        return self._look_alike.sub(mark, text), look_alikes


def _spelling_in(match: re.Match[str]) -> str:
    return str(match["inside"] or match["escaped"] or match["bare"])


def _ours(spelling: str) -> str:
    *words, number = _JOINT.split(spelling)
    return f"<{'_'.join(words).upper()}_{int(number)}>"
