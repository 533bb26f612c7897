"""Imports of files: their progress, their encrypted files, and the mappings that people chose."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.identifiers import uuid7
from tenants.scoped_models import TenantScopedModel

MAX_STORED_ERRORS = 1_000


class ImportStatus(models.TextChoices):
    """draft: its file is stored, and its mapping is not yet confirmed."""

    DRAFT = "draft", _("Waiting for the mapping")
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Succeeded")
    PARTIALLY_FAILED = "partially_failed", _("Succeeded in part")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


OPEN = (ImportStatus.QUEUED, ImportStatus.RUNNING)


class ImportRun(TenantScopedModel):
    """One import of a file.

    rows_read: rows of the table that are done, the checkpoint. rows_total: counted before the import begins.
    checkpoint_at: when it moved.
    errors: the first MAX_STORED_ERRORS, without values of cells. actor_id: who imports. undone_at: when the import was
    taken back.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    file_name = models.CharField(max_length=255)
    file_bytes = models.BigIntegerField(default=0)
    options = models.JSONField(default=dict)
    mapping = models.JSONField(default=dict)
    source = models.CharField(max_length=255, blank=True)
    status = models.CharField(max_length=20, choices=ImportStatus, default=ImportStatus.QUEUED)
    rows_total = models.PositiveIntegerField(default=0)
    rows_read = models.PositiveIntegerField(default=0)
    rows_ok = models.PositiveIntegerField(default=0)
    rows_failed = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    errors = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    actor_id = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    checkpoint_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta(TenantScopedModel.Meta):
        verbose_name = "import"
        verbose_name_plural = "imports"
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["tenant", "id"], name="import_with_its_tenant")]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def storing_actor(self) -> str:
        """Return the name under which the import stores records, by which it is undone."""
        return f"import:{self.id}"


class ImportChunk(TenantScopedModel):
    """A piece of an import's file, encrypted with the tenant's data key. Deleted when the import has ended."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    encrypted = models.BinaryField()

    class Meta(TenantScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "run", "number"], name="one_chunk_of_an_import")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.number}"


class ImportLayout(TenantScopedModel):
    """The mapping that was last used for files with the same columns. digest: of the columns."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    digest = models.CharField(max_length=64)
    mapping = models.JSONField()
    used_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "digest"], name="one_mapping_per_layout")]

    def __str__(self) -> str:
        return self.digest


class ReplacedRecord(TenantScopedModel):
    """The state of a record before an import changed it, redacted like the record, for undoing the import.

    Deleted with the record. raw_text: the encrypted raw text, if there was one.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="replaced")
    record = models.ForeignKey("feedback.FeedbackRecord", on_delete=models.CASCADE, related_name="+")
    columns = models.JSONField()
    raw_text = models.BinaryField(null=True)

    class Meta(TenantScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "run", "record"], name="one_state_before_an_import")]

    def __str__(self) -> str:
        return str(self.record_id)
