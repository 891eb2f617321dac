"""How many calls beyond the first one may be made, so that an outage is not made worse.

Each request earns a tenth of a further call. Without that bound, a provider that is down gets
three times its usual load from those who try again.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.conf import settings

MOST_ATTEMPTS: Final = 3  # per request, over retries and fallbacks together
SHARE_OF_REQUESTS: Final = 0.1
EARNED_PER_SECOND: Final = 1.0  # a clinic at night sends too few requests to earn one
KEPT_PERCENT: Final = 30  # of the reserve, for point-of-care work while a provider half works


class RetryBudget:
    """The further calls that this process may make: a tenth of its requests, and a small reserve.

    One per process. A fallback counts like a retry, since both are load that nobody asked for.
    """

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._left = float(settings.RETRY_RESERVE)
        self._at = monotonic()

    def earn(self) -> None:
        """Count one request."""
        self._left = min(self._most, self._left + SHARE_OF_REQUESTS)

    def take(self, *, is_urgent: bool = False) -> bool:
        """Return whether one more call may be made, and count it."""
        now = self._monotonic()
        self._left = min(self._most, self._left + (now - self._at) * EARNED_PER_SECOND)
        self._at = now
        if self._left < 1 + (0 if is_urgent else self._kept):
            return False
        self._left -= 1
        return True

    def give_back(self) -> None:
        """Return a call that was not made."""
        self._left += 1

    @property
    def _most(self) -> float:
        return float(settings.RETRY_RESERVE)

    @property
    def _kept(self) -> int:
        """Return how many calls only urgent work may make; of a small reserve, none."""
        return int(settings.RETRY_RESERVE) * KEPT_PERCENT // 100


@dataclass(slots=True)
class Tries:
    """The calls that one request may make."""

    budget: RetryBudget
    is_urgent: bool = False
    made: int = 0

    @property
    def left(self) -> int:
        """Return how many more calls the request may make, if the process's budget has them."""
        return MOST_ATTEMPTS - self.made

    def take(self) -> bool:
        """Return whether the request may make one more call, and count it; the first is free."""
        if self.made >= MOST_ATTEMPTS or (
            self.made and not self.budget.take(is_urgent=self.is_urgent)
        ):
            return False
        self.made += 1
        return True

    def give_back(self) -> None:
        """Return a call that was not made."""
        self.made -= 1
        if self.made:
            self.budget.give_back()
