"""Flag sensitive matters by rules: telling words and phrases in each language, in `cues/<language>.txt`.

It prefers a record looked at for nothing to one that is missed, and takes back a cue right behind a negation ("no
theft"). A hint in none of its phrases is missed: it is a safety net where no model is allowed, and replaces no reader.
"""

from collections.abc import Sequence

from inference.offline.wording import said, signed
from inference.text.phrases import phrase_book
from inference.text.reading import ReadText, read_text


def sensitivity_answer(record: str, possible_types: Sequence[str]) -> dict[str, object]:
    """Types in the order of possible_types, with a sentence that names them and the engine."""
    text = read_text(record)
    found = sensitive_matters(text)
    types = [name for name in possible_types if name in found]
    finding = said("cues", text.language).format(types=", ".join(types)) if types else said("no_cues", text.language)
    return {"sensitivity_types": types, "explanation": f"{finding} {signed(text)}"}


def sensitive_matters(text: ReadText) -> frozenset[str]:
    """The types that any of the text's likely languages has a cue for."""
    return frozenset(
        match.name for language in text.languages for match in phrase_book("cues", language).matches(text.words)
    )
