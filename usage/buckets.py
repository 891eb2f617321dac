"""Clearing up unknown calls by a provider's usage report, which has sums and no single calls.

A bucket is one model's tokens of some minutes, hours or days. Where all that is known to be used in
it is what the report has, no unknown call in it was billed; where the report has more and one call
is unknown, the rest is what that call used. Everything else is left to people.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from django.db.models import Q, QuerySet, Sum

from routerproject.shared import clock
from usage import bill_names, pricing, reconciliation
from usage.bill_names import Place
from usage.bill_rows import COLUMNS, Bucket
from usage.catalog import Price
from usage.models import Attempt, AttemptKind, AttemptState
from usage.pricing import TokenCounts

LONGEST_CALL: Final = timedelta(days=1)  # from its admission to its end
CLOCKS_DIFFER: Final = timedelta(seconds=5)  # at most, the provider's and the router's
# Of these only the deadline says when they ended; one that was resolved was settled much later.
DOUBTFUL: Final = (AttemptState.ADMITTED, AttemptState.UNKNOWN, AttemptState.RESOLVED)
Word = Literal["equal", "not-billed", "one-call", "differs", "running"]


@dataclass(frozen=True, slots=True)
class Found:
    """What became of a bucket. `more` is what the report has beyond what is known, by kind."""

    bucket: Bucket
    word: Word
    unknown: int  # calls
    resolved: int
    more: tuple[int, ...]


def clear_up(
    buckets: Sequence[Bucket], *, provider: str, now: datetime, is_trial: bool
) -> list[Found]:
    """Compare each bucket with the ledger, and resolve what it proves unless it is a trial."""
    if not buckets:
        return []
    start, end = min(each.start for each in buckets), max(each.end for each in buckets)
    names = bill_names.names_at(provider, start, end)
    return [
        compare(each, names.get(each.model, ()), now=now, is_trial=is_trial) for each in buckets
    ]


def compare(
    bucket: Bucket, places: Collection[Place], *, now: datetime, is_trial: bool = False
) -> Found:
    """Compare a bucket with the calls that went to these places, and resolve what it proves."""
    calls = _calls(bucket, places)
    unknown = list(calls.filter(state=AttemptState.UNKNOWN).order_by("id"))
    more = _difference(bucket.tokens, _known(calls))
    is_early = bucket.end > now - reconciliation.BILLED_WITHIN
    if is_early or calls.filter(state=AttemptState.ADMITTED).exists():
        return Found(bucket, "running", len(unknown), 0, more)
    edges = (bucket.start, bucket.end)
    is_inside = bool(unknown) and not any(_was_under_way(edge, places) for edge in edges)
    word = _judge(more, unknown, is_inside=is_inside)
    resolved = 0 if is_trial else _resolve(bucket, word, unknown, more)
    return Found(bucket, word, len(unknown), resolved, more)


def cost_of(bucket: Bucket, places: Collection[Place]) -> int:
    """Return what the ledger has of a bucket, in nano-USD."""
    calls = _calls(bucket, places)
    return int(calls.aggregate(cost=Sum("cost_nano_usd", default=0))["cost"])


def of_places(calls: QuerySet[Attempt], places: Collection[Place]) -> QuerySet[Attempt]:
    """Return those calls that went to these places and are in the sums of a report."""
    wanted = Q(pk__in=())
    for deployment, model_id in places:
        wanted |= Q(deployment=deployment, model_id=model_id)
    return calls.filter(wanted).exclude(kind=AttemptKind.BATCH)


def _calls(bucket: Bucket, places: Collection[Place]) -> QuerySet[Attempt]:
    bounds = {"id__gte": clock.first_id(bucket.start), "id__lt": clock.first_id(bucket.end)}
    return of_places(Attempt.objects.filter(**bounds), places)


def _was_under_way(edge: datetime, places: Collection[Place]) -> bool:
    """Say whether a call may stand in the bucket before an edge as well as in the one after it.

    Known calls too: their tokens would be taken for those of an unknown one.
    """
    calls = Attempt.objects.filter(
        id__gte=clock.first_id(edge - LONGEST_CALL), id__lt=clock.first_id(edge + CLOCKS_DIFFER)
    )
    last = edge - CLOCKS_DIFFER
    settled = Q(state=AttemptState.SETTLED, settled_at__gt=last)
    others = Q(state__in=DOUBTFUL, deadline_at__gt=last)
    return of_places(calls.filter(settled | others), places).exists()


def _judge(more: tuple[int, ...], unknown: Sequence[Attempt], *, is_inside: bool) -> Word:
    if not any(more):
        return "not-billed" if unknown and is_inside else "equal"
    if len(unknown) != 1 or not is_inside or min(more) < 0:
        return "differs"
    attempt = unknown[0]
    return "one-call" if _cost(attempt, more) <= attempt.hold_nano_usd else "differs"


def _resolve(bucket: Bucket, word: Word, unknown: Sequence[Attempt], more: tuple[int, ...]) -> int:
    if word not in ("not-billed", "one-call"):
        return 0
    evidence = {"bucket": bucket.start.isoformat(), "model": bucket.model}
    return sum(
        reconciliation.resolve(
            attempt_id=each.pk,
            cost=_cost(each, more),
            by="usage report",
            evidence=evidence,
            tokens=_counts(more),
        )
        for each in unknown
    )


def _known(calls: QuerySet[Attempt]) -> TokenCounts:
    kinds = COLUMNS.values()
    ended = Q(state__in=(AttemptState.SETTLED, AttemptState.RESOLVED))
    sums = calls.filter(ended).aggregate(**{kind: Sum(kind, default=0) for kind in kinds})
    return TokenCounts(**{kind: int(sums[kind]) for kind in kinds})


def _difference(reported: TokenCounts, known: TokenCounts) -> tuple[int, ...]:
    return tuple(getattr(reported, kind) - getattr(known, kind) for kind in COLUMNS.values())


def _counts(more: tuple[int, ...]) -> TokenCounts:
    return TokenCounts(**dict(zip(COLUMNS.values(), more, strict=True)))


def _cost(attempt: Attempt, more: tuple[int, ...]) -> int:
    price = Price.restored(attempt.price_id, attempt.model_id, attempt.price)
    return pricing.cost(_counts(more), price)
