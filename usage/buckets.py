"""Clearing up unknown calls by a provider's usage report, which has sums and no single calls.

A bucket is one model's tokens of some minutes, hours or days. Where all that is known to be used in
it is what the report has, no unknown call in it was billed; where the report has more and one call
is unknown, the rest is what that call used. Everything else is left to people.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from django.db.models import Q, QuerySet, Sum

from routerproject.shared import clock
from routerproject.shared.money import from_usd
from usage import pricing, reconciliation
from usage.catalog import Price
from usage.models import Attempt, AttemptKind, AttemptState, Deployment
from usage.pricing import TokenCounts

# The names of Anthropic's usage report (GET /v1/organizations/usage_report/messages).
COLUMNS: Final = {
    "uncached_input_tokens": "input_tokens",
    "cache_creation_ephemeral_5m_input_tokens": "cache_creation_5m_input_tokens",
    "cache_creation_ephemeral_1h_input_tokens": "cache_creation_1h_input_tokens",
    "cache_read_input_tokens": "cache_read_input_tokens",
    "output_tokens": "output_tokens",
}
HEADER: Final = ("starting_at", "ending_at", "model", *COLUMNS)
CURRENCY: Final = "USD"
AMOUNT: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")  # a number and nothing that could be run
MOST_TOKENS: Final = 10**15
MOST_ROWS: Final = 100_000
SETTLES_WITHIN: Final = timedelta(minutes=10)  # after its deadline no call is billed any more
Word = Literal["equal", "not-billed", "one-call", "differs", "running"]


class BadReport(ValueError):
    """The report cannot be read; the message names the row. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """What a report says one model used from `start` until before `end`."""

    row: int  # of the report, from 1 for the first one below its header
    start: datetime
    end: datetime
    model: str  # as the provider calls it
    tokens: TokenCounts
    billed: int | None = None  # nano-USD, where the report has the column amount_usd


@dataclass(frozen=True, slots=True)
class Found:
    """What became of a bucket. `more` is what the report has beyond what is known, by kind."""

    bucket: Bucket
    word: Word
    unknown: int  # calls
    resolved: int
    more: tuple[int, ...]


def read(lines: Iterable[str]) -> list[Bucket]:
    """Return the buckets of a CSV with the columns of HEADER. Raises BadReport."""
    rows = csv.reader(lines, strict=True)
    try:
        header = tuple(name.strip() for name in next(rows, ()))
        if missing := [name for name in HEADER if name not in header]:
            raise BadReport(f"The header lacks {', '.join(missing)}.")
        found = [_bucket(number, header, row) for number, row in enumerate(rows, start=1)]
    except (csv.Error, UnicodeDecodeError) as error:
        raise BadReport("The file is not CSV in UTF-8.") from error
    _refuse_overlaps(found)
    return found


def _bucket(number: int, header: Sequence[str], row: Sequence[str]) -> Bucket:
    if number > MOST_ROWS:
        raise BadReport(f"There are more than {MOST_ROWS} rows: send the report in parts.")
    if len(row) != len(header):
        raise BadReport(f"Row {number} has {len(row)} fields, the header {len(header)}.")
    given = dict(zip(header, (field.strip() for field in row), strict=True))
    start, end = (_moment(number, name, given[name]) for name in ("starting_at", "ending_at"))
    if end <= start:
        raise BadReport(f"Row {number} ends before it begins.")
    if not given["model"]:
        raise BadReport(f"Row {number} names no model.")
    counts = {kind: _count(number, name, given[name]) for name, kind in COLUMNS.items()}
    return Bucket(number, start, end, given["model"], TokenCounts(**counts), _billed(number, given))


def _billed(number: int, given: Mapping[str, str]) -> int | None:
    """Return what a row says its tokens cost, in nano-USD; None without such a column."""
    if given.get("currency", CURRENCY).upper() != CURRENCY:
        raise BadReport(f"Row {number} is in another currency than {CURRENCY}.")
    if "amount_usd" not in given:
        return None
    amount = given["amount_usd"]
    if not AMOUNT.fullmatch(amount):
        raise BadReport(f"Row {number}: amount_usd is no amount of USD.")
    return from_usd(amount)


def _moment(number: int, name: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadReport(f"Row {number}: {name} is no moment (RFC 3339).") from None
    if moment.tzinfo is None:
        raise BadReport(f"Row {number}: {name} has no time zone.")
    return moment


def _count(number: int, name: str, text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) > MOST_TOKENS:
        raise BadReport(f"Row {number}: {name} is no number of tokens.")
    return int(text)


def _refuse_overlaps(buckets: Sequence[Bucket]) -> None:
    """Two rows for the same moment would count its calls twice; a row that came twice is one."""
    last: dict[str, Bucket] = {}
    for bucket in sorted(buckets, key=lambda each: each.start):
        before = last.get(bucket.model)
        if before and bucket.start < before.end:
            raise BadReport(f"Rows {before.row} and {bucket.row} overlap.")
        last[bucket.model] = bucket


def clear_up(
    buckets: Sequence[Bucket], *, provider: str, now: datetime, is_trial: bool
) -> list[Found]:
    """Compare each bucket with the ledger, and resolve what it proves unless it is a trial."""
    names = names_at(provider)
    return [_compare(each, names.get(each.model, set()), now, is_trial) for each in buckets]


def cost_of(bucket: Bucket, provider: str) -> int:
    """Return what the ledger has of a bucket, in nano-USD."""
    calls = _calls(bucket, names_at(provider).get(bucket.model, set()))
    return int(calls.aggregate(cost=Sum("cost_nano_usd", default=0))["cost"])


def names_at(provider: str) -> dict[str, set[str]]:
    """Return the deployments of a provider, also switched-off ones, by a model's name there."""
    names: dict[str, set[str]] = {}
    for place in Deployment.objects.filter(provider__slug=provider).select_related("model"):
        names.setdefault(place.provider_model_id or place.model.model_id, set()).add(place.slug)
    return names


def _compare(bucket: Bucket, places: set[str], now: datetime, is_trial: bool) -> Found:
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


def _calls(bucket: Bucket, places: set[str]) -> QuerySet[Attempt]:
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
