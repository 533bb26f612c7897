"""The pages' own words in other languages: all of them, compiled as written, with the same placeholders."""

import gettext
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.contrib import admin
from django.test import Client
from django.utils.translation import override

from tests.support.web_server import REPOSITORY

LANGUAGES = [code for code, _ in settings.LANGUAGES if code != "en"]
PLACEHOLDER = re.compile(r"%\(\w+\)s|%%|</?[a-z]+>")
ARABIC = re.compile("[\u0600-\u06ff]")
WITHOUT_WORDS = shutil.ignore_patterns(".*", "tests", "bench", "docs", "static", "data", "*.gz", "__pycache__")


def _directory(language: str) -> Path:
    return Path(settings.LOCALE_PATHS[0], language, "LC_MESSAGES")


def messages(language: str) -> polib.POFile:
    return polib.pofile(str(_directory(language) / "django.po"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    with _directory(language).joinpath("django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    written = [message for message in messages(language) if not message.msgid_plural]
    assert len(written) > 400
    read = [compiled.pgettext(m.msgctxt, m.msgid) if m.msgctxt else compiled.gettext(m.msgid) for m in written]
    assert read == [each.msgstr for each in written]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated_with_its_placeholders(language: str) -> None:
    for message in messages(language):
        assert message.translated(), message.msgid
        for translation in message.msgstr_plural.values() or [message.msgstr]:
            assert translation.strip(), message.msgid
            assert sorted(PLACEHOLDER.findall(message.msgid)) == sorted(PLACEHOLDER.findall(translation)), message.msgid


def test_every_word_of_the_pages_is_there_to_be_translated(tmp_path: Path) -> None:
    if not shutil.which("xgettext"):
        if os.environ.get("CI"):
            pytest.fail("xgettext is missing: install gettext")
        pytest.skip("collecting the words needs xgettext")
    copy = shutil.copytree(REPOSITORY, tmp_path / "copy", ignore=WITHOUT_WORDS)
    command = [sys.executable, "manage.py", "makemessages", "--all", "--keep-pot", "--verbosity", "0"]
    subprocess.run(command, cwd=copy, check=True)
    found = {each.msgid for each in polib.pofile(str(copy / "locale" / "django.pot"))}
    for language in LANGUAGES:
        assert found == {each.msgid for each in messages(language)}, "make messages, then translate"


def test_every_screen_and_every_group_of_screens_is_named_in_arabic() -> None:
    with override("ar"):
        groups = {model._meta.app_config.verbose_name for model in admin.site._registry}
        screens = [model._meta for model in admin.site._registry]
        names = [str(name) for each in screens for name in (each.verbose_name, each.verbose_name_plural)]
        english = [name for name in [*map(str, groups), *names] if not ARABIC.search(name)]
    assert english == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sign_in_page_is_in_the_readers_language(language: str, database: None) -> None:
    page = Client(headers={"accept-language": language}).get("/admin/login/").content.decode()
    title = messages(language).find("Community feedback platform")
    assert title is not None
    assert title.msgstr in page
    assert f'<html lang="{language}"' in page
