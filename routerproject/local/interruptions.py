"""Ctrl-C, SIGTERM and a closed terminal: each ends a command once, in good order."""

import signal
import time
from types import FrameType

_AGAIN_SECONDS = 1.0


class _Seen:
    """The first signal, and whether the person asked again."""

    number = 0
    at = 0.0
    again = False


def listen() -> None:
    """Turn the first signal into KeyboardInterrupt.

    Later ones must not interrupt the stopping of children: `make` passes on what the terminal has
    sent to the whole group already.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)


def first_signal() -> int:
    """Return the signal that ends this command, or 0."""
    return _Seen.number


def is_urgent() -> bool:
    """Say whether Ctrl-C was pressed again while children were being stopped."""
    return _Seen.again


def _interrupt(number: int, frame: FrameType | None) -> None:
    if not _Seen.number:
        _Seen.number, _Seen.at = number, time.monotonic()
        raise KeyboardInterrupt
    if number == signal.SIGINT and time.monotonic() - _Seen.at > _AGAIN_SECONDS:
        _Seen.again = True
