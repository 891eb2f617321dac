"""Who is turned away unread, by how long the lines are that a request would stand in."""

from dataclasses import replace
from typing import Any

import pytest

from routerproject.shared.redis import Redis
from routing.errors import Overloaded
from routing.shedding import Shedding
from routing.types import RoutingTable
from tests.routing.select.cast import request
from tests.routing.tables import place, routing_table
from usage.capacity.limiter import Limiter
from usage.catalog import ModelCard

OWN = ModelCard("gemma3:27b", "Gemma 3 27B", "haiku", "on-premise")
DEADLINE_SECONDS = 10.0


def table_with_a_model_of_its_own() -> RoutingTable:
    """Return a table where one task type names a model that no tier has as its own."""
    table = routing_table(rules=())
    catalog = replace(
        table.catalog,
        models={**table.catalog.models, OWN.model_id: OWN},
        deployments={**table.catalog.deployments, OWN.model_id: (place("house", OWN.model_id),)},
    )
    task = replace(table.task_types["sentiment"], primary_model=OWN.model_id)
    return replace(table, catalog=catalog, task_types={**table.task_types, task.slug: task})


def lines_before_all_but(limiter: Limiter, table: RoutingTable, free: str) -> None:
    for places in table.catalog.deployments.values():
        for each in places:
            if each.slug != free:
                room = limiter._place(each.slug).room
                room.usual_pace_seconds = 60.0
                room.join("interactive")


async def let_in(free: str, settings: Any, **fields: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    redis = Redis()
    limiter, table = Limiter(redis), table_with_a_model_of_its_own()
    lines_before_all_but(limiter, table, free)
    shedding = Shedding(limiter)
    try:
        shedding.let_in(request(**fields), table, key="cmr_", seconds_left=DEADLINE_SECONDS)
    finally:
        shedding.close()
        await redis.close()


@pytest.mark.parametrize("task_type", ["sentiment", None])
async def test_room_at_a_task_types_own_model_lets_in(settings: Any, task_type: str | None):
    """What declares no task type may turn out to be of that one."""
    await let_in("house", settings, task_type=task_type)


async def test_room_where_a_request_never_goes_lets_nobody_in(settings: Any):
    with pytest.raises(Overloaded) as refusal:
        await let_in("house", settings, task_type="language_detection")
    assert refusal.value.retry_after_seconds == 55
