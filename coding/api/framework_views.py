"""Serve the endpoints of frameworks, versions and codes, over the same services as the editor.

A key that is limited to operations needs the scope `frameworks`. Codes are named by stable ids, versions by number.
"""

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from coding.api import framework_serializers as serializers
from coding.api.framework_serializers import as_changes, as_code, as_findings, as_framework, as_version
from coding.errors import UnreadableFramework
from coding.frameworks import editing, services
from coding.frameworks.formats.exports import export_version
from coding.frameworks.formats.imported import ImportedFramework
from coding.frameworks.formats.registry import FORMATS, MAX_FILE_BYTES, read_file
from coding.frameworks.stored_trees import read_tree
from coding.frameworks.tree import EDITABLE_FIELDS
from coding.models import Code, CodingFramework, FrameworkVersion
from coding.publishing.diff import compare
from coding.publishing.lint import lint
from tenants.errors import Conflict, Forbidden, NotFound
from tenants.identifiers import uuid_or_none
from tenants.rest.errors import FieldIssue, InvalidRequest
from tenants.rest.uploads import FormIn, FormParser
from tenants.rest.views import ApiViewSet

SCOPE = "frameworks"
COLUMNS = {field.key: field.column for field in EDITABLE_FIELDS}
ENDINGS = tuple(FORMATS)
FILES = {
    (200, file_format.media_type.partition(";")[0]): OpenApiTypes.OBJECT if ending == "json" else OpenApiTypes.BINARY
    for ending, file_format in FORMATS.items()
}


class FrameworkBase(ApiViewSet):
    """Base of the framework endpoints: checks the scope of the key, and finds the objects of an address."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        scopes = self.caller.key.scopes
        if scopes and SCOPE not in scopes:
            raise Forbidden(f"This key may not use {SCOPE}")

    def framework(self, framework_id: str) -> CodingFramework:
        """Return a framework of the tenant or a standard one. Raises NotFound."""
        wanted = uuid_or_none(framework_id)
        framework: CodingFramework | None = CodingFramework.objects.filter(id=wanted).first() if wanted else None
        if framework is None:
            raise NotFound
        return framework

    def own_framework(self, framework_id: str) -> CodingFramework:
        """Return a framework of the caller's tenant. Raises NotFound, and Forbidden for a standard one."""
        framework = self.framework(framework_id)
        if framework.tenant_id != self.caller.tenant.id:
            raise Forbidden("A standard framework is changed by the platform only; copy it")
        return framework

    def version(self, framework: CodingFramework, number: str) -> FrameworkVersion:
        """Return a version of a framework. Raises NotFound."""
        versions = FrameworkVersion.objects.filter(framework=framework)
        version: FrameworkVersion | None = versions.filter(number=int(number)).first() if len(number) < 10 else None
        if version is None:
            raise NotFound
        return version

    def code(self, version: FrameworkVersion, stable_id: str | None) -> Code:
        """Return a code of a version. Raises NotFound."""
        wanted = uuid_or_none(stable_id or "")
        code: Code | None = Code.objects.filter(version=version, stable_id=wanted).first() if wanted else None
        if code is None:
            raise NotFound
        return code


class FrameworkViewSet(FrameworkBase):
    """The tenant's frameworks, and the standard ones."""

    @extend_schema(operation_id="list_frameworks", responses=serializers.FrameworkListSerializer)
    def list(self, request: Request) -> Response:
        """List the tenant's frameworks and the standard ones, with the numbers of their open versions."""
        frameworks = CodingFramework.objects.prefetch_related("versions").order_by("name", "id")
        return Response({"frameworks": [as_framework(framework) for framework in frameworks]})

    @extend_schema(
        operation_id="create_framework",
        request=serializers.CreateFrameworkSerializer,
        responses={201: serializers.VersionSerializer},
    )
    def create(self, request: Request) -> Response:
        """Make a framework with its first draft, empty or with codes."""
        body = self.validated(serializers.CreateFrameworkSerializer)
        draft = services.create_framework(
            tenant_id=self.caller.tenant.id,
            name=body["name"],
            description=body["description"],
            languages=body["languages"],
            tree=body["root_codes"],
            actor_id=self.caller.actor_id,
        )
        return Response(as_version(draft), status=201)

    @extend_schema(operation_id="get_framework", responses=serializers.FrameworkSerializer)
    def retrieve(self, request: Request, framework_id: str) -> Response:
        """Read a framework without its codes."""
        return Response(as_framework(self.framework(framework_id)))

    @extend_schema(
        operation_id="change_framework",
        request=serializers.ChangeFrameworkSerializer,
        responses=serializers.FrameworkSerializer,
    )
    def partial_update(self, request: Request, framework_id: str) -> Response:
        """Change a framework's name, description or languages."""
        framework = self.own_framework(framework_id)
        changes = self.validated(serializers.ChangeFrameworkSerializer, partial=True)
        services.change_framework(framework=framework, actor_id=self.caller.actor_id, **changes)
        return Response(as_framework(self.framework(framework_id)))


