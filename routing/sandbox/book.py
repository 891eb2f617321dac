"""The sandbox's own bill: one line per call, written before byte 1 of the answer, never changed.

Lines live in a file (a nameless one unless a path is given) and reach the kernel before the answer
does, so they survive `kill -9`. Memory holds where each line starts and the totals.
"""

import json
import os
import tempfile
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from routing.sandbox.catalog import PICO_USD_PER_NANO, Price

COUNTS = (
    "input_tokens",
    "cache_creation_5m_input_tokens",
    "cache_creation_1h_input_tokens",
    "cache_read_input_tokens",
    "output_tokens",
    "thinking_tokens",
    "nano_usd",
)


@dataclass(slots=True)
class TokenCounts:
    """Tokens by kind; input excludes cache, output includes thinking."""

    input_tokens: int = 0
    cache_creation_5m_input_tokens: int = 0
    cache_creation_1h_input_tokens: int = 0
    cache_read_input_tokens: int = 0
    output_tokens: int = 0
    thinking_tokens: int = 0

    def as_dict(self) -> dict[str, int]:
        """Return the counts by name, as a book line shows them."""
        return {name: getattr(self, name) for name in self.__slots__}

    def cost(self, price: Price) -> int:
        """Return what they cost in nano-USD (1e-9 USD), rounded up once."""
        read = (
            self.input_tokens
            + self.cache_creation_5m_input_tokens
            + self.cache_creation_1h_input_tokens
            + self.cache_read_input_tokens
        )
        rates = price.rates(read)
        pico = (
            self.input_tokens * rates.input
            + self.cache_creation_5m_input_tokens * rates.cache_write_5m
            + self.cache_creation_1h_input_tokens * rates.cache_write_1h
            + self.cache_read_input_tokens * rates.cache_read
            + self.output_tokens * rates.output
        )
        return -(-pico // PICO_USD_PER_NANO)


class Book:
    """An append-only file of JSON lines with an index by line number, from 1."""

    def __init__(self, path: str | None = None) -> None:
        self._file = open(path, "a+b") if path else tempfile.TemporaryFile("a+b")  # noqa: SIM115
        self._fd = self._file.fileno()
        self._starts = array("Q")
        self._size = 0
        self.totals = dict.fromkeys(COUNTS, 0)
        self._read_back()

    def __len__(self) -> int:
        return len(self._starts)

    def write(self, facts: dict[str, Any], counts: TokenCounts, nano_usd: int) -> dict[str, Any]:
        """Append one line and return it; it is in the kernel when this returns."""
        line = {"n": len(self) + 1} | facts | counts.as_dict() | {"nano_usd": nano_usd}
        data = json.dumps(line, separators=(",", ":")).encode() + b"\n"
        os.write(self._fd, data)
        self._index(line, len(data))
        return line

    def lines(self, *, since: int = 0, limit: int | None = None) -> Iterator[dict[str, Any]]:
        """Yield the lines after number `since`, at most `limit`."""
        stop = len(self) if limit is None else min(len(self), since + limit)
        for number in range(since, stop):
            start = self._starts[number]
            end = self._starts[number + 1] if number + 1 < len(self) else self._size
            yield json.loads(os.pread(self._fd, end - start, start))

    def clear(self) -> None:
        """Forget every line, also those in the file."""
        os.ftruncate(self._fd, 0)
        os.lseek(self._fd, 0, os.SEEK_SET)
        self._starts, self._size = array("Q"), 0
        self.totals = dict.fromkeys(COUNTS, 0)

    def _index(self, line: dict[str, Any], size: int) -> None:
        self._starts.append(self._size)
        self._size += size
        for name in COUNTS:
            self.totals[name] += line[name]

    def _read_back(self) -> None:
        """Index a file that an earlier run left; a last line cut by a crash is dropped."""
        self._file.seek(0)
        for data in self._file:
            if not data.endswith(b"\n"):
                os.ftruncate(self._fd, self._size)
                return
            self._index(json.loads(data), len(data))
