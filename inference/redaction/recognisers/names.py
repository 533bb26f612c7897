"""Names of people."""

import re
from collections.abc import Iterable

from inference.redaction.entities import Entity
from inference.redaction.reading import Reading
from inference.redaction.spans import Span

_NAMED = re.compile(
    r"(?:my name is|je m'appelle|me llamo|o meu nome é|jina langu ni|мене звати|меня зовут|اسمي|volunteer|volontaire|voluntario|voluntário|"
    r"mtu wa kujitolea|волонтер|المتطوع) (?P<name>[^\W\d_a-zа-яіїєґ][\w'-]+(?: [^\W\d_a-zа-яіїєґ][\w'-]+){0,3})",
    re.IGNORECASE,
)


class NameRecogniser:
    """People's names."""

    def find(self, reading: Reading) -> Iterable[Span]:
        for match in _NAMED.finditer(reading.text):
            yield Span(match.start("name"), match.end("name"), Entity.PERSON, 0.9)