class ImportViewSet(FrameworkBase):
    """Frameworks from files."""

    parser_classes = [FormParser]
    content_negotiation_class = FormIn

    @extend_schema(
        operation_id="import_framework",
        request={"multipart/form-data": serializers.ImportSerializer},
        responses={200: serializers.ImportedSerializer, 201: serializers.ImportedSerializer},
    )
    def create(self, request: Request) -> Response:
        """Make a framework, or the next draft of the one that has its name already, of a file.

        Everything that is wrong is named, row by row, and nothing saved then. 200 answers a dry run, 201 an import.
        """
        body = self.validated(serializers.ImportSerializer)
        file, is_dry = body["file"], body["dry_run"]
        imported = read_file(file.name, file.read(MAX_FILE_BYTES + 1))
        with transaction.atomic():
            version = self._saved(imported, body["name"])
            answer = {
                "framework_id": str(version.framework_id),
                "name": version.framework.name,
                "version": version.number,
                "codes": version.codes.count(),
                "is_saved": not is_dry,
                "notes": list(services.import_notes(version, imported)),
            }
            transaction.set_rollback(is_dry)
        if not CodingFramework.objects.filter(id=version.framework_id).exists():
            answer["framework_id"] = None
        return Response(answer, status=200 if is_dry else 201)

    def _saved(self, imported: ImportedFramework, name: str) -> FrameworkVersion:
        try:
            return services.import_framework(
                tenant_id=self.caller.tenant.id, imported=imported, name=name, actor_id=self.caller.actor_id
            )
        except Conflict as error:
            raise Conflict(gettext("This framework has an open draft: publish or discard it first.")) from error


