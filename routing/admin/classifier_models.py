"""Which model decides: trained in the background, promoted when nothing gets worse, put back."""

from typing import Any

from celery import current_app
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from kombu.exceptions import OperationalError
from unfold.decorators import action

from routerproject.shared.admin import ReadOnlyAdmin, json_text, moment, row_or_404
from routing.classify.learned import MalformedModel
from routing.evaluation import promotion
from routing.evaluation.promotion import NotPromoted
from routing.models import ClassifierModel, EvaluationRun

MOST_RUNS = 20
HEADS = (
    *("On", "When (UTC)", "Requests", "Newly too low", "No longer too low"),
    *("Newly too low, critical", "p of McNemar, one-sided", "Against it"),
)
ASKED = "The worker trains and examines, which takes some minutes. A new model appears below."
NOTHING_NEW = (
    "Nothing was labelled that no model has learned, so nothing is trained. Add labelled examples"
    " to a training set; those that stand in an evaluation set as well are not learned."
)
NO_QUEUE = "The task queue cannot be reached, so nothing was started. Try again."
LIST = "admin:routing_classifiermodel_changelist"


@admin.register(ClassifierModel)
class ClassifierModelAdmin(ReadOnlyAdmin):
    list_display = (
        *("__str__", "is_live", "note", "created_by"),
        *(moment("created_at", "Trained (UTC)"), moment("was_live_at", "Into force (UTC)")),
    )
    list_select_related = ("created_by",)
    fields = ("version", *list_display[1:], "examinations", json_text("card", "How it was made"))
    when_empty = (
        "The model that came with the product decides. Label requests in a training set, then"
        " choose Train anew above; the worker also looks for new labels every day."
    )
    actions_list = ("retrain", "put_back_shipped")
    actions_detail = ("promote", "put_back")

    list_before_template = "admin/training_now.html"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"is_training": promotion.is_training(), **(extra_context or {})}
        response: HttpResponse = super().changelist_view(request, context)
        return response

    def parse_id(self, text: str) -> int:
        return int(text)

    @admin.display(description="Examined beside the model in force")
    def examinations(self, row: ClassifierModel) -> SafeString | str:
        runs = EvaluationRun.objects.filter(model_version=row.version, comparison__isnull=False)
        lines = [_examined(run, run.comparison or {}) for run in runs[:MOST_RUNS]]
        if not lines:
            return "Not yet. The worker examines what it trains; promoting does it anew."
        return render_to_string("admin/small_table.html", {"heads": HEADS, "lines": lines})

    def has_promote_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(promotion.PERMISSION)

    @action(  # type: ignore[untyped-decorator]
        description="Train anew", url_path="retrain", icon="refresh", permissions=["promote"]
    )
    def retrain(self, request: HttpRequest) -> HttpResponse:
        """Ask the worker for a model that learned from the training sets too."""
        if request.method == "POST":
            if promotion.is_training():
                messages.warning(request, "A model is being trained already.")
            elif not promotion.is_anything_new():
                messages.warning(request, NOTHING_NEW)
            else:
                _ask_for_training(request)
            return redirect(LIST)
        return self._ask(
            request,
            title="Train the classifier anew",
            question="It learns from the product's requests and your training sets, and is "
            "examined beside the model in force. It decides nothing until it is promoted.",
            button="Train",
        )

    @action(  # type: ignore[untyped-decorator]
        description="Back to the shipped model",
        url_path="put-back-shipped",
        icon="undo",
        permissions=["promote"],
    )
    def put_back_shipped(self, request: HttpRequest) -> HttpResponse:
        """Let the model that came with the product decide again, on confirmation."""
        if request.method == "POST":
            promotion.put_back(None, by=request.user)  # type: ignore[arg-type]
            messages.success(request, "The shipped model decides within a second.")
            return redirect(LIST)
        return self._ask(
            request,
            title="Back to the shipped model",
            question="The model that came with the product decides again, at once.",
            button="Put back",
        )

    @action(  # type: ignore[untyped-decorator]
        description="Promote", url_path="promote", icon="publish", permissions=["promote"]
    )
    def promote(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Put the model into force when under-routing is no worse on any frozen set."""
        row = row_or_404(ClassifierModel, object_id)
        findings: tuple[str, ...] = ()
        if request.method == "POST":
            try:
                promotion.promote(row, by=request.user)  # type: ignore[arg-type]
            except NotPromoted as refused:
                findings = refused.findings
            except MalformedModel:
                findings = ("The artifact is not what was trained.",)
            else:
                messages.success(request, f"{row} decides within a second.")
                return redirect(LIST)
        return self._ask(
            request,
            title=f"Promote {row}",
            question="It is examined beside the model in force on the product's own test requests "
            "and on every frozen set. It takes over if it sends nothing lower that matters.",
            button="Examine and promote",
            findings=findings,
        )

    @action(  # type: ignore[untyped-decorator]
        description="Put back into force", url_path="put-back", icon="undo", permissions=["promote"]
    )
    def put_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go back to a model that decided before, on confirmation."""
        row = row_or_404(ClassifierModel, object_id)
        findings: tuple[str, ...] = ()
        if request.method == "POST":
            try:
                promotion.put_back(row, by=request.user)  # type: ignore[arg-type]
            except NotPromoted as refused:
                findings = refused.findings
            else:
                messages.success(request, f"{row} decides within a second.")
                return redirect(LIST)
        return self._ask(
            request,
            title=f"Put {row} back into force",
            question="It decided before, and decides again at once, without an examination.",
            button="Put back",
            findings=findings,
        )

    def _ask(self, request: HttpRequest, **context: Any) -> HttpResponse:
        page = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "back": reverse(LIST),
            **context,
        }
        return TemplateResponse(request, "admin/confirm.html", page)


def _ask_for_training(request: HttpRequest) -> None:
    """Queue the training for the worker, and say so, or that there is no queue."""
    try:
        current_app.send_task(
            "routing.tasks.retrain_classifier", kwargs={"user_id": request.user.pk}
        )
    except OperationalError:
        messages.error(request, NO_QUEUE)
    else:
        messages.success(request, ASKED)


def _examined(run: EvaluationRun, comparison: dict[str, Any]) -> tuple[str, ...]:
    counts = ("requests", "newly_under", "no_longer_under", "new_critical")
    return (
        *(run.subject, f"{run.at:%Y-%m-%d %H:%M}"),
        *(f"{comparison.get(name, 0):,}" for name in counts),
        f"{comparison.get('p_worse', 1.0):.3f}",
        " ".join(_against(run, comparison)) or "nothing",
    )


def _against(run: EvaluationRun, comparison: dict[str, Any]) -> list[str]:
    """Return what closes the gate: a clinic's own set may be small, the product's share not."""
    findings: list[str] = comparison.get("findings", [])
    if run.subject.startswith("own "):
        return findings
    worse: list[str] = comparison.get("worse", findings)  # runs of earlier versions have none
    return worse
