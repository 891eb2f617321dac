"""How long to wait before the same deployment is asked again, and whether waiting is worth it."""

from typing import Final

FIRST_PAUSE_SECONDS: Final = 0.2
LONGEST_PAUSE_SECONDS: Final = 5.0
# Of the time a request has left, what may be spent on waiting: little when another model could
# answer at once, and never so much that no time is left for the call itself.
PATIENCE_WITH_FALLBACK: Final = 0.25
PATIENCE_ALONE: Final = 0.5


def pause_seconds(
    failures: int,
    *,
    asked_seconds: float | None,
    remaining_seconds: float,
    has_fallback: bool,
    chance: float,
) -> float | None:
    """Return the pause after so many failures; None when it would not fit the deadline.

    The provider's own wish comes first, with full jitter on top (`chance` is a number from 0 to
    1), so that those it sent away together do not come back together. Source: "Exponential Backoff
    And Jitter", AWS Architecture Blog, 2015.
    """
    longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (failures - 1))
    pause = max(0.0, asked_seconds or 0.0) + chance * longest
    patience = PATIENCE_WITH_FALLBACK if has_fallback else PATIENCE_ALONE
    return pause if pause <= remaining_seconds * patience else None