class VersionViewSet(FrameworkBase):
    """Versions of a framework."""

    @extend_schema(operation_id="list_framework_versions", responses=serializers.VersionListSerializer)
    def list(self, request: Request, framework_id: str) -> Response:
        """List a framework's versions, the oldest first."""
        versions = FrameworkVersion.objects.filter(framework=self.framework(framework_id)).order_by("number")
        return Response({"versions": [as_version(version) for version in versions]})

    @extend_schema(
        operation_id="start_framework_version",
        request=serializers.StartVersionSerializer,
        responses={201: serializers.VersionSerializer},
    )
    def create(self, request: Request, framework_id: str) -> Response:
        """Start the next draft, with the codes given or with those of the latest version."""
        framework = self.own_framework(framework_id)
        body = self.validated(serializers.StartVersionSerializer)
        draft = services.start_draft(framework=framework, actor_id=self.caller.actor_id, tree=body["root_codes"])
        return Response(as_version(draft), status=201)

    @extend_schema(operation_id="get_framework_version", responses=serializers.VersionWithCodesSerializer)
    def retrieve(self, request: Request, framework_id: str, number: str) -> Response:
        """Read a version with all its codes."""
        version = self.version(self.framework(framework_id), number)
        return Response(as_version(version, read_tree(version.id)))

    @extend_schema(operation_id="discard_framework_draft", responses={204: None})
    def destroy(self, request: Request, framework_id: str, number: str) -> Response:
        """Throw a draft away."""
        version = self.version(self.own_framework(framework_id), number)
        services.discard_draft(version=version, actor_id=self.caller.actor_id)
        return Response(status=204)

    @extend_schema(operation_id="publish_framework_version", request=None, responses=serializers.VersionSerializer)
    def publish(self, request: Request, framework_id: str, number: str) -> Response:
        """Freeze a draft and code with it from now on; the version before is archived."""
        version = self.version(self.own_framework(framework_id), number)
        return Response(as_version(services.publish_version(version=version, actor_id=self.caller.actor_id)))

    @extend_schema(operation_id="archive_framework_version", request=None, responses=serializers.VersionSerializer)
    def archive(self, request: Request, framework_id: str, number: str) -> Response:
        """Take the published version out of use: its framework codes no more until another is published."""
        framework = self.own_framework(framework_id)
        services.archive_version(version=self.version(framework, number), actor_id=self.caller.actor_id)
        return Response(as_version(self.version(framework, number)))

    @extend_schema(
        operation_id="copy_framework_version",
        request=serializers.CopyVersionSerializer,
        responses={201: serializers.VersionSerializer},
    )
    def copy(self, request: Request, framework_id: str, number: str) -> Response:
        """Copy a version, of a standard framework say, into a framework of the tenant's own; codes keep their ids."""
        version = self.version(self.framework(framework_id), number)
        name = self.validated(serializers.CopyVersionSerializer)["name"]
        draft = services.copy_framework(
            version=version, tenant_id=self.caller.tenant.id, name=name, actor_id=self.caller.actor_id
        )
        return Response(as_version(draft), status=201)

    @extend_schema(
        operation_id="export_framework_version",
        parameters=[OpenApiParameter("format", str, enum=ENDINGS, default="json", description="Of the file")],
        responses=FILES,
    )
    def export(self, request: Request, framework_id: str, number: str) -> HttpResponse:
        """Give out a version as a file with everything its codes say, to be imported again."""
        version = self.version(self.framework(framework_id), number)
        ending = request.query_params.get("format", "json")
        if ending not in ENDINGS:
            raise InvalidRequest(fields=[FieldIssue("query.format", f"Input should be one of {', '.join(ENDINGS)}")])
        try:
            file = export_version(version, ending)
        except UnreadableFramework as error:
            issues = [FieldIssue("query.format", f"{issue.where}: {issue.issue}") for issue in error.issues]
            raise InvalidRequest(fields=issues) from error
        response = HttpResponse(file.content, content_type=file.media_type)
        response["Content-Disposition"] = content_disposition_header(True, file.name)
        return response

    @extend_schema(operation_id="check_framework_version", responses=serializers.FindingsSerializer)
    def check(self, request: Request, framework_id: str, number: str) -> Response:
        """Say what to look at in a version before it is published, each with a reason."""
        version = self.version(self.framework(framework_id), number)
        return Response(as_findings(lint(read_tree(version.id))))

    @extend_schema(
        operation_id="compare_framework_versions",
        parameters=[OpenApiParameter("with", int, required=True, description="Number of the older version")],
        responses=serializers.ChangesSerializer,
    )
    def changes(self, request: Request, framework_id: str, number: str) -> Response:
        """Tell what changed since an older version, code by code."""
        framework = self.framework(framework_id)
        other = request.query_params.get("with", "")
        if not (other.isascii() and other.isdecimal()):
            raise InvalidRequest(fields=[FieldIssue("query.with", "Input should be a valid integer")])
        older, newer = self.version(framework, other), self.version(framework, number)
        return Response(as_changes(compare(read_tree(older.id), read_tree(newer.id))))


