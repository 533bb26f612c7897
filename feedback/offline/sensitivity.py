"""Flag sensitive matters by rules and word lists per language.

Cues (`inference/text/cues/`) name a matter by themselves. Signals (`inference/text/signals/`) are parts of an indirect
report; a rule flags a matter if a record has all its parts: somebody with power, aid, and an invitation to his house. A
cue does not count in a sentence that mentions a matter without reporting it: thanks for a training, a question about a
hotline, a violent storm. Hints that are on no list are missed: the engine is a safety net for tenants without a model,
and does not replace a reader.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from feedback.sensitivity import SensitivityType as Matter
from inference.offline.wording import said, signed
from inference.text.phrases import Match, phrase_book
from inference.text.reading import ReadText, read_text
from inference.text.sentences import sentences
from inference.text.words import words

NATURAL_FORCES_DO = frozenset(
    (Matter.THREATS_AND_PHYSICAL_VIOLENCE, Matter.THEFT, Matter.FRAUD, Matter.VANDALISM, Matter.INAPPROPRIATE_BEHAVIOUR)
)
MAX_WORDS_TO_NATURE = 2


@dataclass(frozen=True)
class _Rule:
    """matter: flagged if a record has one signal of every part."""

    matter: Matter
    parts: tuple[frozenset[str], ...]


def _rule(matter: Matter, *parts: str) -> _Rule:
    """Make a rule, whose parts have alternatives separated by `|`."""
    return _Rule(matter, tuple(frozenset(part.split("|")) for part in parts))


RULES = (
    _rule(Matter.SEXUAL_EXPLOITATION, "INTIMATE", "POWER|AID"),
    _rule(Matter.SEXUAL_EXPLOITATION, "POWER", "GIRL", "NIGHT|ALONE", "AID|SILENCE"),
    _rule(Matter.SEXUAL_ABUSE, "CHANGE", "GIRL|YOUTH|POWER"),
    _rule(Matter.GENDER_BASED_VIOLENCE, "INJURY"),
    _rule(Matter.GENDER_BASED_VIOLENCE, "DOWRY", "GIRL"),
    _rule(Matter.GIFTS_BRIBES_AND_KICKBACKS, "GIVE", "POWER|AID"),
    _rule(Matter.FRAUD, "SIGNED", "SHORT"),
    _rule(Matter.FRAUD, "LISTED", "GONE"),
    _rule(Matter.CORRUPTION, "PROFIT", "POWER|KIN|LISTED"),
    _rule(Matter.NEPOTISM_AND_FAVOURITISM, "OURS|KIN", "POWER", "AID"),
    _rule(Matter.THREATS_AND_PHYSICAL_VIOLENCE, "THREAT"),
    _rule(Matter.THREATS_AND_PHYSICAL_VIOLENCE, "FAREWELL"),
    _rule(Matter.THREATS_AND_PHYSICAL_VIOLENCE, "YOUTH|GIRL", "RECRUIT"),
    _rule(Matter.INAPPROPRIATE_BEHAVIOUR, "SILENCE", "POWER|AID|NIGHT|GIRL"),
)


def sensitivity_answer(record: str, possible_types: Sequence[str]) -> dict[str, object]:
    """Return the types in the order of possible_types, with a sentence that names them and the engine."""
    text = read_text(record)
    found = sensitive_matters(text)
    types = [name for name in possible_types if name in found]
    finding = said("cues", text.language).format(types=", ".join(types)) if types else said("no_cues", text.language)
    return {"sensitivity_types": types, "explanation": f"{finding} {signed(text)}"}


def sensitive_matters(text: ReadText) -> frozenset[str]:
    """Return the types that the lists of the likely languages indicate."""
    found: set[str] = set()
    signals: set[str] = set()
    for sentence in sentences(text.text):
        sentence_words = words(sentence)
        parts = _matches("signals", text, sentence_words)
        names = {part.name for part in parts}
        cues = _matches("cues", text, sentence_words)
        found.update(cue.name for cue in cues if not _is_harmless(cue, parts, sentence))
        if "TALK" not in names and not _is_hypothetical(names, sentence):
            signals |= names
    found.update(rule.matter.value for rule in RULES if all(signals & part for part in rule.parts))
    return frozenset(found)


def _matches(folder: str, text: ReadText, sentence_words: Sequence[str]) -> list[Match]:
    # Short texts are often likely in two languages, Spanish and Portuguese for one.
    return [match for language in text.languages for match in phrase_book(folder, language).matches(sentence_words)]


def _is_harmless(cue: Match, parts: Sequence[Match], sentence: str) -> bool:
    """Return whether a cue is no report, because it names the topic of a talk or describes the weather."""
    names = {part.name for part in parts}
    is_topic = any(part.name == "TOPIC" and part.start <= cue.start and cue.end <= part.end for part in parts)
    if _is_hypothetical(names, sentence) or (is_topic and names & {"TALK", "NOBODY"}):
        return True
    if names & {"POWER", "THREAT"} or cue.name not in NATURAL_FORCES_DO:
        return False
    return any(part.name == "NATURE" and _words_between(part, cue) <= MAX_WORDS_TO_NATURE for part in parts)


def _words_between(first: Match, second: Match) -> int:
    return max(first.start - second.end, second.start - first.end)


def _is_hypothetical(names: set[str], sentence: str) -> bool:
    """Return whether a sentence asks what to do if something happened."""
    return "MAYBE" in names and sentence.rstrip("\"'»”").endswith(("?", "؟"))
