"""What a request costs: CPU, added latency and overhead, every safeguard on.

Three targets are asked in interleaved rounds of one run, so that a machine that speeds up or slows
down does so for all: the provider directly, a stock Django async proxy, and the router.
"""

import asyncio
import itertools
import json
import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

import django

from bench import load, servers
from bench.load import Round, Target, percentile
from bench.servers import Server

PROMPT = (
    "Summarize for the referring clinician: {name} (MRN {mrn}, born 04/09/1961) came in for knee "
    "pain after a fall, no swelling, full range of motion, ibuprofen 400 mg as needed. Reach the "
    "patient at (555) 010-4477. Visit {n} of the series; plan physiotherapy, review in two weeks."
)
NOTE_LINES = (
    "HPI: {name} is a 64-year-old with type 2 diabetes and CKD stage 3b, here for review.",
    "Contact (555) 010-4477, MRN {mrn}; daughter drives on Tuesdays. Visit {n}, line {i}.",
    "Vitals: BP 132/78, HR 71, RR 14, SpO2 97 %, weight 81.4 kg. Pain 2/10. Strength 5/5.",
    "Labs 03/14/2026: HbA1c 7.4 %, eGFR 41, K 4.8, LDL 88, urine ACR 64. No ketones.",
    "Meds: metformin 500 mg bid, empagliflozin 10 mg, lisinopril 20 mg, atorvastatin 40 mg.",
    "Plan: hold metformin if eGFR < 30; repeat BMP in 6 weeks; foot exam at the next visit.",
)
NOTE_CHARACTERS = 8_000
PATIENT = {
    "name": "Zephyrine Quillfeather",
    "birth_date": "1961-04-09",
    "mrn": "7718203",
    "phone": "(555) 010-4477",
}
MODEL = "claude-haiku-4-5-20251001"


@dataclass(frozen=True)
class Setup:
    """One way of asking: how many at once, how many in all, how slow the provider is."""

    name: str
    callers: int
    requests: int
    rounds: int
    upstream_ms: int = 0
    workers: int = 1  # web processes of the router
    is_note: bool = False  # 8,000 characters instead of 300
    is_repeated: bool = False  # the same text each time, as in its conversation
    uses_cache: bool = False  # answers are kept, and looked for


SETUPS = (
    Setup("concurrency 1", callers=1, requests=300, rounds=5),
    Setup("concurrency 16", callers=16, requests=1_500, rounds=5),
    Setup(
        "50 callers, provider takes 200 ms",
        callers=50,
        requests=600,
        rounds=3,
        upstream_ms=200,
        workers=2,
    ),
    Setup("8,000-character note", callers=4, requests=200, rounds=3, is_note=True),
    Setup(
        "the same note again",
        callers=4,
        requests=200,
        rounds=3,
        is_note=True,
        is_repeated=True,
    ),
    Setup(
        "kept answer",
        callers=16,
        requests=1_500,
        rounds=5,
        is_repeated=True,
        uses_cache=True,
    ),
    Setup("no kept answer", callers=16, requests=1_500, rounds=5, uses_cache=True),
)


def main(arguments: list[str]) -> dict[str, Any]:
    """Measure every setup (or those whose name holds an argument) and return the figures."""
    django.setup()
    key = _caller()
    chosen = [s for s in SETUPS if not arguments or any(a in s.name for a in arguments)]
    return {setup.name: _measure(setup, key) for setup in chosen}


def _caller() -> str:
    """Make a tenant with budgets that do not get in the way, and return a key."""
    from bench.clinic import make_clinic

    return make_clinic()


def _measure(setup: Setup, key: str) -> dict[str, Any]:
    print(f"\n{setup.name}: {setup.rounds} rounds of {setup.requests} requests per target")
    with (
        servers.sandbox(latency_ms=setup.upstream_ms) as provider,
        servers.stock_proxy(provider.url) as stock,
        servers.router(provider.url, workers=setup.workers) as router,
    ):
        running = {"direct": provider, "stock Django proxy": stock, "router": router}
        targets = _targets(running, key, setup)
        for target in targets:
            asyncio.run(load.run(target, callers=setup.callers, requests=60))
        rounds: dict[str, list[Round]] = defaultdict(list)
        for _ in range(setup.rounds):
            for target in targets:
                rounds[target.name].append(_round(target, running[target.name], setup))
        figures = {name: _figures(measured) for name, measured in rounds.items()}
        figures["router"]["memory_mb"] = round(router.memory_mb(), 1)
    _add_ratios(figures)
    _print(figures)
    return figures


