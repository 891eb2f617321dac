"""What is left of a caller's requests in this minute, as headers that clients know how to read.

`RateLimit` and `RateLimit-Policy` are those of the IETF's draft (draft-ietf-httpapi-ratelimit-
headers-10): lists of structured fields (RFC 9651), one item for each limit. The providers' own have
room for one, which is the one with the least left.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from routerproject.shared import clock
from usage.throttling import WINDOW_SECONDS, Quota


def standard(quotas: Sequence[Quota]) -> Mapping[str, str]:
    """Return the draft's headers; none where nothing was counted."""
    if not quotas:
        return {}
    policies = (f'"{each.whose}";q={each.limit};w={WINDOW_SECONDS}' for each in quotas)
    left = (f'"{each.whose}";r={each.remaining};t={each.reset_seconds}' for each in quotas)
    return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(left)}


def of_anthropic(quotas: Sequence[Quota]) -> Mapping[str, str]:
    """Return the headers of the Messages API; the reset is a moment (RFC 3339)."""
    if not quotas:
        return {}
    least = _least(quotas)
    reset = clock.now() + timedelta(seconds=least.reset_seconds)
    return {
        "anthropic-ratelimit-requests-limit": str(least.limit),
        "anthropic-ratelimit-requests-remaining": str(least.remaining),
        "anthropic-ratelimit-requests-reset": f"{reset:%Y-%m-%dT%H:%M:%SZ}",
    }


def of_openai(quotas: Sequence[Quota]) -> Mapping[str, str]:
    """Return the headers of Chat Completions; the reset is a duration."""
    if not quotas:
        return {}
    least = _least(quotas)
    return {
        "x-ratelimit-limit-requests": str(least.limit),
        "x-ratelimit-remaining-requests": str(least.remaining),
        "x-ratelimit-reset-requests": f"{least.reset_seconds}s",
    }


def _least(quotas: Sequence[Quota]) -> Quota:
    return min(quotas, key=lambda each: each.remaining)
