"""Summaries keep to the record's own sentences or, of many records, to counted themes; judges compare words."""

import json
import re
import time
from itertools import pairwise

import pytest

from feedback.schemas import Analysis, QualityJudgement, ScoredSummary, Summary
from inference.offline.wording import said, signature, without_counts, without_own_words
from inference.prompting import number_records
from inference.text.sentences import sentences
from inference.text.words import words
from tests.support.offline_texts import DEMO, PUMP, asked, asked_of_many, demo_texts, escaped

SUMMARY = Summary.json_schema()
COUNTED = re.compile(r"^- (.+) \((\d+) of (\d+) records\)$", re.MULTILINE)


def summary_of(record: str) -> dict[str, str]:
    return asked("summarize", SUMMARY, tenant_note="", record=record)


def judged(records: list[str], summary: dict[str, str]) -> QualityJudgement:
    answer = asked("judge_summary", QualityJudgement.json_schema(), records=number_records(records), **summary)
    return QualityJudgement.parse(json.dumps(answer))


@pytest.mark.parametrize("record", [record["content"] for record in DEMO[::9] if record["content"].strip()])
def test_a_summary_is_made_of_the_records_sentences_and_names_the_engine(record: str) -> None:
    record = escaped(record)
    summary = summary_of(record)["summary"]
    bullets = [line for line in summary.splitlines() if line.startswith("- ")]
    *_, engine = summary.splitlines()
    assert 1 <= len(bullets) <= 5
    flat = " ".join(record.split())
    assert all(bullet.removeprefix("- ").removesuffix(" …") in flat for bullet in bullets)
    assert any(engine == signature("summary", record["language"]) for record in DEMO)


@pytest.mark.parametrize("record", DEMO[::5], ids=lambda record: str(record["id"]))
def test_a_summary_is_shorter_than_its_record_or_says_that_the_record_is_short(record: dict[str, str]) -> None:
    text = escaped(record["content"]).strip()
    if text:
        summary = summary_of(text)["summary"]
        assert len(summary) < len(text) or said("short", record["language"]) in summary


def test_words_of_the_note_taker_are_no_themes() -> None:
    things = ("the pump is dry", "the latrine is full", "there is no pump", "a latrine fell in", "the pump broke")
    records = [f"The respondent said that {thing}. She mentioned it was reported." for thing in things]
    summary = _together(records)["summary"].lower()
    assert {"pump", "latrine"} <= set(re.findall(r"\w+", summary))
    assert not any(word in summary for word in ("respondent", "said", "mentioned", "reported"))


@pytest.mark.parametrize("record", [record["content"] for record in DEMO[::7] if len(record["content"].split()) > 8])
def test_a_title_is_a_run_of_a_few_words_of_the_record(record: str) -> None:
    title = summary_of(escaped(record))["title"]
    assert 2 <= len(title.split()) <= 5
    assert title.lower() in " ".join(record.split()).lower()


def test_a_placeholder_stays_as_it_is_and_in_no_title() -> None:
    answer = summary_of("The pump broke on Monday. <PERSON_1> reported it to the mayor of the district.")
    assert "- <PERSON_1> reported it to the mayor of the district." in answer["summary"]
    assert "PERSON" not in answer["title"]


def test_a_sentence_of_little_but_placeholders_is_left_out() -> None:
    assert "<PHONE_NUMBER_1>" not in summary_of(PUMP)["summary"]


def test_what_was_asked_is_in_the_summary() -> None:
    assert "- When will it be repaired?" in summary_of(PUMP)["summary"]


def test_what_is_said_twice_is_said_once() -> None:
    record = "The tap is broken. The tap is broken! We walk to the river. The tap is broken. Children fall ill."
    bullets = summary_of(record)["summary"].splitlines()[:-1]
    assert sum("tap is broken" in bullet for bullet in bullets) == 1


def test_a_summary_speaks_the_language_of_its_record() -> None:
    for language in ("fr", "ar", "uk", "sw"):
        text = max(demo_texts(language), key=len)
        assert summary_of(text)["summary"].endswith(signature("summary", language))


def test_a_scored_summary_scores_itself() -> None:
    answer = asked(
        "summarize_scored",
        ScoredSummary.json_schema(),
        language_rule="",
        instructions="",
        tenant_note="",
        record=PUMP,
    )
    assert 0.5 < answer["quality_score"] <= 1


def test_themes_of_many_records_are_counted_and_come_most_raised_first() -> None:
    records = demo_texts("en")
    counts = [(int(count), int(total)) for _, count, total in COUNTED.findall(_together(records)["summary"])]
    assert len(counts) >= 3
    assert all(one >= two for (one, _), (two, _) in pairwise(counts))
    assert {total for _, total in counts} == {len(records)}


