"""Models of the model catalogue and of the privacy counts."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.identifiers import uuid7
from tenants.scoped_models import SharedScopedManager, TenantScopedModel


class ModelType(models.TextChoices):
    """The origin of a model."""

    BASE = "base", "Base"
    FINE_TUNED = "fine-tuned", "Fine-tuned"
    EXTERNAL = "external", "External"


class ModelStatus(models.TextChoices):
    """Only approved models are called."""

    DRAFT = "draft", "Draft"
    UNDER_REVIEW = "under_review", "Under review"
    APPROVED = "approved", "Approved"
    DEPRECATED = "deprecated", "Deprecated"


class ModelCatalogEntry(TenantScopedModel):
    """A model with a responsible owner. Calls to a model without an approved entry are refused."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=255, help_text="The model string as it is called, for example azure/gpt-4o.")
    version = models.CharField(max_length=64, default="1")
    type = models.CharField(max_length=16, choices=ModelType, default=ModelType.EXTERNAL)
    status = models.CharField(max_length=16, choices=ModelStatus, default=ModelStatus.DRAFT)
    owner_team = models.CharField(max_length=255, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    storage_uri = models.CharField(max_length=1024, blank=True)
    evaluation_summary = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[SharedScopedManager] = SharedScopedManager()

    class Meta(TenantScopedModel.Meta):
        verbose_name = _("model")
        verbose_name_plural = _("model catalogue")
        ordering = ["name", "version"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "name", "type", "version"], name="one_entry_per_model_type_and_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class Finding(models.TextChoices):
    """The result of redaction for a detected value."""

    REDACTED = "redacted", _("Kept back from the model")
    MASKED = "masked", _("Taken out of an answer")
    REPAIRED = "repaired", _("Placeholders put right in an answer")
    NEUTRALISED = "neutralised", _("Tricks made harmless")
    COULD_IDENTIFY = "could_identify", _("Records that could tell who it is")


class PrivacyCount(TenantScopedModel):
    """The number of redaction findings of a tenant, by day in the site's time zone, operation and kind.

    kind: the type of the value or of the injection; "" for records. Written by inference/privacy/counts.py.
    """

    day = models.DateField()
    operation = models.CharField(max_length=32)
    finding = models.CharField(max_length=16, choices=Finding)
    kind = models.CharField(max_length=64)
    count = models.BigIntegerField()

    class Meta(TenantScopedModel.Meta):
        verbose_name = _("privacy count")
        verbose_name_plural = _("privacy counts")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["tenant", "day", "operation", "finding", "kind"], name="one_count_a_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.operation} {self.finding} {self.kind}: {self.count}"


class CachedEmbedding(TenantScopedModel):
    """The vector of a redacted text, so that it is not computed again. The text itself is not stored.

    digest: a hash of tenant, model, kind and redacted text. vector: half-precision floats of a vector of unit length.
    used_on: the last day on which it was read.
    """

    digest = models.BinaryField(max_length=32)
    vector = models.BinaryField()
    used_on = models.DateField(default=timezone.localdate)

    class Meta(TenantScopedModel.Meta):
        verbose_name = "cached embedding"
        verbose_name_plural = "cached embeddings"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["tenant", "digest"], name="one_embedding_per_text")]
        indexes = [models.Index(fields=["used_on"], name="embeddings_by_last_use")]

    def __str__(self) -> str:
        return bytes(self.digest).hex()
