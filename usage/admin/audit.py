"""The audit trail: read by those who may, changed by nobody."""

from django.contrib import admin

from routerproject.shared.admin import PeriodFilter, json_text, moment
from routerproject.shared.admin.display import hexadecimal
from usage.admin.ledger import request_link
from usage.admin.records import RecordAdmin, TenantFilter
from usage.models import AuditEntry, AuditHead

at = moment("at", "When")


@admin.display(description="Request")
def request_or_none(row: AuditEntry) -> str:
    return request_link(row) if row.request_id else "-"


@admin.register(AuditEntry)
class AuditEntryAdmin(RecordAdmin):
    list_display = (at, "tenant", "seq", "kind", "actor", request_or_none)
    list_display_links = (at, "seq")
    list_filter = (TenantFilter, PeriodFilter)
    search_ids = ("pk", "request_id")
    fields = (
        "id",
        "tenant",
        "seq",
        at,
        "kind",
        "actor",
        request_or_none,
        json_text("record", "Record"),
        hexadecimal("prev_hash", "Hash of the entry before"),
        hexadecimal("hash", "Hash"),
    )


@admin.register(AuditHead)
class AuditHeadAdmin(RecordAdmin):
    list_display = ("tenant", "seq", "signed_seq", hexadecimal("hash", "Hash"))
    fields = list_display
    search_help_text = "A tenant's number"

    def parse_id(self, text: str) -> int:
        return int(text)
