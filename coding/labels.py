"""Framework labels as they stand in a prompt: escaped, on one line, never redacted."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from coding.briefs import SEPARATOR, briefs, said_of
from coding.tree import CodeNode, PlacedCode, Tree, walk, written_path
from inference.orchestrator import OperationRun
from inference.redaction import RedactionPolicy
from inference.redaction.neutralise import neutralise
from inference.redaction.writing import Writing, writing_for

WHITE_SPACE = re.compile(r"\s+")


class LabelWriter:
    """Writes labels beside the placeholders of one run."""

    def __init__(self, run: OperationRun) -> None:
        policy = RedactionPolicy.from_dict(run.origin.tenant.redaction_policy)
        self._writing: Writing = writing_for(policy.placeholder_entities)

    def label(self, text: str) -> str:
        """A name or definition of a framework, fit to stand on a line of its own inside the tags of a user message."""
        counts: Counter[str] = Counter()
        return self._writing.write(WHITE_SPACE.sub(" ", neutralise(text, counts)).strip(), counts)

    def options(self, nodes: Iterable[CodeNode]) -> str:
        """Options numbered from 0, one a line."""
        return "\n".join(f"{number}: {self.label(node.name)}" for number, node in enumerate(nodes))

    def framework(self, tree: Tree, *, longest: int | None = None) -> str:
        """The whole framework, codes that can be assigned numbered from 1: the same text for the same tree.

        longest: characters. Names always stand; what is said of codes beside them is shortened to fit.
        """
        codes = list(walk(tree))
        heads = self._heads(codes)
        named = sum(len(head) + len(SEPARATOR) + 1 for head in heads)
        said = [said_of(placed.code) for placed in codes] if longest is None else briefs(codes, max(0, longest - named))
        return "\n".join(_joined(head, self.label(text)) for head, text in zip(heads, said, strict=True))

    def _heads(self, codes: Sequence[PlacedCode]) -> list[str]:
        """What stands before the texts of each code: indentation, number, name."""
        heads = []
        number = 0
        for placed in codes:
            number += placed.code.is_leaf
            mark = f"{number}. " if placed.code.is_leaf else ""
            heads.append("  " * (placed.level - 1) + mark + self.label(placed.code.name))
        return heads

    def described(self, node: CodeNode) -> str:
        """A code's name with what the framework says of it, on one line."""
        return _joined(self.label(node.name), self.label(said_of(node)))

    def path(self, nodes: Sequence[CodeNode]) -> str:
        return written_path([self.label(node.name) for node in nodes])


def _joined(name: str, text: str) -> str:
    return f"{name}{SEPARATOR}{text}" if text else name
