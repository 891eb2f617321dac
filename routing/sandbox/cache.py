"""Prompt-cache accounting: what a request reads from and writes to the cache of its key and model.

The prefix up to each breakpoint is hashed (tools, system, messages). A request reads the longest
live prefix found at a breakpoint or up to 20 blocks before one and writes the rest up to its last
breakpoint, each part with the lifetime of the breakpoint that ends it. Reading renews a prefix.
Prefixes shorter than the model's minimum are not cached, and nothing says so, as with the real one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from routing.sandbox.book import TokenCounts
from routing.sandbox.catalog import Model
from routing.sandbox.problems import invalid
from routing.sandbox.tokens import compact, prompt_tokens, segments

TTL_SECONDS = {"5m": 300, "1h": 3600}
BREAKPOINTS_MAX = 4
LOOKBACK_BLOCKS = 20
ENTRIES_MAX = 100_000


@dataclass(slots=True)
class Prefix:
    """A prompt up to one block: its hash, its tokens, and its lifetime if a breakpoint ends it."""

    digest: bytes
    tokens: int
    ttl: str | None


class PromptCache:
    """Which prefixes are alive, by API key and model."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._expiry: dict[bytes, tuple[float, int]] = {}

    def account(self, body: dict[str, Any], *, model: Model, key: str) -> TokenCounts:
        """Return the input tokens of a request by kind, and remember what it cached."""
        if not has_breakpoints(body):
            return TokenCounts(input_tokens=prompt_tokens(body))
        chain = prefixes(body, model=model, key=key)
        counts = TokenCounts(input_tokens=chain[-1].tokens if chain else 0)
        marks = [
            place
            for place, prefix in enumerate(chain)
            if prefix.ttl and prefix.tokens >= model.min_cache_tokens
        ]
        if marks:
            self._read(chain, marks, counts)
            self._write(chain, marks, counts)
        return counts

    def clear(self) -> None:
        """Forget every prefix."""
        self._expiry.clear()

    def _read(self, chain: list[Prefix], marks: list[int], counts: TokenCounts) -> None:
        """Take the longest live prefix within reach of a breakpoint as read."""
        now = self._clock()
        for mark in reversed(marks):
            for place in range(mark, max(-1, mark - LOOKBACK_BLOCKS), -1):
                expiry, ttl = self._expiry.get(chain[place].digest, (0.0, 0))
                if expiry > now:
                    self._expiry[chain[place].digest] = (now + ttl, ttl)
                    counts.cache_read_input_tokens = chain[place].tokens
                    counts.input_tokens -= chain[place].tokens
                    return

    def _write(self, chain: list[Prefix], marks: list[int], counts: TokenCounts) -> None:
        """Write every breakpoint beyond what was read; renew those within it."""
        now = self._clock()
        done = counts.cache_read_input_tokens
        for mark in marks:
            prefix = chain[mark]
            ttl = prefix.ttl or "5m"
            self._expiry[prefix.digest] = (now + TTL_SECONDS[ttl], TTL_SECONDS[ttl])
            fresh = max(0, prefix.tokens - done)
            done += fresh
            counts.input_tokens -= fresh
            if ttl == "1h":
                counts.cache_creation_1h_input_tokens += fresh
            else:
                counts.cache_creation_5m_input_tokens += fresh
        if len(self._expiry) > ENTRIES_MAX:
            self._expiry = {key: value for key, value in self._expiry.items() if value[0] > now}


def has_breakpoints(body: dict[str, Any]) -> bool:
    """Whether any piece of the prompt, or the request itself, asks to be cached."""
    return bool(body.get("cache_control")) or any(piece.cache_control for piece in segments(body))


def prefixes(body: dict[str, Any], *, model: Model, key: str) -> list[Prefix]:
    """Return the prompt's prefixes, shortest first; raises Problem for bad breakpoints."""
    digest = blake2b(f"{key}\0{model.id}\0".encode(), digest_size=16)
    chain: list[Prefix] = []
    tokens, in_messages = 0, False
    for piece in segments(body):
        if piece.room in ("user", "assistant") and not in_messages:
            in_messages = True  # thinking and tool choice change what follows, not tools or system
            digest.update(compact([body.get("thinking"), body.get("tool_choice")]).encode())
        digest.update(compact([piece.room, piece.content]).encode())
        tokens += piece.tokens
        chain.append(Prefix(digest.digest(), tokens, ttl_of(piece.cache_control)))
    top = ttl_of(body.get("cache_control"))
    if top and chain and not chain[-1].ttl:
        chain[-1].ttl = top
    _check([prefix.ttl for prefix in chain if prefix.ttl])
    return chain


def ttl_of(control: Any) -> str | None:
    """Return the lifetime a cache_control asks for; raises Problem if it is not one."""
    if control is None:
        return None
    if not isinstance(control, dict) or control.get("type") != "ephemeral":
        raise invalid("cache_control.type: Input should be 'ephemeral'")
    ttl = control.get("ttl") or "5m"
    if ttl not in TTL_SECONDS:
        raise invalid("cache_control.ttl: Input should be '5m' or '1h'")
    return str(ttl)


def _check(lifetimes: list[str]) -> None:
    if len(lifetimes) > BREAKPOINTS_MAX:
        raise invalid(
            f"A maximum of {BREAKPOINTS_MAX} blocks with cache_control may be provided. "
            f"Found {len(lifetimes)}."
        )
    if sorted(lifetimes) != lifetimes:  # "1h" sorts before "5m"
        raise invalid("a ttl='1h' cache_control block must not come after a ttl='5m' block")
