"""Import the keys of the older service, so that its clients change nothing but the address."""

import json
import re
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from tenants.audit import record_act
from tenants.models import ApiKey, Tenant
from tenants.scoping import all_tenants

SCRYPT_HEX = re.compile(r"\A[0-9a-f]{128}\Z")


class Command(BaseCommand):
    help = (
        "Import keys from a JSON list of objects with tenant (slug or id), name and hash (scrypt with empty salt,"
        " N 16384, r 8, p 1, 64 bytes, hex), and optionally is_superuser. All are imported or none."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            rows = json.loads(options["file"].read_text())
        except (OSError, ValueError) as error:
            raise CommandError(f"{options['file']} cannot be read as JSON.") from error
        if not isinstance(rows, list):
            raise CommandError(f"{options['file']} holds no list.")
        with all_tenants(), transaction.atomic():
            known = {
                name: tenant for tenant in Tenant.objects.organisations() for name in (tenant.slug, str(tenant.id))
            }
            problems = [problem for number, row in enumerate(rows, 1) for problem in _problems(number, row, known)]
            problems = problems or _duplicates(rows)
            if problems:
                raise CommandError("Nothing was imported.\n" + "\n".join(problems))
            for row in rows:
                _import(known[row["tenant"]], row)
        self.stdout.write(f"{len(rows)} keys imported; each is re-hashed at its first use")


def _problems(number: int, row: Any, known: dict[str, Tenant]) -> list[str]:
    if not isinstance(row, dict) or not all(isinstance(row.get(name), str) for name in ("tenant", "name", "hash")):
        return [f"Row {number}: tenant, name and hash are needed, as strings."]
    if row["tenant"] not in known:
        return [f"Row {number}: there is no tenant {row['tenant']!r}."]
    if not SCRYPT_HEX.match(row["hash"].lower()):
        return [f"Row {number}: the hash is not 128 hexadecimal digits."]
    if row.get("is_superuser") and not known[row["tenant"]].allows_superusers:
        return [f"Row {number}: tenant {row['tenant']!r} does not allow superuser keys."]
    is_known = ApiKey.objects.filter(legacy_hash=row["hash"].lower()).exists()
    is_taken = ApiKey.objects.filter(tenant=known[row["tenant"]], name=row["name"]).exists()
    return [f"Row {number}: this key, or one of its name, exists already."] if is_known or is_taken else []


def _duplicates(rows: list[dict[str, Any]]) -> list[str]:
    """Return a problem for each row whose key or name an earlier row has."""
    hashes = [row["hash"].lower() for row in rows]
    names = [(row["tenant"], row["name"]) for row in rows]
    return [
        f"Row {number}: an earlier row has this key, or its name."
        for number, (hashed, name) in enumerate(zip(hashes, names, strict=True), 1)
        if hashed in hashes[: number - 1] or name in names[: number - 1]
    ]


def _import(tenant: Tenant, row: dict[str, Any]) -> None:
    key = ApiKey.objects.create(
        tenant=tenant,
        name=row["name"],
        legacy_hash=row["hash"].lower(),
        is_superuser=bool(row.get("is_superuser", False)),
    )
    record_act(key, "command:import_keys", "api_key.imported")