class CodeViewSet(FrameworkBase):
    """Codes of a version: those of a draft are changed, the others read."""

    @extend_schema(operation_id="get_code", responses=serializers.CodeSerializer)
    def retrieve(self, request: Request, framework_id: str, number: str, stable_id: str) -> Response:
        """Read all that a code says."""
        return Response(as_code(self.code(self.version(self.framework(framework_id), number), stable_id)))

    @extend_schema(
        operation_id="add_code", request=serializers.AddCodeSerializer, responses={201: serializers.CodeSerializer}
    )
    def create(self, request: Request, framework_id: str, number: str) -> Response:
        """Add a code to a draft, as the last one under its parent."""
        version = self.version(self.own_framework(framework_id), number)
        body = self.validated(serializers.AddCodeSerializer)
        parent_id = body.pop("parent")
        parent = self.code(version, parent_id) if parent_id is not None else None
        code = editing.add_code(version=version, parent=parent, actor_id=self.caller.actor_id, **_edited(body))
        return Response(as_code(code), status=201)

    @extend_schema(
        operation_id="change_code", request=serializers.ChangeCodeSerializer, responses=serializers.CodeSerializer
    )
    def partial_update(self, request: Request, framework_id: str, number: str, stable_id: str) -> Response:
        """Change what a code of a draft says, or where it stands: all of it or nothing."""
        version = self.version(self.own_framework(framework_id), number)
        code = self.code(version, stable_id)
        body = self.validated(serializers.ChangeCodeSerializer, partial=True)
        place: dict[str, Any] = {name: body.pop(name) for name in ("parent", "position") if name in body}
        with transaction.atomic():  # all of a change or none of it
            if body:
                editing.change_code(code=code, actor_id=self.caller.actor_id, **_edited(body))
            if place:
                self._move(version, code, place)
        return Response(as_code(self.code(version, stable_id)))

    def _move(self, version: FrameworkVersion, code: Code, place: dict[str, Any]) -> None:
        parent_id = place.get("parent", code.parent.stable_id if code.parent else None)
        parent = self.code(version, str(parent_id)) if parent_id is not None else None
        last = Code.objects.filter(version=version, parent=parent).count()
        position = place.get("position", last)
        editing.move_code(code=code, parent=parent, position=position, actor_id=self.caller.actor_id)

    @extend_schema(operation_id="delete_code", responses={204: None})
    def destroy(self, request: Request, framework_id: str, number: str, stable_id: str) -> Response:
        """Delete a code of a draft, with all under it, unless an earlier version has it."""
        version = self.version(self.own_framework(framework_id), number)
        editing.delete_code(code=self.code(version, stable_id), actor_id=self.caller.actor_id)
        return Response(status=204)

    @extend_schema(
        operation_id="merge_code", request=serializers.MergeCodeSerializer, responses=serializers.CodeSerializer
    )
    def merge(self, request: Request, framework_id: str, number: str, stable_id: str) -> Response:
        """Retire a code of a draft in favour of another, which takes over examples, names and the codes under it."""
        version = self.version(self.own_framework(framework_id), number)
        code = self.code(version, stable_id)
        into = self.code(version, self.validated(serializers.MergeCodeSerializer)["into"])
        editing.merge_codes(code=code, into=into, actor_id=self.caller.actor_id)
        return Response(as_code(self.code(version, stable_id)))

    @extend_schema(
        operation_id="split_code", request=serializers.SplitCodeSerializer, responses=serializers.CodeSerializer
    )
    def split(self, request: Request, framework_id: str, number: str, stable_id: str) -> Response:
        """Retire a code of a draft in favour of new ones beside it; those under it go to the first of them."""
        version = self.version(self.own_framework(framework_id), number)
        code = self.code(version, stable_id)
        names = self.validated(serializers.SplitCodeSerializer)["names"]
        editing.split_code(code=code, names=names, actor_id=self.caller.actor_id)
        return Response(as_code(self.code(version, stable_id)))

    @extend_schema(
        operation_id="retire_code", request=serializers.RetireCodeSerializer, responses=serializers.CodeSerializer
    )
    def retire(self, request: Request, framework_id: str, number: str, stable_id: str) -> Response:
        """Stop offering a code of a draft and all under it, and say what takes its place."""
        version = self.version(self.own_framework(framework_id), number)
        code = self.code(version, stable_id)
        named = self.validated(serializers.RetireCodeSerializer)["replaced_by"]
        successors = [self.code(version, successor_id) for successor_id in named]
        editing.retire_code(code=code, replaced_by=successors, actor_id=self.caller.actor_id)
        return Response(as_code(self.code(version, stable_id)))

    @extend_schema(operation_id="restore_code", request=None, responses=serializers.CodeSerializer)
    def restore(self, request: Request, framework_id: str, number: str, stable_id: str) -> Response:
        """Offer a retired code of a draft again, with all under it and the codes above it."""
        version = self.version(self.own_framework(framework_id), number)
        editing.restore_code(code=self.code(version, stable_id), actor_id=self.caller.actor_id)
        return Response(as_code(self.code(version, stable_id)))


def _edited(body: dict[str, Any]) -> dict[str, Any]:
    return {COLUMNS[key]: value for key, value in body.items()}
