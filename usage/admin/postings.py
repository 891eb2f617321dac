"""Postings: what an unknown call cost, proposed by one person and confirmed by another."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from routerproject.shared.admin import ReadOnlyAdmin, moment, row_or_404, usd
from routerproject.shared.figures import exact_usd
from routerproject.shared.money import from_usd
from usage import postings
from usage.models import Posting, PostingState

Decide = Callable[..., Posting]


class PostingForm(forms.ModelForm):  # type: ignore[type-arg]
    cost_usd = forms.DecimalField(
        label="Cost (USD)",
        max_digits=19,
        decimal_places=9,
        min_value=Decimal(0),
        widget=UnfoldAdminDecimalFieldWidget(attrs={"step": "any"}),
        help_text="What the call cost, at most its worst case; 0 when it was not billed.",
    )

    class Meta:
        model = Posting
        fields = ("attempt_id", "reason")

    def propose(self, by: Any) -> Posting:
        """Return the proposal. Raises what `postings.propose` raises."""
        given = self.cleaned_data
        return postings.propose(
            attempt_id=given["attempt_id"],
            cost_nano_usd=from_usd(given["cost_usd"]),
            reason=given["reason"],
            by=by,
        )


@admin.register(Posting)
class PostingAdmin(ReadOnlyAdmin):
    list_display = (
        "attempt_id",
        usd("cost_nano_usd", "Cost"),
        "state",
        "proposed_by",
        moment("proposed_at", "Proposed (UTC)"),
        "decided_by",
        moment("decided_at", "Decided (UTC)"),
    )
    fields = (*list_display, "reason")
    list_filter = ("state",)
    list_select_related = ("proposed_by", "decided_by")
    search_ids = ("attempt_id",)
    search_help_text = "A whole attempt id"
    ordering = ("-id",)
    actions_list = ("propose",)
    actions_detail = ("confirm", "reject")

    def has_propose_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("usage.add_posting")

    def has_confirm_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("usage.confirm_posting")

    @action(description="Propose a posting", icon="add", permissions=["propose"])  # type: ignore[untyped-decorator]
    def propose(self, request: HttpRequest) -> HttpResponse:
        form = PostingForm(request.POST or None, initial=request.GET.dict())
        if request.method == "POST" and form.is_valid():
            try:
                posting = form.propose(request.user)
            except ValidationError as refused:
                form.add_error(None, "; ".join(refused.messages))
            else:
                messages.success(request, "Proposed. Another person has to confirm it.")
                return redirect("admin:usage_posting_change", posting.pk)
        return self._ask(
            request,
            form=form,
            title="Propose a posting",
            question="Say what an unknown attempt cost. It counts when another person confirms it.",
            button="Propose",
        )

    @action(description="Confirm", icon="check", permissions=["confirm"])  # type: ignore[untyped-decorator]
    def confirm(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(
            request,
            object_id,
            postings.confirm,
            "Post {cost} USD as the cost of this attempt and free the rest of its worst case?",
            "Confirm",
        )

    @action(description="Reject", icon="close", permissions=["confirm"])  # type: ignore[untyped-decorator]
    def reject(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(
            request,
            object_id,
            postings.reject,
            "Put the proposal of {cost} USD aside? The attempt stays unknown.",
            "Reject",
        )

    def _decide(
        self, request: HttpRequest, object_id: str, decide: Decide, question: str, button: str
    ) -> HttpResponse:
        posting = row_or_404(Posting, object_id)
        back = reverse("admin:usage_posting_change", args=[posting.pk])
        if request.method == "POST":
            try:
                decided = decide(posting=posting, by=request.user)
            except (ValidationError, PermissionDenied) as refused:
                messages.error(request, "; ".join(getattr(refused, "messages", [str(refused)])))
            else:
                messages.success(request, f"{PostingState(decided.state).label}.")
            return redirect(back)
        cost = exact_usd(posting.cost_nano_usd)
        return self._ask(
            request,
            title=f"{button} {posting}",
            question=question.format(cost=cost),
            button=button,
            back=back,
        )

    def _ask(self, request: HttpRequest, **context: Any) -> HttpResponse:
        page = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "back": reverse("admin:usage_posting_changelist"),
        }
        return TemplateResponse(request, "admin/confirm.html", {**page, **context})
