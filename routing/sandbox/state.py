"""Everything the sandbox knows while it runs."""

import time
from dataclasses import dataclass, field
from secrets import token_hex

from routing.sandbox import chat_catalog
from routing.sandbox.batch import Batch
from routing.sandbox.book import Book
from routing.sandbox.cache import PromptCache
from routing.sandbox.catalog import Model, Price, read_models, read_prices
from routing.sandbox.inbox import Inbox
from routing.sandbox.script import Script
from routing.sandbox.waits import Waits


@dataclass
class Options:
    """What the command line sets; times are in ms."""

    latency_ms: float = 0
    batch_ms: float = 200
    book_path: str | None = None
    prices_path: str | None = None
    patients: int = 40  # of the patient records API


class Clock:
    """Seconds since the epoch, which tests may move forward."""

    def __init__(self) -> None:
        self.ahead_seconds = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead_seconds


@dataclass
class State:
    """One sandbox: its catalog, what it received, what it billed and what is scripted."""

    options: Options
    clock: Clock = field(default_factory=Clock)
    inbox: Inbox = field(default_factory=Inbox)
    script: Script = field(default_factory=Script)
    waits: Waits = field(default_factory=Waits)
    boot: str = field(default_factory=lambda: token_hex(6))
    issued: int = 0

    def __post_init__(self) -> None:
        self.models: dict[str, Model] = read_models()
        self.prices: dict[str, Price]
        self.batch_prices: dict[str, Price]
        self.prices, self.batch_prices = read_prices(self.options.prices_path)
        self.chat_models: dict[str, Model] = chat_catalog.read_models()
        self.prices |= chat_catalog.read_prices()
        self.book = Book(self.options.book_path)
        self.cache = PromptCache(self.clock)
        self.batches: dict[str, Batch] = {}

    def next_request_id(self) -> str:
        """Return an id no other call has, also not after a restart."""
        self.issued += 1
        return f"req_{self.boot}{self.issued:012d}"

    def release(self) -> None:
        """Let everybody go on who waits for a rule; the rules delay nothing any more."""
        self.script.hurry()
        self.waits.release()

    def reset(self) -> None:
        """Forget requests, bill, script, cache and batches; the clock is right again."""
        self.release()
        self.inbox.clear()
        self.script.clear()
        self.book.clear()
        self.cache.clear()
        self.batches.clear()
        self.clock.ahead_seconds = 0.0
