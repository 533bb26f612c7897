"""Tenants, the people and keys that act for them, and the audit log of their acts."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.identifiers import PLATFORM_TENANT_ID, uuid7
from tenants.scoped_models import TenantScopedModel

MAX_RETENTION_DAYS = 36_500


class TenantQuerySet(models.QuerySet["Tenant"]):
    """Querysets of tenants."""

    def organisations(self) -> "TenantQuerySet":
        """Return the open tenants of organisations, without the platform tenant."""
        return self.filter(closed_at=None).exclude(id=PLATFORM_TENANT_ID)


class Storage(models.TextChoices):
    """The stored text of a tenant's feedback. Raw text is encrypted, and stored beside the redacted text."""

    OFF = "off", "Nothing"
    REDACTED = "redacted", "Redacted text"
    RAW = "raw", "Redacted text, and raw text encrypted"


class Tenant(models.Model):
    """An organisation. Its data is invisible to all others."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=255)
    slug = models.SlugField(max_length=63, unique=True)
    allows_superusers = models.BooleanField(
        default=False, help_text="Allow superuser keys for this tenant. They see every tenant."
    )
    storage = models.CharField(
        max_length=8,
        choices=Storage,
        default=Storage.REDACTED,
        help_text="Store feedback records and their codes: not at all, with redacted text, or with raw text as well.",
    )
    retention_days = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_RETENTION_DAYS)],
        help_text="Erase feedback records so many days after they were stored. Empty means never.",
    )
    refused_operations = models.JSONField(
        default=list, blank=True, help_text='Operations that this tenant may not use, for example ["analyze"].'
    )
    redaction_policy = models.JSONField(
        default=dict,
        blank=True,
        help_text="Changes to the default redaction policy. See docs/redaction.md for the keys.",
    )
    prompt_note = models.TextField(
        max_length=2000,
        blank=True,
        help_text="Context for the model, such as place names and acronyms of the operation.",
    )
    requests_per_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="Further requests are refused with 429. Empty means no limit."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("tenant")
        verbose_name_plural = _("tenants")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def stores_records(self) -> bool:
        return self.storage != Storage.OFF


class User(AbstractUser):
    """A person who signs in. Rights come from memberships; is_superuser is not used."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            # Django gives a superuser every right without asking our backend.
            models.CheckConstraint(condition=models.Q(is_superuser=False), name="rights_come_from_roles"),
        ]


