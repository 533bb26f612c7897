"""Define the serializers of the framework endpoints."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from coding.api.trees import RootCodesField
from coding.frameworks.code_fields import COLOUR, MAX_NAME_LENGTH, CodeField, Kind
from coding.frameworks.formats.json_shapes import as_nodes, details_of
from coding.frameworks.stored_trees import as_node
from coding.frameworks.tree import EDITABLE_FIELDS, Tree
from coding.models import Code, CodingFramework, FrameworkVersion, VersionStatus
from coding.publishing.diff import Change
from coding.publishing.lint import Finding
from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.rest.fields import REQUIRED, Body, BooleanField, IntegerField, ListField, StoredStringField, StringField
from tenants.storable import is_storable

MAX_PARTS, MAX_TEXTS, MAX_TEXT_LENGTH = 100, 500, 20_000


class LanguagesField(ListField):
    """Languages of a framework's labels, such as `en`."""

    def __init__(self, **kwargs: Any) -> None:
        language = StoredStringField(min_length=1, max_length=35)
        super().__init__(child=language, max_length=100, **kwargs)


@extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
class TextsByLanguageField(serializers.Field[Any, Any, Any, Any]):
    """Texts by language: `{"fr": "Eau"}`."""

    default_error_messages = {
        "invalid": "Input should be texts by language",
        "null": "Input should be texts by language",
    }

    def to_internal_value(self, data: Any) -> dict[str, str]:
        is_fitting = isinstance(data, dict) and all(isinstance(text, str) for text in data.values())
        if not is_fitting or not is_storable(data):
            self.fail("invalid")
        return dict(data)

    def to_representation(self, value: Any) -> Any:
        return value


