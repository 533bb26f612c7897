"""The app that makes our admin site the default one."""

from django.contrib.admin.apps import AdminConfig

from qfa_project import checks  # noqa: F401  (importing registers the system checks)
from qfa_project.log_lines import log_what_nobody_else_does


class QfaAdminConfig(AdminConfig):
    default_site = "qfa_project.admin_site.QfaAdminSite"

    def ready(self) -> None:
        super().ready()
        log_what_nobody_else_does()
