"""One API call's redaction: what was taken out of its records, and how it is put back into the answer."""

import re
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TypeVar

from inference.redaction.answers import with_texts
from inference.redaction.entities import NAMED
from inference.redaction.errors import RedactionError, RedactionFailed, RedactionTimeout
from inference.redaction.generalise import generalise
from inference.redaction.neutralise import neutralise
from inference.redaction.policy import RedactionPolicy
from inference.redaction.quasi_identifiers import quasi_identifiers
from inference.redaction.reading import MARKS, Detector
from inference.redaction.spans import CUED_ONLY, Span, unite
from inference.redaction.writing import writing_for

Answer = TypeVar("Answer")

CERTAIN = 0.69
"""From this score on, a name in an answer is masked although no record of the call held it; 0.7 is the highest."""
MIN_KNOWN_NAME_LENGTH = 3
_WORD_START = re.compile(rf"(?<![\w{MARKS}])\S")
_WORD_CHAR = re.compile(rf"[\w{MARKS}]")


class RedactionSession:
    """Numbers placeholders once per call, across all its records; may be used by several threads."""

    def __init__(
        self,
        detector: Detector,
        policy: RedactionPolicy,
        deadline: float | None,
        *,
        is_redacting: bool = True,
    ) -> None:
        self._detector = detector
        self._policy = policy
        self._deadline = deadline
        self._is_redacting = is_redacting
        self._lock = threading.Lock()
        self._placeholders: dict[tuple[str, str], str] = {}
        self._values: dict[str, str] = {}
        self._numbers: Counter[str] = Counter()
        self._counts: Counter[str] = Counter()
        self._neutralised: Counter[str] = Counter()
        self._masked: Counter[str] = Counter()
        self._repaired: Counter[str] = Counter()
        self._typed: set[str] = set()
        self._could_identify = 0
        self._writing = writing_for(policy.placeholder_entities)

    @property
    def counts(self) -> Mapping[str, int]:
        """Number of values taken out by type, repetitions included."""
        return MappingProxyType(dict(self._counts))

    @property
    def neutralised(self) -> Mapping[str, int]:
        """Number of tricks taken out or escaped, by kind."""
        return MappingProxyType(dict(self._neutralised))

    @property
    def masked(self) -> Mapping[str, int]:
        """Number of personal values in the model's answers, by type."""
        return MappingProxyType(dict(self._masked))

    @property
    def repaired(self) -> Mapping[str, int]:
        """Number of placeholders that the model wrote in another spelling, by type."""
        return MappingProxyType(dict(self._repaired))

    @property
    def could_identify(self) -> int:
        """How many records name a role, an event and a place, which together may tell who it is without a name."""
        return self._could_identify

    def redact(self, text: str, *, is_counted: bool = True) -> str:
        """The text with placeholders for personal values, fit to stand between the tags of a prompt.

        is_counted: False for what was redacted before in this call. Raises RedactionError: then nothing may be sent.
        """
        with _failing_closed(self._deadline):
            neutralised: Counter[str] = Counter()
            text = neutralise(text, neutralised)
            spans = self._detector.find(text, self._policy, self._deadline) if self._is_redacting else []
            with self._lock:
                written = self._write(text, spans, neutralised)
                if is_counted:
                    self._neutralised += neutralised
                    self._counts.update(span.entity for span in spans)
            return written

    def redact_record(self, text: str) -> str:
        """The same for a whole feedback record, which is also looked over for quasi-identifiers."""
        with _failing_closed(self._deadline):
            quasi = quasi_identifiers(text, self._detector, self._deadline)
        with self._lock:
            self._could_identify += quasi.could_identify
        return self.redact(text)

    def redact_for_storage(self, text: str, *, is_counted: bool = True) -> str:
        """Return the text with placeholders, and otherwise as it was typed: for people, not for a prompt.

        Raises RedactionError: then nothing may be stored.
        """
        return self.restore(self.redact(text, is_counted=is_counted), self._policy.placeholder_entities)

    def restore(self, text: str, keep: Collection[str] = frozenset()) -> str:
        """The text with the values back in their places, in one pass; placeholders of types in keep are left standing.

        Escaped characters come back as typed. Placeholders without a value stay as they are.
        """
        return self._writing.read(self._respelled(text), lambda placeholder: self._value(placeholder, keep))

    def restore_answer(self, answer: Answer, keep: Collection[str] = frozenset()) -> Answer:
        """The same answer with every text in it restored."""
        return with_texts(answer, lambda text: self.restore(text, keep))

    def without_foreign(self, answer: Answer, prompt: str) -> Answer:
        """The same answer in which no placeholder is filled that did not stand in its prompt.

        A call's records share one numbering: without this a record could talk a model into writing a placeholder that
        stands for its neighbour's telephone number.
        """
        known = set(self._writing.spellings.ours.findall(prompt))

        def mark(written: str, placeholder: str) -> str:
            if placeholder in known or placeholder not in self._values:
                return written
            return self._writing.write(written, Counter())

        return with_texts(answer, lambda text: self._writing.spellings.replaced(text, mark))

    def mask(self, text: str, *, is_counted: bool = True) -> str:
        """Take personal values out of a model's answer that no placeholder put there; call it before restore.

        A value that a record of this call held becomes its placeholder again, any other `[ENTITY_TYPE]`. Names and
        short numbers that no record held are masked only with strong evidence, so that a summary and its counts stay
        readable. is_counted: False for what no model wrote. Raises RedactionError.
        """
        if not self._is_redacting:
            return text
        with _failing_closed(self._deadline):
            text = self._respelled(text, is_counted=is_counted)
            visible = self._writing.without_placeholders(text)
            spans = self._detector.find(visible, self._policy, self._deadline)
            with self._lock:
                certain = [span for span in spans if self._is_certain(span, visible)]
                spans = unite([*certain, *self._known_names(visible)])
                if is_counted:
                    self._masked.update(span.entity for span in spans)
                return self._masked_text(text, spans)

    def mask_answer(self, answer: Answer) -> Answer:
        """The same answer with every text in it masked."""
        return with_texts(answer, self.mask)

    def _write(self, text: str, spans: list[Span], neutralised: Counter[str]) -> str:
        pieces: list[str] = []
        position = 0
        for span in spans:
            pieces.append(self._writing.write(text[position : span.start], neutralised, self._typed))
            pieces.append(self._replacement(span.entity, text[span.start : span.end]))
            position = span.end
        pieces.append(self._writing.write(text[position:], neutralised, self._typed))
        return "".join(pieces)

    def _replacement(self, entity: str, value: str) -> str:
        if entity in self._policy.generalised_entities and (coarser := generalise(entity, value)) is not None:
            return coarser
        placeholder = self._placeholders.get((entity, value))
        if placeholder is None:
            self._numbers[entity] += 1
            placeholder = f"<{entity}_{self._numbers[entity]}>"
            self._placeholders[entity, value] = placeholder
            self._values[placeholder] = value
        return placeholder

    def _value(self, placeholder: str, keep: Collection[str]) -> str:
        if placeholder[1:-1].rpartition("_")[0] in keep:
            return placeholder
        return self._values.get(placeholder, placeholder)

    def _respelled(self, text: str, *, is_counted: bool = True) -> str:
        """The text with placeholders of this call in our spelling where the model chose another.

        A spelling that a record of the call typed itself stays: nobody can tell which of the two the model means.
        """

        def respell(written: str, placeholder: str) -> str:
            if written == placeholder or placeholder not in self._values or placeholder in self._typed:
                return written
            if is_counted:
                with self._lock:
                    self._repaired[placeholder[1:-1].rpartition("_")[0]] += 1
            return placeholder

        return self._writing.spellings.replaced(text, respell)

    def _is_certain(self, span: Span, text: str) -> bool:
        """Whether a span of an answer is masked: what a record held, and what is personal by more than a cue word."""
        if (span.entity, text[span.start : span.end]) in self._placeholders:
            return True
        return span.score >= CERTAIN if span.entity in NAMED else span.score != CUED_ONLY

    def _known_names(self, text: str) -> Iterator[Span]:
        """Names that a record of this call held, as they stood there.

        Each word is compared once with all names of a length: however many names the records hold, the cost is the
        text's.
        """
        names: dict[str, str] = {}
        for entity, value in self._placeholders:
            if entity in NAMED and len(value) >= MIN_KNOWN_NAME_LENGTH:
                names.setdefault(value, entity)
        lengths = sorted(set(map(len, names)))
        if not lengths:
            return
        for word in _WORD_START.finditer(text):
            start = word.start()
            for length in lengths:
                value = text[start : start + length]
                if value in names and not _WORD_CHAR.match(text, start + length):
                    yield Span(start, start + length, names[value])

    def _masked_text(self, text: str, spans: list[Span]) -> str:
        pieces: list[str] = []
        position = 0
        for span in spans:
            value = text[span.start : span.end]
            pieces += (
                text[position : span.start],
                self._placeholders.get((span.entity, value), f"[{span.entity}]"),
            )
            position = span.end
        return "".join([*pieces, text[position:]])


@contextmanager
def _failing_closed(deadline: float | None) -> Iterator[None]:
    """Let nothing but RedactionError out; other errors' texts could quote a record, so they are dropped."""
    if deadline is not None and time.monotonic() >= deadline:
        raise RedactionTimeout
    try:
        yield
    except RedactionError:
        raise
    except Exception as error:  # noqa: BLE001 -- after any error nothing may be sent
        raise RedactionFailed(type(error).__name__) from None
