"""The pages' own words in other languages: compiled as written, with the same placeholders."""

import ast
import gettext
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

LANGUAGES = [code for code, _ in settings.LANGUAGES if code != "en"]
PLACEHOLDER = re.compile(r"%\(\w+\)s")


def written(language: str) -> dict[str, str]:
    """What the .po file says: one msgid and one msgstr a message, each on a line."""
    text = _directory(language).joinpath("django.po").read_text()
    pairs = re.findall(r'^msgid (".+")\nmsgstr (".*")$', text, re.MULTILINE)
    return {ast.literal_eval(original): ast.literal_eval(translated) for original, translated in pairs}


def _directory(language: str) -> Path:
    return Path(settings.LOCALE_PATHS[0], language, "LC_MESSAGES")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    with _directory(language).joinpath("django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    messages = written(language)
    assert len(messages) > 50
    assert {original: compiled.gettext(original) for original in messages} == messages


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated_with_its_placeholders(language: str) -> None:
    for original, translated in written(language).items():
        assert translated.strip(), original
        assert sorted(PLACEHOLDER.findall(original)) == sorted(PLACEHOLDER.findall(translated)), original


def test_the_languages_translate_the_same_messages() -> None:
    assert len({frozenset(written(language)) for language in LANGUAGES}) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sign_in_page_is_in_the_readers_language(language: str, database: None) -> None:
    page = Client(headers={"accept-language": language}).get("/admin/login/").content.decode()
    assert written(language)["Community feedback platform"] in page
    assert f'<html lang="{language}"' in page
