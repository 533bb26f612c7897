"""Answers of models are parsed once, leniently where the contract says so, and are not quoted in errors."""

import json
import math
import time
from datetime import datetime
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from coding.schemas import CandidateScores, CodeProposal, LevelJudgement, Pick
from feedback.schemas import Analysis, QualityJudgement, ScoredSummary, Sensitivity, Summary
from feedback.sensitivity import SensitivityType
from inference.answers import Answer, read_answer
from inference.errors import OperationTimedOut, UnusableAnswer
from tenants.storable import storable
from tests.support.provider.documented import problems_of
from usage.failure_reasons import FailureReason

ANSWERS: list[type[Answer]] = [
    Summary,
    ScoredSummary,
    QualityJudgement,
    Analysis,
    Sensitivity,
    Pick,
    LevelJudgement,
    CodeProposal,
    CandidateScores,
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_schema_is_closed_requires_everything_and_has_no_references(answer: type[Answer]) -> None:
    schema = answer.json_schema()
    assert schema["additionalProperties"] is False
    assert schema["required"] == list(schema["properties"])
    assert "$ref" not in json.dumps(schema)


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_schema_is_one_that_vendors_document(answer: type[Answer]) -> None:
    assert list(problems_of(answer.json_schema())) == []


class Everything(Answer):
    """Fields of every kind that a strict schema has to do without."""

    short: str = Field(min_length=1, max_length=5, pattern="^a")
    bounded: Annotated[int, Field(ge=1, lt=9, multiple_of=2)] = 2
    moment: datetime
    few: Annotated[tuple[float, ...], Field(min_length=1, max_length=3)]
    one: Literal["only"]
    either: Literal["a", "b"] | None = None
    nested: LevelJudgement


def test_what_vendors_do_not_take_is_left_out_of_a_schema_and_checked_afterwards() -> None:
    schema = Everything.json_schema()
    assert list(problems_of(schema)) == []
    assert schema["properties"]["one"] == {"type": "string", "enum": ["only"]}
    fitting = {
        "short": "abc",
        "bounded": 4,
        "moment": "2026-07-01T09:30:00Z",
        "few": [1.5],
        "one": "only",
        "nested": {"score": 1},
    }
    assert Everything.parse(json.dumps(fitting)).bounded == 4
    for name, wrong in (("short", "b"), ("short", ""), ("bounded", 9), ("few", []), ("one", "other"), ("moment", "x")):
        with pytest.raises(UnusableAnswer):
            Everything.parse(json.dumps(fitting | {name: wrong}))


def test_a_summary_has_a_title_and_a_summary() -> None:
    assert set(Summary.json_schema()["properties"]) == {"title", "summary"}


def test_a_judge_has_numbers_from_0_to_1_and_an_explanation() -> None:
    properties = dict(QualityJudgement.json_schema()["properties"])
    assert properties.pop("explanation") == {"type": "string"}
    assert list(properties.values()) == [{"type": "number"}] * 3


def test_sensitivity_lists_the_33_types_as_an_enumeration() -> None:
    listed = Sensitivity.json_schema()["properties"]["sensitivity_types"]["items"]["enum"]
    assert listed == [each.value for each in SensitivityType]
    assert len(listed) == 33


@pytest.mark.parametrize("text", ['{"title": "T", "summary": "S"}', '```json\n{"title": "T", "summary": "S"}\n```'])
def test_an_answer_may_stand_in_a_code_fence(text: str) -> None:
    assert Summary.parse(text) == Summary(title="T", summary="S")


SUMMARY = '{"title": "T", "summary": "S"}'


@pytest.mark.parametrize(
    "text",
    [
        f"Sure! Here is the summary you asked for: {SUMMARY} I hope this helps.",
        f"Here it is:\n```json\n{SUMMARY}\n```\nAnything else?",
        f"\ufeff{SUMMARY}",
        f"\ufeff \n```\n{SUMMARY}\n```",
        f"<think>The record {{is}} short.</think>\n{SUMMARY}",
        f"{SUMMARY}\n{SUMMARY}",
        f'{{"answer": {SUMMARY}}}',
        f"[{SUMMARY}]",
        f'{{"title": "no summary"}} {SUMMARY}',
        f"{{ not json {SUMMARY}",
    ],
)
def test_the_one_object_that_fits_is_read_from_between_words(text: str) -> None:
    assert Summary.parse(text) == Summary(title="T", summary="S")


@pytest.mark.parametrize(
    ("answer", "text", "parsed"),
    [
        (Pick, 'I choose {"selected": [2, 1]}.', Pick(selected=(2, 1))),
        (Pick, 'I choose none {of them}, or {"selected": []}.', Pick(selected=())),
        (Pick, '{"result": {"selected": [3]}}', Pick(selected=(3,))),
        (Analysis, 'As asked: {"analysis": "Water comes first."}', Analysis(analysis="Water comes first.")),
        (Analysis, "Water {and soap} come first.", Analysis(analysis="Water {and soap} come first.")),
        (LevelJudgement, "```\n0.75\n```", LevelJudgement(score=0.75)),
    ],
)
def test_answers_that_may_be_given_loosely_are_looked_for_between_words_first(
    answer: type[Answer], text: str, parsed: Answer
) -> None:
    assert answer.parse(text) == parsed


def test_of_several_objects_that_fit_and_differ_none_is_taken() -> None:
    with pytest.raises(UnusableAnswer):
        Summary.parse(f'{SUMMARY} or rather {{"title": "Other", "summary": "S"}}')


@given(before=st.text(), after=st.text(), title=st.text(), summary=st.text(min_size=1))
def test_words_around_an_object_do_not_change_it(before: str, after: str, title: str, summary: str) -> None:
    written = json.dumps({"title": title, "summary": summary})
    try:
        parsed = Summary.parse(f"{before}{written}{after}")
    except UnusableAnswer:
        assert "{" in before + after + summary + title or not storable(summary)
        return
    assert parsed == Summary(title=storable(title), summary=storable(summary))


@pytest.mark.parametrize("text", ["{" * 200_000, '{"a":' * 50_000, '{"a": "' * 40_000, "[{" * 100_000])
def test_a_text_of_braces_is_given_up_soon(text: str) -> None:
    began = time.process_time()
    with pytest.raises(UnusableAnswer):
        Summary.parse(text)
    assert time.process_time() - began < 2


def test_reading_an_answer_ends_at_the_deadline() -> None:
    with pytest.raises(OperationTimedOut):
        Summary.parse('{"a": ' * 10, deadline=time.monotonic() - 1)


def test_nul_and_halves_of_characters_are_taken_out_of_an_answer() -> None:
    parsed = Summary.parse('{"title": "a\\u0000b\\ud83d", "summary": "\\ud83d\\ude00", "x\\udc00": 1}')
    assert parsed == Summary(title="ab\ufffd", summary="\U0001f600")


@pytest.mark.parametrize(
    ("text", "reasoning", "failure", "reason"),
    [
        (SUMMARY, "", FailureReason.CONTENT_FILTER, FailureReason.CONTENT_FILTER),
        ("", "", FailureReason.REFUSAL, FailureReason.REFUSAL),
        (SUMMARY[:20], "", FailureReason.OUTPUT_CUT_OFF, FailureReason.OUTPUT_CUT_OFF),
        ("", SUMMARY[:20], FailureReason.OUTPUT_CUT_OFF, FailureReason.OUTPUT_CUT_OFF),
        ("no json", SUMMARY, None, FailureReason.INVALID_ANSWER),
        ("", "", None, FailureReason.INVALID_ANSWER),
    ],
)
def test_what_is_no_answer_says_why(
    text: str, reasoning: str, failure: FailureReason | None, reason: FailureReason
) -> None:
    with pytest.raises(UnusableAnswer) as caught:
        read_answer(Summary, text, reasoning=reasoning, failure=failure, deadline=math.inf)
    assert caught.value.reason == reason


@pytest.mark.parametrize("answer", [Pick, Analysis])
def test_a_loose_answer_that_was_cut_off_is_none(answer: type[Answer]) -> None:
    with pytest.raises(UnusableAnswer):
        read_answer(answer, "Water comes fi", reasoning="", failure=FailureReason.OUTPUT_CUT_OFF, deadline=math.inf)


@pytest.mark.parametrize(
    ("text", "reasoning", "failure"),
    [("", SUMMARY, None), (" \n", f"So: {SUMMARY}", None), (SUMMARY, "", FailureReason.OUTPUT_CUT_OFF)],
)
def test_an_answer_may_stand_in_the_reasoning_or_before_a_cut(
    text: str, reasoning: str, failure: FailureReason | None
) -> None:
    parsed = read_answer(Summary, text, reasoning=reasoning, failure=failure, deadline=math.inf)
    assert parsed == Summary(title="T", summary="S")


@pytest.mark.parametrize(
    "text", ["", "no json", '{"title": "T"', '{"title": "T"}', '{"title": 1, "summary": "S"}', "[]"]
)
def test_an_answer_that_does_not_fit_is_unusable(text: str) -> None:
    with pytest.raises(UnusableAnswer):
        Summary.parse(text)


def test_an_unusable_answer_carries_none_of_its_text() -> None:
    with pytest.raises(UnusableAnswer) as caught:
        Summary.parse('{"title": "Amina Yusuf", "summary": 17}')
    assert "Amina" not in repr(caught.value) + str(caught.value) + repr(caught.value.__context__)


def test_the_quality_score_weighs_faithfulness_coverage_and_clarity() -> None:
    judged = QualityJudgement.parse('{"faithfulness": 1, "coverage": 0.5, "clarity": 0, "explanation": "x"}')
    assert judged.quality_score == 0.75


def test_one_bare_number_is_a_judgement() -> None:
    assert QualityJudgement.parse(" 0.8 ").quality_score == 0.8


@pytest.mark.parametrize(
    "text",
    [
        "1.2",
        "-0.1",
        "true",
        '{"faithfulness": 2, "coverage": 0.5, "clarity": 0, "explanation": ""}',
        '{"faithfulness": true, "coverage": 0.5, "clarity": 0, "explanation": ""}',
    ],
)
def test_a_judgement_out_of_range_is_unusable(text: str) -> None:
    with pytest.raises(UnusableAnswer):
        QualityJudgement.parse(text)


@pytest.mark.parametrize("score", ["7", '"high"', "null", "true"])
def test_an_impossible_own_score_is_left_out(score: str) -> None:
    parsed = ScoredSummary.parse(f'{{"title": "T", "summary": "S", "quality_score": {score}}}')
    assert parsed.quality_score is None


def test_an_analysis_may_be_plain_text() -> None:
    assert Analysis.parse("Water comes first.").analysis == "Water comes first."


@pytest.mark.parametrize("answer", ANSWERS)
@given(text=st.text() | st.from_regex(r"-?[0-9]{1,3}(\.[0-9])?|true|\[1\]|\{\"score\": ?[0-9]\}", fullmatch=True))
def test_any_text_is_an_answer_or_unusable_and_never_a_defect(answer: type[Answer], text: str) -> None:
    try:
        answer.parse(text)
    except UnusableAnswer:
        return


@pytest.mark.parametrize("text", ["{}", "null", "[]", '{"sensitivity_types": []}'])
def test_an_empty_answer_is_nothing_sensitive(text: str) -> None:
    assert Sensitivity.parse(text).sensitivity_types == ()


def test_an_unknown_type_is_unusable() -> None:
    with pytest.raises(UnusableAnswer):
        Sensitivity.parse('{"sensitivity_types": ["RUMOUR"], "explanation": "x"}')
