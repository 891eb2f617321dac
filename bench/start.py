"""How long a web process takes to be ready, and what memory it then holds."""

import statistics
import time
from typing import Any

import django

from bench import servers

TIMES = 5


def main(arguments: list[str]) -> dict[str, Any]:
    """Start and stop one web process several times and return the medians."""
    django.setup()
    seconds, memory = [], []
    with servers.sandbox() as provider:
        for _ in range(TIMES):
            started = time.perf_counter()
            with servers.router(provider.url) as router:
                seconds.append(time.perf_counter() - started)
                memory.append(router.memory_mb())
    figures = {
        "start_seconds": round(statistics.median(seconds), 2),
        "memory_mb": round(statistics.median(memory), 1),
    }
    print(figures)
    return figures
