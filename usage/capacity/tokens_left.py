"""What is left of a caller's tokens a minute, as one worker saw it last, with what came since."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from usage.capacity.allowance import Limited
from usage.throttling import WINDOW_SECONDS, Quota

KINDS: Final = ("input_tokens", "output_tokens")


@dataclass(slots=True)
class TokensLeft:
    """Levels by kind of token, negative where more was used than was left."""

    _levels: Mapping[str, float] = field(default_factory=dict)
    _seconds: float = 0.0

    def saw(self, levels: Mapping[str, float], seconds: float) -> None:
        """Take what was found at a moment of the worker's clock."""
        self._levels, self._seconds = levels, seconds

    def quotas(self, place: Limited, seconds: float) -> Iterator[Quota]:
        """Yield what is left of each limit; it is whole again after `reset_seconds`."""
        passed = max(0.0, seconds - self._seconds)
        for kind in KINDS:
            limit = getattr(place, f"{kind}_per_minute")
            if limit is None:
                continue
            level = self._levels.get(kind, limit) + passed * limit / WINDOW_SECONDS
            lacking = max(0.0, limit - level)
            yield Quota(
                whose=place.slug.partition(":")[0],
                limit=limit,
                remaining=max(0, math.floor(limit - lacking)),
                reset_seconds=math.ceil(lacking * WINDOW_SECONDS / limit) if limit else 0,
                unit=kind,
            )
