"""Create an account for a person from the command line, with a role in a tenant."""

import os
import secrets
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from tenants import people
from tenants.errors import Conflict
from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.models import Role, Tenant
from tenants.scoping import all_tenants
from tenants.services import add_member

ACTOR = "command:create_user"


class Command(BaseCommand):
    help = (
        "Create an account with a role. The password is read from QFA_PASSWORD; without it a random one is printed"
        " alone on the last line. Platform admins need no slug, because they belong to the platform."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="The sign-in name of the person, preferably their email address.")
        parser.add_argument("slug", nargs="?", default="platform", help="The tenant's short name.")
        parser.add_argument("--role", required=True, choices=[role.value for role in Role])
        parser.add_argument("--email", default="")
        parser.add_argument("--first-name", default="")
        parser.add_argument("--last-name", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        given = os.environ.get("QFA_PASSWORD", "")
        password = given or secrets.token_urlsafe(15)
        with all_tenants():
            tenant = self._tenant(options["slug"], Role(options["role"]))
            try:
                validate_password(password)
                _create(tenant, password, options)
            except ValidationError as error:
                raise CommandError(" ".join(error.messages)) from error
            except Conflict as error:
                raise CommandError(f"There is an account {options['username']!r} already.") from error
        self.stdout.write(f"{options['username']} may sign in at /admin/ as {options['role']} of {tenant}.")
        if not given:
            self.stdout.write(password)

    def _tenant(self, slug: str, role: Role) -> Tenant:
        tenant = Tenant.objects.filter(slug=slug, closed_at=None).first()
        if tenant is None:
            raise CommandError(f"There is no tenant {slug!r}.")
        if role == Role.PLATFORM_ADMIN and tenant.id != PLATFORM_TENANT_ID:
            raise CommandError("Platform admins belong to the platform tenant: leave the slug out.")
        return tenant


def _create(tenant: Tenant, password: str, options: dict[str, Any]) -> None:
    with transaction.atomic():
        person = people.create_person(
            username=options["username"],
            password=password,
            email=options["email"],
            first_name=options["first_name"],
            last_name=options["last_name"],
            actor_id=ACTOR,
        )
        add_member(tenant=tenant, user=person, role=Role(options["role"]), actor_id=ACTOR)
