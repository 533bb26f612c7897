"""What the screens of the admin site and their groups are called, in the reader's language.

Given to the models when the site starts rather than in each `Meta`: there a lazy text would need a migration that
changes no table. The columns of the screens keep their English names.
"""

from django.apps import apps
from django.utils.translation import gettext_lazy as _

GROUPS = {
    "coding": _("Coding"),
    "inference": _("Models"),
    "tenants": _("Tenants and access"),
    "usage": _("Usage and cost"),
}
SCREENS = {
    "coding.code": (_("code"), _("codes")),
    "coding.codeassignment": (_("code assignment"), _("code assignments")),
    "coding.codingframework": (_("coding framework"), _("coding frameworks")),
    "coding.codingpolicy": (_("coding policy"), _("coding policies")),
    "coding.frameworkversion": (_("framework version"), _("framework versions")),
    "inference.modelcatalogentry": (_("model"), _("model catalogue")),
    "procrastinate.procrastinatejob": (_("background job"), _("background jobs")),
    "tenants.apikey": (_("API key"), _("API keys")),
    "tenants.auditevent": (_("audit event"), _("audit log")),
    "tenants.membership": (_("membership"), _("memberships")),
    "tenants.refusedrequest": (_("refused request"), _("refused requests")),
    "tenants.tenant": (_("tenant"), _("tenants")),
    "tenants.user": (_("person"), _("people")),
    "usage.budget": (_("budget"), _("budgets")),
    "usage.budgetnotice": (_("budget notice"), _("budget notices")),
    "usage.budgetwebhook": (_("budget webhook"), _("budget webhooks")),
    "usage.healthsnapshot": (_("health snapshot"), _("health snapshots")),
    "usage.llmcall": (_("model call"), _("model calls")),
    "usage.modelprice": (_("model price"), _("model prices")),
    "usage.operationrank": (_("operation rank"), _("operation ranks")),
}


def give_names() -> None:
    """Name the groups and the screens."""
    for label, name in GROUPS.items():
        apps.get_app_config(label).verbose_name = name
    for label, (one, several) in SCREENS.items():
        options = apps.get_model(label)._meta
        options.verbose_name, options.verbose_name_plural = one, several
