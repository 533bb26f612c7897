"""Coding frameworks, their versions and codes, and the codes assigned to feedback records.

Constraints and triggers in the database (coding/migrations/0003) make sure that a code's parent belongs to the same
version, that a version belongs to its framework's tenant, that published versions do not change, that there are no
cycles, and that assignments are only added.
"""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from feedback.models import FeedbackRecord
from tenants.identifiers import uuid7
from tenants.scoped_models import SharedScopedManager, TenantScopedModel


class Strategy(models.TextChoices):
    """Ways of choosing codes. The answer has the same shape for all of them."""

    LEVEL_BY_LEVEL = "level_by_level", _("Level by level")
    ONE_SHOT = "one_shot", _("One call over the whole framework")
    SHORTLIST = "shortlist", _("One call over the most similar branches")
    OFFLINE = "offline", _("Offline, without a model")


class CodingPolicy(TenantScopedModel):
    """A tenant's rules for coding and publishing. Without a row: level by level, and one person may publish."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    strategy = models.CharField(_("strategy"), max_length=16, choices=Strategy, default=Strategy.LEVEL_BY_LEVEL)
    uses_judge = models.BooleanField(
        _("uses a judge"),
        default=True,
        help_text=_("A second call scores the codes that a one-call strategy has chosen."),
    )
    needs_second_person = models.BooleanField(
        _("needs a second person"), default=False, help_text=_("The people who edited a draft cannot publish it.")
    )

    class Meta(TenantScopedModel.Meta):
        verbose_name = _("coding policy")
        verbose_name_plural = _("coding policies")
        constraints = [models.UniqueConstraint(fields=["tenant"], name="one_coding_policy_per_tenant")]

    def __str__(self) -> str:
        return self.get_strategy_display()


class CodingFramework(TenantScopedModel):
    """A tree of codes in several versions. Those of the platform tenant are standards that every tenant may read."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("name"), max_length=255)
    description = models.TextField(_("description"), blank=True)
    languages = models.JSONField(
        _("languages"), default=list, blank=True, help_text=_('Languages of the labels, for example ["en", "fr"].')
    )
    copied_from_version_id = models.UUIDField(
        null=True, editable=False, help_text="Version of the standard framework that this one was copied from."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[SharedScopedManager] = SharedScopedManager()

    class Meta(TenantScopedModel.Meta):
        verbose_name = _("coding framework")
        verbose_name_plural = _("coding frameworks")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="one_framework_per_tenant_and_name"),
            models.UniqueConstraint(fields=["tenant", "id"], name="framework_with_its_tenant"),
        ]

    def __str__(self) -> str:
        return self.name


class VersionStatus(models.TextChoices):
    """Drafts are edited, the published version is used for coding, archived versions belong to earlier codings."""

    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    ARCHIVED = "archived", _("Archived")


