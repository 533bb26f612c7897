"""Erase records of a tenant from the command line, and prove it by a search of every table and file."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from feedback.erasing.person_search import find_records_of_person
from feedback.erasing.text_search import Findings, fragments_of, search_everywhere
from feedback.models import FeedbackRecord
from feedback.services import erase_records, texts_of
from tenants.identifiers import uuid_or_none
from tenants.models import Tenant
from tenants.scoping import all_tenants, tenant_scope

ACTOR = "command:erase"


class Command(BaseCommand):
    help = (
        "Erase a record, or the records of a person, with everything that is stored of them. Then search every table"
        " and every file under QFA_HOME for their text. The exit code is 1 if something was found."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="The tenant's short name.")
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--record", metavar="ID", help="Our id or the caller's id of a record.")
        which.add_argument("--person", metavar="TEXT", help="A name, number or address that stands in the records.")
        parser.add_argument("--yes", action="store_true", help="Do not ask.")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = self._tenant(options["slug"])
        with tenant_scope(tenant.id):
            records = self._records(options, tenant)
            if not records:
                raise CommandError("No record was found; nothing was erased.")
            self._confirm(len(records), options["yes"])
            texts = texts_of(records, tenant_id=tenant.id)
            counts = erase_records(records, tenant=tenant, actor_id=ACTOR)
        for name, count in counts.items():
            self.stdout.write(f"erased {name}: {count}")
        wanted = [*texts, options["person"]] if options["person"] else texts
        self._report(search_everywhere(fragments_of(wanted), settings.QFA_HOME))

    def _tenant(self, slug: str) -> Tenant:
        with all_tenants():
            tenant = Tenant.objects.organisations().filter(slug=slug).first()
        if tenant is None:
            raise CommandError(f"There is no tenant {slug!r}.")
        return tenant

    def _records(self, options: dict[str, Any], tenant: Tenant) -> Sequence[FeedbackRecord]:
        if options["person"]:
            return find_records_of_person(options["person"], tenant.id)
        wanted = options["record"]
        return list(FeedbackRecord.objects.filter(Q(external_id=wanted) | Q(id=uuid_or_none(wanted))))

    def _confirm(self, count: int, is_sure: bool) -> None:
        if not is_sure and input(f"Erase {count} record(s) for good? Type {count} to continue: ").strip() != str(count):
            raise CommandError("Nothing was erased.")

    def _report(self, findings: Findings) -> None:
        self.stdout.write(
            f"searched {findings.tables_searched} tables and {findings.files_searched} files under {settings.QFA_HOME}"
        )
        for table, rows in findings.tables.items():
            self.stdout.write(f"found in table {table}: {rows} rows")
        for name in findings.files:
            self.stdout.write(f"found in file {name}")
        for name in findings.unreadable:
            self.stdout.write(f"could not be searched: {name}")
        if findings.server_files:
            self.stdout.write(
                f"found in {len(findings.server_files)} files of the database server: deleted rows and its log, until"
                " VACUUM FULL and the next checkpoints overwrite them"
            )
        if not findings.is_clean:
            raise CommandError("Some text is left; see above. Other records may say the same.")
        self.stdout.write("no text is left in tables and files")
