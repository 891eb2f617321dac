"""A miniature project under the real launcher: the same commands, a site that does nothing."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from routerproject.local.folders import PROJECT, VENV
from tests.patience import LIMIT_SECONDS

MANAGE = """
import os, sys
import psycopg

with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
    match sys.argv[1]:
        case "migrate":
            connection.execute("CREATE TABLE IF NOT EXISTS visit (note text)")
        case "load_starter_data":
            connection.execute("INSERT INTO visit VALUES ('loaded')")
            count = connection.execute("SELECT count(*) FROM visit").fetchone()[0]
            if count == 1:
                print("sign-in: admin once-only")
                with open(os.environ["DATA_DIR"] + "/demo-api-key", "w") as file:
                    file.write("key-of-the-demo")
            print("visits:", count, file=sys.stderr)
        case "demo":
            print("demo on port", os.environ["PORT"])
"""
ASGI = """
from django.conf import settings

# What the web server asks of a site.
settings.configure(BODY_READ_TIMEOUT_MS=30_000, RESPONSE_READ_TIMEOUT_MS=60_000)


async def application(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ready"})
"""
CELERY = """
import os
from celery import Celery

app = Celery("miniature", broker=os.environ["REDIS_URL"])
"""
SANDBOX = """
import http.server, sys

port = int(sys.argv[sys.argv.index("--port") + 1])
http.server.HTTPServer(("127.0.0.1", port), http.server.BaseHTTPRequestHandler).serve_forever()
"""
FILES = {
    "manage.py": MANAGE,
    "routerproject/__init__.py": "",
    "routerproject/asgi.py": ASGI,
    "routerproject/celery.py": CELERY,
    "routing/__init__.py": "",
    "routing/sandbox/__init__.py": "",
    "routing/sandbox/__main__.py": SANDBOX,
}
OWN_VARIABLES = ("PATH", "HOME", "LANG", "TMPDIR", "PIP_FIND_LINKS", "PIP_INDEX_URL")


class Launcher:
    """One `routerproject.local` command in one project folder."""

    def __init__(self, project, command, **variables):
        kept = {name: os.environ[name] for name in OWN_VARIABLES if name in os.environ}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "routerproject.local", *command],
            cwd=project,
            env={**kept, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        self.output = self.process.stdout
        self.lines = []

    def wait_until_ready(self):
        """Read to the ready line and return the address in it."""
        for line in self.output:
            self.lines.append(line.rstrip())
            if line.startswith("ready "):
                return line.split()[1]
        raise AssertionError("\n".join(self.lines))

    def end(self):
        """Read to the end; return the exit code and all that was printed."""
        with self.output:
            self.lines += self.output.read().splitlines()
        return self.process.wait(LIMIT_SECONDS), "\n".join(self.lines)

    def stop(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.end()

    def kill(self):
        """End without a chance to clean up."""
        self.process.kill()
        self.end()


@pytest.fixture
def project(tmp_path):
    """A copy of the launcher around the miniature site, sharing the real environment."""
    folder = tmp_path / "project"
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    shutil.copytree(PROJECT / "routerproject" / "local", folder / "routerproject" / "local")
    for name in ("http_protocol.py", "serve.py"):
        shutil.copy(PROJECT / "routerproject" / name, folder / "routerproject")
    shutil.copytree(PROJECT / "requirements", folder / "requirements")
    (folder / ".venv").symlink_to(VENV)
    return folder


@pytest.fixture
def launch(project):
    """Start commands in the project; whatever still runs at the end is stopped."""
    launchers = []

    def start(*command, **variables):
        launchers.append(Launcher(project, command, **variables))
        return launchers[-1]

    yield start
    for launcher in launchers:
        if launcher.process.poll() is None:
            launcher.process.terminate()
            launcher.end()


@pytest.fixture
def free_port():
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.fixture
def taken_port():
    """A port somebody else listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield str(listener.getsockname()[1])


@pytest.fixture
def private_folder(tmp_path: Path) -> Path:
    """A folder nobody else can walk into, like a home."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    return folder
