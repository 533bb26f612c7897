"""Batches from the terminal."""

import json
from pathlib import Path
from threading import Thread

import pytest

from tenants.models import Tenant
from tests.support.forked import run_command
from tests.support.provider import ScriptedProvider
from tests.support.worker import Worker


def test_a_file_of_records_is_worked_on_and_its_results_are_printed(
    tenant: Tenant, provider: ScriptedProvider, process_environment: dict[str, str], tmp_path: Path
) -> None:
    file, output = tmp_path / "records.jsonl", tmp_path / "results.jsonl"
    file.write_text("\n".join(json.dumps({"id": f"r{n}", "content": f"Well {n} is dry."}) for n in range(3)))
    arguments = ("run_batch", tenant.slug, "summarize", str(file), "--output", str(output))
    printed: list[str] = []
    ordered = Thread(target=lambda: printed.append(run_command(*arguments, environment=process_environment)))
    ordered.start()
    work = Worker(process_environment)
    while ordered.is_alive():
        work()
    ordered.join()
    assert "succeeded: 3 ok, 0 failed" in printed[0]
    rows = [json.loads(line) for line in output.read_text().splitlines()]
    assert [(row["id"], row["status"]) for row in rows] == [("r0", "ok"), ("r1", "ok"), ("r2", "ok")]


def test_a_wrong_option_is_told(tenant: Tenant, process_environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "records.jsonl"
    file.write_text('{"id": "a", "content": "Dry."}')
    with pytest.raises(AssertionError, match=r"body\.options\.colour"):
        run_command(
            "run_batch",
            tenant.slug,
            "summarize",
            str(file),
            "--options",
            '{"colour": 1}',
            environment=process_environment,
        )
