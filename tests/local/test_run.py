"""`make run` on a miniature site: real engines, real processes, real signals."""

import json
import os
import signal
import socket
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from routerproject.local import children
from tests.patience import LIMIT_SECONDS, wait_until

pytestmark = pytest.mark.service
ONE_WORKER = {"WEB_WORKERS": "1"}  # where it does not matter how many there are


@pytest.fixture
def default_is_taken():
    """Somebody listens on the default port: this, or somebody else already."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            listener.bind(("127.0.0.1", 8000))
            listener.listen()
        yield


def get(url):
    with urllib.request.urlopen(url, timeout=LIMIT_SECONDS) as reply:
        return reply.read()


def processes_of(folder):
    return json.loads((folder / "processes.json").read_text())


def still_running(records):
    return [
        record["name"]
        for record in records
        if children.start_time(record["pid"]) == record["started"]
    ]


def test_a_run_prints_what_to_do_and_leaves_nothing_running(launch, project, free_port):
    """The last line is the address; Ctrl-C ends every child and removes the addresses."""
    launcher = launch("run", SANDBOX_PORT=free_port)
    address = launcher.wait_until_ready()
    records = processes_of(project / "var")
    assert get(f"{address}/") == b"ready"
    assert [record["name"] for record in records] == [
        "PostgreSQL", "Redis", "sandbox", "web", "worker",
    ]  # fmt: skip
    engines = project / "var" / "engines.env"
    assert engines.stat().st_mode & 0o777 == 0o600
    names = {line.split("=")[0] for line in engines.read_text().splitlines()}
    assert names == {
        "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "KEY_ENCRYPTION_KEY", "AUDIT_SIGNING_KEY",
        "SANDBOX_URL", "PORT",
    }  # fmt: skip

    code, printed = launcher.stop()

    assert code == 0
    assert "once-only" in printed
    assert "Authorization: Bearer key-of-the-demo" in printed
    assert still_running(records) == []
    assert not engines.exists()
    logs = "".join(path.read_text() for path in (project / "var" / "logs").iterdir())
    assert "once-only" not in logs
    assert "key-of-the-demo" not in logs


def test_a_killed_run_is_taken_up_again_with_its_data(launch, project, free_port):
    """After kill -9 the next run stops what was left, keeps the data, and shows the key again."""
    first = launch("run", SANDBOX_PORT=free_port)
    first.wait_until_ready()
    records = processes_of(project / "var")
    first.kill()

    second = launch("run", SANDBOX_PORT=free_port)
    second.wait_until_ready()

    assert still_running(records) == []
    code, printed = second.stop(signal.SIGTERM)
    assert code == 0
    assert "Authorization: Bearer key-of-the-demo" in printed
    assert "once-only" not in printed
    assert (project / "var" / "logs" / "setup.log").read_text().split() == [
        "visits:", "1", "visits:", "2",
    ]  # fmt: skip


def test_two_folders_run_side_by_side_and_one_folder_runs_once(launch, tmp_path, default_is_taken):
    """Default ports move out of the way of each other and of somebody else's server on 8000; a
    second run of the same folder says who has it."""
    first = launch("run", DATA_DIR=str(tmp_path / "one"), **ONE_WORKER)
    second = launch("run", DATA_DIR=str(tmp_path / "two"), **ONE_WORKER)
    addresses = {first.wait_until_ready(), second.wait_until_ready()}
    assert len(addresses - {"http://127.0.0.1:8000"}) == 2

    code, printed = launch("run", DATA_DIR=str(tmp_path / "one")).end()

    assert code == 1
    assert f"(process {first.process.pid})" in printed
    demo_code, demo_printed = launch("demo", DATA_DIR=str(tmp_path / "two")).end()
    assert demo_code == 0
    assert f"demo on port {second.lines[-1].rpartition(':')[2]}" in demo_printed


def test_a_child_that_dies_ends_the_run_by_name(launch, project, free_port):
    """The rest is stopped and the log's last lines are shown."""
    launcher = launch("run", SANDBOX_PORT=free_port, **ONE_WORKER)
    launcher.wait_until_ready()
    records = processes_of(project / "var")
    os.kill(next(record["pid"] for record in records if record["name"] == "worker"), signal.SIGKILL)

    code, printed = launcher.end()

    assert code == 1
    assert "worker ended by signal 9" in printed
    assert "worker.log" in printed
    assert still_running(records) == []


