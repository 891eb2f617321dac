"""The servers under measurement, each a process of its own on a free loopback port."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

PROJECT = Path(__file__).resolve().parent.parent
START_SECONDS = 120.0  # also four workers, on a machine that does a lot besides


@dataclass(frozen=True)
class Server:
    """A running server and the processes whose CPU time counts as its own."""

    url: str
    process: subprocess.Popen[bytes]

    def cpu_seconds(self) -> float:
        """Return the CPU time spent so far by the server and its workers, user and system."""
        root = psutil.Process(self.process.pid)
        spent = [p.cpu_times() for p in (root, *root.children(recursive=True))]
        return float(sum(times.user + times.system for times in spent))

    def memory_mb(self) -> float:
        """Return the resident memory of the largest process, in MB."""
        root = psutil.Process(self.process.pid)
        processes = (root, *root.children(recursive=True))
        return float(max(process.memory_info().rss for process in processes) / 1e6)


@contextmanager
def sandbox(*, latency_ms: int = 0) -> Iterator[Server]:
    """Run the simulated provider."""
    port = free_port()
    command = ["-m", "routing.sandbox", "--port", str(port), "--latency-ms", str(latency_ms)]
    with _running(command, port, "/_sandbox/health", {}) as server:
        yield server


@contextmanager
def stock_proxy(upstream: str) -> Iterator[Server]:
    """Run the stock Django proxy."""
    port = free_port()
    command = ["-m", "uvicorn", "bench.stock_proxy:application", "--port", str(port)]
    command += ["--no-access-log", "--log-level", "warning"]
    with _running(command, port, "/", {"UPSTREAM_URL": upstream}) as server:
        yield server


@contextmanager
def router(
    upstream: str, *, workers: int = 1, settings: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Run the router with every safeguard on; `settings` adds to its environment."""
    port = free_port()
    command = ["-m", "routerproject.serve", "--port", str(port), "--workers", str(workers)]
    command += ["--log-level", "warning"]
    environment = {"SANDBOX_URL": upstream, "WEB_WORKERS": str(workers), "LOG_LEVEL": "WARNING"}
    with _running(command, port, "/readyz", {**environment, **(settings or {})}) as server:
        yield server


@contextmanager
def _running(
    command: list[str], port: int, probe: str, environment: dict[str, str]
) -> Iterator[Server]:
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=PROJECT,
            env={**os.environ, **environment},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(f"http://127.0.0.1:{port}{probe}", process)
            yield Server(f"http://127.0.0.1:{port}", process)
        except Exception:
            log.seek(0)
            print(log.read().decode()[-3000:])
            raise
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return  # it answers
        except OSError:
            pass
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"{url} did not come up.")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
