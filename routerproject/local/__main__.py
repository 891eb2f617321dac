"""The commands behind the Makefile: `python3 -m routerproject.local COMMAND`."""

import signal
import sys
from collections.abc import Callable, Sequence

from . import demo, interruptions, lock, run, testing
from .console import StopWithMessage, complain

COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "run": run.command,
    "test": testing.test,
    "check": testing.check,
    "bench": testing.bench,
    "demo": demo.command,
    "engines": testing.command,
    "lock": lock.command,
}


def main(arguments: list[str]) -> int:
    """Run one command and return the exit code."""
    if not arguments or arguments[0] not in COMMANDS:
        complain(f"usage: python3 -m routerproject.local {{{','.join(COMMANDS)}}} [arguments]")
        return 2
    interruptions.listen()
    try:
        return COMMANDS[arguments[0]](arguments[1:])
    except StopWithMessage as stop:
        complain(f"{stop}")
        return 1
    except PermissionError as error:
        complain(f"{error.filename}: {error.strerror}. Run the router as the owner of its folders.")
        return 1
    except KeyboardInterrupt:
        return 128 + (interruptions.first_signal() or signal.SIGINT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