class FrameworkVersion(TenantScopedModel):
    """A version of a framework: edited as a draft, frozen when published, archived when the next one is published.

    editors: actor ids of the people and keys that changed the draft. shape_hash: of ids, names and structure.
    content_hash: of all that the codes say. Both are empty in a draft.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    framework = models.ForeignKey(CodingFramework, on_delete=models.CASCADE, related_name="versions", editable=False)
    number = models.PositiveIntegerField(editable=False)
    status = models.CharField(max_length=16, choices=VersionStatus, default=VersionStatus.DRAFT, editable=False)
    notes = models.TextField(
        _("notes"), blank=True, help_text=_("Changes in this version, for the people who code with it.")
    )
    editors = models.JSONField(default=list, editable=False)
    content_hash = models.CharField(max_length=64, blank=True, editable=False)
    shape_hash = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    published_at = models.DateTimeField(null=True, editable=False)
    published_by = models.CharField(max_length=64, blank=True, editable=False)

    objects: ClassVar[SharedScopedManager] = SharedScopedManager()

    class Meta(TenantScopedModel.Meta):
        verbose_name = _("framework version")
        verbose_name_plural = _("framework versions")
        ordering = ["framework_id", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "framework", "number"], name="version_numbers_have_no_twins"),
            models.UniqueConstraint(
                fields=["tenant", "framework"],
                condition=models.Q(status=VersionStatus.DRAFT),
                name="one_draft_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["tenant", "framework"],
                condition=models.Q(status=VersionStatus.PUBLISHED),
                name="one_published_version_at_a_time",
            ),
            models.UniqueConstraint(fields=["tenant", "id"], name="version_with_its_tenant"),
        ]
        indexes = [models.Index(fields=["tenant", "shape_hash"], name="version_by_shape")]

    def __str__(self) -> str:
        return f"{self.framework} {self.number} ({self.get_status_display().lower()})"

    @property
    def is_draft(self) -> bool:
        return self.status == VersionStatus.DRAFT


class Code(TenantScopedModel):
    """A code of a version. stable_id: the same in every version. external_id: the id in the CRM."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.ForeignKey(FrameworkVersion, on_delete=models.CASCADE, related_name="codes", editable=False)
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="children")
    position = models.PositiveIntegerField(default=0, help_text="Place among the codes with the same parent, from 0.")
    stable_id = models.UUIDField(default=uuid7, editable=False)
    external_id = models.CharField(_("id in the CRM"), max_length=255, blank=True)
    name = models.CharField(_("name"), max_length=500)
    labels = models.JSONField(
        _("names in other languages"),
        default=dict,
        blank=True,
        help_text=_("One language per line, for example fr: Eau"),
    )
    definition = models.TextField(_("definition"), blank=True)
    definitions = models.JSONField(
        _("definitions in other languages"),
        default=dict,
        blank=True,
        help_text=_("One language per line, for example fr: Tout ce qui concerne l’eau"),
    )
    include = models.TextField(
        _("include"), blank=True, help_text=_("Feedback that belongs here although it may seem to belong elsewhere.")
    )
    exclude = models.TextField(
        _("exclude"), blank=True, help_text=_("Feedback that belongs to another code, and the name of that code.")
    )
    examples = models.JSONField(
        _("examples"), default=list, blank=True, help_text=_("Feedback that belongs here, one example per line.")
    )
    counter_examples = models.JSONField(
        _("counter-examples"),
        default=list,
        blank=True,
        help_text=_("Feedback that does not belong here, one example per line."),
    )
    aliases = models.JSONField(
        _("synonyms"), default=list, blank=True, help_text=_("Other words for the name in any language, one per line.")
    )
    is_sensitive = models.BooleanField(_("sensitive"), default=False)
    colour = models.CharField(
        _("colour"),
        max_length=7,
        blank=True,
        help_text=_("Written like #1a2b3c, and shown beside the code."),
    )
    owner = models.CharField(
        _("owner"), max_length=255, blank=True, help_text=_("Person or team that decides about this code.")
    )
    is_retired = models.BooleanField(
        _("retired"), default=False, help_text=_("No longer offered; earlier codings still refer to it.")
    )
    replaced_by = models.JSONField(
        default=list, blank=True, editable=False, help_text="Stable ids of the codes that replace this one."
    )
    extra = models.JSONField(default=dict, blank=True, editable=False)

    objects: ClassVar[SharedScopedManager] = SharedScopedManager()

    class Meta(TenantScopedModel.Meta):
        verbose_name = _("code")
        verbose_name_plural = _("codes")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "version", "stable_id"], name="one_code_per_stable_id"),
            models.UniqueConstraint(
                fields=["tenant", "version", "external_id"],
                condition=~models.Q(external_id=""),
                name="one_code_per_external_id",
            ),
            models.UniqueConstraint(fields=["tenant", "version", "id"], name="code_with_its_version"),
            models.CheckConstraint(condition=~models.Q(parent=models.F("id")), name="code_is_not_its_own_parent"),
            models.CheckConstraint(condition=~models.Q(name=""), name="code_has_a_name"),
        ]
        indexes = [models.Index(fields=["version", "parent", "position"], name="codes_in_order")]

    def __str__(self) -> str:
        return self.name


