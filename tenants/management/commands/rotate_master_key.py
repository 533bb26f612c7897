"""Wrap the data keys of all tenants by the current master key."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants.encryption import tenant_box
from tenants.errors import WrongKey


class Command(BaseCommand):
    help = (
        "Wrap the data keys of all tenants by STORAGE_MASTER_KEY. Until now they may be wrapped by"
        " STORAGE_MASTER_KEY_PREVIOUS or by the key that is derived from SECRET_KEY. Encrypted texts stay as they are."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            changed = tenant_box.rewrap_keys()
        except WrongKey as error:
            raise CommandError(
                "A data key was wrapped by another master key. Set STORAGE_MASTER_KEY_PREVIOUS; nothing was changed."
            ) from error
        self.stdout.write(f"{changed} data keys are wrapped by the current master key now")
