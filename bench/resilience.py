"""What the router does when there is too much work, no provider, or no Redis.

Everything with one web process and every safeguard on. The provider's capacity is a limit of its
deployment, as a vendor's account has one: ten calls at once of a second each.
"""

import asyncio
import json
import os
import signal
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db.models import Q, Sum

from bench import load, open_loop, servers
from bench.clinic import make_clinic
from bench.open_loop import Asked, Load, Seen
from bench.servers import Server
from routerproject.local import children
from routerproject.local import redis as local_redis
from routerproject.local.children import Child
from usage.models import Attempt, Deployment

HAIKU = "claude-haiku-4-5-20251001"
AT_ONCE, CALL_MS = 10, 1_000
CAPACITY = AT_ONCE * 1000 / CALL_MS  # answers a second
DEADLINE_MS = 10_000
SHARES = {"real_time": 0.05, "interactive": 0.75, "background": 0.2}
AT_ONCE_MS = 20.0  # a refusal that nobody had to wait for
OVERLOAD_SECONDS, WARM_SECONDS = 20.0, 3.0
OUTAGE_SECONDS, OUTAGE_RATE = 15.0, 20.0
RECOVERY_SECONDS, RECOVERY_RATE = 30.0, 4.0
REDIS_REQUESTS, REDIS_CALLERS = 600, 8
Figures = dict[str, Any]


def main(arguments: list[str]) -> Figures:
    """Measure all parts (or those whose name holds an argument) and return the figures."""
    key = make_clinic()
    parts = {"overload": _overload, "outage": _outage, "redis": _redis}
    chosen = {
        name: part
        for name, part in parts.items()
        if not arguments or any(each in name for each in arguments)
    }
    return {name: part(key) for name, part in chosen.items()}


# -- more work than the provider takes ------------------------------------------------------------


def _overload(key: str) -> Figures:
    """Ask for what the provider can do, twice and ten times that."""
    found: Figures = {"capacity_per_second": CAPACITY}
    with servers.sandbox(latency_ms=CALL_MS) as provider, _only_haiku(AT_ONCE):
        for times in (1, 2, 10):
            with servers.router(provider.url) as router:
                _ask(router, key, Load(CAPACITY / 2, WARM_SECONDS, SHARES))
                before = _billed(provider), _posted()
                seen = _ask(router, key, Load(CAPACITY * times, OVERLOAD_SECONDS, SHARES))
                after = _billed(provider), _posted()
            part = _overload_figures(seen)
            part["ledger_less_bill_nano_usd"] = (after[1] - before[1]) - (after[0] - before[0])
            found[f"{times}x"] = part
            print(f"{times}x: {part}")
    peak = max(found[name]["answers_per_second"] for name in ("1x", "2x", "10x"))
    for name in ("1x", "2x", "10x"):
        found[name]["share_of_peak"] = round(found[name]["answers_per_second"] / peak, 3)
    return found


def _overload_figures(seen: Seen) -> Figures:
    at_once = [each for each in seen.shed if each.latency_ms < DEADLINE_MS / 10]
    return {
        "requests": len(seen.asked),
        "answers_per_second": round(_while_loaded(seen), 2),
        "answered_share": {name: round(seen.of(name).answered_share, 4) for name in SHARES},
        "answered_p99_ms": {name: seen.latency_ms(0.99, seen.of(name).answered) for name in SHARES},
        "shed": len(seen.shed),
        "shed_at_once": len(at_once),
        "shed_at_once_p50_ms": seen.latency_ms(0.5, at_once),
        "shed_at_once_p99_ms": seen.latency_ms(0.99, at_once),
        "shed_without_retry_after": sum(not each.has_retry_after for each in seen.shed),
        "other_statuses": len(seen.asked) - len(seen.answered) - len(seen.shed),
    }


def _while_loaded(seen: Seen) -> float:
    """Return the answers a second between the first full second and the end of the load."""
    since, until = 2 * CALL_MS / 1000, OVERLOAD_SECONDS
    ended = [each.at + each.latency_ms / 1000 for each in seen.answered]
    return sum(since <= at < until for at in ended) / (until - since)


# -- no provider ----------------------------------------------------------------------------------


def _outage(key: str) -> Figures:
    """Let every call fail for a while, then none; count the calls and wait for the first answer."""
    found: Figures = {}
    for status in (529, 500):
        with servers.sandbox() as provider, servers.router(provider.url) as router:
            _ask(router, key, Load(5, WARM_SECONDS, SHARES))
            _control(provider, "script", {"share": 1.0, "status": status})
            before = _calls(provider)
            seen = _ask(router, key, Load(OUTAGE_RATE, OUTAGE_SECONDS, SHARES))
            calls = _calls(provider) - before
            _control(provider, "reset", {})
            back = _ask(router, key, Load(RECOVERY_RATE, RECOVERY_SECONDS, SHARES))
        found[str(status)] = {
            "requests": len(seen.asked),
            "calls_per_request": round(calls / len(seen.asked), 3),
            "statuses": sorted({each.status for each in seen.asked}),
            "first_answer_after_seconds": _first(back.answered),
            "last_failure_after_seconds": _last([a for a in back.asked if a.status != 200]),
        }
        print(f"{status}: {found[str(status)]}")
    return found


