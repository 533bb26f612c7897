"""Read and render prompt files, whose front matter names the operation, version and variables.

A file has a `## system` and a `## user` part; `{{ name }}` stands for a variable. Rendering takes exactly the declared
variables. Their values are not rendered again, so that text of a record cannot insert another variable.
"""

import hashlib
import importlib.resources
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
PARTS = re.compile(r"\A\s*## system\n(.*?)\n## user\n(.*)\Z", re.DOTALL)
VARIABLE = re.compile(r"\{\{ ([a-z_]+) \}\}")


class PromptError(Exception):
    """A prompt file is malformed, or was rendered with other variables than it declares."""


@dataclass(frozen=True)
class RenderedPrompt:
    """The two messages of a call."""

    system: str = field(repr=False)
    user: str = field(repr=False)


@dataclass(frozen=True)
class Prompt:
    """A version of a prompt. version: as declared, plus a digest that distinguishes edits in the ledger."""

    name: str
    operation: str
    version: str
    variables: frozenset[str]
    system: str = field(repr=False)
    user: str = field(repr=False)

    def render(self, **values: str) -> RenderedPrompt:
        """Fill in the variables. Raises PromptError when they are not exactly the declared ones."""
        if frozenset(values) != self.variables:
            raise PromptError(f"{self.name} takes {sorted(self.variables)}, was given {sorted(values)}")
        return RenderedPrompt(_fill(self.system, values), _fill(self.user, values))


def _fill(template: str, values: dict[str, str]) -> str:
    return VARIABLE.sub(lambda match: values[match.group(1)], template).strip()


_prompts: dict[str, Prompt] = {}


def register_prompts(room: str) -> None:
    """Read every file of `<app>/prompts/`. Raises PromptError, also for a name that another app uses."""
    for file in importlib.resources.files(room).joinpath("prompts").iterdir():
        name = file.name.removesuffix(".md")
        if name in _prompts:
            raise PromptError(f"{name}: two prompts have this name")
        _prompts[name] = read_prompt(name, file.read_text(encoding="utf-8"))


def registered_prompts() -> Mapping[str, Prompt]:
    return MappingProxyType(_prompts)


def prompt_named(name: str) -> Prompt:
    """Return the current version of a prompt. Callers look it up at every call and do not cache it."""
    try:
        return _prompts[name]
    except KeyError:
        raise PromptError(f"{name}: there is no such prompt") from None


def read_prompt(name: str, text: str) -> Prompt:
    """Read a prompt file. Raises PromptError."""
    head = FRONT_MATTER.match(text)
    parts = PARTS.match(text[head.end() :]) if head else None
    if head is None or parts is None:
        raise PromptError(f"{name}: front matter, ## system and ## user are needed")
    meta = dict(line.split(": ", 1) for line in head.group(1).splitlines())
    declared = frozenset(meta["variables"].split())
    used = frozenset(VARIABLE.findall(parts.group(1) + parts.group(2)))
    if declared != used:
        raise PromptError(f"{name}: declares {sorted(declared)}, uses {sorted(used)}")
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return Prompt(name, meta["operation"], f"{meta['version']}-{digest}", declared, parts.group(1), parts.group(2))


def number_records(texts: Iterable[str]) -> str:
    """Join redacted records, numbered from 1, because ids are not sent."""
    return "\n".join(
        f'<feedback_record number="{number}">\n{text}\n</feedback_record>' for number, text in enumerate(texts, start=1)
    )
