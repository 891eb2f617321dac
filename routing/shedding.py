"""Who is turned away unread: a request that could not be answered in time had better not come in.

Refusing must cost next to nothing when all else costs too much. So it is decided before anything of
a request is sanitized, from how long the lines are that it would stand in: for a turn on the event
loop, and for the deployments. Nothing is written of such a request in the ledger; how many there
were is logged each minute, by key and urgency.
"""

import asyncio
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

import structlog
from django.conf import settings

from routerproject.shared import turns
from routing.errors import Overloaded
from routing.types import RouteRequest, RoutingTable, TaskTypePolicy
from usage.capacity.limiter import Limiter
from usage.capacity.waiting import RANKS
from usage.catalog import Catalog, Deployment

# How long somebody may wait to be read: so much of the time left, and at most so many seconds.
READING_SHARE: Final = 0.1
LONGEST_READING_SECONDS: Final = {"real_time": 5.0, "interactive": 5.0, "background": 2.0}
# Of the time left, the most that anybody waits for a deployment (providers/gate.py).
WAITING_SHARE: Final = 0.5
LONGEST_RETRY_SECONDS: Final = 60
TOLD_SECONDS: Final = 60.0

log = structlog.get_logger(__name__)


def rank_of(urgency: str) -> int:
    """Return which turns on the event loop a request of this urgency begins with."""
    return turns.BEGUN + 1 + RANKS[urgency]


class Shedding:
    """Turns away what would come too late. One per process."""

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter
        self._refused: Counter[tuple[str, str]] = Counter()
        self._telling: asyncio.TimerHandle | None = None

    def let_in(
        self, request: RouteRequest, table: RoutingTable, *, key: str, seconds_left: float
    ) -> None:
        """Return if the request may come in, `seconds_left` before its deadline.

        Raises Overloaded at once, with the seconds after which the lines may be short enough. `key`
        is the first characters of the caller's.
        """
        declared = table.task_types.get(request.task_type or "")
        urgency = request.urgency_under(declared)
        # What declares no task type may turn out to be of any.
        tasks = [declared] if declared else table.task_types.values()
        places = _places(request, tasks, table.catalog)
        late = self._seconds_too_long_to_read(urgency, seconds_left)
        if self._limiter.has_lines:
            late = max(late, self._seconds_too_long_for_a_place(urgency, places, seconds_left))
        if late <= 0:
            return
        self._count(key, urgency)
        raise Overloaded(retry_after_seconds=math.ceil(min(late, LONGEST_RETRY_SECONDS)))

    def close(self) -> None:
        """Tell what was not told yet."""
        if self._telling is not None:
            self._telling.cancel()
            self._tell()

    def _seconds_too_long_to_read(self, urgency: str, seconds_left: float) -> float:
        longest: float = LONGEST_READING_SECONDS[urgency] * settings.ENGINE_PATIENCE
        wait = turns.here().seconds_before(rank_of(urgency))
        return wait - min(longest, seconds_left * READING_SHARE)

    def _seconds_too_long_for_a_place(
        self, urgency: str, places: Iterator[Deployment], seconds_left: float
    ) -> float:
        """Return by how much the shortest line of all that it could stand in is too long.

        Nothing is decided yet: one place with room is enough to let it in.
        """
        slugs = [place.slug for place in places]
        shortest = min((self._limiter.seconds_before(s, urgency) for s in slugs), default=0.0)
        if math.isfinite(shortest):
            return shortest - seconds_left * WAITING_SHARE
        return max(1.0, min(self._limiter.seconds_at_pace(s, urgency) for s in slugs))

    def _count(self, key: str, urgency: str) -> None:
        self._refused[key, urgency] += 1
        if self._telling is None:
            self._telling = asyncio.get_running_loop().call_later(TOLD_SECONDS, self._tell)

    def _tell(self) -> None:
        self._telling = None
        refused, self._refused = self._refused, Counter()
        for (key, urgency), count in refused.items():
            log.warning("requests.turned_away", key_prefix=key, urgency=urgency, count=count)


def _places(
    request: RouteRequest, tasks: Iterable[TaskTypePolicy], catalog: Catalog
) -> Iterator[Deployment]:
    """Return where a request may be sent that may be of some task types: where a tier's own model
    is, where a model that one of those names is, and where the one is that it names itself."""
    names = {name for task in tasks for name in (task.primary_model, *task.fallback)}
    named = (catalog.model(name) for name in (*names, request.model) if name)
    models = {*catalog.default_models.values(), *(model.model_id for model in named if model)}
    for model_id in models:
        yield from catalog.deployments.get(model_id, ())
