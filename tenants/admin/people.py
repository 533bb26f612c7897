"""Admin screens of people and of their roles."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants import people
from tenants.admin import index_cards
from tenants.identifiers import PLATFORM_TENANT_ID
from tenants.models import Membership, Role, Tenant, User
from tenants.pages.forms import ConfirmForm, InviteForm, role_choices
from tenants.pages.scoped_admin import TenantScopedAdmin, actor_of, is_platform_staff
from tenants.registry import register_index_card
from tenants.scoping import current_scope, current_tenant_id


@admin.register(User)
class PersonAdmin(TenantScopedAdmin):
    """Accounts of people. Managers see the members of their tenant; the platform team changes accounts."""

    acts_are_audited = True
    list_display = ["username", "first_name", "last_name", "roles", "last_login", "is_active"]
    list_filter = ["is_active", "memberships__role"]
    search_fields = ["username", "first_name", "last_name"]
    ordering = ["username"]
    fields = ["username", "first_name", "last_name", "email", "is_active", "roles", "last_login", "date_joined"]
    readonly_fields = ["roles", "last_login", "date_joined"]
    change_form_template = "admin/tenants/user/change_form.html"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        may_invite = request.user.has_perm("tenants.add_membership")
        return super().changelist_view(request, {"may_invite": may_invite} | (extra_context or {}))

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        people_in_scope = super().get_queryset(request).prefetch_related("memberships__tenant")
        if current_scope().tenant_id is None:
            return people_in_scope
        return people_in_scope.filter(pk__in=Membership.objects.values("user"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # MembershipAdmin invites people

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False  # accounts become inactive, because the audit log names them

    @admin.display(description=gettext_lazy("Roles"))
    def roles(self, person: User) -> str:
        memberships = list(person.memberships.all())
        if current_scope().tenant_id is not None:
            return ", ".join(membership.get_role_display() for membership in memberships)
        return ", ".join(f"{membership.get_role_display()} ({membership.tenant})" for membership in memberships)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        values = {name: form.cleaned_data[name] for name in form.changed_data}
        people.change_person(person=obj, actor_id=actor_of(request), **values)

    def get_urls(self) -> list[URLPattern]:
        link = self.admin_site.admin_view(self.link_view)
        return [path("<path:object_id>/password-link/", link, name="tenants_user_link"), *super().get_urls()]

    def link_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Create a link that lets a person set a new password."""
        person = self.get_scoped_object(request, object_id)
        if not self._may_help(request, person):
            raise Http404

        def make_link(form: ConfirmForm) -> HttpResponse:
            link = people.make_password_link(person=person, actor_id=actor_of(request))
            return show_link(self, request, person, link)

        return self.act_page(
            request,
            title=_("New password for %(name)s") % {"name": person},
            obj=person,
            form_class=ConfirmForm,
            act=make_link,
            submit=_("Create a link"),
            explanation=_("The person sets the password. The old one works until then."),
        )

    def _may_help(self, request: HttpRequest, person: User) -> bool:
        if is_platform_staff(request):
            return True
        tenant_id = current_tenant_id()
        may_invite = request.user.has_perm("tenants.add_membership")
        return may_invite and people.belongs_to_one_tenant(person, Tenant.objects.get(id=tenant_id))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        person = self.get_scoped_object(request, object_id)
        shown = {"may_make_link": person.is_active and self._may_help(request, person)}
        return super().change_view(request, object_id, form_url, shown | (extra_context or {}))


@admin.register(Membership)
class MembershipAdmin(TenantScopedAdmin):
    """Roles of people in a tenant. Nobody changes their own role, so that a tenant never loses its last manager."""

    acts_are_audited = True
    list_display = ["person", "full_name", "role", "last_sign_in", "created_at"]
    list_select_related = ["user", "tenant"]
    list_filter = ["role"]
    search_fields = ["user__username", "user__first_name", "user__last_name"]
    fields = ["person", "role", "created_at"]
    readonly_fields = ["person", "created_at"]

    @admin.display(description=gettext_lazy("Person"), ordering="user__username")
    def person(self, membership: Membership) -> str:
        return membership.user.username

    @admin.display(description=gettext_lazy("Name"), ordering="user__last_name")
    def full_name(self, membership: Membership) -> str:
        return membership.user.get_full_name()

    @admin.display(description=gettext_lazy("Last sign-in"), ordering="user__last_login")
    def last_sign_in(self, membership: Membership) -> Any:
        return membership.user.last_login

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_change(request, obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_change(request, obj) and super().has_delete_permission(request, obj)

    def _may_change(self, request: HttpRequest, membership: Membership | None) -> bool:
        """Tell whether the reader may change a membership: not their own, and a platform admin's only as staff."""
        if membership is None:
            return True
        is_platform_admins = membership.role == Role.PLATFORM_ADMIN and not is_platform_staff(request)
        return membership.user_id != request.user.pk and not is_platform_admins

    def formfield_for_choice_field(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "role":
            kwargs["choices"] = self._roles(request)
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def _roles(self, request: HttpRequest) -> list[tuple[str, str]]:
        tenant_id = current_scope().tenant_id
        includes_platform = tenant_id == PLATFORM_TENANT_ID and is_platform_staff(request)
        return role_choices(includes_platform=includes_platform)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        people.change_role(membership=obj, role=form.cleaned_data["role"], actor_id=actor_of(request))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        people.remove_member(membership=obj, actor_id=actor_of(request))

    def delete_queryset(self, request: HttpRequest, queryset: Iterable[Membership]) -> None:
        for membership in queryset:
            self.delete_model(request, membership)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if ask := self.ask_for_tenant(request):
            return ask
        tenant = Tenant.objects.get(id=current_tenant_id())

        def invite(form: InviteForm) -> HttpResponse | None:
            invitation = people.invite_member(
                tenant=tenant,
                actor_id=actor_of(request),
                by_platform_staff=is_platform_staff(request),
                **form.cleaned_data,
            )
            return show_link(self, request, invitation.membership.user, invitation.link)

        return self.act_page(
            request,
            title=_("Add a person to %(tenant)s") % {"tenant": tenant},
            form_class=lambda data: InviteForm(data, roles=self._roles(request)),
            act=invite,
            submit=_("Invite"),
            explanation=_("You get a link with which the person sets a password. Pass it on to them."),
        )


def show_link(screen: TenantScopedAdmin, request: HttpRequest, person: User, link: people.PasswordLink) -> HttpResponse:
    """Show the address where a person sets their password."""
    address = reverse("admin:set_password", args=[link.uid, link.token])
    return screen.shown_once(
        request,
        title=_("Link for %(name)s") % {"name": person},
        text=request.build_absolute_uri(address),
        explanation=_(
            "Give this link to the person only, over a channel that nobody else reads. Anybody who opens it can set the"
            " password. It works once, within three days, and is not shown again."
        ),
    )


register_index_card("tenants.view_membership", index_cards.members)
