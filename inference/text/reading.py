"""Read the texts of a prompt's user message. They are escaped there, and stay so."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from inference.text.languages import LANGUAGES, carries_nothing, is_likely_in, likely_languages
from inference.text.words import stem, words

_RECORD = re.compile(r'<feedback_record number="\d+">\n?(.*?)\n?</feedback_record>', re.DOTALL)
MIN_TERM_LENGTH = 3


@dataclass(frozen=True)
class ReadText:
    """A text with what the engine looks at.

    words: folded, in order. languages: the likeliest first. terms: stems of the words that carry something.
    """

    text: str = field(repr=False)
    words: tuple[str, ...] = field(repr=False)
    languages: tuple[str, ...]
    terms: tuple[str, ...] = field(repr=False)

    @property
    def is_known_language(self) -> bool:
        """Whether so many words are on the language's lists that the text is likely in it."""
        return bool(self.languages) and is_likely_in(self.language, self.words)

    @property
    def language(self) -> str:
        """The likeliest language, "" in a script of none of ours."""
        return self.languages[0] if self.languages else ""


def read_text(text: str) -> ReadText:
    """Find a text's words, languages and terms."""
    found = tuple(words(text))
    languages = likely_languages(text, found)
    empty = carries_nothing(languages)
    terms = tuple(stem(word) for word in found if len(word) >= MIN_TERM_LENGTH and word not in empty)
    return ReadText(text, found, languages, terms)


def inside(message: str, tag: str) -> str | None:
    """Return the text between the first `<tag>` and the last `</tag>`, stripped; None without the tag."""
    start, end = message.find(f"<{tag}>"), message.rfind(f"</{tag}>")
    return message[start + len(tag) + 2 : end].strip() if 0 <= start < end else None


def records_in(message: str, metadata: tuple[str, ...] = ()) -> list[str]:
    """Return the records of a message in order, without empty ones.

    metadata: names that may stand, with their values, on lines before a record's text. Those lines are left out.
    """
    names = "|".join(map(re.escape, metadata))
    before_text = re.compile(rf"\A(?:(?:{names}): [^\n]*\n)+") if metadata else None
    texts = (before_text.sub("", f"{text}\n") if before_text else text for text in _RECORD.findall(message))
    return [text for text in map(str.strip, texts) if text]


def mostly_known(texts: Sequence[ReadText]) -> bool:
    """Tell whether half of the texts or more are likely in a language that the engine has lists for."""
    return 2 * sum(text.is_known_language for text in texts) >= len(texts)


def whole_language(texts: list[ReadText]) -> str:
    """The language that most of the texts are in."""
    counts = dict.fromkeys(LANGUAGES, 0)
    for text in texts:
        if text.language:
            counts[text.language] += 1
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] else ""
