"""Case keys: that they exist and since when, never what they are."""

from django.contrib import admin

from phi.models import CaseKey
from routerproject.shared.admin import ReadOnlyAdmin, moment
from routerproject.shared.admin.display import hexadecimal


@admin.register(CaseKey)
class CaseKeyAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "tenant_id",
        hexadecimal("case_hash", "Keyed hash of the case"),
        moment("created_at", "Made (UTC)"),
    )
    fields = list_display
    ordering = ("-pk",)
    search_help_text = "A key's number"

    def parse_id(self, text: str) -> int:
        return int(text)
