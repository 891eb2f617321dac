"""Holds the run against what is kept elsewhere: the ledger, the sandbox's bill and its record."""

import contextlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from routerproject.shared.money import NanoUsd, from_usd, usd_text
from routing.management.demo.client import JsonClient, Unreachable
from routing.management.demo.sending import Outcome

SHORTEST_WORD = 3
SHORTEST_NUMBER = 7
SEPARATORS = re.compile(r"(?<=\d)[\s().+/-]+(?=\d)")
NAME = re.compile(r"[^\W\d_]+(?:[\s,.'-]+[^\W\d_]+)*")
TOKEN = re.compile(r"PH[A-Z]_[A-Z]+_[0-9A-Z]{4,}")


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the ledger says of a time or a session."""

    cost: NanoUsd
    uncertain: NanoUsd  # still held, or unknown whether it was billed

    @classmethod
    def of(cls, summary: Mapping[str, Any]) -> "Ledger":
        uncertain = from_usd(summary["held_usd"]) + from_usd(summary["unknown_usd"])
        return cls(from_usd(summary["cost_usd"]), NanoUsd(uncertain))


@dataclass(frozen=True, slots=True)
class SandboxMark:
    """How far the sandbox's bill and record were before the run."""

    sandbox: JsonClient
    lines: int
    requests: int

    @classmethod
    def now(cls, sandbox: JsonClient) -> "SandboxMark":
        health = _read(sandbox, "health")
        return cls(sandbox, health["lines"], health["requests"])

    def billed(self) -> int:
        """Return what the sandbox billed since the mark, in nano-USD."""
        lines = _read(self.sandbox, "book", since=self.lines)["lines"]
        return sum(line["nano_usd"] for line in lines)

    def received(self) -> list[dict[str, Any]]:
        """Return the requests that the sandbox received since the mark."""
        rows: list[dict[str, Any]] = _read(self.sandbox, "requests", since=self.requests)[
            "requests"
        ]
        return rows


def bill_finding(ledger: Ledger, billed: int) -> tuple[bool, str]:
    """Say whether the ledger equals the bill, and by how much it does not."""
    if ledger.cost == billed:
        return True, f"ledger equals the provider's bill to the nano-USD: ${usd_text(billed)}"
    text = f"ledger ${usd_text(ledger.cost)}, provider's bill ${usd_text(billed)}, "
    text += f"difference ${usd_text(ledger.cost - billed)}"
    if ledger.uncertain:
        text += f"; ${usd_text(ledger.uncertain)} is held or unknown"
    return False, text


def replies_finding(outcomes: Iterable[Outcome], ledger: Ledger) -> tuple[bool, str]:
    """Say whether the costs in the replies add up to what the ledger has for the session."""
    told = sum(each.money("total_usd") for each in outcomes)
    if told == ledger.cost:
        return True, f"the replies add up to the ledger: ${usd_text(told)}"
    return (
        False,
        f"the replies add up to ${usd_text(told)}, the ledger has ${usd_text(ledger.cost)}",
    )


def leaks(outcomes: Iterable[Outcome], received: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return which request's identifiers reached the provider; places, never the values."""
    sent = [_text_of(row) for row in received]
    found = []
    for outcome in outcomes:
        for place, value in enumerate(outcome.request.identifiers):
            if any(_holds(text, value) for text in sent):
                found.append(f"{outcome.request.id}: identifier {place + 1} reached the provider")
    return found


def leftovers(outcomes: Iterable[Outcome]) -> list[str]:
    """Return the requests whose answer still shows a token in place of an identifier.

    Thinking keeps its tokens: the provider signed it, and it goes back to the provider unchanged.
    """
    return [
        f"{each.request.id}: a token was not turned back into its identifier"
        for each in outcomes
        if each.is_answered and TOKEN.search(json.dumps(_shown(each.reply["content"])))
    ]


def _shown(content: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [block for block in content if block["type"] in ("text", "tool_use")]


def _read(sandbox: JsonClient, name: str, **query: int) -> Any:
    answer = sandbox.get(f"/_sandbox/{name}", **query)
    if answer.status != 200:
        raise Unreachable(f"{sandbox.url} answered {answer.status}; is it the sandbox?")
    return answer.body


def _text_of(row: Mapping[str, Any]) -> str:
    """Return all that a request carried, once as sent and once with its escapes undone."""
    body = str(row["body"])
    with contextlib.suppress(ValueError):
        body += json.dumps(json.loads(body), ensure_ascii=False)
    return " ".join([body, str(row["path"]), str(row["query"]), str(row["raw_headers"])]).casefold()


def _holds(text: str, value: str) -> bool:
    return any(re.search(pattern, text) for pattern in _spellings(value)) or _holds_number(
        text, value
    )


def _holds_number(text: str, value: str) -> bool:
    """Say whether a number stands in a text with other separators."""
    digits = re.sub(r"\D", "", value)
    is_number = len(digits) >= SHORTEST_NUMBER and not re.search(r"[^\W\d_]", value)
    return is_number and digits in SEPARATORS.sub("", text)


def _spellings(value: str) -> Iterator[str]:
    """Return patterns of a value as it stands, of the words of a name, of a date's usual forms."""
    folded = value.casefold()
    yield rf"(?<!\w){re.escape(folded)}(?!\w)"
    if NAME.fullmatch(value):
        for word in re.findall(r"\w+", folded):
            if len(word) >= SHORTEST_WORD:
                yield rf"\b{word}\b"
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return
    yield rf"\b0?{day.month}[/.-]0?{day.day}[/.-]{day.year}\b"
    yield rf"\b{day:%B} {day.day},? {day.year}\b".casefold()
