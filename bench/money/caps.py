"""So many calls at once against a small cap, while Redis is well, away, slow or comes and goes."""

import asyncio
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.db import connection

from bench import servers
from bench.clinic import CappedClinic, make_capped
from bench.money.asking import Answer, ask_all, scripted
from routerproject.shared.money import from_usd
from tests.tcp_line import Line
from usage.models import BudgetPeriod

CAP_NANO_USD = from_usd(1)
AT_ONCE = 500
WORKERS = 4
OUTPUT_TOKENS = 300
SLOW_SECONDS = 2.0
FLAP_SECONDS = 0.5
# Keeps every sum of a budget that is committed, in nano-USD.
WATCH = """
CREATE TABLE {name} (used bigint);
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO {name} VALUES (NEW.posted_nano_usd + NEW.held_nano_usd + NEW.unknown_nano_usd);
  RETURN NULL;
END $$;
CREATE TRIGGER {name} AFTER UPDATE ON usage_budgetperiod FOR EACH ROW
WHEN (NEW.budget_id = {budget_id}) EXECUTE FUNCTION {name}()
"""
ONE_CALL = {
    "task_type": "sentiment",
    "max_tokens": OUTPUT_TOKENS,
    "cache": False,
    "llm_classifier": False,
}


def measure(calls: int = 1_000) -> dict[str, Any]:
    """Return the figures of each state of Redis."""
    return {name: _against_the_cap(name, trouble, calls) for name, trouble in REDIS.items()}


def _against_the_cap(name: str, trouble: Callable[..., Any], calls: int) -> dict[str, Any]:
    clinic = make_capped(cap_nano_usd=CAP_NANO_USD)
    with (
        line_to_redis() as (line, url),
        servers.sandbox(latency_ms=100) as provider,
        servers.router(provider.url, workers=WORKERS, settings={"REDIS_URL": url}) as router,
    ):
        # The answers are as long as allowed, so the cap is used up by calls and not by patience.
        scripted(provider.url, {"share": 1.0, "text": "word " * 4 * OUTPUT_TOKENS})
        with highest_use(clinic) as highest, trouble(line):
            bodies = ({"prompt": f"Mood of number {n}?", **ONE_CALL} for n in range(calls))
            answers = asyncio.run(ask_all(router.url, clinic.key, bodies, callers=AT_ONCE))
        billed = scripted(provider.url)["nano_usd"]
    figures = _figures(clinic, answers, highest(), billed)
    print(f"Redis {name}: " + "  ".join(f"{key} {value}" for key, value in figures.items()))
    return figures


def _figures(
    clinic: CappedClinic, answers: list[Answer], highest: int, billed: int
) -> dict[str, Any]:
    row = BudgetPeriod.objects.get(budget_id=clinic.budget_id)
    return {
        "calls": len(answers),
        "statuses": dict(Counter(each.status for each in answers)),
        "asked_again": sum(each.repeats for each in answers),
        "overshoot_nano_usd": max(0, highest - CAP_NANO_USD),
        "false_refusals": sum(map(_is_false, answers)),
        "usable_percent": round(
            100 * (row.posted_nano_usd + row.unknown_nano_usd) / CAP_NANO_USD, 2
        ),
        "posted_nano_usd": row.posted_nano_usd,
        "unknown_nano_usd": row.unknown_nano_usd,  # of calls that failed midway: cleared up later
        "held_nano_usd": row.held_nano_usd,
        "book_nano_usd": billed,
    }


def _is_false(answer: Answer) -> bool:
    """Say whether a call was refused although, by its own figures, its worst case fitted."""
    if answer.status != 402:
        return False
    parts = ("spent_usd", "held_usd", "unknown_usd", "worst_case_usd")
    return sum(Decimal(answer.body[part]) for part in parts) <= Decimal(answer.body["cap_usd"])


@contextmanager
def highest_use(clinic: CappedClinic) -> Iterator[Callable[[], int]]:
    """Keep every sum that is committed for a budget; yield what tells the highest, in nano-USD."""
    name = f"bench_use_{clinic.budget_id}"
    with connection.cursor() as cursor:
        cursor.execute(WATCH.format(name=name, budget_id=clinic.budget_id))

    def highest() -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT max(used), count(*) FROM {name}")  # noqa: S608
            found, states = cursor.fetchone()
        assert states > 10, "nothing was seen"
        return int(found)

    yield highest
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name} ON usage_budgetperiod")


@contextmanager
def line_to_redis() -> Iterator[tuple[Line, str]]:
    """Yield a line to Redis and the address that leads through it."""
    parts = urlsplit(os.environ["REDIS_URL"])
    with Line(parts.hostname or "127.0.0.1", parts.port or 6379) as line:
        login, at, _ = parts.netloc.rpartition("@")
        yield line, urlunsplit(parts._replace(netloc=f"{login}{at}127.0.0.1:{line.port}"))


@contextmanager
def _well(line: Line) -> Iterator[None]:
    yield


@contextmanager
def _away(line: Line) -> Iterator[None]:
    line.cut()
    yield
    line.mend()


@contextmanager
def _slow(line: Line) -> Iterator[None]:
    line.slow_down(SLOW_SECONDS)
    yield
    line.mend()


@contextmanager
def _flapping(line: Line) -> Iterator[None]:
    """Cut and mend in turn until the calls are over."""
    is_over = threading.Event()

    def flap() -> None:
        while not is_over.wait(FLAP_SECONDS):
            line.cut()
            is_over.wait(FLAP_SECONDS)
            line.mend()

    flapping = threading.Thread(target=flap)
    flapping.start()
    try:
        yield
    finally:
        is_over.set()
        flapping.join()
        line.mend()


REDIS = {"up": _well, "down": _away, "slow": _slow, "flapping": _flapping}
