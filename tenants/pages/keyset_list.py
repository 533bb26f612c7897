"""The list of an admin screen whose rows grow with use: pages by keyset in place of Django's counting."""

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
    """Stands before another base of a screen. Its list is in one order, and filters and search narrow it as usual.

    newest_by: the field that the list is in the order of, beside its tenant in an index. Over all tenants no index
    leads with it: there the list is in the order of the keys, which grow with time. Filters that would look at all
    rows for what they offer, as a date_hierarchy does, have others in tenants/keyset_filters.py.
    """

    newest_by = "created_at"
    tenant_filter = admin.RelatedFieldListFilter
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return KeysetChangeList

    def keyset_field(self) -> str:
        """The field that the list is in the order of, in the scope in force."""
        return "pk" if current_scope().tenant_id is None else self.newest_by

    def look_up(self, rows: Sequence[Any]) -> None:
        """Put on the rows of a page what is looked up for all of them at once, such as names."""


class KeysetChangeList(ChangeList):
    """Reads one page and counts nothing: what Django would say of all rows, it is told of the page."""

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
        """The query of this list's newest page, to which links add a place."""
        return self.get_query_string().removeprefix("?")
