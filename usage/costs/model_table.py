"""Entries of LiteLLM's table of models, read from the file of the installed package.

Importing LiteLLM itself would take seconds. The table has thousands of models, of which few are needed: entries are
searched for in the text, so that no process holds all of it.
"""

import importlib.util
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

TABLE = "model_prices_and_context_window_backup.json"
DECODER = json.JSONDecoder(parse_float=str)  # the exact decimals, not floats


@lru_cache(maxsize=256)
def entry_of(model: str) -> dict[str, Any]:
    """Return the entry of a model, under the whole string or under its name with the same provider.

    Empty for an unknown model. Callers must not change it.
    """
    provider, _, name = model.partition("/")
    text = _text()
    by_name = _entry(text, name)
    return _entry(text, model) or (by_name if by_name.get("litellm_provider") == provider else {})


def _entry(text: str, key: str) -> dict[str, Any]:
    head = re.search(rf"^ {{1,4}}{re.escape(json.dumps(key))}\s*:\s*(?={{)", text, re.MULTILINE)
    entry: dict[str, Any] = DECODER.raw_decode(text, head.end())[0] if head else {}
    return entry


def _text() -> str:
    package = importlib.util.find_spec("litellm")
    if package is None or not package.submodule_search_locations:
        return ""
    return (Path(package.submodule_search_locations[0]) / TABLE).read_text(encoding="utf-8")
