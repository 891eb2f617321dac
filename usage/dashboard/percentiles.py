"""Percentiles of latencies: exact for some thousand requests, by integer buckets for more.

A bucket is 4 % wide, so what it gives is at most 2 % away from the exact value, and buckets of any
two periods add up.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.contrib.postgres.fields import ArrayField
from django.db.models import Aggregate, FloatField

from usage.rollups.figures import BASE

SHARES = (0.50, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Latency:
    """Percentiles of latencies in milliseconds; None when nothing was measured."""

    p50: float | None = None
    p95: float | None = None
    p99: float | None = None


class PercentileCont(Aggregate):
    """The exact p50, p95 and p99 of a column, as an array."""

    function = "percentile_cont"
    name = "PercentileCont"
    template = (
        f"%(function)s(ARRAY[{', '.join(map(str, SHARES))}]::float8[])"
        " WITHIN GROUP (ORDER BY %(expressions)s)"
    )
    output_field = ArrayField(FloatField())


def exact(values: Iterable[float] | None) -> Latency:
    """Return what PercentileCont found."""
    return Latency(*values) if values else Latency()


def from_buckets(counts: Mapping[int, int]) -> Latency:
    """Return percentiles of counts by bucket."""
    total = sum(counts.values())
    return Latency(*(_middle(_bucket_at(counts, share * total)) for share in SHARES if total))


def _bucket_at(counts: Mapping[int, int], wanted: float) -> int:
    seen = 0
    for bucket in sorted(counts):
        seen += counts[bucket]
        if seen >= wanted:
            break
    return bucket


def _middle(bucket: int) -> float:
    """Return the geometric middle of a bucket, in milliseconds."""
    return math.pow(BASE, bucket - 0.5) if bucket else 1.0
