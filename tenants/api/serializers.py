"""Requests and answers of the admin endpoints."""

import ipaddress
from datetime import datetime
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from tenants.models import MAX_RETENTION_DAYS, Storage
from tenants.registry import key_scopes
from tenants.rest.fields import Body, BooleanField, ChoiceField, IntegerField, ListField, StoredStringField

MAX_OVERLAP_SECONDS = 30 * 24 * 3600


class NetworkField(StoredStringField):
    """A network in CIDR notation."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            return str(ipaddress.ip_network(text))
        except ValueError as error:
            raise serializers.ValidationError("Input should be a network such as 192.0.2.0/24") from error


class ExpiryField(serializers.DateTimeField):
    """A moment with an offset; null means never."""

    default_error_messages = {"invalid": "Input should be a valid datetime", "past": "Input should be in the future"}

    def to_internal_value(self, data: Any) -> datetime:
        moment = super().to_internal_value(data)
        if moment <= timezone.now():
            self.fail("past")
        return moment


class CreateTenantSerializer(Body):
    tenant_name = StoredStringField(min_length=1, max_length=255)
    allows_superusers = BooleanField(default=False)


class ChangeTenantSerializer(Body):
    tenant_name = StoredStringField(min_length=1, max_length=255)
    allows_superusers = BooleanField()
    storage = ChoiceField(choices=Storage.values)
    retention_days = IntegerField(min_value=1, max_value=MAX_RETENTION_DAYS, allow_null=True)
    prompt_note = StoredStringField(max_length=2000, allow_blank=True)


class CreatedTenantSerializer(Body):
    tenant_id = serializers.UUIDField()


class TenantSerializer(Body):
    tenant_id = serializers.UUIDField(source="id")
    name = serializers.CharField()
    allows_superusers = serializers.BooleanField()


class ChangedTenantSerializer(TenantSerializer):
    storage = serializers.ChoiceField(choices=Storage.choices)
    retention_days = serializers.IntegerField(allow_null=True)
    prompt_note = serializers.CharField()


class TenantListSerializer(Body):
    tenants = TenantSerializer(many=True)


class ScopeField(StoredStringField):
    """The name of an operation or a resource."""

    def to_internal_value(self, data: Any) -> str:
        name = super().to_internal_value(data)
        if name not in key_scopes():
            raise serializers.ValidationError(f"Input should be one of {', '.join(key_scopes())}")
        return name


class CreateKeySerializer(Body):
    key_name = StoredStringField(min_length=1, max_length=255)
    tenant_id = StoredStringField(min_length=1, max_length=255)
    is_superuser = BooleanField(default=False)
    scopes = ListField(child=ScopeField(), default=list)
    expires_at = ExpiryField(allow_null=True, default=None)
    allowed_networks = ListField(child=NetworkField(), default=list)


class ChangeKeySerializer(Body):
    key_name = StoredStringField(min_length=1, max_length=255)
    scopes = ListField(child=ScopeField())
    expires_at = ExpiryField(allow_null=True)
    allowed_networks = ListField(child=NetworkField())


class RotateKeySerializer(Body):
    overlap_seconds = IntegerField(min_value=0, max_value=MAX_OVERLAP_SECONDS, default=24 * 3600)


class CreatedKeySerializer(Body):
    key_id = serializers.UUIDField()
    api_key = serializers.CharField()


class KeySerializer(Body):
    key_id = serializers.UUIDField(source="id")
    name = serializers.CharField()
    tenant_id = serializers.UUIDField()
    is_superuser = serializers.BooleanField()
    prefix = serializers.CharField(allow_null=True)
    scopes = serializers.ListField(child=serializers.CharField())
    expires_at = serializers.DateTimeField(allow_null=True)
    allowed_networks = serializers.ListField(child=serializers.CharField())
    last_used_at = serializers.DateTimeField(allow_null=True)


class KeyListSerializer(Body):
    auth_keys = KeySerializer(many=True)
