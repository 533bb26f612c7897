"""Bodies of the usage endpoints."""

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from tenants.rest.fields import Body
from usage.reports.endpoints import OperationUsage, Stats, TenantUsage, Usage


class FlatDistributionSerializer(Body):
    avg = serializers.FloatField()
    min = serializers.FloatField()
    max = serializers.FloatField()
    p5 = serializers.FloatField()
    p95 = serializers.FloatField()


class DistributionSerializer(FlatDistributionSerializer):
    total = serializers.IntegerField()


class FlatStatsSerializer(Body):
    total_calls = serializers.IntegerField()
    failed_calls = serializers.IntegerField()
    total_cost_usd = serializers.FloatField()
    call_duration: serializers.BaseSerializer[Any] = FlatDistributionSerializer()
    input_tokens = DistributionSerializer()
    output_tokens = DistributionSerializer()


class StatsSerializer(FlatStatsSerializer):
    call_duration = DistributionSerializer(help_text="Milliseconds.")


class UsageSerializer(StatsSerializer):
    llm_call_stats = StatsSerializer()


class OperationUsageSerializer(UsageSerializer):
    operation = serializers.CharField()


class TenantUsageSerializer(UsageSerializer):
    tenant_id = serializers.UUIDField(allow_null=True)
    operations = OperationUsageSerializer(many=True)


class WindowSerializer(Body):
    to = serializers.DateTimeField(allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        """Add `from`, which is a keyword of Python."""
        return {"from": serializers.DateTimeField(allow_null=True), **super().get_fields()}


class OwnUsageSerializer(TenantUsageSerializer, WindowSerializer):
    pass


class ByTenantSerializer(WindowSerializer):
    tenants: serializers.BaseSerializer[Any] = TenantUsageSerializer(many=True)
    total: serializers.BaseSerializer[Any] = TenantUsageSerializer()


class FlatTenantUsageSerializer(FlatStatsSerializer):
    tenant_id = serializers.UUIDField(allow_null=True)


class FlatByTenantSerializer(ByTenantSerializer):
    tenants = FlatTenantUsageSerializer(many=True)
    total = FlatTenantUsageSerializer()


class UserOfOperationSerializer(UsageSerializer):
    tenant_id = serializers.UUIDField()


class OperationOfTenantsSerializer(OperationUsageSerializer):
    tenants = UserOfOperationSerializer(many=True)


class ByOperationSerializer(WindowSerializer):
    operations = OperationOfTenantsSerializer(many=True)
    total = TenantUsageSerializer()


def tenant_usage(tenant: TenantUsage) -> dict[str, Any]:
    """Write a tenant's usage as in contract v2, which has every field of v1."""
    operations = [operation_usage(operation) for operation in tenant.operations]
    return {"tenant_id": _text_of_id(tenant), **usage(tenant.usage), "operations": operations}


def user_of_operation(tenant: TenantUsage) -> dict[str, Any]:
    """Write a tenant's usage of one operation."""
    return {"tenant_id": _text_of_id(tenant), **usage(tenant.usage)}


def flat_tenant_usage(tenant: TenantUsage) -> dict[str, Any]:
    """Write a tenant's usage as in contract v1: per invocation only, durations without their total."""
    flat = stats(tenant.usage.per_invocation)
    del flat["call_duration"]["total"]
    return {"tenant_id": _text_of_id(tenant), **flat}


def operation_usage(operation: OperationUsage) -> dict[str, Any]:
    return {"operation": operation.operation, **usage(operation.usage)}


def usage(counts: Usage) -> dict[str, Any]:
    return {**stats(counts.per_invocation), "llm_call_stats": stats(counts.per_call)}


def stats(figures: Stats) -> dict[str, Any]:
    return {key: float(value) if isinstance(value, Decimal) else value for key, value in asdict(figures).items()}


def _text_of_id(tenant: TenantUsage) -> str | None:
    return None if tenant.tenant_id is None else str(tenant.tenant_id)