class SignInAttempt(models.Model):
    """A sign-in attempt that failed or is still running. The limits are in tenants/pages/sign_in.py."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name_digest = models.BinaryField(max_length=32)
    address_digest = models.BinaryField(max_length=32)
    attempted_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return str(self.attempted_at)


class Role(models.TextChoices):
    """The role of a person in a tenant. Its rights are in tenants/roles.py."""

    PLATFORM_ADMIN = "platform_admin", "Platform admin"
    TENANT_MANAGER = "tenant_manager", "Tenant manager"
    FRAMEWORK_EDITOR = "framework_editor", "Framework editor"
    REVIEWER = "reviewer", "Reviewer"
    ANALYST = "analyst", "Analyst"
    VIEWER = "viewer", "Viewer"


class Membership(TenantScopedModel):
    """A person's role in a tenant. Platform admins are members of the platform tenant."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=32, choices=Role)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantScopedModel.Meta):
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ["user__username"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user"], name="one_membership_per_tenant_and_user"),
            models.CheckConstraint(
                condition=~models.Q(role=Role.PLATFORM_ADMIN) | models.Q(tenant_id=PLATFORM_TENANT_ID),
                name="platform_admins_belong_to_the_platform_tenant",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"


class ApiKey(TenantScopedModel):
    """A caller's key. Only its SHA-256 is stored: a slow hash would add nothing, because the secret is random."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=255)
    prefix = models.CharField(max_length=12, unique=True, null=True, editable=False)  # noqa: DJ001 (unique, or not known)
    secret_hash = models.BinaryField(max_length=32, null=True, unique=True, editable=False)
    legacy_hash = models.CharField(max_length=128, null=True, unique=True, editable=False)  # noqa: DJ001 (unique, or gone)
    first_key_id = models.UUIDField(null=True, editable=False)
    is_superuser = models.BooleanField(default=False, help_text="Allow the admin endpoints and access to every tenant.")
    scopes = models.JSONField(default=list, blank=True, help_text="Operations that the key may call. Empty means all.")
    allowed_networks = models.JSONField(
        default=list, blank=True, help_text="Networks in CIDR notation. Empty means any."
    )
    requests_per_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="Further requests are refused with 429. Empty means no limit."
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantScopedModel.Meta):
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="one_api_key_per_tenant_and_name"),
            models.CheckConstraint(
                condition=models.Q(secret_hash__isnull=False) | models.Q(legacy_hash__isnull=False),
                name="api_key_has_a_hash",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def series_id(self) -> uuid.UUID:
        """Return the id of the first key of a series, for limits, budgets and reports."""
        return self.first_key_id or self.id


class AuditEvent(TenantScopedModel):
    """An act in the audit log. Rows are only added; each contains the hash of the row before it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sequence = models.PositiveBigIntegerField(editable=False)
    timestamp = models.DateTimeField(editable=False)
    actor_id = models.CharField(max_length=64, help_text="key:<id>, user:<id> or command:<name>")
    action = models.CharField(max_length=64)
    resource_type = models.CharField(max_length=64)
    resource_id = models.CharField(max_length=64, blank=True)
    result = models.CharField(max_length=16, default="ok")
    metadata = models.JSONField(default=dict, help_text="Ids and facts only, never feedback text.")
    previous_hash = models.BinaryField(max_length=32, editable=False)
    hash = models.BinaryField(max_length=32, editable=False)

    class Meta(TenantScopedModel.Meta):
        verbose_name = _("audit event")
        verbose_name_plural = _("audit log")
        ordering = ["-sequence"]
        indexes = [models.Index(fields=["tenant", "resource_id"], name="audit_by_tenant_and_resource")]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "sequence"], name="audit_sequence_has_no_twins"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.action}"


class IdempotentRequest(TenantScopedModel):
    """A request with an Idempotency-Key, and its first answer, encrypted, for a day."""

    class Status(models.TextChoices):
        RUNNING = "running"
        DONE = "done"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    api_key_id = models.UUIDField()
    path = models.CharField(max_length=255)
    key_digest = models.BinaryField(max_length=32)
    body_digest = models.BinaryField(max_length=32)
    status = models.CharField(max_length=8, choices=Status, default=Status.RUNNING)
    request_id = models.UUIDField()
    lease_until = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    response_status = models.PositiveSmallIntegerField(null=True)
    response_encrypted = models.BinaryField(null=True)

    class Meta(TenantScopedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "api_key_id", "path", "key_digest"], name="one_claim_per_idempotency_key"
            ),
        ]


class DataKey(TenantScopedModel):
    """The key that encrypts a tenant's stored texts, wrapped by the master key (see tenants/encryption)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    wrapped_key = models.BinaryField(max_length=40, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant"], name="one_data_key_per_tenant")]

    def __str__(self) -> str:
        return str(self.id)


class RefusedRequest(TenantScopedModel):
    """A request that got an error, for administrators: a CRM may fail silently. It contains no text."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    timestamp = models.DateTimeField(default=timezone.now)
    api_key_id = models.UUIDField(null=True)
    request_id = models.UUIDField()
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=255)
    status = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=64)
    field = models.CharField(max_length=255, blank=True)

    class Meta(TenantScopedModel.Meta):
        verbose_name = _("refused request")
        verbose_name_plural = _("refused requests")
        ordering = ["-timestamp", "-id"]
        indexes = [models.Index(fields=["tenant", "-timestamp"], name="refused_by_tenant_and_time")]

    def __str__(self) -> str:
        return f"{self.status} {self.path}"


class RequestWindow(TenantScopedModel):
    """The number of requests of a limited tenant or key in the current minute."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject_id = models.UUIDField(help_text="The tenant, or the first API key of a series.")
    started_at = models.DateTimeField()
    requests = models.PositiveIntegerField()

    class Meta(TenantScopedModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "subject_id"], name="one_request_window_per_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.requests} since {self.started_at:%H:%M}"
