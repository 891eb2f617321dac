"""How long a decision takes, from sanitized text to chain, and how good the labelled ones are.

    python bench/routing_speed.py

CPU time on one core, medians of repeated runs. Needs neither database nor settings.
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from routing.classify.focus import read
from routing.classify.heuristics import judge
from routing.select.decide import select
from routing.types import RouteRequest
from tests.routing.classify.scoring import (
    POLICY,
    TABLE,
    Outcome,
    calibration_error,
    flips,
    labelled,
    share,
    with_critical_accuracy,
    with_type,
    with_wrong_type,
    without_type,
)
from tests.routing.tables import NOW

CASE = (
    "67 year old woman with afib on apixaban and amiodarone, eGFR 24, new melena, Hgb 7.1 and BP "
    "92/50. She also takes ibuprofen. Should we reverse anticoagulation, and which agent first? "
    "What would you do about her rate control after that, given the hypotension and her kidneys?"
)
NOTE = "Seen in clinic for follow-up of diabetes and hypertension; no new complaints. "
TEXTS = {
    "300 characters, a case": f"{CASE} Thank you very much.",
    "8,000 characters, a note to summarize": f"Summarize for the chart:\n{NOTE * 102}",
    "8,000 characters, no structure": f"{NOTE * 103} What next?",
    "400,000 characters": f"{NOTE * 5_128} What next?",
}


def milliseconds(work: Callable[[], object], repeats: int) -> float:
    """Return the median CPU milliseconds of one call."""
    times = []
    for _ in range(repeats):
        start = time.process_time_ns()
        work()
        times.append((time.process_time_ns() - start) / 1e6)
    return statistics.median(times)


def report_speed(title: str, text: str) -> None:
    """Print what each part of one decision costs."""
    messages = ({"role": "user", "content": text},)
    request = RouteRequest("r-1", "demo", "pms", messages, NOW)
    focused = read(messages)
    verdict = judge(focused)
    parts = {
        "focus": lambda: read(messages),
        "judge": lambda: judge(focused),
        "select": lambda: select(
            request, verdict, TABLE, policy=POLICY, contains_identifiers=False, now=NOW
        ),
    }
    figures = {name: milliseconds(work, 300) for name, work in parts.items()}
    shown = ", ".join(f"{name} {value:.3f}" for name, value in figures.items())
    print(f"{title} ({len(text)}): {sum(figures.values()):.3f} ms ({shown})")


def report_quality(title: str, outcomes: list[Outcome]) -> None:
    """Print the shares and the calibration of one way of asking."""
    shares = ", ".join(f"{name} {share(outcomes, name):.3f}" for name in ("exact", "under", "over"))
    print(
        f"{title:<28} {len(outcomes):>4} requests: {shares}, ECE {calibration_error(outcomes):.3f}"
    )


def main() -> None:
    """Print speed, then the quality on the held-apart half."""
    for title, text in TEXTS.items():
        report_speed(title, text)
    requests = labelled("held_apart")
    by_text = without_type(requests)
    report_quality("no task type", by_text)
    report_quality("no task type, Spanish", [o for o in by_text if o.request.language == "es"])
    report_quality("right task type", with_type(requests))
    report_quality("wrong task type", with_wrong_type(requests))
    report_quality("said to be critical", with_critical_accuracy(requests))
    print(f"tier flips under typos, case and courtesies: {flips(requests):.3f}")


if __name__ == "__main__":
    main()
