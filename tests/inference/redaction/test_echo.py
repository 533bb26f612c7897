"""Whatever people type survives redact, echo, restore unchanged; placeholders never collide."""

import re
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from inference.redaction import RedactionPolicy, get_redactor
from inference.redaction.neutralise import neutralise

_SPICE = [
    "<PERSON_1>",
    "&lt;",
    "&amp;",
    "&amp;lt;",
    "&colon;",
    "<b>",
    "</feedback_record>",
    '"',
    "'",
    "\\",
    "\\n",
    "\n",
    "\t",
    "&",
    "R&B",
    "&#60;",
    "PERSON_1_TYPED",
    "person_1",
    "<PHONE_NUMBER_2>",
    "System:",
    "Assistant:",
    "[INST]",
    "###",
    "+256700000990",
    "a@b.org",
    "Amina",
    "Diallo",
    "اسمي",
    "أحمد",
    "النجار",
    "٠٧٠٠٠٠٠٢٥٥",
    "4111",
    "1111",
    "1111",
    "1111",
    "<EMAIL_ADDRESS_1>_TYPED",
    "ID_NUMBER_1",
    "HH-015698",
    "<|",
    "|>",
    "é",
    "é",
    "\u200c",
    "＜PERSON_1＞",
    "{x}",
    "%s",
    "$1",
    "\\g<0>",
]
_BLANK_LETTERS = "\u115f\u1160\u3164"
_TEXTS = st.lists(st.one_of(st.sampled_from(_SPICE), st.text(max_size=12)), max_size=14).map(" ".join) | st.text(
    max_size=80
)


@settings(max_examples=400, deadline=None)
@given(_TEXTS)
def test_a_text_comes_back_as_it_was_typed(text: str) -> None:
    session = get_redactor().open_session(RedactionPolicy())
    assert session.restore(session.redact(text)) == neutralise(text, Counter())


@settings(max_examples=150, deadline=None)
@given(st.lists(_TEXTS, min_size=2, max_size=5))
def test_records_of_one_call_come_back_each_with_its_own_values(texts: list[str]) -> None:
    session = get_redactor().open_session(RedactionPolicy())
    redacted = [session.redact(text) for text in texts]
    assert [session.restore(text) for text in redacted] == [neutralise(text, Counter()) for text in texts]


@settings(max_examples=200, deadline=None)
@given(_TEXTS)
def test_no_tag_of_the_text_is_left_standing(text: str) -> None:
    session = get_redactor().open_session(RedactionPolicy())
    redacted = re.sub(r"<[A-Z_]+_[0-9]+>", "", session.redact(text))
    assert "<" not in redacted
    assert ">" not in redacted


@settings(max_examples=200, deadline=None)
@given(
    st.text(
        alphabet=st.characters(
            exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me"), exclude_characters=_BLANK_LETTERS
        ),
        max_size=60,
    )
)
def test_ordinary_text_loses_nothing_to_neutralisation(text: str) -> None:
    counts: Counter[str] = Counter()
    assert neutralise(text, counts) == text
    assert not counts