def test_an_engine_that_dies_later_is_brought_back(launch, project, free_port):
    """Redis and PostgreSQL come back where their clients look for them, with their data."""
    patient = project / "routerproject" / "local" / "engines.py"
    patient.write_text(patient.read_text().replace("_STEADY_SECONDS = 10", "_STEADY_SECONDS = 0"))
    launcher = launch("run", SANDBOX_PORT=free_port, **ONE_WORKER)
    launcher.wait_until_ready()
    before = processes_of(project / "var")
    for record in before[:2]:
        os.kill(record["pid"], signal.SIGKILL)
    wait_until(lambda: not any(record in before[:2] for record in processes_of(project / "var")))
    assert launch("demo").end()[0] == 0
    code, printed = launcher.stop()
    assert code == 0
    assert "Redis ended with code -9: starting it again" in printed
    assert "PostgreSQL ended with code -9: starting it again" in printed


def test_a_site_that_does_not_start_shows_its_log(launch, project, free_port):
    """The reason is on the terminal, not only in a file."""
    (project / "routerproject" / "asgi.py").write_text("raise SystemExit('no such clinic')\n")
    code, printed = launch("run", SANDBOX_PORT=free_port, **ONE_WORKER).end()
    assert code == 1
    assert "web ended" in printed
    assert "no such clinic" in printed


@pytest.mark.parametrize("name", ["PORT", "SANDBOX_PORT"])
def test_a_port_asked_for_and_taken_stops_the_run(launch, taken_port, name):
    """An explicit port is never exchanged for another."""
    code, printed = launch("run", **{name: taken_port}).end()
    assert code == 1
    assert printed == f"Port {taken_port} ({name}) is in use; choose another."


def test_production_refuses_embedded_engines(launch):
    """DEBUG=False needs engines of its own."""
    code, printed = launch("run", DEBUG="False").end()
    assert code == 1
    assert printed.startswith("DEBUG=False needs DATABASE_URL and REDIS_URL")


def test_engines_die_with_a_killed_launcher(launch, project):
    """On Linux nothing outlives the launcher, even when it cannot clean up."""
    if not Path("/proc").exists():
        pytest.skip("the kernel has no parent-death signal")
    script = "import os, time; print('ready', os.environ['DATA_DIR'], flush=True); time.sleep(60)"
    launcher = launch("engines", "--", "python", "-c", script)
    folder = Path(launcher.wait_until_ready())
    records = processes_of(folder)
    launcher.kill()
    wait_until(lambda: still_running(records) == [])
    code, _ = launch("engines", "--", "true").end()
    assert code == 0
    assert not folder.exists()


def test_a_command_beside_engines_keeps_its_exit_code(launch):
    """The engines answer, and the code is passed on."""
    script = (
        "import os, socket, sys, urllib.parse as u;"
        "[socket.create_connection((u.urlsplit(os.environ[n]).hostname,"
        " u.urlsplit(os.environ[n]).port)) for n in ('DATABASE_URL', 'REDIS_URL')]; sys.exit(7)"
    )
    code, printed = launch("engines", "--", "python", "-c", script, ANTHROPIC_API_KEY="x").end()
    assert (code, printed) == (7, "")


def test_given_engines_are_used(launch):
    """DATABASE_URL and REDIS_URL replace the embedded engines."""
    script = "import os; print(os.environ['DATABASE_URL'], os.environ['REDIS_URL'])"
    given = {"DATABASE_URL": "postgres://u:p@db.invalid/r", "REDIS_URL": "redis://r.invalid/0"}
    code, printed = launch("engines", "--", "python", "-c", script, **given).end()
    assert (code, printed) == (0, "postgres://u:p@db.invalid/r redis://r.invalid/0")


def test_a_folder_that_cannot_be_made_is_named(launch, tmp_path):
    """One sentence, no traceback."""
    (tmp_path / "file").write_text("")
    code, printed = launch("run", DATA_DIR=str(tmp_path / "file" / "var")).end()
    assert code == 1
    assert printed == f"DATA_DIR {tmp_path}/file/var cannot be used: Not a directory."
