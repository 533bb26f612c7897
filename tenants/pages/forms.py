"""Forms for people, keys and tenants."""

import ipaddress
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.errors import TooManyAttempts
from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.models import ApiKey, Membership, Role, Tenant
from tenants.pages import sign_in
from tenants.pages.numbers import TypedIntegerField
from tenants.pages.scoped_admin import MomentInput
from tenants.registry import key_scopes, operation_names, problems_of_redaction_policy
from tenants.rest.authentication import remote_address
from tenants.scoping import current_tenant_id

OVERLAPS = [
    (0, _("None: the old key stops working at once")),
    (3600, _("One hour")),
    (24 * 3600, _("One day")),
    (7 * 24 * 3600, _("One week")),
]


class SignInForm(AuthenticationForm):
    """Sign-in form with a limited number of attempts."""

    error_messages = AuthenticationForm.error_messages | {
        "throttled": _("Too many attempts. Wait fifteen minutes, or ask for a link to set a new password."),
    }

    def clean(self) -> dict[str, Any]:
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if not name or not password or self.request is None:
            return super().clean()
        try:
            attempt = sign_in.begin_attempt(username=name, address=remote_address(self.request))
        except TooManyAttempts as error:
            raise ValidationError(self.error_messages["throttled"], code="throttled") from error
        cleaned = super().clean()
        sign_in.forget_failures(attempt)
        return cleaned


class LinesField(forms.Field):
    """A list of strings, one per line."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list):
            return value
        return [line.strip() for line in (value or "").splitlines() if line.strip()]

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value


class NetworksField(LinesField):
    """Networks in CIDR notation, one per line."""

    def to_python(self, value: Any) -> Any:
        try:
            return [str(ipaddress.ip_network(line)) for line in super().to_python(value)]
        except ValueError as error:
            raise ValidationError(_("Enter networks such as 192.0.2.0/24, one per line.")) from error


class TenantForm(forms.ModelForm):  # type: ignore[type-arg] # not generic at run time
    """Name and rights of a tenant."""

    refused_operations = forms.MultipleChoiceField(
        label=_("Refused operations"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Operations that the tenant's keys and people may not use."),
    )

    class Meta:
        model = Tenant
        fields = ["name", "slug", "refused_operations", "redaction_policy"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "refused_operations", operation_names())

    def clean_redaction_policy(self) -> Any:
        policy = self.cleaned_data["redaction_policy"]
        for problem in problems_of_redaction_policy(policy):
            self.add_error("redaction_policy", problem)
        return policy


class ApiKeyForm(forms.ModelForm):  # type: ignore[type-arg] # not generic at run time
    """Name and rights of a key."""

    is_new = False

    name = forms.CharField(label=_("Name"), max_length=255, help_text=_("Purpose of the key, and who uses it."))
    scopes = forms.MultipleChoiceField(
        label=_("Operations"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Operations that the key may call. Select none to allow all."),
    )
    allowed_networks = NetworksField(
        label=_("Networks"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Networks that may use the key, one per line. Leave empty to allow any."),
    )
    expires_at = forms.DateTimeField(
        label=_("Expires"),
        required=False,
        widget=MomentInput,
        help_text=_("In UTC. Leave empty for a key that does not expire."),
    )

    class Meta:
        model = ApiKey
        fields = ["name", "scopes", "allowed_networks", "expires_at", "requests_per_minute", "is_superuser"]
        field_classes = {"requests_per_minute": TypedIntegerField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "scopes", key_scopes())

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        keys = ApiKey.objects.all() if self.is_new else ApiKey.objects.filter(tenant_id=self.instance.tenant_id)
        if keys.filter(name=name).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("The tenant already has a key with this name."))
        return name


class NewApiKeyForm(ApiKeyForm):
    """Form for a new key."""

    is_new = True

    def clean_expires_at(self) -> Any:
        expires_at = self.cleaned_data["expires_at"]
        if expires_at is not None and expires_at <= timezone.now():
            raise ValidationError(_("This time is in the past."))
        return expires_at


class RotateKeyForm(forms.Form):
    """Form for the time that the old key works beside the new one."""

    overlap = forms.TypedChoiceField(
        label=_("Overlap"),
        choices=OVERLAPS,
        initial=24 * 3600,
        coerce=lambda seconds: timedelta(seconds=int(seconds)),
        help_text=_("Time to replace the old key wherever it is used."),
    )


def role_choices(*, includes_platform: bool) -> list[tuple[str, str]]:
    """Return the roles that can be given in the tenant in scope."""
    is_platform = current_tenant_id() == PLATFORM_TENANT_ID
    return [
        (str(value), str(label))
        for value, label in Role.choices
        if value != Role.PLATFORM_ADMIN or (is_platform and includes_platform)
    ]


class InviteForm(forms.Form):
    """A person and a role for a tenant."""

    email = forms.EmailField(label=_("Email address"), max_length=150, help_text=_("The person signs in with it."))
    first_name = forms.CharField(label=_("First name"), max_length=150, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=150, required=False)
    role = forms.ChoiceField(label=_("Role"), choices=())

    def __init__(self, *args: Any, roles: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = roles  # type: ignore[attr-defined]

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        if Membership.objects.filter(user__username__iexact=email).exists():
            raise ValidationError(_("This person already has a role in this tenant."))
        return email


class CloseTenantForm(forms.Form):
    """Confirmation by the tenant's short name, because closing cannot be undone."""

    slug = forms.CharField(label=_("Short name of the tenant"), max_length=63)

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if slug != self.expected:
            raise ValidationError(_("This is not the short name of the tenant."))
        return slug


class ConfirmForm(forms.Form):
    """A form without fields, for a page that explains an act."""


def _offer(form: Any, name: str, names: Iterable[str]) -> None:
    """Set the choices of a field: these names, and those that the row already has."""
    if name in form.fields:
        known = {*names, *(getattr(form.instance, name) or [])}
        form.fields[name].choices = [(operation, operation) for operation in sorted(known)]
