"""Keyset pagination for lists of the admin site that grow with use."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.http import HttpRequest

from tenants.pages.keyset import read_page
from tenants.scoping import current_scope

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


class KeysetList(ModelAdmin):
    """A mixin before another base of a screen. The list has one order; filters and search work as usual.

    newest_by: the field that orders the list; an index has it after the tenant. Over all tenants no index begins with
    it, so the list is ordered by primary key, which grows with time. Filters that read all rows, such as
    date_hierarchy, have replacements in tenants/pages/keyset_filters.py.
    """

    newest_by = "created_at"
    tenant_filter = admin.RelatedFieldListFilter
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return KeysetChangeList

    def keyset_field(self) -> str:
        """Return the field that orders the list in the scope in force."""
        return "pk" if current_scope().tenant_id is None else self.newest_by

    def look_up(self, rows: Sequence[Any]) -> None:
        """Look up values for all rows of a page at once, such as names, and set them on the rows."""


class KeysetChangeList(ChangeList):
    """Reads one page without counting. Django's counts of all rows are set to those of the page."""

    model_admin: Any

    def get_results(self, request: HttpRequest) -> None:
        by, place = self.model_admin.keyset_field(), request.GET.get(PAGE_VAR, "")
        self.keyset_page = read_page(self.queryset, by=by, at=place, length=self.list_per_page)
        self.model_admin.look_up(self.keyset_page.rows)
        self.result_list = self.keyset_page.rows
        self.result_count = self.full_result_count = len(self.result_list)
        self.show_full_result_count = self.show_all = self.can_show_all = self.multi_page = False
        self.show_admin_actions = True

    @property
    def address(self) -> str:
        """Return the query of the newest page. Links add a place to it."""
        return self.get_query_string().removeprefix("?")
