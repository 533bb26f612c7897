"""The admin site as an app, so that every room's `admin.site` is ours."""

from django.contrib.admin.apps import AdminConfig

from qfa_project.screen_names import give_names


class QfaAdminConfig(AdminConfig):
    default_site = "qfa_project.admin_site.QfaAdminSite"

    def ready(self) -> None:
        """Name the screens before they are found."""
        give_names()
        super().ready()
