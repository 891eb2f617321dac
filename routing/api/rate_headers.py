"""What is left of a caller's requests and tokens, as headers that clients know how to read.

`RateLimit` and `RateLimit-Policy` are those of the IETF's draft (draft-ietf-httpapi-ratelimit-
headers-10): lists of structured fields (RFC 9651), one item for each limit. The providers' own have
room for one of each kind, which is the one with the least left.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from routerproject.shared import clock
from usage.throttling import WINDOW_SECONDS, Quota

REQUESTS: Final = "requests"
TOKENS: Final = ("input_tokens", "output_tokens")


def standard(quotas: Sequence[Quota]) -> Mapping[str, str]:
    """Return the draft's headers; none where nothing was counted."""
    if not quotas:
        return {}
    return {
        "RateLimit-Policy": ", ".join(map(_policy, quotas)),
        "RateLimit": ", ".join(f"{_name(q)};r={q.remaining};t={q.reset_seconds}" for q in quotas),
    }


def of_anthropic(quotas: Sequence[Quota]) -> Mapping[str, str]:
    """Return the headers of the Messages API; the reset is a moment (RFC 3339)."""
    headers = {}
    for unit in (REQUESTS, *TOKENS):
        least = _least(quotas, unit)
        if least is not None:
            start = f"anthropic-ratelimit-{unit.replace('_', '-')}"
            reset = clock.now() + timedelta(seconds=least.reset_seconds)
            headers[f"{start}-limit"] = str(least.limit)
            headers[f"{start}-remaining"] = str(least.remaining)
            headers[f"{start}-reset"] = f"{reset:%Y-%m-%dT%H:%M:%SZ}"
    return headers


def of_openai(quotas: Sequence[Quota]) -> Mapping[str, str]:
    """Return the headers of Chat Completions, which know one kind of token; the reset is a
    duration."""
    headers = {}
    for name, units in {REQUESTS: (REQUESTS,), "tokens": TOKENS}.items():
        least = _least(quotas, *units)
        if least is not None:
            headers[f"x-ratelimit-limit-{name}"] = str(least.limit)
            headers[f"x-ratelimit-remaining-{name}"] = str(least.remaining)
            headers[f"x-ratelimit-reset-{name}"] = f"{least.reset_seconds}s"
    return headers


def _policy(quota: Quota) -> str:
    unit = "" if quota.unit == REQUESTS else ';qu="tokens"'
    return f"{_name(quota)};q={quota.limit}{unit};w={WINDOW_SECONDS}"


def _name(quota: Quota) -> str:
    """Return what a limit is called: of requests, whose it is."""
    kind = "" if quota.unit == REQUESTS else f"-{quota.unit.replace('_', '-')}"
    return f'"{quota.whose}{kind}"'


def _least(quotas: Sequence[Quota], *units: str) -> Quota | None:
    meant = (quota for quota in quotas if quota.unit in units)
    return min(meant, key=lambda each: each.remaining, default=None)
