"""Stored feedback records of a tenant, and the encrypted raw text of those that allow it.

The columns that people read contain redacted text. Raw text is stored only where the tenant's policy is `raw`, in a
table of its own, and only encrypted (feedback/storing/raw_text.py).
"""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone

from feedback.batches.models import Batch, BatchItem  # noqa: F401 (tables of this app)
from feedback.imports.models import (  # noqa: F401 (tables of this app)
    ImportChunk,
    ImportLayout,
    ImportRun,
    ReplacedRecord,
)
from tenants.identifiers import uuid7
from tenants.scoped_models import TenantScopedModel

DEFAULT_SOURCE = "api"
MAX_WORD_LENGTH = 255


def _word(**options: object) -> "models.CharField[str, str]":
    """Make a column for a word of the tenant's own, such as a channel. Empty means unset."""
    return models.CharField(max_length=MAX_WORD_LENGTH, blank=True, **options)  # type: ignore[arg-type]


class FeedbackRecord(TenantScopedModel):
    """A statement of a community member, redacted, with its metadata.

    external_id: the caller's id, unique per source. occurred_at: the order of lists. content_digest: of the normalised
    raw content, for duplicates. input_digest: of all that was redacted, as it was sent; empty after a change by hand.
    metadata: the contract's `created` and coding levels as they were sent.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    external_id = models.CharField(max_length=MAX_WORD_LENGTH)
    source = models.CharField(max_length=MAX_WORD_LENGTH, default=DEFAULT_SOURCE)
    content = models.TextField(blank=True)
    language = models.CharField(max_length=35, blank=True)
    collected_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    channel = _word()
    admin1 = _word()
    admin2 = _word()
    admin3 = _word()
    site = _word()
    sex = _word()
    age_band = _word()
    community_group = _word()
    priority = _word()
    status = _word()
    consent = models.BooleanField(null=True)
    is_sensitive = models.BooleanField(null=True)
    is_escalated = models.BooleanField(default=False)
    tags = models.JSONField(default=list)
    extra = models.JSONField(default=dict)
    metadata = models.JSONField(default=dict)
    redaction_version = models.CharField(max_length=64, blank=True)
    content_digest = models.BinaryField(max_length=32, default=bytes)
    input_digest = models.BinaryField(max_length=32, default=bytes)
    duplicate_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="duplicates")
    stored_by = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    occurred_at = models.GeneratedField(
        expression=Coalesce("collected_at", "created_at"), output_field=models.DateTimeField(), db_persist=True
    )
    # The configuration "simple" folds case and knows no stop words or stems, so that it serves every language.
    search = models.GeneratedField(
        expression=SearchVector("content", config="simple"), output_field=SearchVectorField(), db_persist=True
    )

    class Meta(TenantScopedModel.Meta):
        verbose_name = "feedback record"
        verbose_name_plural = "feedback records"
        ordering = ["-occurred_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "source", "external_id"], name="one_record_per_source_and_id"),
            models.UniqueConstraint(fields=["tenant", "id"], name="record_with_its_tenant"),
        ]
        indexes = [
            models.Index(fields=["tenant", "-occurred_at", "-id"], name="records_by_time"),
            models.Index(fields=["tenant", "language", "-occurred_at", "-id"], name="records_by_language"),
            models.Index(fields=["tenant", "channel", "-occurred_at", "-id"], name="records_by_channel"),
            models.Index(fields=["tenant", "status", "-occurred_at", "-id"], name="records_by_status"),
            models.Index(fields=["tenant", "admin1", "-occurred_at", "-id"], name="records_by_admin1"),
            models.Index(fields=["tenant", "content_digest"], name="records_by_content"),
            # What lists and the dashboard count: an index with all of it saves reading the texts.
            models.Index(
                fields=["tenant", "occurred_at"],
                include=["id", "language", "channel", "admin1", "status", "source", "is_sensitive", "is_escalated"],
                name="records_by_facts",
            ),
            GinIndex(fields=["search"], name="records_by_words"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.external_id}"

    @property
    def is_restricted(self) -> bool:
        """Tell whether only readers with the right to sensitive records may see this one."""
        return bool(self.is_sensitive) or self.is_escalated


class RawText(TenantScopedModel):
    """The raw text of a record, encrypted with the tenant's data key."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    record = models.OneToOneField(FeedbackRecord, on_delete=models.CASCADE, related_name="raw_text")
    encrypted = models.BinaryField()

    class Meta(TenantScopedModel.Meta):
        verbose_name = "raw text"

    def __str__(self) -> str:
        return str(self.record_id)
