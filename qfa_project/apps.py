"""The admin site as an app, so that every room's `admin.site` is ours."""

from django.contrib.admin.apps import AdminConfig


class QfaAdminConfig(AdminConfig):
    default_site = "qfa_project.admin_site.QfaAdminSite"
