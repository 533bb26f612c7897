"""Write the labels of a framework into a prompt: escaped, on one line, never redacted."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Self

from coding.frameworks.tree import CodeNode, PlacedCode, Tree, walk, written_path
from coding.strategies.prompt_budget import SEPARATOR, code_text, judge_text, shortened_texts
from inference.orchestrator import OperationRun
from inference.redaction import RedactionPolicy
from inference.redaction.neutralise import neutralise
from inference.redaction.writing import Writing, writing_for

WHITE_SPACE = re.compile(r"\s+")
LIKE_AN_ID = re.compile(r"\d+\.\s")


class LabelWriter:
    """Writes labels that cannot be taken for placeholders. entities: types that placeholders are named after."""

    def __init__(self, policy: RedactionPolicy) -> None:
        self.entities = policy.placeholder_entities
        self._writing: Writing = writing_for(self.entities)

    @classmethod
    def of(cls, run: OperationRun) -> Self:
        """Return the writer for the policy of a run's tenant."""
        return cls(RedactionPolicy.from_dict(run.origin.tenant.redaction_policy))

    def label(self, text: str) -> str:
        """Return a name or definition as one line that is safe inside the tags of a user message."""
        counts: Counter[str] = Counter()
        return self._writing.write(WHITE_SPACE.sub(" ", neutralise(text, counts)).strip(), counts)

    def options(self, nodes: Iterable[CodeNode]) -> str:
        """Return options numbered from 0, one per line."""
        return "\n".join(f"{number}: {self.label(node.name)}" for number, node in enumerate(nodes))

    def framework(self, tree: Tree, *, max_length: int | None = None) -> str:
        """Return the whole framework, with the codes that can be assigned numbered from 1.

        The same tree gives the same text. A branch that only repeats the name of its one code is left out. max_length:
        in characters. Names are always written in full; the other texts of the codes are shortened to fit.
        """
        codes = [placed for placed in walk(tree) if not _only_repeats(placed.code)]
        heads = self._heads(codes)
        named = sum(len(head) + 1 for head in heads)
        said = (
            [code_text(placed.code) for placed in codes]
            if max_length is None
            else shortened_texts(codes, max(0, max_length - named))
        )
        return "\n".join(_joined(head, self.label(text)) for head, text in zip(heads, said, strict=True))

    def _heads(self, codes: Sequence[PlacedCode]) -> list[str]:
        """Return indentation, number and name of each code."""
        heads = []
        number = 0
        for placed in codes:
            number += placed.code.is_leaf
            above = sum(not _only_repeats(node) for node in placed.path[:-1])
            name = self.label(placed.code.name)
            heads.append(" " * above + (f"{number}. {name}" if placed.code.is_leaf else _branch(name)))
        return heads

    def described(self, placed: PlacedCode) -> str:
        """Return the path of a code with its definition, on one line."""
        path = [node for node in placed.path if not _only_repeats(node)]
        return _joined(self.path(path), self.label(judge_text(placed.code)))

    def path(self, nodes: Sequence[CodeNode]) -> str:
        return written_path([self.label(node.name) for node in nodes])


def _only_repeats(node: CodeNode) -> bool:
    """Tell whether a branch says no more than its only code."""
    if len(node.children) != 1 or code_text(node):
        return False
    [code] = node.children
    return code.is_leaf and code.name.split() == node.name.split()


def _branch(name: str) -> str:
    """Return the name of a branch, in quotation marks if it looks like the number of a code."""
    return f'"{name}"' if LIKE_AN_ID.match(name) else name


def _joined(name: str, text: str) -> str:
    return f"{name}{SEPARATOR}{text}" if text else name
