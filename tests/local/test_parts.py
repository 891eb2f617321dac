"""The launcher's parts, each in milliseconds."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from routerproject.local import children, credentials, install, ports, testing
from routerproject.local.console import StopWithMessage
from routerproject.local.folders import PROJECT, locked, write_private
from tests.patience import wait_until


def test_the_launcher_needs_no_installed_package():
    """A bare Python imports every module of it."""
    names = [path.stem for path in (PROJECT / "routerproject" / "local").glob("[a-z]*.py")]
    line = "import " + ", ".join(f"routerproject.local.{name}" for name in names)
    bare = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, '.'); {line}"]
    done = subprocess.run(bare, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("cores", "gigabytes", "expected"),
    [(2, 24, 5), (1, 24, 3), (2, 4, 4), (4, 2, 2), (4, 0, 1), (64, 512, 12)],
)
def test_tests_run_in_as_many_processes_as_the_machine_has_room_for(cores, gigabytes, expected):
    assert testing.processes(cores, gigabytes << 30) == expected


def test_secrets_are_made_once_and_kept_private(tmp_path):
    """Keys survive, since data is encrypted and signed with them; a missing one is added."""
    first = credentials.secrets_of(tmp_path)
    path = tmp_path / "secrets.env"
    path.write_text("".join(f"{n}={v}\n" for n, v in first.items() if n != "REDIS_PASSWORD"))
    second = credentials.secrets_of(tmp_path)
    assert second.pop("REDIS_PASSWORD") != first.pop("REDIS_PASSWORD")
    assert second == first
    assert path.stat().st_mode & 0o777 == 0o600
    for name in ("KEY_ENCRYPTION_KEY", "AUDIT_SIGNING_KEY"):
        assert len(base64.b64decode(first[name], validate=True)) == 32


@pytest.mark.parametrize("given", ["SECRET_KEY", "SECRET_KEY_FILE"])
def test_a_given_secret_is_not_written_down(tmp_path, monkeypatch, given):
    """What comes from the environment or a mount stays there."""
    for name in credentials.APPLICATION_SECRETS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(given, "x")
    own = credentials.application_environment(tmp_path)
    assert sorted(own) == ["AUDIT_SIGNING_KEY", "KEY_ENCRYPTION_KEY"]


def test_a_private_file_is_replaced_whole(tmp_path):
    """No half-written file and no temporary one stays behind."""
    path = tmp_path / "engines.env"
    write_private(path, "A=1\n")
    write_private(path, "A=2\n")
    assert [entry.name for entry in tmp_path.iterdir()] == ["engines.env"]
    assert credentials.read_env(path) == {"A": "2"}


def test_values_with_equals_signs_are_read_whole(tmp_path):
    """Base64 ends in equals signs."""
    path = tmp_path / "engines.env"
    credentials.write_env(path, {"KEY": "YWJj=="})
    assert credentials.read_env(path) == {"KEY": "YWJj=="}


def test_a_lock_is_taken_once(tmp_path):
    """The second asker is told, the third may have it when the first is done."""
    path = tmp_path / "lock"
    with locked(path, wait=False) as first, locked(path, wait=False) as second:
        assert (first, second) == (True, False)
    with locked(path, wait=False) as third:
        assert third is True


def test_two_launchers_never_agree_on_one_port(monkeypatch):
    """A reserved port is left alone though its server does not listen yet."""
    monkeypatch.delenv("PORT", raising=False)
    first = ports.reserve("PORT", 18000)
    second = ports.reserve("PORT", 18000)
    assert first.port != second.port
    first.close()
    second.close()


@pytest.mark.parametrize("asked", ["0", "65536", "eight", "-1", "80.0", "٨"])
def test_a_port_that_is_none_is_refused(monkeypatch, asked):
    """One sentence names the variable and the value."""
    monkeypatch.setenv("PORT", asked)
    with pytest.raises(StopWithMessage, match=f"PORT={asked} is not a port number"):
        ports.reserve("PORT", 8000)


def test_a_reused_process_id_is_not_taken_for_ours(tmp_path):
    """Only a process with the recorded start time is stopped."""
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    path = tmp_path / "processes.json"
    entry = children.Record("web", bystander.pid, "some other time", 15)
    write_private(path, f'[{{"name": "{entry.name}", "pid": {entry.pid}, '
                        f'"started": "{entry.started}", "stop_signal": 15}}]')  # fmt: skip
    children.stop_leftovers(path)
    assert bystander.poll() is None
    assert not path.exists()
    bystander.kill()
    bystander.wait()


def test_a_stubborn_child_and_what_it_left_are_killed(tmp_path):
    """A process that ignores SIGTERM is ended after its grace, with its own children."""
    script = (
        "import os, signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    log = tmp_path / "logs" / "stubborn.log"
    child = children.start(
        "stubborn", [sys.executable, "-c", script], log=log, cwd=tmp_path, env=os.environ,
        grace_seconds=0.2,
    )  # fmt: skip
    while not log.read_text():
        assert child.process.poll() is None
    grandchild = int(log.read_text())
    children.stop(child)
    assert child.process.returncode == -9
    # The kernel ends a killed process in its own time.
    wait_until(lambda: children.start_time(grandchild) == "")


def test_an_unfinished_or_moved_or_outdated_environment_is_not_trusted(tmp_path, monkeypatch):
    """Only a finished installation of this lock, in this place, is taken as done."""
    (tmp_path / "requirements").mkdir()
    for name in (install.LOCAL, install.DEV):
        (tmp_path / name).write_text(f"# {name}\n")
    venv = tmp_path / ".venv"
    venv.mkdir()
    stamp = venv / ".installed.json"
    monkeypatch.setattr(install, "PROJECT", tmp_path)
    monkeypatch.setattr(install, "VENV", venv)
    monkeypatch.setattr(install, "_STAMP", stamp)
    is_installed = install._is_installed
    assert not is_installed(install.LOCAL)
    text = '{{"lock": "{}", "sha256": "{}", "path": "{}"}}'
    stamp.write_text(text.format(install.DEV, install.digest(install.DEV), venv))
    assert is_installed(install.LOCAL)
    assert is_installed(install.DEV)
    stamp.write_text(text.format(install.LOCAL, install.digest(install.LOCAL), venv))
    assert not is_installed(install.DEV)
    stamp.write_text(text.format(install.LOCAL, install.digest(install.LOCAL), "/elsewhere"))
    assert not is_installed(install.LOCAL)
    stamp.write_text(text.format(install.LOCAL, "0" * 64, venv))
    assert not is_installed(install.LOCAL)


def test_every_locked_package_has_a_hash():
    """Nothing is installed that is not named with its digest."""
    for lock in ("requirements.txt", install.LOCAL, install.DEV):
        text = (PROJECT / lock).read_text()
        blocks = [block for block in text.replace("\\\n", " ").splitlines() if "==" in block]
        assert blocks
        assert all("--hash=sha256:" in block for block in blocks)


def test_the_makefile_names_every_command():
    """The thin Makefile and the launcher agree."""
    done = subprocess.run(
        [sys.executable, "-m", "routerproject.local"],
        cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    commands = done.stderr.partition("{")[2].partition("}")[0].split(",")
    makefile = Path(PROJECT / "Makefile").read_text()
    assert [name for name in commands if f"\n{name}:" not in makefile] == []
