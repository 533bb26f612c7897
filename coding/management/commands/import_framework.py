"""Import a coding framework from the command line."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from coding.errors import UnreadableFramework
from coding.frameworks import services
from coding.frameworks.formats.json_shapes import read_framework
from tenants.errors import Conflict
from tenants.models import Tenant
from tenants.scoping import all_tenants, tenant_scope

ACTOR = "command:import_framework"


class Command(BaseCommand):
    help = (
        "Import a framework into a tenant, or with the slug `platform` a standard framework that every tenant may read."
        " Prints the framework's id and the version's number."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="Short name of the tenant.")
        parser.add_argument("file", type=Path, help="File with the framework as JSON.")
        parser.add_argument("--name", default="", help="Name of the framework, in place of the one in the file.")
        parser.add_argument("--publish", action="store_true", help="Publish the version after the import.")

    def handle(self, *args: Any, **options: Any) -> None:
        with all_tenants():
            tenant = Tenant.objects.filter(slug=options["slug"], closed_at=None).first()
        if tenant is None:
            raise CommandError(f"There is no tenant {options['slug']!r}.")
        try:
            imported = read_framework(options["file"].read_text(encoding="utf-8-sig"))
            version = services.import_framework(
                tenant_id=tenant.id, imported=imported, name=options["name"], actor_id=ACTOR
            )
        except UnreadableFramework as error:
            raise CommandError("\n".join(f"{issue.where}: {issue.issue}" for issue in error.issues)) from error
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{options['file']} cannot be read as text in UTF-8.") from error
        except Conflict as error:
            raise CommandError("This framework has an open draft. Publish or discard it first.") from error
        if options["publish"]:
            with tenant_scope(tenant.id):
                services.publish_version(version=version, actor_id=ACTOR)
        for note in services.import_notes(version, imported):
            self.stderr.write(note)
        self.stdout.write(f"{version.framework_id} {version.number}")