def _round(target: Target, server: Server, setup: Setup) -> Round:
    before = server.cpu_seconds()
    measured = asyncio.run(
        load.run(
            target,
            callers=setup.callers,
            requests=setup.requests,
            spread_seconds=setup.upstream_ms / 1000,
        )
    )
    measured.cpu_ms_per_request = (server.cpu_seconds() - before) * 1000 / setup.requests
    return measured


def _targets(running: dict[str, Server], key: str, setup: Setup) -> list[Target]:
    plain = {"authorization": "Bearer sandbox", "anthropic-version": "2026-10-21"}
    router = running["router"].url
    text = _note if setup.is_note else _prompt

    def provider_body(number: int) -> bytes:
        return _provider_body(text("PHI_NAME_7KQ2M", "PHI_MRN_7KQ2M", number))

    fresh = itertools.count()

    def router_body(number: int) -> bytes:
        seen = 0 if setup.is_repeated else next(fresh) if setup.uses_cache else number
        return _router_body(text(PATIENT["name"], PATIENT["mrn"], seen), setup.uses_cache)

    return [
        Target("direct", f"{running['direct'].url}/v1/messages", provider_body, plain),
        Target(
            "stock Django proxy",
            f"{running['stock Django proxy'].url}/v1/messages",
            provider_body,
            plain,
        ),
        Target(
            "router",
            f"{router}/api/v1/route",
            router_body,
            {"authorization": f"Bearer {key}"},
        ),
    ]


def _prompt(name: str, mrn: str, number: int) -> str:
    return PROMPT.format(name=name, mrn=mrn, n=number)


def _note(name: str, mrn: str, number: int) -> str:
    """Return a note of 8,000 characters that no two requests share."""
    lines, size = ["Summarize this note in three sentences."], 0
    while size < NOTE_CHARACTERS:
        line = NOTE_LINES[len(lines) % len(NOTE_LINES)]
        lines.append(line.format(name=name, mrn=mrn, n=number, i=len(lines)))
        size += len(lines[-1]) + 1
    return "\n".join(lines)


def _provider_body(text: str) -> bytes:
    body = {
        "model": MODEL,
        "max_tokens": 256,
        "messages": [{"role": "user", "content": text}],
    }
    return json.dumps(body).encode()


def _router_body(text: str, uses_cache: bool) -> bytes:
    asked = {
        "prompt": text,
        "task_type": "encounter_summary",
        "max_tokens": 256,
        "patient": PATIENT,
    }
    # No small model is asked beforehand: one call for one request, as with the other targets.
    return json.dumps({**asked, "cache": uses_cache, "llm_classifier": False}).encode()


def _figures(rounds: list[Round]) -> dict[str, Any]:
    latencies = [value for each in rounds for value in each.latencies_ms]
    return {
        "requests": sum(each.requests for each in rounds),
        "failures": sum(each.failures for each in rounds),
        "statuses": dict(sum((Counter(each.statuses) for each in rounds), Counter())),
        "cpu_ms": round(statistics.median(each.cpu_ms_per_request for each in rounds), 3),
        "p50_ms": round(percentile(latencies, 0.50), 2),
        "p95_ms": round(percentile(latencies, 0.95), 2),
        "p99_ms": round(percentile(latencies, 0.99), 2),
        "per_second": round(statistics.median(r.requests / r.seconds for r in rounds), 1),
    }


def _add_ratios(figures: dict[str, dict[str, Any]]) -> None:
    direct, stock, router = figures["direct"], figures["stock Django proxy"], figures["router"]
    router["added_p50_ms"] = round(router["p50_ms"] - direct["p50_ms"], 2)
    router["added_p95_ms"] = round(router["p95_ms"] - direct["p95_ms"], 2)
    router["added_p99_ms"] = round(router["p99_ms"] - direct["p99_ms"], 2)
    router["cpu_against_stock"] = round(router["cpu_ms"] / stock["cpu_ms"], 2)


def _print(figures: dict[str, dict[str, Any]]) -> None:
    for name, each in figures.items():
        shown = "  ".join(f"{key} {value}" for key, value in each.items())
        print(f"  {name:20} {shown}")
