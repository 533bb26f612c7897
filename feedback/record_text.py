"""The text and metadata of a feedback record, for operations of both contract versions."""

from collections.abc import Mapping
from dataclasses import dataclass, field

CODING_LEVELS = ("coding_level_1", "coding_level_2", "coding_level_3")
METADATA = ("created", *CODING_LEVELS)
"""Metadata that operations may use; an operation declares which of it its prompts may see."""


@dataclass(frozen=True)
class RecordText:
    """id: the caller's, returned but not sent to a model. metadata: the set values of METADATA."""

    id: str
    content: str = field(repr=False)
    metadata: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_empty(self) -> bool:
        return not self.content.strip()
