"""What the person at the terminal is told."""

import contextlib
import sys


class StopWithMessage(Exception):
    """The command cannot go on; the text is one clear sentence for the person who started it."""


class DidNotStart(StopWithMessage):
    """A server ended before it answered; its log says why."""


def say(text: str) -> None:
    """Print one line at once.

    A reader that went away (`make run | head`) must not keep the launcher from stopping its
    children, so a broken pipe is ignored.
    """
    with contextlib.suppress(OSError, ValueError):
        print(text, flush=True)  # noqa: T201 - the terminal is the purpose


def complain(text: str) -> None:
    """Print one line on standard error."""
    with contextlib.suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)  # noqa: T201 - the terminal is the purpose
