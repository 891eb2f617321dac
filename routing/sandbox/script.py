"""Scripted behavior: which calls it applies to and what goes wrong with them (docs/sandbox.md).

`POST /_sandbox/script` sets one rule or a list. A rule finds its calls by a nonce (a marker
anywhere in the body), by model, or by count; a nonce beats a model, a model beats a count, and of
equals the older rule goes first.
"""

from dataclasses import dataclass, field
from typing import Any

from routing.sandbox.problems import invalid
from routing.sandbox.script_fields import CHECKS


@dataclass(slots=True, kw_only=True)
class Fault:
    """One rule; what is None or empty stays as it would be without the rule. Times are in ms."""

    nonce: str | None = None
    model: str | None = None
    path: str = "/v1/messages"
    next: int | None = None
    share: float = 1

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    content_length: int | None = None

    latency_ms: float | None = None
    first_byte_ms: float = 0
    chunk_ms: float = 0
    chunk_bytes: int | None = None
    chunk_chars: list[int] | None = None
    stall: dict[str, Any] | None = None
    cut: dict[str, Any] | None = None

    events: list[dict[str, Any]] | None = None
    error_event: dict[str, Any] | None = None
    faults: list[str] = field(default_factory=list)

    text: str | None = None
    echo: bool = False
    tool: dict[str, Any] | None = None
    stop_reason: str | None = None
    stop_details: dict[str, Any] | None = None
    answer_model: str | None = None
    request_id: str | None = None

    usage: dict[str, Any] | None = None
    bill: dict[str, int] | None = None
    billed: bool | None = None

    batch_ms: float | None = None
    batch_result: str | None = None

    used: int = 0
    seen: int = 0

    @property
    def is_canned(self) -> bool:
        """Whether status, body or events replace the answer altogether."""
        return self.status is not None or self.body is not None or self.events is not None

    @property
    def is_billed(self) -> bool:
        """Whether the call costs what it would have cost; a scripted failure does not."""
        if self.billed is not None:
            return self.billed
        return self.status is None or self.status == 200

    def applies(self, path: str, body: bytes, model: str) -> bool:
        """Whether this rule is for a call and not used up."""
        return (
            (self.next is None or self.used < self.next)
            and _path_fits(self.path, path)
            and (self.nonce is None or self.nonce.encode() in body)
            and (self.model is None or self.model == model)
        )

    def takes_its_turn(self) -> bool:
        """Count a call, and say whether it is among the share of calls that is to fail."""
        before = int(self.seen * self.share)
        self.seen += 1
        is_hit = int(self.seen * self.share) > before
        self.used += is_hit
        return is_hit


class Script:
    """The rules in force, in the order in which they are tried."""

    def __init__(self) -> None:
        self.rules: list[Fault] = []

    def add(self, document: Any) -> int:
        """Read one rule or a list of them; raises Problem naming the first field that is wrong."""
        rules = [parse(item) for item in (document if isinstance(document, list) else [document])]
        self.rules = sorted([*self.rules, *rules], key=_rank)
        return len(rules)

    def match(self, path: str, body: bytes, model: str) -> Fault | None:
        """Return the rule for a call, counted as used, or None."""
        for rule in self.rules:
            if rule.applies(path, body, model) and rule.takes_its_turn():
                return rule
        return None

    def nonce_in(self, body: bytes) -> str | None:
        """Return the first scripted nonce found in a body, for its line in the book."""
        nonces = (rule.nonce for rule in self.rules if rule.nonce)
        return next((nonce for nonce in nonces if nonce.encode() in body), None)

    def hurry(self) -> None:
        """Delay nothing any more, also in the middle of an answer."""
        for rule in self.rules:
            rule.latency_ms = None
            rule.first_byte_ms = rule.chunk_ms = 0
            rule.stall = None

    def clear(self) -> None:
        """Forget all rules."""
        self.rules = []


def parse(document: Any) -> Fault:
    """Return a rule from its JSON; unknown or ill-typed fields raise Problem naming the field."""
    if not isinstance(document, dict):
        raise invalid("script: a rule is a JSON object")
    for name, value in document.items():
        check = CHECKS.get(name)
        if check is None:
            raise invalid(f"{name}: unknown field")
        if not check(value):
            raise invalid(f"{name}: {check.__doc__}")
    if not document.keys() & {"nonce", "model", "next", "share"}:
        document = document | {"next": 1}
    if isinstance(document.get("chunk_chars"), int):
        document = document | {"chunk_chars": [document["chunk_chars"]]}
    return Fault(**document)


def _rank(rule: Fault) -> int:
    return 0 if rule.nonce is not None else 1 if rule.model is not None else 2


def _path_fits(pattern: str, path: str) -> bool:
    if pattern.endswith("*"):
        return path.startswith(pattern[:-1])
    return pattern == path
