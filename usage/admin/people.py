"""People who sign in, and the groups that say what they may.

Whoever can give rights has all of them, so that only superusers change these tables: a person with
Django's own permission to change people could make a superuser of themselves.
"""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as BaseGroupAdmin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from usage import audit

FLAGS = ("is_active", "is_staff", "is_superuser")

admin.site.unregister(User)
admin.site.unregister(Group)


class AuditedRights:
    """An admin of rights: changed by superusers alone, and each change is an audit entry."""

    noun: str

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Note which rights come and go, for the entry that is written after them."""
        row = form.instance
        before = _rights_of(row)
        super().save_related(request, form, formsets, change)  # type: ignore[misc]
        after = _rights_of(row)
        row.moved_rights = {"given": sorted(after - before), "taken": sorted(before - after)}

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._record(request, obj, "added")
        return super().log_addition(request, obj, message)  # type: ignore[misc]

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._record(request, obj, "changed", fields=_fields_in(message))
        return super().log_change(request, obj, message)  # type: ignore[misc]

    def log_deletions(self, request: HttpRequest, queryset: "QuerySet[Any]") -> Any:
        for row in queryset:
            self._record(request, row, "deleted")
        return super().log_deletions(request, queryset)  # type: ignore[misc]

    def _record(self, request: HttpRequest, row: Any, what: str, **facts: Any) -> None:
        flags = {name: getattr(row, name) for name in FLAGS if hasattr(row, name)}
        audit.append_now(
            tenant_id=audit.INSTALLATION,
            kind=f"{self.noun}-{what}",
            record={"name": str(row), **flags, **getattr(row, "moved_rights", {}), **facts},
            actor=request.user.get_username(),
        )


@admin.register(User)
class UserAdmin(AuditedRights, BaseUserAdmin, ModelAdmin):  # type: ignore[misc, type-arg]
    noun = "person"
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm

    @transaction.atomic
    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        """Change a password together with its audit entry."""
        response: HttpResponse = super().user_change_password(request, id, form_url)
        return response


@admin.register(Group)
class GroupAdmin(AuditedRights, BaseGroupAdmin, ModelAdmin):  # type: ignore[misc]
    noun = "group"


def _is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)


def _rights_of(row: Any) -> set[str]:
    """Return what a person or a group was given directly: permissions by label, groups by name."""
    held: QuerySet[Permission] = getattr(row, "permissions", None) or row.user_permissions
    labels = held.values_list("content_type__app_label", "codename")
    groups = row.groups.values_list("name", flat=True) if hasattr(row, "groups") else ()
    return {f"{app}.{name}" for app, name in labels} | {f"group {name}" for name in groups}


def _fields_in(message: Any) -> list[str]:
    """Return the names of the fields in what Django keeps of a change."""
    parts = message if isinstance(message, list) else []
    return sorted({name for part in parts for name in part.get("changed", {}).get("fields", [])})
