"""Run the main job on shipped content, without network or model weights."""

import os
import secrets
import sys
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db.models import Count, Sum
from django.utils import timezone
from tqdm import tqdm

from coding.demo import show
from coding.demo.content import DemoRecord, demo_framework, demo_records
from coding.frameworks import services as coding_services
from coding.frameworks.formats.json_shapes import read_framework
from coding.frameworks.versions import ChosenFramework, stored_framework
from coding.models import CodingFramework
from inference.connections import generation_connection
from inference.warmup import warm_up
from tenants import services
from tenants.models import Membership, Role, Tenant, User
from tenants.scoping import all_tenants, tenant_scope
from usage.models import LLMCall

ACTOR = "command:demo"
SLUG, LOGIN = "demo", "demo"
BAR_WIDTH = 40
MAX_SHOWN_LENGTH = 700
PROGRESS_SECONDS = 0.2 if sys.stderr.isatty() else 10.0


class Command(BaseCommand):
    help = (
        "Import the demo framework and feedback, redact, code, flag, summarise and analyse it, and show what it cost."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--records", type=int, default=None, help="Only the first so many records.")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0, skip_checks=True)
        warm_up()
        tenant = _demo_tenant()
        shown = demo_records()[: options["records"]]
        started = timezone.now()
        with tenant_scope(tenant.id):
            framework = _demo_framework(tenant)
            self.stdout.write(f"Model: {generation_connection().model} (built in, not a language model)\n\n")
            findings = show.Findings()
            for demo_record in tqdm(shown, desc="Redact, code, flag", unit=" records", mininterval=PROGRESS_SECONDS):
                show.process(demo_record, tenant, framework, findings)
            self._show_redaction(findings, shown, tenant)
            self._show_coding(findings, shown)
            self._show_texts(findings, shown, tenant)
            self._show_ledger(started)
        self._show_access(tenant)

    def _show_redaction(self, findings: show.Findings, shown: list[DemoRecord], tenant: Tenant) -> None:
        self._heading("Redaction")
        withheld = findings.personal_values - findings.personal_values_sent
        self.stdout.write(f"{withheld} of {findings.personal_values} marked personal values never left the machine.")
        self.stdout.write(", ".join(f"{count} {name}" for name, count in findings.redacted.most_common()))
        example = max(shown, key=lambda demo_record: len(demo_record.pii)).record
        self.stdout.write(f"\nA record:     {example.content}")
        self.stdout.write(f"A model sees: {show.redacted_text(example, tenant)}")

    def _show_coding(self, findings: show.Findings, shown: list[DemoRecord]) -> None:
        self._heading("Codes")
        largest = max((count for _, count in findings.by_type), default=1)
        for name, count in findings.by_type:
            self.stdout.write(f"{name:<34} {'█' * round(BAR_WIDTH * count / largest)} {count}")
        expected = sum(demo_record.code is not None for demo_record in shown)
        self.stdout.write(
            f"{len(findings.coded)} records coded, {findings.uncoded} without a code;"
            f" {findings.coded_as_expected} of {expected} as their authors expected."
        )
        correct = sum(demo_record.is_sensitive for demo_record in findings.flagged)
        sensitive = sum(demo_record.is_sensitive for demo_record in shown)
        self.stdout.write(
            f"{len(findings.flagged)} records flagged as sensitive, {correct} of the {sensitive} that are among them."
        )

    def _show_texts(self, findings: show.Findings, shown: list[DemoRecord], tenant: Tenant) -> None:
        records = [demo_record.record for demo_record in shown]
        longest_record = max(records, key=lambda record: len(record.content))
        self._heading("Summary of one record")
        one = show.summary_of_one(longest_record, tenant)
        self.stdout.write(f"{one.title}\n{one.summary}")
        self._heading(f"Summary of {len(records)} records")
        every = show.summary_of_all(records, tenant)
        self.stdout.write(f"{every.title}\n{_cut(every.summary)}")
        self._heading("Analysis")
        self.stdout.write(f"Question: {show.QUESTION}")
        self.stdout.write(_cut(show.analysis_of_all(findings, records, tenant).analysis))

    def _show_ledger(self, started: Any) -> None:
        self._heading("Ledger")
        rows = LLMCall.objects.filter(created_at__gte=started).values("operation").order_by("operation")
        totals = rows.annotate(
            calls=Count("id"), tokens=Sum("input_tokens") + Sum("output_tokens"), cost=Sum("cost_usd")
        )
        for row in totals:
            self.stdout.write(
                f"{row['operation']:<20} {row['calls']:>6} calls {row['tokens']:>10} tokens {row['cost']:>8.4f} USD"
            )

    def _show_access(self, tenant: Tenant) -> None:
        password = secrets.token_urlsafe(12)
        with all_tenants():
            _demo_login(password)
            issued = services.create_api_key(
                tenant=tenant, name=f"Demo {timezone.now():%Y-%m-%d %H:%M:%S.%f}", actor_id=ACTOR
            )
        served_at = f"http://{os.environ.get('BIND', '127.0.0.1:8000')}"
        self._heading("Yours to try, once it is served (make serve)")
        self.stdout.write(f"API and its documentation   {served_at}/v1/docs/")
        self.stdout.write(f"Pages                       {served_at}/admin/")
        self.stdout.write(f"Login                       {LOGIN} / {password}")
        self.stdout.write(f"API key                     {issued.text}")

    def _heading(self, text: str) -> None:
        self.stdout.write(self.style.MIGRATE_HEADING(f"\n{text}"))


def _cut(text: str) -> str:
    return text if len(text) <= MAX_SHOWN_LENGTH else f"{text[:MAX_SHOWN_LENGTH]} ..."


def _demo_tenant() -> Tenant:
    with all_tenants():
        tenant = Tenant.objects.filter(slug=SLUG, closed_at=None).first()
        return tenant or services.create_tenant(slug=SLUG, name="Demo National Society", actor_id=ACTOR)


def _demo_framework(tenant: Tenant) -> ChosenFramework:
    imported = read_framework(demo_framework())
    stored = CodingFramework.objects.filter(tenant_id=tenant.id, name=imported.name).first()
    if stored is None:
        draft = coding_services.import_framework(tenant_id=tenant.id, imported=imported, actor_id=ACTOR)
        stored = coding_services.publish_version(version=draft, actor_id=ACTOR).framework
    return stored_framework(str(stored.id))


def _demo_login(password: str) -> None:
    """Create a platform admin, who may see all pages."""
    user, _ = User.objects.get_or_create(username=LOGIN, defaults={"is_staff": True})
    user.set_password(password)
    user.save()
    if not Membership.objects.filter(user=user).exists():
        services.add_member(tenant=services.get_platform_tenant(), user=user, role=Role.PLATFORM_ADMIN, actor_id=ACTOR)
