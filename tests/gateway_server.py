"""The router itself as a real server: in a process of its own, on a free loopback port."""

import json
import os
import signal
import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from random import SystemRandom
from typing import Any

import httpx2
import pytest
from django.db import connection

from tests import canaries
from tests.patience import LIMIT_SECONDS
from tests.sandbox_server import Sandbox
from tests.server_processes import PRELOADED, ServerProcess, can_fork, start

ROUTE = "/api/v1/route"
# Below those that the system takes for outgoing connections (Linux: 32768 and up), in an order that
# is another in each process, so that none takes what its neighbor is about to use.
PORTS = cycle(SystemRandom().sample(range(20_000, 32_000), 12_000))
# Nothing here speaks TLS, and a client that reads the system's certificates takes 30 ms to make.
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def web_client() -> httpx2.Client:
    """Return a client for servers on this machine; its headers name a patient."""
    headers = {"User-Agent": canaries.CANARY, "X-Patient": canaries.CANARY}
    return httpx2.Client(
        timeout=LIMIT_SECONDS, verify=NO_CERTIFICATES, trust_env=False, headers=headers
    )


def fetch(url: str) -> httpx2.Response:
    """Return the answer to a GET over a connection of its own."""
    with web_client() as client:
        return client.get(url)


def free_port() -> int:
    """Return a port that nobody listens on, and that the system gives no connection meanwhile."""
    for port in PORTS:
        with socket.socket() as found, suppress(OSError):
            found.bind(("127.0.0.1", port))
            return port
    raise AssertionError("there are always more")


