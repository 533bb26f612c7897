"""Sections 1 and 5: POST /v1/detect-sensitive."""

import httpx
import pytest

from tests.support.envelope import error_of
from tests.support.provider import Reply, ScriptedProvider, content_filtered
from tests.support.request_bodies import one

TYPES = [
    "GENDER_INEQUALITY",
    "GENDER_DISCRIMINATION",
    "SEXUAL_VIOLENCE",
    "SEXUAL_EXPLOITATION",
    "SEXUAL_ABUSE",
    "GENDER_BASED_VIOLENCE",
    "CORRUPTION",
    "FRAUD",
    "CODE_OF_CONDUCT_VIOLATION",
    "ENVIRONMENTAL_HEALTH_AND_SAFETY_ISSUES",
    "THREATS_AND_PHYSICAL_VIOLENCE",
    "ALCOHOL_OR_NARCOTIC_ABUSE",
    "CONFLICT_OF_INTEREST",
    "THEFT",
    "EMBEZZLEMENT",
    "GIFTS_BRIBES_AND_KICKBACKS",
    "PROCUREMENT_OR_TENDER_VIOLATION",
    "INSIDER_TRADING",
    "FALSIFICATION_OR_DESTRUCTION_OF_INFORMATION",
    "NEPOTISM_AND_FAVOURITISM",
    "ABUSE_OF_OFFICIAL_POSITION",
    "UNFAIR_TREATMENT_OF_EMPLOYEES",
    "UNFAIR_DISMISSAL",
    "HARASSMENT",
    "PRIVACY_AND_CONFIDENTIALITY_ISSUES",
    "WORKPLACE_BULLYING",
    "SEXUAL_HARASSMENT",
    "VANDALISM",
    "GIFTS_AND_HOSPITALITY",
    "ENVIRONMENTAL_VIOLATIONS",
    "FOOD_SAFETY",
    "RETALIATION_AGAINST_WHISTLEBLOWERS",
    "INAPPROPRIATE_BEHAVIOUR",
]


def say(provider: ScriptedProvider, *types: str, explanation: str = "Because.") -> None:
    provider.enqueue(Reply(content={"sensitivity_types": list(types), "explanation": explanation}))


def test_a_rating_has_its_shape(api: httpx.Client, provider: ScriptedProvider) -> None:
    say(provider, "THEFT", "FRAUD")
    body = api.post("/v1/detect-sensitive", json=one("They took my card.")).json()
    assert {key: body[key] for key in ("id", "is_sensitive", "explanation", "sensitivity_types")} == {
        "id": "r1",
        "is_sensitive": True,
        "explanation": "Because.",
        "sensitivity_types": ["THEFT", "FRAUD"],
    }


def test_all_33_types_are_offered_and_returned(api: httpx.Client, provider: ScriptedProvider) -> None:
    assert len(TYPES) == 33
    say(provider, *TYPES)
    assert api.post("/v1/detect-sensitive", json=one()).json()["sensitivity_types"] == TYPES
    asked = provider.requests[0]
    assert all(each in asked.system for each in TYPES)
    assert (asked.schema or {})["properties"]["sensitivity_types"]["items"]["enum"] == TYPES


def test_no_type_means_not_sensitive(api: httpx.Client, provider: ScriptedProvider) -> None:
    say(provider, explanation="Only about opening hours.")
    body = api.post("/v1/detect-sensitive", json=one()).json()
    assert (body["is_sensitive"], body["sensitivity_types"]) == (False, [])
    assert body["explanation"] == "Only about opening hours."


@pytest.mark.parametrize("nothing", ["{}", "[]", "null", '{"sensitivity_types": [], "explanation": ""}', '""'])
def test_no_result_means_not_sensitive(api: httpx.Client, provider: ScriptedProvider, nothing: str) -> None:
    provider.enqueue(Reply(content=nothing))
    body = api.post("/v1/detect-sensitive", json=one()).json()
    assert (body["is_sensitive"], body["sensitivity_types"]) == (False, [])
    assert body["explanation"] == "No sensitive content detected."


