"""The web processes: `python -m routerproject.serve --port 8000 --workers 2`.

uvicorn as its own command starts it, but for how it ends: there the parent of several workers keeps
the socket open while they finish their answers. Whoever connects then is taken by the kernel, hears
nothing for as long as the grace lasts, and cannot tell whether the request was read.
"""

import argparse
from typing import Any, Final

import uvicorn
from uvicorn.supervisors.multiprocess import Multiprocess

APPLICATION: Final = "routerproject.asgi:application"
PROTOCOL: Final = "routerproject.http_protocol:BoundedHttpProtocol"


class Workers(Multiprocess):
    """Several processes on one socket, which refuses new connections once they are told to stop."""

    def terminate_all(self) -> None:
        for each in self.sockets:
            each.close()
        super().terminate_all()


def main() -> None:
    """Serve until SIGTERM, then finish what was begun."""
    given = _arguments()
    options: dict[str, Any] = {
        "http": PROTOCOL,
        "host": given.host,
        "port": given.port,
        "workers": given.workers,  # said always, or WEB_CONCURRENCY would count
        "access_log": False,
        "log_level": given.log_level,
        "timeout_keep_alive": given.keep_alive_seconds,
        "timeout_graceful_shutdown": given.grace_seconds,
    }
    if given.workers == 1:
        uvicorn.run(APPLICATION, **options)
        return
    config = uvicorn.Config(APPLICATION, **options)
    Workers(config, sockets=[config.bind_socket()]).run()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m routerproject.serve")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--grace-seconds", type=int, default=25, help="for answers in flight")
    # Longer than most proxies in front use an idle connection again.
    parser.add_argument("--keep-alive-seconds", type=int, default=75, help="for idle connections")
    parser.add_argument("--log-level", default="info")
    return parser.parse_args()


if __name__ == "__main__":
    main()
