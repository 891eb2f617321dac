"""What a decision costs, from sanitized text to chain: CPU time on one core."""

import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial

from routing.classify.focus import read
from routing.classify.heuristics import judge
from routing.classify.shipped import SHIPPED
from routing.classify.training.labelled import LabelledRequest
from routing.evaluation.judging import POLICY
from routing.select.decide import select
from routing.types import RouteRequest, RoutingTable
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


def decide(messages: Sequence[dict[str, str]], table: RoutingTable) -> None:
    """Make one decision, as a request does."""
    request = RouteRequest("r-1", "demo", "pms", tuple(messages), NOW)
    verdict = judge(read(messages), model=SHIPPED)
    select(request, verdict, table, policy=POLICY, contains_identifiers=False, now=NOW)


def of_requests(requests: Sequence[LabelledRequest], table: RoutingTable) -> dict[str, float]:
    """Return the percentiles over labelled requests, each decided at first sight, in CPU ms."""
    times = [_milliseconds(_deciding(r.text, table), 1) for r in requests]
    cuts = statistics.quantiles(times, n=100)
    return {f"p{nth}_ms": round(cuts[nth - 1], 3) for nth in (50, 95, 99)}


def of_texts(table: RoutingTable) -> dict[str, float]:
    """Return the median CPU ms of texts of several lengths."""
    return {
        title: round(_milliseconds(_deciding(text, table), 100), 3) for title, text in TEXTS.items()
    }


def _deciding(text: str, table: RoutingTable) -> Callable[[], None]:
    return partial(decide, [{"role": "user", "content": text}], table)


def _milliseconds(work: Callable[[], None], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.process_time_ns()
        work()
        times.append((time.process_time_ns() - start) / 1e6)
    return statistics.median(times)
