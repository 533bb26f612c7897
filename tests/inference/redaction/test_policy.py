"""What a tenant may write as its policy, and what is refused with a reason."""

import time

import pytest

from inference.redaction import (
    CustomPattern,
    InvalidPattern,
    InvalidPolicy,
    RedactionPolicy,
    get_redactor,
    validate_custom_pattern,
)


def test_a_policy_survives_its_json_form() -> None:
    policy = RedactionPolicy(
        country_hints=("KE", "UG"),
        allow_list=("Red Cross",),
        kept_entities=frozenset({"URL"}),
        generalised_entities=frozenset({"AGE"}),
        extra_entities=frozenset({"LOCATION"}),
        custom_patterns=(CustomPattern("RATION_CARD", r"RC-[0-9]{3}"),),
    )
    assert RedactionPolicy.from_dict(policy.to_dict()) == policy


def test_the_version_follows_the_choices() -> None:
    assert RedactionPolicy().version == RedactionPolicy.from_dict({}).version
    assert RedactionPolicy().version != RedactionPolicy(country_hints=("KE",)).version


def test_nothing_is_kept_by_default() -> None:
    policy = RedactionPolicy()
    assert {"PERSON", "PHONE_NUMBER", "EMAIL_ADDRESS", "ID_NUMBER"} <= policy.redacted_entities
    assert not policy.may_be_switched_off


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"kept": []}, "unknown setting: kept"),
        ({"kept_entities": ["NAME"]}, "NAME is not one of"),
        ({"generalised_entities": ["PERSON"]}, "PERSON is not one of"),
        ({"extra_entities": ["PERSON"]}, "PERSON is not one of"),
        ({"country_hints": ["kenya"]}, "two-letter country code"),
        ({"country_hints": "KE"}, "a list of texts"),
        ({"allow_list": [1]}, "a list of texts"),
        ({"may_be_switched_off": "yes"}, "true or false"),
        ({"custom_patterns": ["x"]}, "a list of objects"),
        ({"custom_patterns": [{"entity": "RATION_CARD"}]}, "entity and pattern"),
        ({"custom_patterns": [{"entity": "ration", "pattern": "RC[0-9]+"}]}, "capital letters"),
        ({"custom_patterns": [{"entity": "PERSON", "pattern": "RC[0-9]+"}]}, "a type of its own"),
        ({"allow_list": {1, 2}}, "JSON"),
        (["x"], "an object"),
    ],
)
def test_a_policy_that_cannot_be_used_is_refused_with_its_reason(data: dict[str, object], reason: str) -> None:
    with pytest.raises(InvalidPolicy, match=reason):
        RedactionPolicy.from_dict(data)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("", "1 to 500 characters"),
        ("a" * 501, "1 to 500 characters"),
        ("(", "missing"),
        ("(?=x)y", "no look-around"),
        ("(?<!x)y0", "no look-around"),
        (r"(a)\1", "no back-references"),
        ("((x{1,1000}){1,1000}){1,1000}", "RE2"),
        (".*", "empty text"),
        ("(RC)?[0-9]*", "empty text"),
        ("[a-z]*", "empty text"),
        (r"\w+", "everyday sentences"),
        ("e|a|و", "everyday sentences"),
        ("(?s).+", "everyday sentences"),
        (r"\s", "everyday sentences"),
        (r"\n", "everyday sentences"),
        ("z", "everyday sentences"),
        ("(?s).{150,}", "everyday sentences"),
        (r"(\w+\s+){25,}", "everyday sentences"),
        ("[0-9]", "everyday sentences"),
        (r"[0-9]+/[0-9]+", "everyday sentences"),
        (r"\p{Cyrillic}+", "everyday sentences"),
        (r"\p{Ethiopic}", "everyday sentences"),
        (r"[^\x00-\x7f]", "everyday sentences"),
        ("[[:punct:]]", "everyday sentences"),
    ],
)
def test_a_pattern_that_cannot_be_trusted_is_refused_with_its_reason(pattern: str, reason: str) -> None:
    with pytest.raises(InvalidPattern, match=reason):
        validate_custom_pattern(pattern)


def test_ten_thousand_patterns_are_refused_before_any_is_compiled() -> None:
    patterns = [{"entity": "RATION_CARD", "pattern": f"RC{number}X[0-9]+"} for number in range(10_000)]
    started = time.process_time()
    with pytest.raises(InvalidPolicy, match="at most 100"):
        RedactionPolicy.from_dict({"custom_patterns": patterns})
    assert time.process_time() - started < 0.5


def test_as_many_patterns_as_allowed_do_not_hold_a_record_up() -> None:
    forms = "(?:x+x+)+y0", "(x|xx|xxx){1,40}y0", "x{1,400}y0", "(?:[a-z]*x)*y0"
    patterns = [{"entity": "TRAP", "pattern": f"{forms[number % 4]}{number}"} for number in range(100)]
    session = get_redactor().open_session(RedactionPolicy.from_dict({"custom_patterns": patterns}))
    started = time.process_time()
    assert session.redact("xz" * 5_000).startswith("xz")
    assert time.process_time() - started < 1.5


def test_a_tenants_own_numbers_are_found_in_any_digits() -> None:
    policy = RedactionPolicy(custom_patterns=(CustomPattern("RATION_CARD", r"\bRC-[0-9]{3}\b"),))
    session = get_redactor().open_session(policy)
    redacted = session.redact("cards RC-778 and RC-٧٧٩")
    assert redacted == "cards <RATION_CARD_1> and <RATION_CARD_2>"
    assert session.restore(redacted) == "cards RC-778 and RC-٧٧٩"


def test_a_pattern_that_would_backtrack_for_ever_takes_no_time() -> None:
    policy = RedactionPolicy(custom_patterns=(CustomPattern("TRAP", "(x+x+)+y0"),))
    session = get_redactor().open_session(policy)
    assert session.redact("x" * 60 + "xz" * 20_000).startswith("xxxx")
