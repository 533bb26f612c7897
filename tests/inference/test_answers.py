"""What a model returns is parsed once, leniently where the contract says so, and never quoted in an error."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coding.schemas import CandidateScores, CodeProposal, LevelJudgement, Pick
from feedback.schemas import Analysis, QualityJudgement, ScoredSummary, Sensitivity, Summary
from feedback.sensitivity import SensitivityType
from inference.answers import Answer
from inference.errors import UnusableAnswer

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


def test_a_summary_has_a_title_and_a_summary() -> None:
    assert set(Summary.json_schema()["properties"]) == {"title", "summary"}


def test_a_judge_has_numbers_from_0_to_1_and_an_explanation() -> None:
    properties = QualityJudgement.json_schema()["properties"]
    assert properties.pop("explanation") == {"type": "string"}
    assert [(each["type"], each["minimum"], each["maximum"]) for each in properties.values()] == [("number", 0, 1)] * 3


def test_sensitivity_lists_the_33_types_as_an_enumeration() -> None:
    listed = Sensitivity.json_schema()["properties"]["sensitivity_types"]["items"]["enum"]
    assert listed == [each.value for each in SensitivityType]
    assert len(listed) == 33


@pytest.mark.parametrize("text", ['{"title": "T", "summary": "S"}', '```json\n{"title": "T", "summary": "S"}\n```'])
def test_an_answer_may_stand_in_a_code_fence(text: str) -> None:
    assert Summary.parse(text) == Summary(title="T", summary="S")


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
