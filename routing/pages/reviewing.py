"""The pages of the review queue: HTTP only. Texts are shown here and nowhere else."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from routerproject.shared import clock
from routerproject.shared.pages import for_holders_of
from routerproject.shared.spreadsheet import csv_response
from routing.evaluation import agreement, reviews
from routing.evaluation.reviews import NotTaken
from routing.models import Review, ReviewDraw, ReviewPlan, ReviewState
from routing.pages.review_forms import KEYS, ReviewForm

SEE = "routing.view_review"
HERE = {"here": "reviews"}


@require_safe
@for_holders_of(SEE)
def queue(request: HttpRequest) -> HttpResponse:
    """Show what waits for this person, and how far readers agree."""
    user: Any = request.user
    states = dict(Review.objects.order_by().values_list("state").annotate(Count("id")))
    may_label, may_settle = user.has_perm(reviews.LABEL), user.has_perm(reviews.ADJUDICATE)
    context = {
        **HERE,
        "waiting": reviews.queue_of(user).count() if may_label else 0,
        "disputed": reviews.disputed_for(user)[:50] if may_settle else [],
        "has_reviews": any(states.values()),
        "may_label": may_label,
        "may_settle": may_settle,
        "states": [(label, states.get(state, 0)) for state, label in ReviewState.choices],
        "agreement": agreement.agreement(clock.now()),
        "least": agreement.LEAST_KAPPA,
        "choices": agreement.CHOICES,
        "draw": ReviewDraw.objects.first(),
        "plan": ReviewPlan.objects.first(),
    }
    return render(request, "routing/reviews.html", context)


@require_safe
@for_holders_of(SEE)
def agreement_csv(request: HttpRequest) -> HttpResponse:
    """Give the table of two readers as a file."""
    table = agreement.agreement(clock.now()).table
    rows = ([first, *(row[second] for second in agreement.CHOICES)] for first, row in table.items())
    return csv_response("agreement-of-readers", ["first_reader", *agreement.CHOICES], rows)


@require_safe
@for_holders_of(reviews.LABEL)
def following(request: HttpRequest) -> HttpResponse:
    """Lead to what this reader reads next."""
    after = request.GET.get("after", "")
    found = reviews.next_for(request.user, int(after) if after.isdecimal() else None)  # type: ignore[arg-type]
    return redirect("routing:review", found.pk) if found else redirect("routing:reviews")


@require_http_methods(["GET", "HEAD", "POST"])
@for_holders_of(SEE)
@sensitive_variables()
def review(request: HttpRequest, number: int) -> HttpResponse:
    """Show one drawn decision with its text, and take what the reader says of it."""
    row = get_object_or_404(Review, pk=number)
    user: Any = request.user
    is_dispute = row.state == ReviewState.DIFFERS
    if not _may(user, row, is_dispute=is_dispute):
        if request.method != "POST":
            raise PermissionDenied
        messages.warning(request, "Somebody else has read this one meanwhile.")
        return redirect("routing:reviews")
    form = ReviewForm(row, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        taken = _take(request, row, form, is_dispute=is_dispute)
        if taken is not None:
            return taken
    context = {
        **HERE,
        "review": row,
        "form": form,
        "keys": KEYS,
        "excerpt": reviews.read_text(row, user, clock.now()),
        "readings": row.readings.select_related("reader").order_by("pk") if is_dispute else [],
        "is_dispute": is_dispute,
        "left": reviews.queue_of(user).count(),
    }
    return render(request, "routing/review.html", context)


def _take(
    request: HttpRequest, row: Review, form: ReviewForm, *, is_dispute: bool
) -> HttpResponse | None:
    """Keep what was said and lead on, or return None with what is wrong noted on the form."""
    keep = reviews.adjudicate if is_dispute else reviews.read
    try:
        keep(row, form.said(), by=request.user)  # type: ignore[arg-type]
    except ValidationError as error:
        form.add_error(None, ValidationError(error.messages))
        return None
    except NotTaken as late:
        messages.warning(request, str(late))
    if is_dispute:
        return redirect("routing:reviews")
    return redirect(f"{reverse('routing:review-next')}?after={row.pk}")


def _may(user: Any, row: Review, *, is_dispute: bool) -> bool:
    """Return whether a person may open a decision: only what waits for them."""
    if is_dispute:
        return bool(user.has_perm(reviews.ADJUDICATE)) and not _has_read(user, row)
    is_open = row.state == ReviewState.WAITING and not _has_read(user, row)
    return bool(user.has_perm(reviews.LABEL)) and is_open


def _has_read(user: Any, row: Review) -> bool:
    return row.readings.filter(reader=user).exists()
