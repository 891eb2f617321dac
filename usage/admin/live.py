"""Edits that are live when saved: tried out first, audited, announced with their version."""

import copy
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Field, Model, ProtectedError
from django.http import HttpRequest

from routerproject.shared.admin import EditableAdmin, EditForm
from usage import audit, configuration
from usage.configuration import InvalidConfiguration

Check = Callable[[], object]
_checks: list[Check] = [configuration.load_catalog]


def check_with(check: Check) -> None:
    """Try every edit with a check too; it raises InvalidConfiguration with what it finds."""
    _checks.append(check)


def new_findings(edit: Callable[[], object]) -> list[str]:
    """Make an edit, undo it, and return what would be wrong after it that is not wrong now."""
    before = _findings()
    with transaction.atomic():
        edit()
        after = _findings()
        transaction.set_rollback(True)
    return [finding for finding in after if finding not in before]


def _findings() -> list[str]:
    found: list[str] = []
    for check in _checks:
        try:
            check()
        except InvalidConfiguration as invalid:
            found.extend(finding for finding in invalid.findings if finding not in found)
    return found


class LiveForm(EditForm):
    """A form that refuses what the router could not be run from."""

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if not self.errors:
            self._try_out()

    def _try_out(self) -> None:
        trial = copy.copy(self.instance)
        if findings := new_findings(trial.save):
            self.add_error(None, ValidationError(findings))


class LiveAdmin(EditableAdmin):
    """An admin of rows that decide about requests from the moment they are saved."""

    form = LiveForm
    # What an admin should know of changing a field: in its help text, and again when it is changed.
    on_change: ClassVar[Mapping[str, str]] = MappingProxyType({})

    def formfield_for_dbfield(
        self, db_field: "Field[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name in self.on_change:
            field.help_text = f"{field.help_text} {self.on_change[db_field.name]}".strip()
        return field

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        changed = [name for name in form.changed_data if name in form.fields]
        self._record(request, obj, "configuration-changed", fields=changed, is_new=not change)
        self._announce(request)
        notes = [self.on_change[name] for name in changed if change and name in self.on_change]
        for note in dict.fromkeys(notes):
            messages.warning(request, note)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self._record(request, obj, "configuration-deleted")
        super().delete_model(request, obj)
        self._announce(request)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for row in queryset:
            self.delete_model(request, row)

    def get_deleted_objects(self, objs: Iterable[Any], request: HttpRequest) -> Any:
        """List what a deletion would break beside what the database protects."""
        deleted, counts, lacking, protected = super().get_deleted_objects(objs, request)
        if not protected:
            protected = self._findings_without(objs)
        return deleted, counts, lacking, protected

    def _findings_without(self, objs: Iterable[Any]) -> list[str]:
        def delete() -> None:
            for row in objs:
                type(row)._base_manager.filter(pk=row.pk).delete()

        try:
            return new_findings(delete)
        except ProtectedError as error:
            return [str(row) for row in error.protected_objects]

    def _record(self, request: HttpRequest, obj: Model, kind: str, **facts: object) -> None:
        audit.append_now(
            tenant_id=_tenant_of(obj),
            kind=kind,
            record={"table": obj._meta.label_lower, "row": obj.pk, **facts},
            actor=request.user.get_username(),
        )

    def _announce(self, request: HttpRequest) -> None:
        version = configuration.current_version()
        messages.info(request, f"Configuration {version} is live.")


def _tenant_of(row: Model) -> int:
    """Return whose audit chain an edit belongs to: the tenant's, else the installation's."""
    return getattr(row, "tenant_id", None) or audit.INSTALLATION