class CodeNameField(StoredStringField):
    """A code's name, which is not only white space."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_length=1, max_length=MAX_NAME_LENGTH, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        name = super().run_validation(data)
        if not name.strip():
            raise serializers.ValidationError("A code needs a name")
        return name


class CreateFrameworkSerializer(Body):
    """A new framework, empty or with codes."""

    name = StoredStringField(min_length=1, max_length=255)
    description = StoredStringField(default="", allow_blank=True, max_length=10_000)
    languages = LanguagesField(default=list)
    root_codes = RootCodesField(default=())


class ChangeFrameworkSerializer(Body):
    """Name and description of a framework. Fields that are left out stay as they are."""

    name = StoredStringField(min_length=1, max_length=255)
    description = StoredStringField(allow_blank=True, max_length=10_000)
    languages = LanguagesField()


class StartVersionSerializer(Body):
    """root_codes: the codes of the new draft; left out, those of the latest version."""

    root_codes = RootCodesField(default=None)


class CodeBody(Body):
    """The fields of a code that people change."""

    def get_fields(self) -> dict[str, Any]:
        return {field.key: _input_of(field) for field in EDITABLE_FIELDS} | super().get_fields()

    def validate_colour(self, value: str) -> str:
        if value and not COLOUR.match(value):
            raise serializers.ValidationError("Write a colour like #1a2b3c")
        return value


def _input_of(field: CodeField) -> serializers.Field[Any, Any, Any, Any]:
    match field.kind:
        case Kind.LINE if field.name == "name":
            return CodeNameField()
        case Kind.FLAG:
            return BooleanField(required=False)
        case Kind.TEXTS_BY_LANGUAGE:
            return TextsByLanguageField(required=False)
        case Kind.TEXTS:
            text = StoredStringField(min_length=1)
            return ListField(child=text, required=False, max_length=MAX_TEXTS)
        case Kind.COLOUR:
            return StringField(required=False, allow_blank=True, max_length=7)
    max_length = field.max_length if field.kind is Kind.LINE else MAX_TEXT_LENGTH
    return StoredStringField(required=False, allow_blank=True, max_length=max_length)


class AddCodeSerializer(CodeBody):
    """parent: the stable id of the code above it; null for a root."""

    parent = StringField(default=None, allow_null=True)  # type: ignore[assignment]


class ChangeCodeSerializer(CodeBody):
    """parent and position: moves the code."""

    parent = StringField(required=False, allow_null=True)  # type: ignore[assignment]
    position = IntegerField(required=False, min_value=0, max_value=100_000)


class MergeCodeSerializer(Body):
    """into: the stable id of the code that takes over."""

    into = StringField()


class SplitCodeSerializer(Body):
    """names: of the new codes, in order."""

    names = ListField(child=CodeNameField(), min_length=2, max_length=MAX_PARTS)


class RetireCodeSerializer(Body):
    """replaced_by: the stable ids of the codes that take its place."""

    replaced_by = ListField(child=StringField(), default=list, max_length=MAX_PARTS)


class CopyVersionSerializer(Body):
    """name: of the new framework."""

    name = StoredStringField(min_length=1, max_length=255)


class ImportSerializer(Body):
    """A file whose name ends in .json, .csv, .xlsx or .qdc.

    name: of the framework; left out, the file's own. dry_run: say what would happen, and save nothing.
    """

    file = serializers.FileField(allow_empty_file=True, error_messages=REQUIRED)
    name = StoredStringField(default="", allow_blank=True, max_length=255)
    dry_run = BooleanField(default=False)


class ImportedSerializer(Body):
    """Result of an import. framework_id: null if a dry run would make a new framework.

    notes: what the file holds that a framework has no place for.
    """

    framework_id = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    version = serializers.IntegerField()
    codes = serializers.IntegerField()
    is_saved = serializers.BooleanField()
    notes = serializers.ListField(child=serializers.CharField())


class FrameworkSerializer(Body):
    """A framework and the numbers of its open versions."""

    framework_id = serializers.UUIDField()
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    languages = serializers.ListField(child=serializers.CharField())
    is_standard = serializers.BooleanField()
    published_version = serializers.IntegerField(allow_null=True)
    draft_version = serializers.IntegerField(allow_null=True)


class FrameworkListSerializer(Body):
    """All frameworks in sight."""

    frameworks = FrameworkSerializer(many=True)


class VersionSerializer(Body):
    """A version without its codes."""

    framework_id = serializers.UUIDField()
    version = serializers.IntegerField()
    status = serializers.ChoiceField(choices=VersionStatus.choices)
    notes = serializers.CharField(allow_blank=True)
    content_hash = serializers.CharField(allow_blank=True)
    published_at = serializers.DateTimeField(allow_null=True)


class VersionListSerializer(Body):
    """All versions of a framework."""

    versions = VersionSerializer(many=True)


class VersionWithCodesSerializer(VersionSerializer):
    """A version with its codes."""

    root_codes = RootCodesField()


class CodeSerializer(Body):
    """A code, with whatever else it says."""

    id = serializers.CharField(allow_blank=True)
    name = serializers.CharField()
    stable_id = serializers.UUIDField()
    definition = serializers.CharField(required=False)
    retired = serializers.BooleanField(required=False)
    replaced_by = serializers.ListField(child=serializers.UUIDField(), required=False)


class ChangeSerializer(Body):
    """Change of a code between two versions."""

    kind = serializers.CharField()
    stable_id = serializers.UUIDField()
    before = serializers.CharField(allow_blank=True)
    after = serializers.CharField(allow_blank=True)
    detail = serializers.CharField(allow_blank=True)


class ChangesSerializer(Body):
    """All differences of two versions."""

    changes = ChangeSerializer(many=True)


class FindingSerializer(Body):
    """Something to look at."""

    rule = serializers.CharField()
    path = serializers.CharField(allow_blank=True)
    reason = serializers.CharField()


class FindingsSerializer(Body):
    """All there is to look at in a version."""

    findings = FindingSerializer(many=True)


def as_framework(framework: CodingFramework) -> dict[str, Any]:
    """Return a framework, whose versions are prefetched, as an answer."""
    numbers = {
        version.status: version.number
        for version in framework.versions.all()
        if version.status != VersionStatus.ARCHIVED
    }
    return {
        "framework_id": str(framework.id),
        "name": framework.name,
        "description": framework.description,
        "languages": framework.languages,
        "is_standard": framework.tenant_id == PLATFORM_TENANT_ID,
        "published_version": numbers.get(VersionStatus.PUBLISHED),
        "draft_version": numbers.get(VersionStatus.DRAFT),
    }


def as_version(version: FrameworkVersion, tree: Tree | None = None) -> dict[str, Any]:
    """Return a version as an answer, with its codes if there is a tree."""
    published_at = version.published_at
    answer = {
        "framework_id": str(version.framework_id),
        "version": version.number,
        "status": version.status,
        "notes": version.notes,
        "content_hash": version.content_hash,
        "published_at": published_at.isoformat().replace("+00:00", "Z") if published_at else None,
    }
    return answer if tree is None else answer | {"root_codes": as_nodes(tree)}


def as_code(code: Code) -> dict[str, Any]:
    return details_of(as_node(code))


def as_changes(changes: list[Change]) -> dict[str, Any]:
    return {
        "changes": [
            {
                "kind": change.kind.value,
                "stable_id": str(change.stable_id),
                "before": change.before,
                "after": change.after,
                "detail": change.detail,
            }
            for change in changes
        ]
    }


def as_findings(findings: list[Finding]) -> dict[str, Any]:
    return {
        "findings": [{"rule": finding.rule, "path": finding.path, "reason": finding.reason} for finding in findings]
    }
