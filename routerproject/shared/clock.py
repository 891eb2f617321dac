"""Time as values: aware UTC for records, monotonic for durations, UUIDv7 for ids in time order."""

import os
import time
import uuid
from datetime import UTC, datetime


def now() -> datetime:
    """Return the moment, aware and in UTC."""
    return datetime.now(UTC)


def new_id(at: datetime | None = None) -> uuid.UUID:
    """Return a UUIDv7 (RFC 9562 5.7): 48 bits of Unix milliseconds, then random bits.

    Its order is the order of time, so tables partitioned by month can be partitioned by id.
    """
    milliseconds = int(at.timestamp() * 1000) if at else time.time_ns() // 1_000_000
    value = milliseconds << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    return uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def first_id(at: datetime) -> uuid.UUID:
    """Return the smallest id of a moment: a lower bound of every id made at or after it."""
    return uuid.UUID(int=int(at.timestamp() * 1000) << 80)
