#!/usr/bin/env python
"""Run a management command, starting the embedded PostgreSQL first where no other server is configured."""

import os
import sys

from django.conf import settings
from django.core.management import execute_from_command_line

from qfa_project.postgres import embedded

COMMANDS_WITHOUT_DATABASE = {"check", "collectstatic", "compilemessages", "makemessages", "help"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qfa_project.settings")
    needs_database = len(sys.argv) > 1 and sys.argv[1] not in COMMANDS_WITHOUT_DATABASE
    if needs_database and settings.USES_EMBEDDED_POSTGRES:
        embedded.start(settings.QFA_HOME)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
