"""Run a batch from the terminal: `manage.py run_batch kenya summarize records.jsonl`."""

import json
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from feedback.api.serializers import RecordSerializer
from feedback.batches import services
from feedback.batches.answers.results import result_rows
from feedback.batches.models import Batch
from feedback.batches.options import read_options
from feedback.batches.records import MAX_RECORDS, BatchRecord, inline_records, stored_records
from feedback.batches.reports import progress_of
from feedback.filters import parse_filter
from inference.registry import use_case_named
from tenants.models import Tenant
from tenants.rest.bodies import read_body
from tenants.rest.errors import InvalidRequest
from tenants.scoping import all_tenants, tenant_scope

LOOKS_EVERY_SECONDS = 0.5


class Command(BaseCommand):
    help = "Run an operation on the records of a JSON Lines file, or on stored records. Job workers have to be running."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", help="the tenant's slug")
        parser.add_argument("operation", help="such as summarize or assign_codes")
        parser.add_argument(
            "file", nargs="?", type=Path, help="JSON Lines with id and content; left out: stored records"
        )
        parser.add_argument("--filter", action="append", default=[], metavar="NAME=VALUE", help="of stored records")
        parser.add_argument("--options", type=json.loads, default={}, help="JSON, as in POST /v1/batches")
        parser.add_argument("--max-cost-usd", type=Decimal)
        parser.add_argument(
            "--output", type=Path, help="write the results there as JSON Lines; left out: to the output"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with all_tenants():
            tenant = Tenant.objects.filter(slug=options["tenant"], closed_at=None).first()
        use_case = use_case_named(options["operation"])
        if tenant is None or use_case is None:
            raise CommandError(f"Unknown {'operation' if tenant else 'tenant'}")
        with tenant_scope(tenant.id):
            try:
                order = services.Order(
                    use_case=use_case,
                    options=read_options(use_case, options["options"]),
                    actor_id="command:run_batch",
                    max_cost_usd=options["max_cost_usd"],
                )
                records = _records(options["file"], options["filter"])
            except InvalidRequest as invalid:
                issues = "; ".join(f"{issue.field}: {issue.issue}" for issue in invalid.fields or ())
                raise CommandError(issues or invalid.message) from invalid
            batch = services.create_batch(tenant=tenant, order=order, records=records)
            self._watch(batch)
            self._write_results(batch, options["output"])

    def _watch(self, batch: Batch) -> None:
        """Show a bar until the batch has ended."""
        with tqdm(total=batch.records_total, unit="record", file=self.stderr, disable=not sys.stderr.isatty()) as bar:
            while batch.is_open:
                time.sleep(LOOKS_EVERY_SECONDS)
                batch.refresh_from_db()
                progress = progress_of([batch])[batch.id]
                bar.update(progress.records_done - bar.n)
        self.stderr.write(
            f"{batch.id} {batch.status}: {batch.records_ok} ok, {batch.records_failed} failed, {batch.cost_usd:.4f} USD"
        )

    def _write_results(self, batch: Batch, path: Path | None) -> None:
        lines = (json.dumps(row, ensure_ascii=False) for row in result_rows(batch))
        if path is None:
            for line in lines:
                self.stdout.write(line)
        else:
            with path.open("w", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)


def _records(path: Path | None, filters: list[str]) -> list[BatchRecord]:
    if path is None:
        values: dict[str, list[str]] = {}
        for name, _, value in (text.partition("=") for text in filters):
            values.setdefault(name, []).append(value)
        records = stored_records(parse_filter(values, location="filter"), sees_sensitive=False)
    else:
        with path.open(encoding="utf-8") as file:
            rows = [json.loads(line) for line in file if line.strip()]
        records = inline_records([read_body(RecordSerializer, row) for row in rows])
    if not 1 <= len(records) <= MAX_RECORDS:
        raise CommandError(f"A batch has 1 to {MAX_RECORDS} records, not {len(records)}")
    return records