class FrameworkVectors(TenantScopedModel):
    """The vectors of the texts of a version's codes, for coding by meaning.

    source: model and version that made them. digest: a hash of the texts. vectors: half-precision floats, row by row.
    """

    version = models.ForeignKey(FrameworkVersion, on_delete=models.CASCADE, related_name="+")
    source = models.CharField(max_length=300)
    digest = models.BinaryField(max_length=32)
    vectors = models.BinaryField()
    made_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[SharedScopedManager] = SharedScopedManager()

    class Meta(TenantScopedModel.Meta):
        verbose_name = "framework vectors"
        verbose_name_plural = "framework vectors"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["tenant", "version", "source"], name="one_set_of_vectors_per_source")
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.source}"


class AssignmentSource(models.TextChoices):
    """The origin of a code: a model or a person."""

    AUTO = "auto", _("Auto-coding")
    MANUAL = "manual", _("Manual coding")


class CodeAssignment(TenantScopedModel):
    """A code assigned to a feedback record. Rows are only added. Evidence and reason are redacted.

    framework_version and code are empty if the CRM sent a tree that is no stored version; code_external_id and
    code_path name the code then.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    record_reference = models.CharField(max_length=255, help_text="Id of the record in the CRM.")
    # DO_NOTHING: assignments are deleted before their record (coding/records/erasure.py), and never changed.
    record = models.ForeignKey(
        FeedbackRecord, on_delete=models.DO_NOTHING, null=True, editable=False, related_name="+", db_index=False
    )
    framework_version = models.ForeignKey(FrameworkVersion, on_delete=models.PROTECT, null=True, related_name="+")
    code = models.ForeignKey(Code, on_delete=models.PROTECT, null=True, related_name="+")
    code_external_id = models.CharField(max_length=255, blank=True)
    code_path = models.JSONField(default=list)
    source = models.CharField(max_length=8, choices=AssignmentSource, default=AssignmentSource.AUTO)
    strategy = models.CharField(max_length=16, choices=Strategy, blank=True)
    model = models.CharField(max_length=255, blank=True)
    prompt_version = models.CharField(max_length=64, blank=True)
    redaction_version = models.CharField(max_length=64, blank=True)
    confidence_by_level = models.JSONField(default=list)
    confidence = models.FloatField(null=True)
    evidence = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    call_id = models.UUIDField(null=True)
    assigned_by = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantScopedModel.Meta):
        verbose_name = _("code assignment")
        verbose_name_plural = _("code assignments")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(confidence=None) | models.Q(confidence__range=(0, 1)),
                name="confidence_is_a_share",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "record_reference"], name="assignments_by_record"),
            models.Index(fields=["record", "code"], name="assignments_by_stored_record"),
            models.Index(fields=["tenant", "-created_at", "-id"], name="assignments_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.record_reference}: {' > '.join(self.code_path)}"


class MissingCodeStatus(models.TextChoices):
    """The decision of the framework's owner."""

    OPEN = "open", "Open"
    ACCEPTED = "accepted", "Accepted"
    DISMISSED = "dismissed", "Dismissed"


class MissingCode(TenantScopedModel):
    """A feedback record that no code of a framework fits, redacted, with the name that a model proposes for a code."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    framework_version = models.ForeignKey(FrameworkVersion, on_delete=models.PROTECT, related_name="+")
    record_reference = models.CharField(max_length=255, blank=True, editable=False)
    record = models.ForeignKey(FeedbackRecord, on_delete=models.CASCADE, null=True, editable=False, related_name="+")
    text = models.TextField(editable=False)
    proposed_name = models.CharField(max_length=500, blank=True, editable=False)
    call_id = models.UUIDField(null=True, editable=False)
    status = models.CharField(max_length=16, choices=MissingCodeStatus, default=MissingCodeStatus.OPEN, editable=False)
    accepted_as = models.UUIDField(
        null=True, editable=False, help_text="Stable id of the code that was made from this record."
    )
    decided_by = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantScopedModel.Meta):
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["tenant", "framework_version", "status"], name="missing_codes_to_decide")]

    def __str__(self) -> str:
        return self.proposed_name or "Unnamed"
