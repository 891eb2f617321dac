"""What readers settled becomes labelled requests, once readers agree enough to be learned from."""

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction

from phi import review_texts, tokens
from phi.errors import PhiBlocked
from routing.classify.training.labelled import LabelledRequest
from routing.evaluation import sets
from routing.evaluation.agreement import agreement
from routing.evaluation.sets import Unfit
from routing.models import EvaluationSet, Harm, Review, ReviewState
from routing.quality import excerpt
from routing.quality.excerpt import Excerpt

PERMISSION: Final = "routing.add_labelledexample"
MOST_AT_ONCE: Final = 1_000
READ_AT_ONCE: Final = 1_000


@transaction.atomic
def take(target: EvaluationSet, *, by: User, now: datetime) -> int:
    """Make labelled examples of settled reviews whose text can be read; tell of how many.

    Their tokens are replaced by others, so that nothing of an example leads back to its case, and
    they stay beyond the expiry of the texts. Raises PermissionDenied; Unfit where two readers agree
    too little for labels to be relied on, or the set takes none.
    """
    if not by.has_perm(PERMISSION):
        raise PermissionDenied(f"This needs the permission {PERMISSION}.")
    if findings := agreement(now).findings:
        raise Unfit(findings)
    taken = 0
    for row in _not_taken(now):
        if taken == MOST_AT_ONCE:
            break
        document = review_texts.opened(row.request_id, now)
        labelled = _labelled(row, excerpt.read(document)) if document else None
        if labelled is None:
            continue
        try:
            sets.add([labelled], to=target, by=by, request_id=row.request_id)
        except PhiBlocked:  # a doubt about one text keeps that one out
            continue
        row.taken_into = target.slug
        row.save(update_fields=["taken_into"])
        taken += 1
    return taken


def _not_taken(now: datetime) -> Iterator[Review]:
    """Yield settled reviews with a label whose text is there, the oldest first.

    Those whose text was forgotten before it was taken stay as they are, for the estimates, and must
    not stand in the way of the others.
    """
    settled = Review.objects.filter(state=ReviewState.SETTLED, taken_into="").exclude(needed="")
    last = 0
    while found := list(settled.filter(pk__gt=last).order_by("pk")[:READ_AT_ONCE]):
        last = found[-1].pk
        there = review_texts.readable((row.request_id for row in found), now)
        locked = settled.select_for_update().filter(pk__in=[row.pk for row in found])
        yield from locked.filter(request_id__in=there).order_by("pk")


def _labelled(row: Review, shown: Excerpt) -> LabelledRequest | None:
    """Return what the classifier would read of the request; None where a person asked nothing."""
    said = [text for who, text in shown.asked if who == "user" and text.strip()]
    if not said:
        return None
    key = os.urandom(32)  # kept nowhere
    system = "\n\n".join(text for who, text in shown.asked if who == "system")
    return LabelledRequest(
        text=tokens.unlinked(said[-1], key)[: sets.LONGEST_TEXT],
        system=tokens.unlinked(system, key)[: sets.LONGEST_TEXT],
        needed=row.needed,
        acceptable=(row.needed,),
        task_type=row.task_type,
        is_critical=row.harm == Harm.SAFETY,
    )
