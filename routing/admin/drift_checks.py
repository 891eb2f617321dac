"""Checks for drift: how far requests of a week lie from those before, and a word at sign-in."""

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from routerproject.shared import clock
from routerproject.shared.admin import ReadOnlyAdmin, moment
from routing.evaluation import watching
from routing.models import DriftCheck
from usage.admin import notices


@admin.register(DriftCheck)
class DriftCheckAdmin(ReadOnlyAdmin):
    list_display = (
        *("__str__", "then", "now", "absent_then", "absent_now", "found"),
        moment("at", "Checked (UTC)"),
    )
    fields = (*list_display[1:], "moved")
    when_empty = "Nothing was checked yet. The worker compares requests once a day."

    def parse_id(self, text: str) -> int:
        return int(text)

    @admin.display(description="Findings")
    def found(self, row: DriftCheck) -> str:
        return " ".join(row.findings) or "none"

    @admin.display(description="Population stability index, the farthest first")
    def moved(self, row: DriftCheck) -> SafeString:
        lines = [(feature, f"{value:.3f}") for feature, value in row.shifts]
        context = {"heads": ("What decisions look at", "PSI"), "lines": lines}
        return render_to_string("admin/small_table.html", context)


def _drifted(request: HttpRequest) -> list[str]:
    may_see = request.user.has_perm("routing.view_driftcheck")
    return watching.notices(clock.now()) if may_see else []


notices.tell_with(_drifted)
