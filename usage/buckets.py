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
from usage import pricing, reconciliation
from usage.bill_rows import COLUMNS, Bucket
from usage.catalog import Price
from usage.models import Attempt, AttemptKind, AttemptState, Deployment
from usage.pricing import TokenCounts

SETTLES_WITHIN: Final = timedelta(minutes=10)  # after its deadline no call is billed any more
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
    names = names_at(provider)
    return [
        compare(each, names.get(each.model, ()), now=now, is_trial=is_trial) for each in buckets
    ]


def compare(
    bucket: Bucket, places: Collection[str], *, now: datetime, is_trial: bool = False
) -> Found:
    """Compare a bucket with the calls of these deployments, and resolve what it proves."""
    calls = _calls(bucket, places)
    unknown = list(calls.filter(state=AttemptState.UNKNOWN).order_by("id"))
    more = _difference(bucket.tokens, _known(calls))
    is_early = bucket.end > now - SETTLES_WITHIN
    if is_early or calls.filter(state=AttemptState.ADMITTED).exists():
        return Found(bucket, "running", len(unknown), 0, more)
    # A call that may have ended after the bucket may stand in the next one.
    is_inside = all(each.deadline_at <= bucket.end for each in unknown)
    word = _judge(more, unknown, is_inside=is_inside)
    resolved = 0 if is_trial else _resolve(bucket, word, unknown, more)
    return Found(bucket, word, len(unknown), resolved, more)


def cost_of(bucket: Bucket, places: Collection[str]) -> int:
    """Return what the ledger has of a bucket, in nano-USD."""
    calls = _calls(bucket, places)
    return int(calls.aggregate(cost=Sum("cost_nano_usd", default=0))["cost"])


def names_at(provider: str) -> dict[str, set[str]]:
    """Return the deployments of a provider, also switched-off ones, by a model's name there."""
    names: dict[str, set[str]] = {}
    for place in Deployment.objects.filter(provider__slug=provider).select_related("model"):
        names.setdefault(place.provider_model_id or place.model.model_id, set()).add(place.slug)
    return names


def _calls(bucket: Bucket, places: Collection[str]) -> QuerySet[Attempt]:
    return Attempt.objects.filter(
        id__gte=clock.first_id(bucket.start),
        id__lt=clock.first_id(bucket.end),
        deployment__in=places,
    ).exclude(kind=AttemptKind.BATCH)


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