def test_a_count_is_the_number_of_records_with_the_word() -> None:
    records = ["The tap is dry."] * 3 + ["We need rice.", "No rice came.", "Thank you."]
    themes = {terms: int(count) for terms, count, _ in COUNTED.findall(_together(records)["summary"])}
    assert themes == {"tap, dry": 3, "rice": 2} or (themes["tap"], themes["rice"]) == (3, 2)


def test_no_run_of_four_words_of_a_record_is_repeated_of_many() -> None:
    for language in ("en", "fr", "ar"):
        records = demo_texts(language)
        summary = without_own_words(without_counts(_together(records)["summary"]))
        said_words = [words(line) for line in summary.splitlines()]
        runs = {tuple(found[at : at + 4]) for found in map(words, records) for at in range(len(found) - 3)}
        assert not any(tuple(line[at : at + 4]) in runs for line in said_words for at in range(len(line) - 3))


def test_a_word_of_one_record_alone_names_no_theme_of_many() -> None:
    records = [
        *demo_texts("en", code="request")[:10],
        "Zebulon Quartermain has no tent, zebulon quartermain sleeps outside.",
    ]
    assert "zebulon" not in json.dumps(_together(records)).lower()


def test_themes_meet_across_languages() -> None:
    records = ["The water is dirty.", "El agua sale sucia.", "Maji ni machafu.", "Вода брудна.", "الماء وسخ"]
    assert "(5 of 5 records)" in _together(records, language="English")["summary"]


def test_our_own_words_are_in_the_language_that_is_asked_for() -> None:
    assert said("themes", "nl") in _together(demo_texts("en")[:20], language="Dutch")["summary"]


def test_merging_adds_the_counts_of_parts_up() -> None:
    records = demo_texts("en")
    halves = [records[:35], records[35:]]
    parts = [f"{len(half)} records: x\n{_together(half)['summary']}" for half in halves]
    merged = asked_of_many("merge_summaries", SUMMARY, parts)
    of_parts = [{terms.split(", ")[0]: int(count) for terms, count, _ in COUNTED.findall(part)} for part in parts]
    for terms, count, total in COUNTED.findall(merged["summary"]):
        leading = terms.split(", ")[0]
        assert int(count) == sum(part.get(leading, 0) for part in of_parts)
        assert int(total) == len(records)


def test_summaries_of_another_model_are_merged_by_their_central_lines() -> None:
    parts = [
        "40 records: Water\n- Water points are broken\n- Queues are long",
        "20 records: Water\n- Water points run dry",
    ]
    merged = asked_of_many("merge_summaries", SUMMARY, parts)
    assert "- Water points are broken" in merged["summary"]


def test_an_analysis_begins_with_the_engine_and_the_question_and_ends_with_periods() -> None:
    records = demo_texts("en")
    answer = asked_of_many(
        "analyze",
        Analysis.json_schema(),
        records,
        question="What do people say about queues?",
        trends="2026-06 Water: 2\n2026-07 Water: 5\n2026-07 Food: 1",
    )
    parts = answer["analysis"].split("\n\n")
    assert parts[0] == signature("engine", "en")
    assert re.match(r"On the question, the records mention:\n- queue \(\d+ of \d+ records\)", parts[1])
    assert parts[2].startswith("Main themes:\n- ")
    assert parts[3] == "By period:\n- Water: 2 (2026-06) ↑ 5 (2026-07), Σ 7\n- Food: 1 (2026-07)"


def test_a_question_that_no_record_bears_on_is_answered_so() -> None:
    answer = asked_of_many(
        "analyze", Analysis.json_schema(), demo_texts("en")[:5], question="Football tournament?", trends="none"
    )
    assert said("no_overlap", "en") in answer["analysis"]
    assert "By period" not in answer["analysis"]


def test_a_judge_trusts_what_the_source_says_and_not_what_it_does_not() -> None:
    own = judged([PUMP], {key: str(value) for key, value in summary_of(PUMP).items()})
    other = judged([PUMP], {"title": "Football", "summary": "- The team celebrated yesterday's splendid victory."})
    assert own.faithfulness == 1
    assert other.faithfulness < 0.2
    assert own.quality_score > 0.8 > 0.4 > other.quality_score
    assert said("engine", "en") in own.explanation


def test_a_judge_finds_less_covered_by_less() -> None:
    text = max(demo_texts("en"), key=len)
    first = sentences(text)[0]
    assert (
        judged([text], {"title": "", "summary": first}).coverage
        < judged([text], {"title": "", "summary": text}).coverage
    )


def test_a_thousand_records_are_summarised_in_seconds() -> None:
    records = (demo_texts() * 4)[:1000]
    started = time.process_time()
    _together(records)
    assert time.process_time() - started < 5


def _together(records: list[str], **variables: str) -> dict[str, str]:
    return asked_of_many("summarize_aggregate", SUMMARY, records, instructions="", **variables)
