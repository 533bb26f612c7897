"""The settings page names every variable that is read, and no other."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
READ = re.compile(r"""(?:env\.\w+|environ\.get|environ|getenv)[(\[]\s*["']([A-Z][A-Z0-9_]+)["']""")
FILES = ("settings.py", "web/gunicorn_conf.py", "serve.py")
SET_BY_US = {"DJANGO_SETTINGS_MODULE", "PYTHONPATH", "HOME", "PATH"}


def variables_read() -> set[str]:
    sources = [(REPOSITORY / "qfa_project" / name).read_text() for name in FILES]
    return {name for source in sources for name in READ.findall(source)} - SET_BY_US


def variables_documented() -> set[str]:
    rows = [line for line in (REPOSITORY / "docs" / "settings.md").read_text().splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", row.split("|")[1])}


def test_every_variable_that_is_read_is_on_the_settings_page() -> None:
    assert variables_read() - variables_documented() == set()


def test_the_settings_page_names_no_variable_that_nobody_reads() -> None:
    assert variables_documented() - variables_read() == set()


def test_the_search_finds_variables_at_all() -> None:
    assert {"SECRET_KEY", "LLM_MODEL", "BIND"} <= variables_read()
