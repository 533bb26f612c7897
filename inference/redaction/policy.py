"""A tenant's policy: which types are redacted, sent in clear or generalised. Strict by default."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import Any, Self

from django.utils.functional import cached_property

from inference.redaction.custom_patterns import MAX_PATTERNS, CustomPattern
from inference.redaction.entities import ALWAYS, GENERALISABLE, ON_REQUEST, Entity
from inference.redaction.errors import InvalidPolicy

ENGINE_VERSION = "3"
"""Part of every policy version: raised when the same text would be redacted differently."""


@dataclass(frozen=True)
class RedactionPolicy:
    """A tenant's choices.

    country_hints: ISO 3166 codes of the countries whose local phone numbers are expected, e.g. ("KE", "UG").
    allow_list: values that are never personal here (the organisation's own name, hotline, places); compared
    without regard to case.
    kept_entities: types sent to the model in clear. generalised_entities: types replaced by something coarser
    (an age band, a year, coordinates to one decimal), not restored in the answer. extra_entities: types that are
    redacted on request only.
    may_be_switched_off: whether a caller's `anonymize: false` is honoured; the caller of this package audits it.
    """

    country_hints: tuple[str, ...] = ()
    allow_list: tuple[str, ...] = ()
    kept_entities: frozenset[str] = frozenset()
    generalised_entities: frozenset[str] = frozenset()
    extra_entities: frozenset[str] = frozenset()
    custom_patterns: tuple[CustomPattern, ...] = ()
    may_be_switched_off: bool = False

    def __post_init__(self) -> None:
        for name in ("kept_entities", "generalised_entities", "extra_entities"):
            object.__setattr__(self, name, frozenset(str(entity) for entity in getattr(self, name)))
        custom = {pattern.entity for pattern in self.custom_patterns}
        _refuse_unknown("kept_entities", self.kept_entities, frozenset(Entity) | custom)
        _refuse_unknown("generalised_entities", self.generalised_entities, GENERALISABLE)
        _refuse_unknown("extra_entities", self.extra_entities, ON_REQUEST)
        for hint in self.country_hints:
            if len(hint) != 2 or not hint.isascii() or not hint.isalpha() or not hint.isupper():
                raise InvalidPolicy(f"country_hints: {hint!r} is not a two-letter country code in capitals")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "RedactionPolicy":
        """Read a policy as a JSON column stores it; equal content gives one object. Raises InvalidPolicy."""
        try:
            written = json.dumps(data, sort_keys=True)
        except TypeError as error:
            raise InvalidPolicy("a policy is made of JSON values") from error
        return _read(written)

    @classmethod
    def _from_dict(cls, data: Mapping[str, Any]) -> Self:
        if not isinstance(data, Mapping):
            raise InvalidPolicy("a policy is an object")
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(data) - known):
            raise InvalidPolicy(f"unknown setting: {', '.join(unknown)}; known are {', '.join(sorted(known))}")
        may_be_switched_off = data.get("may_be_switched_off", False)
        if not isinstance(may_be_switched_off, bool):
            raise InvalidPolicy("may_be_switched_off: true or false")
        return cls(
            country_hints=_strings(data, "country_hints"),
            allow_list=_strings(data, "allow_list"),
            kept_entities=frozenset(_strings(data, "kept_entities")),
            generalised_entities=frozenset(_strings(data, "generalised_entities")),
            extra_entities=frozenset(_strings(data, "extra_entities")),
            custom_patterns=_custom_patterns(data.get("custom_patterns", [])),
            may_be_switched_off=may_be_switched_off,
        )

    def to_dict(self) -> dict[str, Any]:
        """The form that from_dict reads."""
        return {
            name: sorted(value) if isinstance(value, frozenset) else list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }

    @cached_property
    def version(self) -> str:
        """Short hash of the choices and of the engine: the same version redacts the same text the same way."""
        written = json.dumps([ENGINE_VERSION, self.to_dict()], sort_keys=True)
        return hashlib.sha256(written.encode()).hexdigest()[:12]

    @cached_property
    def redacted_entities(self) -> frozenset[str]:
        """Types that are looked for and taken out, generalised ones included."""
        custom = {pattern.entity for pattern in self.custom_patterns}
        wanted = {str(entity) for entity in ALWAYS} | self.extra_entities | self.generalised_entities | custom
        return frozenset(wanted - self.kept_entities)

    @cached_property
    def placeholder_entities(self) -> frozenset[str]:
        """Every type a placeholder could be named after under this policy."""
        return frozenset(str(entity) for entity in Entity) | {pattern.entity for pattern in self.custom_patterns}

    @cached_property
    def allowed_values(self) -> frozenset[str]:
        """The allow list as it is compared."""
        return frozenset(" ".join(value.casefold().split()) for value in self.allow_list)


@lru_cache(maxsize=512)
def _read(written: str) -> RedactionPolicy:
    return RedactionPolicy._from_dict(json.loads(written))  # noqa: SLF001 -- its second half, behind a cache


def _refuse_unknown(name: str, given: frozenset[str], possible: frozenset[str]) -> None:
    if unknown := sorted(given - possible):
        raise InvalidPolicy(f"{name}: {', '.join(unknown)} is not one of {', '.join(sorted(possible))}")


def _strings(data: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = data.get(name, [])
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise InvalidPolicy(f"{name}: a list of texts")
    return tuple(value)


def _custom_patterns(value: object) -> tuple[CustomPattern, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, Mapping) for item in value):
        raise InvalidPolicy("custom_patterns: a list of objects with entity and pattern")
    if len(value) > MAX_PATTERNS:
        raise InvalidPolicy(
            f"custom_patterns: at most {MAX_PATTERNS}; one pattern can hold several forms: RC-[0-9]+|HH-[0-9]+"
        )
    patterns = []
    for item in value:
        if set(item) != {"entity", "pattern"} or not all(isinstance(part, str) for part in item.values()):
            raise InvalidPolicy("custom_patterns: a pattern has the texts entity and pattern, and nothing else")
        patterns.append(CustomPattern(entity=item["entity"], pattern=item["pattern"]))
    return tuple(patterns)