def _first(asked: list[Asked]) -> float | None:
    return round(min(each.at for each in asked), 2) if asked else None


def _last(asked: list[Asked]) -> float:
    return round(max((each.at for each in asked), default=0.0), 2)


# -- no Redis -------------------------------------------------------------------------------------


def _redis(key: str) -> Figures:
    """Kill Redis in the middle of a run."""
    with (
        servers.sandbox(latency_ms=20) as provider,
        _own_redis() as (engine, url),
        servers.router(provider.url, settings={"REDIS_URL": url}) as router,
    ):
        target = load.Target(
            "router",
            _address(router),
            lambda number: json.dumps(_body(number, "interactive")).encode(),
            _headers(key),
        )
        asyncio.run(load.run(target, callers=REDIS_CALLERS, requests=50))
        with_it = asyncio.run(load.run(target, callers=REDIS_CALLERS, requests=REDIS_REQUESTS))
        without = asyncio.run(_killed_midway(target, engine, after_seconds=with_it.seconds / 3))
    figures = {
        "requests": REDIS_REQUESTS,
        "failed": without.failures,
        "p50_p99_ms": _percentiles(with_it),
        "p50_p99_ms_when_killed": _percentiles(without),
    }
    print(f"redis: {figures}")
    return figures


async def _killed_midway(target: load.Target, engine: Child, *, after_seconds: float) -> load.Round:
    async def kill() -> None:
        await asyncio.sleep(after_seconds)
        os.kill(engine.process.pid, signal.SIGKILL)

    asked = load.run(target, callers=REDIS_CALLERS, requests=REDIS_REQUESTS)
    seen, _ = await asyncio.gather(asked, kill())
    return seen


@contextmanager
def _own_redis() -> Iterator[tuple[Child, str]]:
    """Run a Redis that nobody else uses."""
    with tempfile.TemporaryDirectory() as folder:
        secrets, port = {"REDIS_PASSWORD": "bench"}, servers.free_port()
        engine = local_redis.start(Path(folder), secrets, port, throwaway=True)
        try:
            yield engine, local_redis.url(secrets, port)
        finally:
            children.stop(engine)


def _percentiles(seen: load.Round) -> list[float]:
    return [round(load.percentile(seen.latencies_ms, share), 1) for share in (0.5, 0.99)]


# -- what all parts use ---------------------------------------------------------------------------


def _ask(router: Server, key: str, wanted: Load) -> Seen:
    return asyncio.run(open_loop.run(_address(router), _headers(key), _body, wanted))


def _address(router: Server) -> str:
    return f"{router.url}/api/v1/route"


def _headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}


def _body(number: int, urgency: str) -> dict[str, Any]:
    return {
        "prompt": f"Mood of message {number}: the visit of Ann Lee went well.",
        "patient": {"name": "Ann Lee"},
        "task_type": "sentiment",
        "urgency": urgency,
        "max_tokens": 64,
        "cache": False,
        "llm_classifier": False,
        "deadline_ms": DEADLINE_MS,
    }


@contextmanager
def _only_haiku(at_once: int) -> Iterator[None]:
    """Leave one deployment, with so many calls at once."""
    others = Deployment.objects.exclude(model__model_id=HAIKU).filter(is_enabled=True)
    off = list(others.values_list("pk", flat=True))
    others.update(is_enabled=False)
    Deployment.objects.filter(model__model_id=HAIKU).update(max_concurrency=at_once)
    yield
    Deployment.objects.filter(pk__in=off).update(is_enabled=True)
    Deployment.objects.filter(model__model_id=HAIKU).update(max_concurrency=None)


def _posted() -> int:
    """Return what the ledger has posted and holds in doubt, in nano-USD."""
    states = Attempt.objects.aggregate(
        posted=Sum("cost_nano_usd", default=0),
        doubt=Sum("hold_nano_usd", filter=Q(state__in=("unknown", "admitted")), default=0),
    )
    return int(states["posted"] + states["doubt"])


def _billed(provider: Server) -> int:
    return int(_control(provider, "book")["totals"]["nano_usd"])


def _calls(provider: Server) -> int:
    return len(_control(provider, "book")["lines"])


def _control(provider: Server, name: str, document: Any = None) -> Any:
    """Use the simulated provider's controls: read without a document, change with one."""
    content = None if document is None else json.dumps(document).encode()
    request = urllib.request.Request(f"{provider.url}/_sandbox/{name}", data=content)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or b"null")
