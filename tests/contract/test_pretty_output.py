"""Section 1: the text block that the CRM shows, byte for byte."""

import json

import httpx
import pytest

from tests.support.provider import Reply, ScriptedProvider
from tests.support.request_bodies import many, one, question, record

RULE = "------------------------------------------------------------"
SUMMARY = {"title": "Dry water points", "summary": "- The pump is broken.\n- People walk far."}


def judged(score: float) -> dict[str, object]:
    return {"faithfulness": score, "coverage": score, "clarity": score, "explanation": "Grounded."}


def answer(provider: ScriptedProvider, score: float) -> None:
    provider.enqueue(Reply(content=SUMMARY), Reply(content=judged(score)))


def test_the_block_of_one_record(api: httpx.Client, provider: ScriptedProvider) -> None:
    answer(provider, 0.8)
    body = api.post("/v1/summarize", json={"feedback_record": record(record_id="65f-a")}).json()
    assert body["pretty_output"] == (
        "Feedback-ID:    65f-a\n"
        "QUALITY:        ●●●●○ 80%\n"
        "TITLE:          Dry water points\n"
        "SUMMARY:\n"
        "- The pump is broken.\n- People walk far.\n"
        f"{RULE}"
    )


def test_the_block_without_a_score_has_no_quality_line(api: httpx.Client, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(content=SUMMARY), Reply(content="no"), Reply(content="no"))
    body = api.post("/v1/summarize", json={"feedback_record": record(record_id="a")}).json()
    assert body["quality_score"] is None
    assert body["pretty_output"] == (
        "Feedback-ID:    a\nTITLE:          Dry water points\nSUMMARY:\n- The pump is broken.\n- People walk far.\n"
        + RULE
    )


def test_the_block_of_an_empty_record(api: httpx.Client) -> None:
    body = api.post("/v1/summarize", json={"feedback_record": record("", record_id="a")}).json()
    assert body["pretty_output"] == f"Feedback-ID:    a\nQUALITY:        ○○○○○ 0%\nTITLE:          \nSUMMARY:\n\n{RULE}"


def test_the_block_of_an_analysis_is_english_with_a_fixed_title(api: httpx.Client, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(content={"analysis": "Thèmes: eau."}), Reply(content=judged(0.8)))
    body = api.post("/v1/analyze-bulk", json=question("L'eau manque.", output_language="French")).json()
    assert body["pretty_output"] == (
        f"QUALITY:        ●●●●○ 80%\nTITLE:          Analysis\nSUMMARY:\n{body['analysis']}\n{RULE}"
    )
    assert body["analysis"].endswith("\n\nThèmes: eau.")


HEADERS = {
    "English": ("QUALITY:        ", "TITLE:          ", "SUMMARY:"),
    "French": ("QUALITÉ:        ", "TITRE:          ", "RÉSUMÉ:"),
    "Spanish": ("CALIDAD:        ", "TÍTULO:         ", "RESUMEN:"),
    "Dutch": ("KWALITEIT:      ", "TITEL:          ", "SAMENVATTING:"),
    "Russian": ("КАЧЕСТВО:       ", "ЗАГОЛОВОК:      ", "СВОДКА:"),
    "Ukrainian": ("ЯКІСТЬ:         ", "ЗАГОЛОВОК:      ", "ПІДСУМОК:"),
    "Arabic": ("الجودة:         ", "العنوان:        ", "ملخص:"),
}
CODES = {
    "English": "en",
    "French": "fr",
    "Spanish": "es",
    "Dutch": "nl",
    "Russian": "ru",
    "Ukrainian": "uk",
    "Arabic": "ar",
}


@pytest.mark.parametrize(
    ("asked", "language"),
    [(name, name) for name in HEADERS]
    + [(code, name) for name, code in CODES.items()]
    + [("dUTCH", "Dutch"), (" NL ", "Dutch"), ("Klingon", "English"), ("de", "English"), (None, "English")],
)
def test_the_headers_of_summarize_bulk_speak_the_output_language(
    api: httpx.Client, provider: ScriptedProvider, asked: str | None, language: str
) -> None:
    answer(provider, 0.95)
    quality, title, summary = HEADERS[language]
    body = api.post("/v1/summarize-bulk", json=many("The pump is dry.", " ", "No water.", output_language=asked)).json()
    assert body["ids"] == ["r1", "r3"]
    assert body["pretty_output"] == (
        "IDs:            r1, r3\n"
        f"{quality}●●●●● 95%\n"
        f"{title}Dry water points\n"
        f"{summary}\n"
        "- The pump is broken.\n- People walk far.\n"
        f"{RULE}"
    )


@pytest.mark.parametrize(
    ("score", "shown"),
    [
        (1.0, "●●●●● 100%"),
        (0.9, "●●●●● 90%"),
        (0.89, "●●●●○ 89%"),
        (0.7, "●●●●○ 70%"),
        (0.69, "●●●○○ 69%"),
        (0.5, "●●●○○ 50%"),
        (0.49, "●●○○○ 49%"),
        (0.3, "●●○○○ 30%"),
        (0.29, "●○○○○ 29%"),
        (0.1, "●○○○○ 10%"),
        (0.09, "○○○○○ 9%"),
        (0.0, "○○○○○ 0%"),
    ],
)
def test_the_dots_fill_at_their_thresholds(
    api: httpx.Client, provider: ScriptedProvider, score: float, shown: str
) -> None:
    answer(provider, score)
    body = api.post("/v1/summarize", json=one()).json()
    assert body["quality_score"] == score
    assert body["pretty_output"].splitlines()[1] == f"QUALITY:        {shown}"


def test_the_score_is_weighed_by_us(api: httpx.Client, provider: ScriptedProvider) -> None:
    scores = {"faithfulness": 1.0, "coverage": 0.5, "clarity": 0.0, "explanation": "Half."}
    provider.enqueue(Reply(content=SUMMARY), Reply(content=json.dumps(scores)))
    assert api.post("/v1/summarize", json=one()).json()["quality_score"] == pytest.approx(0.75)
