"""Sends the requests, a few at a time, and keeps what came back of each."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

from routerproject.shared.money import NOTHING, NanoUsd, from_usd
from routing.management.demo.client import JsonClient, Unreachable
from routing.management.demo.script import DemoRequest

AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back of one request: the reply, or a problem in words."""

    request: DemoRequest
    reply: Any = None
    problem: str = ""

    @property
    def is_answered(self) -> bool:
        return self.reply is not None

    @property
    def tier(self) -> str:
        return str(self.reply["routing"]["tier"])

    @property
    def model(self) -> str:
        return str(self.reply["routing"]["model"])

    @property
    def task_type(self) -> str:
        """Return the declared task type, or what the text was taken for."""
        detected = self.reply["routing"]["task_type"]
        return self.request.declared or (f"{detected} (detected)" if detected else "none detected")

    @property
    def input_tokens(self) -> int:
        usage = self.reply["usage"]
        return sum(count for kind, count in usage.items() if kind.endswith("input_tokens"))

    @property
    def output_tokens(self) -> int:
        return int(self.reply["usage"]["output_tokens"])

    @property
    def latency_ms(self) -> float:
        return float(self.reply["latency_ms"]["total"])

    @property
    def masked(self) -> int:
        """Return how many identifiers were replaced before anything left."""
        return sum(self.reply["phi"]["identifiers"].values())

    def money(self, part: str) -> NanoUsd:
        """Return a part of the reply's `cost`, such as total_usd; nothing without a reply."""
        return from_usd(self.reply["cost"][part]) if self.is_answered else NOTHING


def send_all(
    api: JsonClient, requests: Sequence[DemoRequest], on_outcome: Callable[[Outcome], None]
) -> list[Outcome]:
    """Return the outcomes in the order of the requests; a failure does not stop the others."""
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        waiting = [pool.submit(_send, api, request) for request in requests]
        for done in as_completed(waiting):
            on_outcome(done.result())
        return [each.result() for each in waiting]
    finally:
        pool.shutdown(cancel_futures=True)  # after Ctrl-C nothing more is sent


def _send(api: JsonClient, request: DemoRequest) -> Outcome:
    try:
        answer = api.post("/api/v1/route", request.body)
    except Unreachable as error:
        return Outcome(request, problem=str(error))
    if answer.status != 200:
        return Outcome(request, problem=f"{answer.status} {_words(answer.body)}")
    return Outcome(request, reply=answer.body)


def _words(problem: Any) -> str:
    if not isinstance(problem, dict):
        return "without a problem document"
    return f"{problem.get('problem', 'unknown')}: {problem.get('detail', '')}".strip()
