"""The review queue: decisions are drawn, read by one or two people, and settled.

A second reader never learns what the first one said; where they differ, a third person settles it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random, SystemRandom
from typing import Final

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet

from phi import review_texts
from routerproject.shared import clock
from routing.evaluation import sampling
from routing.evaluation.sampling import Candidate, Drawn
from routing.models import (
    Harm,
    JudgedAnswer,
    Needed,
    Review,
    ReviewDraw,
    ReviewPlan,
    ReviewReading,
    ReviewState,
    ReviewVerdict,
    check_label,
)
from routing.quality import excerpt
from routing.quality.excerpt import Excerpt
from usage import audit, finished
from usage.finished import Finished

LABEL: Final = "routing.label_review"
ADJUDICATE: Final = "routing.adjudicate_review"
EVERY: Final = timedelta(hours=23)
FIRST_LOOK_BACK: Final = timedelta(days=7)
SETTLING: Final = timedelta(seconds=30)  # a text may be written later than its moment says
MOST_TEXTS: Final = 200_000  # of one draw; where there are more, it draws from the newest
AHEAD: Final = 50  # waiting decisions among which each reader begins elsewhere


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of the tier of a decision."""

    verdict: str
    needed: str = ""
    harm: str = Harm.NONE.value


class NotTaken(Exception):
    """A reading that came too late; the sentence says why."""


def draw_if_due(now: datetime) -> ReviewDraw | None:
    """Draw once a day, if the plan says so."""
    plan = ReviewPlan.objects.first()
    last = ReviewDraw.objects.first()
    if plan is None or not plan.is_enabled or (last and now - last.at < EVERY):
        return None
    return draw(plan, now)


@transaction.atomic
def draw(plan: ReviewPlan, now: datetime, chance: Random | None = None) -> ReviewDraw:
    """Draw from all decisions whose text was kept since the last draw, and let go of those whose
    text was forgotten before anybody read it."""
    ReviewPlan.objects.select_for_update().get(pk=plan.pk)  # one draw at a time
    forget_lapsed(now)
    chance = chance or SystemRandom()
    last = ReviewDraw.objects.first()
    since, until = (last.until if last else now - FIRST_LOOK_BACK), now - SETTLING
    texts = {t.request_id: t for t in review_texts.kept_between(since, until, now, MOST_TEXTS)}
    known = [each for each in finished.answered(texts) if each.tier in Needed.values]
    doubted = _doubted(known, plan.uncertain_below)
    candidates = [Candidate(e.id, (e.tier, e.source), e.id in doubted) for e in known]
    taken = sampling.draw(candidates, plan.per_draw, plan.uncertain_percent / 100, chance)
    row = ReviewDraw.objects.create(
        at=now,
        since=since,
        until=max(since, until),
        population=len(known),
        in_doubt=len(doubted),
        drawn=len(taken.taken),
        strata=[
            {"tier": name[0], "source": name[1], "of": size, "drawn": taken.places[name]}
            for name, size in taken.sizes.items()
        ],
    )
    facts = {each.id: each for each in known}
    Review.objects.bulk_create(
        _review(row, facts[d.candidate.id], d, texts[d.candidate.id].percent, plan, chance)  # type: ignore[index]
        for d in taken.taken
    )
    audit.append_now(
        tenant_id=audit.INSTALLATION,
        kind="reviews-drawn",
        record={"draw": row.pk, "of": row.population, "drawn": row.drawn},
        actor="installation",
    )
    return row


def forget_lapsed(now: datetime) -> int:
    """Take decisions off the queue whose text nobody can read any more; tell how many."""
    waiting = dict(Review.objects.filter(state=ReviewState.WAITING).values_list("request_id", "pk"))
    lost = waiting.keys() - review_texts.readable(waiting, now)
    gone = [waiting[request_id] for request_id in lost]
    return Review.objects.filter(pk__in=gone, state=ReviewState.WAITING).update(
        state=ReviewState.LAPSED
    )


def queue_of(reader: User) -> QuerySet[Review]:
    """Return what waits for this reader, the oldest first."""
    waiting = Review.objects.filter(state=ReviewState.WAITING).order_by("pk")
    return waiting.exclude(readings__reader=reader)


def disputed_for(reader: User) -> QuerySet[Review]:
    """Return what waits for somebody who settles it and was not one of its readers."""
    differing = Review.objects.filter(state=ReviewState.DIFFERS).order_by("pk")
    return differing.exclude(readings__reader=reader)


def next_for(reader: User, after: int | None = None) -> Review | None:
    """Return what this reader reads next; `after` is what they leave for later.

    Readers begin at different places, so that two of them seldom sit over the same decision.
    """
    ahead = sorted(queue_of(reader)[:AHEAD], key=lambda review: _place(review.pk, reader))
    if not ahead:
        return None
    if after is None:
        return ahead[0]
    later = [each for each in ahead if _place(each.pk, reader) > _place(after, reader)]
    return (later or ahead)[0]


