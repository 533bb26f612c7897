"""The shipped demo framework and feedback records keep what the demo promises about them."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FIRST_WEEK = date(2026, 6, 1)
WEEKS = 12
WORDS_WE_DO_NOT_USE = re.compile(r"\b(beneficiar\w*|tickets?|cases?|users?)\b", re.IGNORECASE)
LOOKS_PERSONAL = re.compile(r"[\w.]+@[\w.]+|\+?\d[\d \-]{7,}\d|-?\d+\.\d{3,}")


@dataclass(frozen=True, kw_only=True)
class Code:
    """A node of the demo framework with the depth it was found at (1 is a type)."""

    id: str
    name: str
    definition: str
    include: str
    exclude: str
    examples: list[str]
    counter_examples: list[str]
    aliases: list[str]
    sensitive: bool
    children: list[dict[str, Any]]
    depth: int


@dataclass(frozen=True, kw_only=True)
class Record:
    """A line of the demo feedback; pii holds the exact personal substrings of the content."""

    id: str
    content: str
    created: str
    language: str
    channel: str
    region: str
    code: str | None
    sensitive: bool
    pii: list[str] = field(default_factory=list)

    @property
    def week(self) -> int:
        """Count weeks from the first one, which is 0."""
        return (datetime.fromisoformat(self.created).date() - FIRST_WEEK).days // 7


def walk(nodes: list[dict[str, Any]], depth: int = 1) -> Iterator[Code]:
    for node in nodes:
        yield Code(**node, depth=depth)
        yield from walk(node["children"], depth + 1)


@pytest.fixture(scope="module")
def framework() -> dict[str, Any]:
    text = (ROOT / "coding/demo/framework.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@pytest.fixture(scope="module")
def nodes(framework: dict[str, Any]) -> list[Code]:
    return list(walk(framework["root_codes"]))


@pytest.fixture(scope="module")
def leaves(nodes: list[Code]) -> dict[str, Code]:
    return {node.id: node for node in nodes if not node.children}


@pytest.fixture(scope="module")
def records() -> list[Record]:
    lines = (ROOT / "feedback/demo/records.jsonl").read_text(encoding="utf-8").splitlines()
    return [Record(**json.loads(line)) for line in lines]


def in_weeks(records: list[Record], code_prefix: str, first: int, last: int) -> int:
    """Count records of week first to last (from 1, both included) whose code begins with the prefix."""
    return sum((r.code or "").startswith(code_prefix) and first <= r.week + 1 <= last for r in records)


def words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def test_the_framework_is_as_large_as_promised(framework: dict[str, Any], nodes: list[Code]) -> None:
    per_depth = Counter(node.depth for node in nodes)
    assert framework.keys() == {"name", "version", "languages", "root_codes"}
    assert per_depth[1] >= 5
    assert per_depth[2] >= 20
    assert per_depth[3] >= 60
    assert max(per_depth) == 3


def test_framework_ids_are_unique_slugs_and_names_differ_among_siblings(nodes: list[Code]) -> None:
    assert len({node.id for node in nodes}) == len(nodes)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", node.id) for node in nodes)
    for node in nodes:
        names = [child["name"] for child in node.children]
        assert len(names) == len(set(names))


def test_every_code_is_defined_and_has_examples_of_its_own(leaves: dict[str, Code]) -> None:
    examples = [example for leaf in leaves.values() for example in leaf.examples]
    assert all(leaf.depth == 3 and leaf.definition for leaf in leaves.values())
    assert all(2 <= len(leaf.examples) <= 4 for leaf in leaves.values())
    assert len(examples) == len(set(examples))


def test_every_type_can_hold_what_fits_nowhere_else(framework: dict[str, Any]) -> None:
    for root in framework["root_codes"]:
        assert any(category["id"] == f"{root['id']}-other" for category in root["children"])


def test_what_stands_under_a_sensitive_node_is_sensitive(nodes: list[Code]) -> None:
    sensitive = [node for node in nodes if node.sensitive]
    assert sensitive
    assert all(child["sensitive"] for node in sensitive for child in node.children)


def test_the_framework_keeps_to_our_words(nodes: list[Code]) -> None:
    said = " ".join(f"{n.name} {n.definition} {n.include} {n.exclude} {n.examples}" for n in nodes)
    assert WORDS_WE_DO_NOT_USE.findall(said) == []


def test_there_are_enough_records_in_enough_languages(records: list[Record], framework: dict[str, Any]) -> None:
    per_language = Counter(record.language for record in records)
    assert len(records) >= 240
    assert len(per_language) >= 8
    assert min(per_language.values()) >= 8
    assert set(per_language) == set(framework["languages"])
    assert {r.channel for r in records} == {"hotline", "sms", "paper", "radio", "visit"}


def test_record_ids_and_texts_are_unique(records: list[Record]) -> None:
    assert len({record.id for record in records}) == len(records)
    assert len({words(r.content) or r.content for r in records}) == len(records)


def test_records_are_between_8_and_120_words_or_empty(records: list[Record]) -> None:
    lengths = [len(record.content.split()) for record in records]
    assert lengths.count(0) == 3
    assert min(length for length in lengths if length) >= 8
    assert 100 <= max(lengths) <= 120


def test_records_cover_twelve_weeks_in_order(records: list[Record]) -> None:
    created = [record.created for record in records]
    assert created == sorted(created)
    assert {record.week for record in records} == set(range(WEEKS))
    assert datetime.fromisoformat(created[0]).utcoffset() == timedelta(0)


def test_three_trends_are_visible(records: list[Record]) -> None:
    assert in_weeks(records, "request-shelter-tents", 1, 4) > 2 * in_weeks(records, "request-shelter-tents", 5, 12)
    assert in_weeks(records, "belief-prevention", 5, 8) > 3 * in_weeks(records, "belief-prevention", 9, 12)
    assert in_weeks(records, "complaint-cash", 9, 12) > 3 * in_weeks(records, "complaint-cash", 1, 8)


def test_every_code_of_the_framework_is_expected_by_some_record(records: list[Record], leaves: dict[str, Code]) -> None:
    assert {record.code for record in records if record.code} == set(leaves)


def test_about_eight_percent_are_sensitive_and_sensitive_codes_always_are(
    records: list[Record], leaves: dict[str, Code]
) -> None:
    assert 0.07 <= sum(record.sensitive for record in records) / len(records) <= 0.10
    assert all(record.sensitive for record in records if record.code and leaves[record.code].sensitive)


def test_every_personal_value_stands_in_its_record(records: list[Record]) -> None:
    assert all(value and value in record.content for record in records for value in record.pii)
    assert 0.28 <= sum(bool(record.pii) for record in records) / len(records) <= 0.40


def test_no_number_coordinate_or_address_is_left_out_of_the_personal_values(records: list[Record]) -> None:
    for record in records:
        rest = record.content
        for value in sorted(record.pii, key=len, reverse=True):
            rest = rest.replace(value, "")
        assert LOOKS_PERSONAL.findall(rest) == [], record.id


def test_mail_addresses_belong_to_the_reserved_domain(records: list[Record]) -> None:
    addresses = [value for record in records for value in record.pii if "@" in value]
    assert addresses
    assert all(address.endswith("@example.org") for address in addresses)


def test_awkward_texts_are_among_the_records(records: list[Record]) -> None:
    written = [record.content for record in records]
    assert all(any(mark in text for text in written) for mark in ('"', "\\", "\t", "\n", "</feedback_record>"))
    assert sum(record.code is None for record in records) == 7  # 3 empty, 3 injections, 1 without meaning


def test_no_example_of_the_framework_gives_a_record_away(records: list[Record], leaves: dict[str, Code]) -> None:
    """A record that repeats an example would make coding look better than it is."""
    written = [words(record.content) for record in records]
    examples = [e for leaf in leaves.values() for e in leaf.examples + leaf.counter_examples]
    assert [e for e in examples if any(words(e) in text for text in written)] == []
