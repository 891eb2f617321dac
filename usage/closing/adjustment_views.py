"""The part of a closed month's page that takes late lines of its bill: HTTP only."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from routerproject.shared.money import from_usd
from routerproject.shared.pages import for_holders_of
from usage.closing import adjusting, months
from usage.closing.adjusting import Proposed
from usage.closing.months import Month
from usage.models import Adjustment, AdjustmentKind, Client, Provider


class AdjustmentForm(forms.Form):
    """A late line of a bill, or a correction of one."""

    provider = forms.ModelChoiceField(
        Provider.objects.all(), to_field_name="slug", empty_label="Whose bill?"
    )
    kind = forms.ChoiceField(choices=AdjustmentKind.choices)
    amount_usd = forms.DecimalField(
        label="Amount (USD)",
        max_digits=19,
        decimal_places=9,
        min_value=Decimal("0.000000001"),
        max_value=Decimal(9_000_000_000),
        widget=forms.NumberInput(attrs={"step": "any"}),
    )
    reference = forms.CharField(label="Line of the bill", max_length=100)
    client = forms.ModelChoiceField(
        Client.objects.select_related("tenant"), required=False, empty_label="No single client"
    )
    reason = forms.CharField(
        label="Why",
        max_length=300,
        widget=forms.TextInput(attrs={"placeholder": "No patient data"}),
    )

    def proposed(self) -> Proposed:
        given = self.cleaned_data
        return Proposed(
            provider=given["provider"].slug,
            reference=given["reference"],
            kind=given["kind"],
            amount=from_usd(given["amount_usd"]),
            reason=given["reason"],
            client=given["client"],
        )


def context(month: Month, user: Any, form: AdjustmentForm | None = None) -> dict[str, Any]:
    """Return what a month's page shows of adjustments."""
    return {
        "month": month,
        "adjustments": adjusting.about(month),
        "posted_here": adjusting.posted_in(month),
        "may_adjust": user.has_perm(adjusting.MAY_PROPOSE),
        "may_confirm": user.has_perm(adjusting.MAY_CONFIRM),
        "adjustment_form": form or AdjustmentForm(),
    }


@for_holders_of(adjusting.MAY_PROPOSE)
def propose(request: HttpRequest, month: str) -> HttpResponse:
    """Ask for a late line of a closed month's bill, and keep it for another person to confirm."""
    found, form = _month(month), AdjustmentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            adjusting.propose(form.proposed(), month=found, by=request.user)  # type: ignore[arg-type]
        except ValidationError as refused:
            _add(form, refused)
        else:
            messages.success(request, "Proposed. Another person has to confirm it.")
            return redirect("closing:month", month)
    page = {**context(found, request.user, form), "here": "months"}
    status = 400 if request.method == "POST" else 200
    return render(request, "usage/adjustment.html", page, status=status)


@require_POST
@for_holders_of(adjusting.MAY_CONFIRM)
def decide(request: HttpRequest, month: str, number: int) -> HttpResponse:
    """Confirm or reject what another person proposed."""
    row = get_object_or_404(Adjustment, pk=number, month=_month(month).first)
    change = adjusting.reject if request.POST.get("decision") == "reject" else adjusting.confirm
    try:
        decided = change(row, by=request.user)  # type: ignore[arg-type]
    except (ValidationError, PermissionDenied) as refused:
        messages.error(request, " ".join(getattr(refused, "messages", [str(refused)])))
    else:
        place = f": it stands on the statement of {decided.posted_in:%Y-%m}"
        messages.success(
            request, f"{decided.get_state_display()}{place if decided.posted_in else ''}."
        )
    return redirect("closing:month", month)


def _add(form: AdjustmentForm, refused: ValidationError) -> None:
    for name, errors in getattr(refused, "message_dict", {"": refused.messages}).items():
        form.add_error(name if name in form.fields else None, errors)


def _month(text: str) -> Month:
    found = months.parse(text)
    if found is None:
        raise Http404
    return found