def read_text(review: Review, by: User, now: datetime) -> Excerpt | None:
    """Return the text of a decision, and write down who read it; None where it is gone.

    Raises PermissionDenied.
    """
    if not (by.has_perm(LABEL) or by.has_perm(ADJUDICATE)):
        raise PermissionDenied(f"This needs the permission {LABEL}.")
    document = review_texts.opened(review.request_id, now)
    if document is None:
        return None
    _record(review, "review-text-read", by)
    return excerpt.read(document)


@transaction.atomic
def read(review: Review, said: Said, *, by: User) -> Review:
    """Keep what a reader says; the last reading settles the decision, or shows a difference.

    Raises PermissionDenied, ValidationError, and NotTaken where it was settled meanwhile.
    """
    if not by.has_perm(LABEL):
        raise PermissionDenied(f"This needs the permission {LABEL}.")
    row = Review.objects.select_for_update().get(pk=review.pk)
    if row.state != ReviewState.WAITING:
        raise NotTaken("Somebody else has read this one meanwhile.")
    if row.readings.filter(reader=by).exists():
        raise NotTaken("You have read this one already.")
    _keep(row, said, by)
    said_so_far = list(row.readings.order_by("pk"))
    if len(said_so_far) < row.readers_wanted:
        return row
    if len({(one.verdict, one.needed, one.harm) for one in said_so_far}) > 1:
        row.state = ReviewState.DIFFERS
        row.save(update_fields=["state"])
        return row
    return _settle(row, said, is_adjudicated=False)


@transaction.atomic
def adjudicate(review: Review, said: Said, *, by: User) -> Review:
    """Settle what two readers differ about.

    Raises PermissionDenied, also for one of the two; ValidationError; NotTaken.
    """
    if not by.has_perm(ADJUDICATE):
        raise PermissionDenied(f"This needs the permission {ADJUDICATE}.")
    row = Review.objects.select_for_update().get(pk=review.pk)
    if row.state != ReviewState.DIFFERS:
        raise NotTaken("This one is settled already.")
    if row.readings.filter(reader=by).exists():
        raise PermissionDenied("Somebody else has to settle what you have read.")
    _keep(row, said, by, is_adjudication=True)
    return _settle(row, said, is_adjudicated=True)


def _keep(review: Review, said: Said, by: User, *, is_adjudication: bool = False) -> None:
    if said.verdict not in ReviewVerdict.values or said.harm not in Harm.values:
        raise ValidationError({"verdict": "Say what you make of the tier."})
    check_label(tier=review.tier, verdict=said.verdict, needed=said.needed, harm=said.harm)
    ReviewReading.objects.create(
        review=review,
        reader=by,
        verdict=said.verdict,
        needed=said.needed,
        harm=said.harm,
        is_adjudication=is_adjudication,
        at=clock.now(),
    )
    _record(review, "review-adjudicated" if is_adjudication else "review-labelled", by)


def _settle(row: Review, said: Said, *, is_adjudicated: bool) -> Review:
    row.state, row.settled_at = ReviewState.SETTLED, clock.now()
    row.verdict, row.needed, row.harm = said.verdict, said.needed, said.harm
    row.is_adjudicated = is_adjudicated
    row.save(update_fields=["state", "settled_at", "verdict", "needed", "harm", "is_adjudicated"])
    return row


def _review(
    row: ReviewDraw,
    facts: Finished,
    drawn: Drawn,
    percent: int,
    plan: ReviewPlan,
    chance: Random,
) -> Review:
    return Review(
        request_id=facts.id,
        tenant_id=facts.tenant_id,
        draw=row,
        decided_at=facts.at,
        tier=facts.tier,
        model_id=facts.model_id,
        task_type=facts.task_type,
        source=facts.source,
        confidence=facts.confidence,
        is_patient_facing=facts.is_patient_facing,
        variant=facts.variant,
        propensity=drawn.propensity * percent / 100,
        was_in_doubt=drawn.candidate.is_in_doubt,
        readers_wanted=2 if chance.random() * 100 < plan.double_percent else 1,
    )


def _doubted(known: Sequence[Finished], below: float) -> set[object]:
    """Return the decisions that are in doubt: of little confidence, against what the text speaks
    for, made again after a poor answer, or found too low by a judge."""
    better = set(
        JudgedAnswer.objects.filter(
            request_id__in=[each.id for each in known], stronger_is_better=True
        ).values_list("request_id", flat=True)
    )
    return {
        each.id
        for each in known
        if (each.confidence or 0.0) < below
        or each.likeliest not in ("", each.tier)
        or each.source == "escalation"
        or each.id in better
    }


def _place(number: int, reader: User) -> bytes:
    return hashlib.sha256(f"{reader.pk}:{number}".encode()).digest()


def _record(review: Review, kind: str, by: User) -> None:
    audit.append_now(
        tenant_id=review.tenant_id,
        kind=kind,
        record={"review": review.pk},
        actor=by.get_username(),
        request_id=review.request_id,
    )
