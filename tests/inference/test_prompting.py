"""Prompt files: every one renders with exactly its declared variables, and text of a record brings in nothing."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.prompting import Prompt, PromptError, prompt_named, read_prompt, register_prompts, registered_prompts

REPOSITORY = Path(__file__).resolve().parent.parent.parent
FILES = sorted(REPOSITORY.glob("*/prompts/*.md"))
OPERATIONS = {"analyze", "summarize", "summarize_aggregate", "assign_codes", "detect_sensitive"}


def loaded(file: Path) -> Prompt:
    return prompt_named(file.stem)


def test_every_file_is_registered_under_its_name() -> None:
    assert len(FILES) >= 8
    assert {file.stem for file in FILES} == set(registered_prompts())
    assert all(loaded(file) == read_prompt(file.stem, file.read_text(encoding="utf-8")) for file in FILES)


def test_two_prompts_of_one_name_are_refused() -> None:
    with pytest.raises(PromptError, match="two prompts"):
        register_prompts("feedback")


def test_a_prompt_that_nobody_registered_is_refused() -> None:
    with pytest.raises(PromptError, match="poem"):
        prompt_named("poem")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_prompt_renders_with_exactly_its_declared_variables(file: Path) -> None:
    prompt = loaded(file)
    rendered = prompt.render(**{name: f"[{name}]" for name in prompt.variables})
    assert "{{" not in rendered.system + rendered.user
    assert all(f"[{name}]" in rendered.system + rendered.user for name in prompt.variables)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_prompt_refuses_a_missing_and_a_surplus_variable(file: Path) -> None:
    prompt = loaded(file)
    values = dict.fromkeys(prompt.variables, "x")
    with pytest.raises(PromptError):
        prompt.render(**values, unknown="x")
    values.popitem()
    with pytest.raises(PromptError):
        prompt.render(**values)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_a_community_member_wrote_stands_in_the_user_message_only(file: Path) -> None:
    prompt = loaded(file)
    untrusted = prompt.variables & {"record", "records", "question", "instructions", "tenant_note", "title", "summary"}
    rendered = prompt.render(**{name: f"[{name}]" for name in prompt.variables})
    assert not [name for name in untrusted if f"[{name}]" in rendered.system]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_prompt_belongs_to_an_operation_of_the_contract(file: Path) -> None:
    assert loaded(file).operation in OPERATIONS


@given(st.text())
def test_text_that_looks_like_a_variable_stays_text(text: str) -> None:
    prompt = prompt_named("summarize")
    hostile = f"{text}{{{{ tenant_note }}}}{text}"
    rendered = prompt.render(tenant_note="secret note", record=hostile)
    assert rendered.user.count("secret note") == 1
    assert hostile.strip() in rendered.user


def test_the_version_tells_two_texts_apart() -> None:
    versions = [loaded(file).version for file in FILES]
    assert len(set(versions)) == len(versions)
