"""What a model did on a set: shares with intervals, confusion of tiers, calibration, stages."""

from typing import Any

from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from routerproject.shared.admin import ReadOnlyAdmin, json_text, moment
from routing.classify.training.labelled import TIERS
from routing.evaluation.drawing import calibration_chart
from routing.evaluation.figures import SHARES
from routing.models import EvaluationRun


@admin.register(EvaluationRun)
class EvaluationRunAdmin(ReadOnlyAdmin):
    when_empty = (
        "Nothing was examined yet. Open an evaluation set and choose Evaluate the model in force,"
        " or run manage.py evaluate_classifier."
    )
    list_display = (
        *("id", "subject", "how", "judge", "acceptable", "under", "over"),
        moment("at", "Judged (UTC)"),
    )
    list_filter = ("subject", "how")
    fields = (
        *("subject", "how", "model_version", "at", "by", "shares", "confusion", "calibration"),
        *("agreement", "stages", json_text("comparison", "Comparison"), "data_sha256"),
    )

    def parse_id(self, text: str) -> int:
        return int(text)

    @admin.display(description="Model")
    def judge(self, row: EvaluationRun) -> str:
        return row.model_version[:8] or "rules alone"

    @admin.display(description="Acceptable tier (%)")
    def acceptable(self, row: EvaluationRun) -> str:
        return _percent(row.share("acceptable")["value"])

    @admin.display(description="Under-routed (%)")
    def under(self, row: EvaluationRun) -> str:
        return _percent(row.share("under")["value"])

    @admin.display(description="Over-routed (%)")
    def over(self, row: EvaluationRun) -> str:
        return _percent(row.share("over")["value"])

    @admin.display(description="Shares, with 95 % intervals")
    def shares(self, row: EvaluationRun) -> SafeString:
        lines = [
            (
                name.replace("_", " "),
                _percent(one["value"]),
                f"{_percent(one['low'])} to {_percent(one['high'])}",
                f"{one['hits']:,} of {one['total']:,}",
            )
            for name, one in ((name, row.share(name)) for name in SHARES)
        ]
        return _table(("Share", "%", "95 %", "Requests"), lines)

    @admin.display(description="Needed tier by chosen tier")
    def confusion(self, row: EvaluationRun) -> SafeString:
        lines = [
            (needed, *(f"{row.figures['confusion'][needed][tier]:,}" for tier in TIERS))
            for needed in TIERS
            if needed in row.figures["confusion"]  # kept as JSON, whose members have no order
        ]
        return _table(("Needed", *(f"to {tier}" for tier in TIERS)), lines)

    @admin.display(description="Calibration")
    def calibration(self, row: EvaluationRun) -> SafeString:
        chart = render_to_string(
            "usage/chart.html",
            # The admin's theme takes whatever has the class "chart" for a canvas of its own.
            {"chart": calibration_chart(row.figures["bins"]), "css_class": "diagram"},
        )
        lines = [
            (_percent(stated), _percent(right), f"{count:,}")
            for stated, right, count in row.figures["bins"]
        ]
        table = _table(("Stated (%)", "Came true (%)", "Decisions"), lines)
        error = _percent(row.figures["calibration_error"])
        return render_to_string(
            "admin/figure.html", {"chart": chart, "table": table, "error": error}
        )

    @admin.display(description="Cohen's kappa of needed and chosen tier")
    def agreement(self, row: EvaluationRun) -> str:
        kappa = row.figures.get("kappa")  # runs of earlier versions have none
        return "unknown" if kappa is None else f"{kappa:.2f}"

    @admin.display(description="Decided by")
    def stages(self, row: EvaluationRun) -> str:
        total = sum(row.figures["sources"].values()) or 1
        return ", ".join(
            f"{name} {_percent(count / total)} %" for name, count in row.figures["sources"].items()
        )


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _table(heads: tuple[str, ...], lines: list[tuple[Any, ...]]) -> SafeString:
    return render_to_string("admin/small_table.html", {"heads": heads, "lines": lines})