@contextmanager
def refusing_port() -> Iterator[int]:
    """Yield a port that refuses every connection: taken, so that nobody else listens there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])


def database_url() -> str:
    """Return the address of the test database."""
    at = connection.settings_dict
    return f"postgres://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"


@dataclass
class Gateway:
    """A running router. `environment` adds to the settings' variables."""

    sandbox_url: str
    log: Path
    environment: dict[str, str] = field(default_factory=dict)
    workers: int = 1
    grace_seconds: int = 60
    keep_alive_seconds: int = 75
    port: int = field(default_factory=free_port)
    is_alone: bool = False  # started without the help of a process that has imported the product
    _process: ServerProcess | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "Gateway":
        self.launch()
        try:
            self.wait_until(lambda: fetch(f"{self.url}/readyz").status_code == 200)
        except BaseException:
            self.kill()
            raise
        return self

    def launch(self) -> None:
        """Start the server without waiting until it is ready."""
        options = ["--port", str(self.port), "--workers", str(self.workers)]
        options += ["--grace-seconds", str(self.grace_seconds)]
        options += ["--keep-alive-seconds", str(self.keep_alive_seconds)]
        env = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "SANDBOX_URL": self.sandbox_url,
            "BEDROCK_BASE_URL": self.sandbox_url,
            "VERTEX_BASE_URL": f"{self.sandbox_url}/v1/projects/clinic/locations/europe-west1",
            "WEB_WORKERS": str(self.workers),
            "PORT": str(self.port),
            "RETRY_RESERVE": "1000",  # tests fail more often than providers
            "ANSWER_CACHE_MB": "0",  # tests repeat themselves, and count the calls
            **self.environment,
        }
        canaries.LOGS.add(self.log)
        may_fork = self.workers == 1 and not self.is_alone and can_fork(self.environment)
        launch = PRELOADED.start if may_fork else start
        self._process = launch(options, env, self.log)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(timeout=LIMIT_SECONDS)

    def kill(self) -> None:
        """Kill -9 the whole server, as a crash would."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=LIMIT_SECONDS)

    def wait_until(self, claim: Any, seconds: float = LIMIT_SECONDS) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                if claim():
                    return
            except httpx2.HTTPError:
                pass
            if self._process and self._process.poll() is not None:
                break
            time.sleep(0.03)
        pytest.fail("The server did not come up:\n" + self.log.read_text()[-3000:])

    def wait_for_version(self, version: int) -> None:
        """Wait until all workers answer from a configuration at least this new."""
        current: set[str] = set()
        self.wait_until(lambda: self._are_all(current, version))

    def _are_all(self, current: set[str], version: int) -> bool:
        """Add who answers from that configuration; only asked at once do all workers answer."""
        callers = 1 if self.workers == 1 else 4 * self.workers
        with ThreadPoolExecutor(callers) as pool:
            for each in pool.map(lambda _: self.ready(), range(callers)):
                if each.get("configuration", -1) >= version:
                    current.add(each["process"])
        return len(current) >= self.workers

    def ready(self) -> dict[str, Any]:
        """Return what the server says of itself."""
        document: dict[str, Any] = fetch(f"{self.url}/readyz").json()
        return document


@dataclass
class Reply:
    """One answer of the API."""

    status: int
    body: Any
    headers: Any

    @property
    def problem(self) -> str:
        return str(self.body.get("problem", ""))


@dataclass
class StreamReply:
    """One streamed answer, read to its end: its events in order, or a problem."""

    status: int
    headers: Any
    events: list[Any]
    problem: Any = None

    @property
    def kinds(self) -> list[str]:
        return [event["type"] for event in self.events]

    @property
    def text(self) -> str:
        """The text as an asker puts it together."""
        return self.grown("text")

    @property
    def summary(self) -> Any:
        return self.events[-1] if self.kinds[-1:] == ["router.summary"] else None

    def grown(self, member: str) -> str:
        deltas = (e["delta"] for e in self.events if e["type"] == "content_block_delta")
        return "".join(delta.get(member, "") for delta in deltas)


def _events(text: str) -> list[Any]:
    """Return the events of a stream, each of which must name its own type."""
    found = []
    for frame in text.split("\n\n")[:-1]:
        name, data = frame.split("\n")
        found.append(json.loads(data.removeprefix("data: ")))
        assert name == f"event: {found[-1]['type']}"
    return found


@dataclass
class Pms:
    """The clinic's Patient Management System, calling with its key."""

    url: str
    key: str
    client: httpx2.Client = field(default_factory=web_client)

    def post(self, path: str, body: Any = None, **options: Any) -> Reply:
        headers = {"Authorization": f"Bearer {self.key}", **options.pop("headers", {})}
        canaries.carried_in(body)
        answer = self.client.post(f"{self.url}{path}", json=body, headers=headers, **options)
        return _reply(answer)

    def send(
        self,
        path: str,
        content: bytes,
        content_type: str = "application/json",
        *,
        accept: str = "*/*",
    ) -> Reply:
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Content-Type": content_type,
            "Accept": accept,
        }
        answer = self.client.post(f"{self.url}{path}", content=content, headers=headers)
        return _reply(answer)

    def get(self, path: str, **query: Any) -> Reply:
        headers = {"Authorization": f"Bearer {self.key}"}
        return _reply(self.client.get(f"{self.url}{path}", params=query, headers=headers))

    def stream(
        self, prompt: str | None = None, *, headers: Any = None, path: str = ROUTE, **body: Any
    ) -> StreamReply:
        """Ask for a streamed answer and read it to its end."""
        asked = {"prompt": prompt, **body} if prompt is not None else body
        sent = {"Authorization": f"Bearer {self.key}", **(headers or {})}
        canaries.carried_in(asked)
        answer = self.client.post(f"{self.url}{path}", json={**asked, "stream": True}, headers=sent)
        if not answer.headers["content-type"].startswith("text/event-stream"):
            return StreamReply(answer.status_code, answer.headers, [], answer.json())
        return StreamReply(answer.status_code, answer.headers, _events(answer.text))

    def leave_after(self, events: int, *, path: str = ROUTE, **body: Any) -> None:
        """Ask for a streamed answer and hang up once so many events have been read."""
        headers = {"Authorization": f"Bearer {self.key}"}
        asked = {**body, "stream": True}
        canaries.carried_in(asked)
        with self.client.stream("POST", f"{self.url}{path}", json=asked, headers=headers) as answer:
            seen = b""
            for chunk in answer.iter_raw():
                seen += chunk
                if seen.count(b"\n\n") >= events:
                    return

    def route(self, prompt: str | None = None, *, headers: Any = None, **body: Any) -> Reply:
        asked = {"prompt": prompt, **body} if prompt is not None else body
        return self.post("/api/v1/route", asked, headers=headers or {})


def _reply(answer: httpx2.Response) -> Reply:
    is_json = "json" in answer.headers.get("content-type", "")
    return Reply(answer.status_code, answer.json() if is_json else answer.text, answer.headers)


__all__ = ["Gateway", "Pms", "Reply", "Sandbox", "StreamReply", "free_port"]
