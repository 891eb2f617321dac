"""Routers that need not import the product: forked by a process that has, each within moments.

    python -m tests.preloaded DESCRIPTOR

What somebody says to the listening socket of that number is a start: the server's options, its
environment and its log. What is forked for it takes over that environment, reads the settings anew
and becomes the server that `python -m routerproject.serve` is. A setting that modules used while
they were imported, and that has another value now, ends it: the router would go by the old one.
"""

import gc
import json
import os
import socket
import sys
from contextlib import suppress
from importlib import import_module
from select import select
from typing import Any

import django
from django.conf import settings
from django.db import connections
from django.utils.functional import empty

SERVER = "routerproject.serve"
# All that a router imports but routerproject.asgi, which makes the site by the settings.
PRODUCT = (
    *("routing.process", "routing.api.lean", "routing.api.v1.urls", "routerproject.urls"),
    *("routerproject.http_protocol", SERVER),
    # Loaded by the protocols of the catalog, with the vendors' SDKs: most of a start.
    *("routing.providers.anthropic", "routing.providers.openai", "routing.providers.platforms"),
)
# Taken anew below: connections from DATABASES, the log from LOGGING.
RENEWED = {"DATABASES", "LOGGING"}
Start = dict[str, Any]


def serve(listener: socket.socket) -> Start:
    """Fork a process for each start and say its id. Returns in those only, with what was asked."""
    while is_asked(listener):
        caller, _ = listener.accept()
        bury()
        with caller, caller.makefile("r") as lines:
            start: Start = json.loads(lines.readline())
            pid = os.fork()
            if pid == 0:
                return start
            caller.sendall(f"{pid}\n".encode())
    raise SystemExit


def is_asked(listener: socket.socket) -> bool:
    """Wait for a caller. False when who began this process has ended or closed its input."""
    ready, _, _ = select([listener, sys.stdin], [], [])
    return sys.stdin not in ready


def bury() -> None:
    """Take note of the processes that have ended, which the system keeps until then."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def load() -> dict[str, Any]:
    """Import the product and build what it builds at a start; return the settings used for it."""
    gc.disable()  # what modules make while they are loaded stays
    django.setup()
    for name in PRODUCT:
        import_module(name)
    import_module("routing.pipeline").warm_up()
    gc.collect()
    gc.freeze()  # else the first collection of each process would copy all of it
    gc.enable()
    return {name: value for name, value in vars(settings).items() if name.isupper()}


def take_over(start: Start) -> None:
    """Leave the parent's session, streams and environment."""
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    log = os.open(start["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.clear()
    os.environ.update(start["environment"])


def read_settings_anew(used: dict[str, Any]) -> None:
    """Read the settings by the environment of now."""
    del sys.modules[os.environ["DJANGO_SETTINGS_MODULE"]]
    settings._wrapped = empty
    vars(connections).pop("settings", None)
    connections._settings = None  # type: ignore[attr-defined]
    django.setup()
    changed = [n for n in used.keys() - RENEWED if getattr(settings, n) != used[n]]
    if changed:
        raise SystemExit(f"used before it was read anew: {', '.join(sorted(changed))}")


def become_the_server(options: list[str]) -> None:
    """Run the start command, which is the main module for the processes that it starts too."""
    server = sys.modules["__main__"] = sys.modules[SERVER]
    sys.argv = [SERVER, *options]
    server.main()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "routerproject.settings")
    with socket.socket(fileno=int(sys.argv[1])) as listening:
        used_settings = load() if is_asked(listening) else {}
        asked = serve(listening)
    take_over(asked)
    read_settings_anew(used_settings)
    become_the_server(asked["options"])
