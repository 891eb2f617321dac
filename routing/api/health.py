"""Is the process alive, and may it be sent requests? Neither answer tells secrets."""

from django.conf import settings
from django.http import HttpRequest, JsonResponse

from routing import process
from routing.errors import RouterError


async def alive(request: HttpRequest) -> JsonResponse:
    """Say that the process answers at all."""
    return JsonResponse({"status": "alive"}, headers={"Cache-Control": "no-store"})


async def ready(request: HttpRequest) -> JsonResponse:
    """Say whether requests would be answered: fresh configuration, which proves the database.

    Redis away or an open breaker is degraded, not down: requests are answered nevertheless.
    """
    try:
        here = process.current()
        snapshot = here.keeper.current()
    except RouterError as error:
        return JsonResponse(
            {"status": "unavailable", "reason": error.problem},
            status=503,
            headers={"Cache-Control": "no-store", "Retry-After": "1"},
        )
    left_alone = len(here.gate.health())
    is_degraded = here.redis.is_away or here.keeper.alarm or left_alone
    body = {
        "status": "degraded" if is_degraded else "ready",
        "configuration": snapshot.version,
        "redis": "away" if here.redis.is_away else "up",
        "breakers_open": left_alone,
        "configuration_alarm": bool(here.keeper.alarm),
        "provider": "sandbox" if settings.USES_SANDBOX else "anthropic",
    }
    return JsonResponse(body, headers={"Cache-Control": "no-store"})