@pytest.mark.parametrize("content", ["", "  \n"])
def test_an_empty_record_is_rated_without_a_model(api: httpx.Client, provider: ScriptedProvider, content: str) -> None:
    body = api.post("/v1/detect-sensitive", json=one(content)).json()
    assert (body["id"], body["is_sensitive"], body["sensitivity_types"]) == ("r1", False, [])
    assert body["explanation"] == "No feedback content was provided."
    assert provider.requests == []


def test_an_unknown_type_is_asked_about_once_more(api: httpx.Client, provider: ScriptedProvider) -> None:
    say(provider, "MAGIC")
    say(provider, "THEFT")
    assert api.post("/v1/detect-sensitive", json=one()).json()["sensitivity_types"] == ["THEFT"]
    assert len(provider.requests) == 2


def test_an_unknown_type_twice_is_502(api: httpx.Client, provider: ScriptedProvider) -> None:
    for _ in range(3):
        say(provider, "THEFT", "MAGIC")
    error_of(api.post("/v1/detect-sensitive", json=one()), 502, "llm_error")
    assert len(provider.requests) == 2


def test_a_type_named_twice_is_returned_once(api: httpx.Client, provider: ScriptedProvider) -> None:
    say(provider, "THEFT", "THEFT")
    assert api.post("/v1/detect-sensitive", json=one()).json()["sensitivity_types"] == ["THEFT"]


def test_metadata_reaches_the_model_redacted_and_the_record_id_does_not(
    api: httpx.Client, provider: ScriptedProvider
) -> None:
    body = one() | {
        "feedback_record": {
            "id": "crm-11aa22",
            "content": "They took my card.",
            "metadata": {
                "created": "2026-07-01",
                "coding_level_1": "Cash card",
                "coding_level_2": "write to amina@example.org",
                "feedback_record_id": "FR-99-31",
            },
        }
    }
    assert api.post("/v1/detect-sensitive", json=body).status_code == 200
    (sent,) = provider.prompts()
    assert "Cash card" in sent
    assert "amina@example.org" not in sent
    assert "crm-11aa22" not in sent
    assert "FR-99-31" not in sent


FILTERED = {
    "refused prompt": content_filtered(),
    "filtered answer": Reply(content="", finish_reason="content_filter"),
}


@pytest.mark.parametrize("how", list(FILTERED))
def test_a_record_that_the_content_filter_refuses_is_flagged_for_a_person(
    api: httpx.Client, provider: ScriptedProvider, how: str
) -> None:
    provider.enqueue(FILTERED[how])
    answer = api.post("/v1/detect-sensitive", json=one())
    assert answer.status_code == 200
    found = answer.json()
    assert (found["is_sensitive"], found["sensitivity_types"]) == (True, [])
    assert "content filter" in found["explanation"]
    assert "person" in found["explanation"]
    assert len(provider.requests) == 1


def test_a_refused_record_of_a_batch_is_flagged_beside_the_others(
    api: httpx.Client, provider: ScriptedProvider
) -> None:
    harmless = {"sensitivity_types": [], "explanation": ""}
    provider.answer_with(lambda request: content_filtered() if "knife" in request.user else harmless)
    items = [{"id": str(number), "text": text} for number, text in enumerate(("He has a knife.", "Thank you."))]
    answer = api.post("/v1/detect-sensitive", json={"feedback_items": items})
    assert answer.status_code == 200
    assert [rating["is_sensitive"] for rating in answer.json()["ratings"]] == [True, False]


def test_a_key_that_the_provider_refuses_flags_nothing(api: httpx.Client, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(status=401))
    error = error_of(api.post("/v1/detect-sensitive", json=one()), 502, "llm_error")
    assert error["details"] == {"reason": "authentication"}
