"""Import a file of feedback records from the command line."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from feedback.errors import StorageOff
from feedback.imports.errors import UnreadableFile
from feedback.imports.models import ImportRun
from feedback.imports.previews import Plan, plan_import, preview_import
from feedback.imports.readers.files import ReadingOptions
from feedback.imports.running import run_import
from feedback.imports.services import start_import
from tenants.models import Tenant
from tenants.rest.errors import InvalidRequest
from tenants.scoping import all_tenants, tenant_scope

ACTOR = "command:import_records"
MAX_SHOWN = 20


class Command(BaseCommand):
    help = (
        "Import CSV, XLSX or JSONL, or an export of KoboToolbox or EspoCRM, into a tenant. Shows how columns are read,"
        " and names the rows that cannot be imported. A job worker continues an import that was interrupted."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="Short name of the tenant.")
        parser.add_argument("file", type=Path, help="The file.")
        parser.add_argument("--map", action="append", default=[], metavar="COLUMN=FIELD", help="Field of a column.")
        parser.add_argument("--day-first", action="append", default=[], metavar="COLUMN", help="31/12/2026")
        parser.add_argument("--month-first", action="append", default=[], metavar="COLUMN", help="12/31/2026")
        parser.add_argument("--source", default="", help="Source of records whose row names none.")
        parser.add_argument("--encoding", default="", help="Encoding of a CSV file, if it is not found out.")
        parser.add_argument("--dry-run", action="store_true", help="Check the file and store nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        with all_tenants():
            tenant = Tenant.objects.filter(slug=options["slug"], closed_at=None).first()
        if tenant is None:
            raise CommandError(f"There is no tenant {options['slug']!r}.")
        try:
            with options["file"].open("rb") as file:
                self._import(file, tenant, options)
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read.") from error
        except UnreadableFile as error:
            raise CommandError("\n".join(_shown(issue.as_json()) for issue in error.issues)) from error
        except InvalidRequest as error:
            raise CommandError("\n".join(issue.issue for issue in error.fields or ())) from error
        except StorageOff as error:
            raise CommandError(error.reason) from error

    def _import(self, file: Any, tenant: Tenant, options: dict[str, Any]) -> None:
        form, named = ReadingOptions(encoding=options["encoding"]), _named(options)
        with tenant_scope(tenant.id):
            plan = plan_import(file, options=form, named=named)
            self._show_plan(plan)
            if options["dry_run"]:
                preview = preview_import(plan, options["source"])
                self._show_errors([issue.as_json() for issue in preview.errors])
                self.stdout.write(f"{preview.rows_ok} of {preview.rows} rows can be imported. Nothing was stored.")
                return
        run = start_import(
            file,
            file_name=options["file"].name,
            tenant=tenant,
            actor_id=ACTOR,
            options=form,
            named=named,
            source=options["source"],
            is_queued=False,
        )
        with tqdm(total=run.rows_total, desc="Redact and store", unit=" rows") as bar:
            run_import(tenant.id, run.id, lambda done: bar.update(done.rows_read - bar.n))
        self._show_result(tenant, run)

    def _show_plan(self, plan: Plan) -> None:
        width = max(map(len, plan.mapping.fields))
        for column, name in plan.mapping.fields.items():
            self.stderr.write(f"{column:<{width}}  {name or '(left out)'}")
        for note in plan.notes:
            self.stderr.write(note)

    def _show_result(self, tenant: Tenant, run: ImportRun) -> None:
        with tenant_scope(tenant.id):
            run.refresh_from_db()
        self._show_errors(run.errors)
        self.stdout.write(
            f"{run.get_status_display()}: {run.created} records created, {run.updated} updated,"
            f" {run.unchanged} unchanged, {run.rows_failed} rows failed."
        )

    def _show_errors(self, issues: list[dict[str, Any]]) -> None:
        for issue in issues[:MAX_SHOWN]:
            self.stderr.write(_shown(issue))
        if len(issues) > MAX_SHOWN:
            self.stderr.write(f"... and {len(issues) - MAX_SHOWN} more")


def _named(options: dict[str, Any]) -> dict[str, Any] | None:
    """Return the mapping that the options name. Raises CommandError."""
    named: dict[str, Any] = {}
    for pair in options["map"]:
        column, equals, name = pair.rpartition("=")
        if not equals:
            raise CommandError("Write --map COLUMN=FIELD.")
        named[column] = {"field": name}
    for order in ("day_first", "month_first"):
        for column in options[order]:
            named.setdefault(column, {})["date_order"] = order
    return named or None


def _shown(issue: dict[str, Any]) -> str:
    row = f"Row {issue['row']}" if issue["row"] else "File"
    return ", ".join(filter(None, (row, issue["column"]))) + f": {issue['issue']}"
