"""How long tests wait: for a condition, never for a time, and long enough for a busy machine.

Where the product gives up early (Redis after 50 ms, a configuration after two seconds), a test that
is not about that gets hours, so to say: ENVIRONMENT goes into the settings of the test process and
into every process that it starts. A test about slowness sets the real figure, USUAL, or its own.
"""

import asyncio
import os
import time
from collections.abc import Callable

from django.conf import settings

LIMIT_SECONDS = 120.0  # for what takes moments on a machine that has time
STEP_SECONDS = 0.01

ENVIRONMENT = {
    "REDIS_TIMEOUT_MS": "30000",
    "SNAPSHOT_STALE_AFTER_MS": "60000",
    "PMS_TIMEOUT_MS": "30000",
    "LOCK_TIMEOUT_MS": "30000",
    "STATEMENT_TIMEOUT_MS": "60000",
    "BODY_READ_TIMEOUT_MS": "60000",
    "ENGINE_PATIENCE": "20",
}
USUAL = {  # what a clinic's router has, as routerproject/settings.py says
    "REDIS_TIMEOUT_MS": "50",
    "SNAPSHOT_STALE_AFTER_MS": "2000",
    "PMS_TIMEOUT_MS": "2000",
    "LOCK_TIMEOUT_MS": "2000",
    "STATEMENT_TIMEOUT_MS": "10000",
    "BODY_READ_TIMEOUT_MS": "10000",
    "ENGINE_PATIENCE": "1",
}

# Deadlines of requests that are to be met too late, tried in this order until the first one that
# left the router enough time to get as far as the test means.
DEADLINES_MS = (500, 5_000, 50_000)


def be_patient() -> None:
    """Give this process and those that it starts all the time they may need.

    The settings were read before any conftest, so they are changed as well.
    """
    os.environ.update(ENVIRONMENT)
    for name, value in ENVIRONMENT.items():
        setattr(settings, name, int(value))
    seconds = settings.REDIS_TIMEOUT_MS / 1000
    settings.CACHES["default"]["OPTIONS"].update(
        SOCKET_TIMEOUT=seconds, SOCKET_CONNECT_TIMEOUT=seconds
    )
    options = settings.DATABASES["default"]["OPTIONS"]
    options["connect_timeout"] = options["pool"]["timeout"] = 60
    options["options"] += (  # of two of a name the last one counts
        f" -c statement_timeout={settings.STATEMENT_TIMEOUT_MS}"
        f" -c lock_timeout={settings.LOCK_TIMEOUT_MS}"
        " -c idle_in_transaction_session_timeout=0"
    )


def wait_until(claim: Callable[[], object], *, what: str = "it never came to hold") -> None:
    """Return once a claim holds."""
    until = time.monotonic() + LIMIT_SECONDS
    while not claim():
        assert time.monotonic() < until, what
        time.sleep(STEP_SECONDS)


async def until(claim: Callable[[], object], *, what: str = "it never came to hold") -> None:
    """Return once a claim holds that this event loop, or another process, brings about."""
    end = time.monotonic() + LIMIT_SECONDS
    while not claim():
        assert time.monotonic() < end, what
        await asyncio.sleep(STEP_SECONDS)
