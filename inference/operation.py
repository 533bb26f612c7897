"""Declare operations, for the orchestrator, the ledger and budgets."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings

from inference.offline.engine import OfflineAnswers
from usage.models import Rank


@dataclass(frozen=True)
class Operation:
    """A use case that calls a model.

    name: as in the ledger and the usage endpoints. rank: the default priority while a budget is spent, which a tenant
    or the platform can change. metadata: names of a record's metadata that its prompts may contain, unless
    ORCHESTRATOR_METADATA_FIELDS is set. restored_except: entity types whose placeholders stay in the caller's answer.
    offline: the answerers of the offline engine, by the name of the prompt. deadline_setting: the setting with its
    deadline in seconds.
    """

    name: str
    rank: Rank = Rank.NORMAL
    metadata: tuple[str, ...] = ()
    restored_except: frozenset[str] = frozenset()
    offline: OfflineAnswers = field(default_factory=dict, repr=False)
    deadline_setting: str = "OPERATION_DEADLINE_SECONDS"

    @property
    def deadline_seconds(self) -> float:
        seconds: float = getattr(settings, self.deadline_setting)
        return seconds

    @property
    def visible_metadata(self) -> tuple[str, ...]:
        """Return the names of metadata that the operation's prompts may contain, as configured or declared."""
        configured: str | None = settings.ORCHESTRATOR_METADATA_FIELDS.get(self.name)
        return self.metadata if configured is None else tuple(configured.split())

    def visible_part(self, metadata: Mapping[str, str]) -> dict[str, str]:
        """Return the part of a record's metadata that may reach the operation's prompts, without unset values."""
        return {name: metadata[name] for name in self.visible_metadata if metadata.get(name)}
