"""`python -m routing.sandbox --port N`: run the simulated provider on loopback."""

import argparse
import ipaddress
import socket
import sys

import uvicorn

from routing.sandbox.app import Sandbox, is_allowed_here
from routing.sandbox.protocol import SandboxProtocol
from routing.sandbox.state import Options

GRACE_SECONDS = 1


def main() -> int:
    """Run until stopped; returns 2 if the sandbox may not run here."""
    arguments = _parser().parse_args()
    if not is_allowed_here():
        return _refuse("the environment says DEBUG is off, and this is a simulated provider")
    if not _is_loopback(arguments.host):
        return _refuse(f"{arguments.host} is not a loopback address")
    options = Options(
        latency_ms=arguments.latency_ms,
        batch_ms=arguments.batch_ms,
        book_path=arguments.book,
        prices_path=arguments.prices,
        patients=arguments.patients,
    )
    try:
        listener = _listen(arguments.host, arguments.port)
    except OSError as error:
        return _refuse(f"port {arguments.port}: {error.strerror}")
    _announce(listener)
    uvicorn.Server(_config(options)).run(sockets=[listener])
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m routing.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
    parser.add_argument("--port", type=int, default=8082, help="0 takes a free one")
    parser.add_argument("--book", metavar="PATH", help="keep the bill in this file")
    parser.add_argument("--prices", metavar="PATH", help="bill by this file, not prices.json")
    parser.add_argument("--latency-ms", type=float, default=0, help="wait before each answer")
    parser.add_argument("--batch-ms", type=float, default=200, help="time a batch takes")
    parser.add_argument("--patients", type=int, default=40, help="invented ones, under /pms/")
    return parser


def _config(options: Options) -> uvicorn.Config:
    return uvicorn.Config(
        Sandbox(options),
        http=SandboxProtocol,
        ws="none",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=2048)


def _announce(listener: socket.socket) -> None:
    host, port = listener.getsockname()[:2]
    address = f"[{host}]" if ":" in host else host
    sys.stdout.write(f"sandbox http://{address}:{port}\n")
    sys.stdout.flush()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refuse(reason: str) -> int:
    sys.stderr.write(f"The sandbox does not start: {reason}.\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
