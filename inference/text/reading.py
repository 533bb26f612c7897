"""Read the texts of a prompt's user message, in their escaped form."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from inference.text.languages import LANGUAGES, carries_nothing, is_likely_in, likely_languages
from inference.text.words import stem, words

_RECORD = re.compile(r'<feedback_record number="\d+">\n?(.*?)\n?</feedback_record>', re.DOTALL)
MIN_TERM_LENGTH = 3


@dataclass(frozen=True)
class ReadText:
    """A text with its words, languages and terms.

    words: folded, in order. languages: the likeliest first. terms: stems of the words other than stop words.
    """

    text: str = field(repr=False)
    words: tuple[str, ...] = field(repr=False)
    languages: tuple[str, ...]
    terms: tuple[str, ...] = field(repr=False)

    @property
    def is_known_language(self) -> bool:
        """Return whether the share of words on the language's lists is high enough for a text in it."""
        return bool(self.languages) and is_likely_in(self.language, self.words)

    @property
    def language(self) -> str:
        """Return the likeliest language, "" for an unknown script."""
        return self.languages[0] if self.languages else ""


def read_text(text: str) -> ReadText:
    """Find a text's words, languages and terms."""
    text_words = tuple(words(text))
    languages = likely_languages(text, text_words)
    empty = carries_nothing(languages)
    terms = tuple(stem(word) for word in text_words if len(word) >= MIN_TERM_LENGTH and word not in empty)
    return ReadText(text, text_words, languages, terms)


def inside(message: str, tag: str) -> str | None:
    """Return the text between the first `<tag>` and the last `</tag>`, stripped; None without the tag."""
    start, end = message.find(f"<{tag}>"), message.rfind(f"</{tag}>")
    return message[start + len(tag) + 2 : end].strip() if 0 <= start < end else None


def records_in(message: str, metadata: tuple[str, ...] = ()) -> list[str]:
    """Return the records of a message in order, without empty ones.

    metadata: names that may precede a record's text, one per line with their values. Those lines are left out.
    """
    names = "|".join(map(re.escape, metadata))
    before_text = re.compile(rf"\A(?:(?:{names}): [^\n]*\n)+") if metadata else None
    texts = (before_text.sub("", f"{text}\n") if before_text else text for text in _RECORD.findall(message))
    return [text for text in map(str.strip, texts) if text]


def mostly_known(texts: Sequence[ReadText]) -> bool:
    """Return whether at least half of the texts are in a language for which the engine has lists."""
    return 2 * sum(text.is_known_language for text in texts) >= len(texts)


def whole_language(texts: list[ReadText]) -> str:
    """Return the most frequent language of the texts, "" if none is known."""
    counts = dict.fromkeys(LANGUAGES, 0)
    for text in texts:
        if text.language:
            counts[text.language] += 1
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] else ""
