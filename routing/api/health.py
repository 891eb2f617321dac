"""Is the process alive, and may it be sent requests? Neither answer tells secrets."""

from django.conf import settings
from django.http import HttpRequest, JsonResponse

from phi import patients
from routing import process
from routing.errors import RouterError
from routing.snapshot import Snapshot
from usage.ledger.rows import BOOT_ID


async def alive(request: HttpRequest) -> JsonResponse:
    """Say that the process answers at all."""
    return JsonResponse({"status": "alive"}, headers={"Cache-Control": "no-store"})


async def ready(request: HttpRequest) -> JsonResponse:
    """Say whether requests would be answered: fresh configuration, which proves the database, and
    the index of all patients where a patient management system is connected.

    Redis away, an open breaker, a frozen deployment or an old index is degraded, not down: requests
    are answered nevertheless. `process` names who answers, as the rows of its calls do.
    """
    try:
        here = process.current()
    except RouterError as error:
        return _unavailable(error.problem)
    try:
        snapshot = here.keeper.current()
    except RouterError as error:
        is_unfit = here.keeper.alarm and here.keeper.latest is None
        return _unavailable("configuration-invalid" if is_unfit else error.problem)
    index = _index()
    if index == "loading":
        return _unavailable("patient-index-unavailable")
    left_alone, frozen = len(here.gate.health()), _frozen(snapshot)
    is_left_alone = bool(left_alone or frozen)
    is_degraded = here.redis.is_away or here.keeper.alarm or is_left_alone or index == "stale"
    body = {
        "status": "degraded" if is_degraded else "ready",
        "process": str(BOOT_ID),
        "configuration": snapshot.version,
        "redis": "away" if here.redis.is_away else "up",
        "breakers_open": left_alone,
        "deployments_frozen": frozen,
        "configuration_alarm": bool(here.keeper.alarm),
        "cache_entries_refused": here.answers.counts["refused"],
        "patient_index": index,
        "provider": "sandbox" if settings.USES_SANDBOX else "anthropic",
    }
    return JsonResponse(body, headers={"Cache-Control": "no-store"})


def _unavailable(reason: str) -> JsonResponse:
    return JsonResponse(
        {"status": "unavailable", "reason": reason},
        status=503,
        headers={"Cache-Control": "no-store", "Retry-After": "1"},
    )


def _frozen(snapshot: Snapshot) -> int:
    places = snapshot.table.catalog.deployments.values()
    return sum(place.is_frozen for each in places for place in each)


def _index() -> str:
    """Return how the index of all patients is: none | loading | ready | stale."""
    connected = patients.current()
    if connected is None:
        return "none"
    if not connected.lists.is_complete:
        return "loading"
    return "stale" if connected.lists.is_stale else "ready"
