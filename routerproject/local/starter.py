"""The starter data's sign-in and key, and what the person at the terminal can do next."""

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path

from . import site
from .console import say
from .site import Site

KEY_FILE = "demo-api-key"  # written by `manage.py load_starter_data`
_REQUEST = {
    "task_type": "encounter_summary",
    "prompt": "Summarize: Maria Alvarez (MRN 00482913, born 04/12/1967) was seen on 03/02/2026 "
    "for type 2 diabetes. HbA1c 8.1 %, metformin raised to 1000 mg twice daily.",
}
_PATIENT_ID = {"id": "pat-1001"}  # the sandbox has her record
_PATIENT = {"name": "Maria Alvarez", "mrn": "00482913", "birth_date": "1967-04-12"}


@dataclass(frozen=True)
class StarterKeys:
    """What opens the demonstration tenant; the password is known only when it was just made."""

    sign_in: str
    api_key: str


def load(place: Site) -> StarterKeys:
    """Load the starter data, which keeps its key in a file so that it can be shown again."""
    sign_in = ""
    for line in site.manage(place, "load_starter_data").splitlines():
        if line.startswith("sign-in: "):
            sign_in = line.removeprefix("sign-in: ")
    return StarterKeys(sign_in, _kept_key(place.folder))


def _kept_key(folder: Path) -> str:
    """Return the demonstration key, or "" when it is not known here."""
    with contextlib.suppress(FileNotFoundError):
        return (folder / KEY_FILE).read_text("utf-8").strip()
    return ""


def show(place: Site, keys: StarterKeys | None) -> None:
    """Print the addresses, the sign-in and a request that can be pasted."""
    say("")
    for name, path in (
        ("start", "/"),
        ("admin", "/admin/"),
        ("dashboard", "/usage/"),
        ("API", "/api/v1/schema"),
    ):
        say(f"{name:<11}{place.url}{path}")
    if place.sandbox_port is not None:
        say(f"{'sandbox':<11}http://127.0.0.1:{place.sandbox_port}/_sandbox/requests")
    say(f"{'logs':<11}{place.logs}")
    if keys is not None:
        _show_keys(place, keys)


def _show_keys(place: Site, keys: StarterKeys) -> None:
    if keys.sign_in:
        user, _, password = keys.sign_in.partition(" ")
        say(f"{'sign-in':<11}{user} / {password}    (shown only this once)")
    else:
        say(f"{'sign-in':<11}as at the first run; .venv/bin/python manage.py changepassword admin")
    say("")
    if not keys.api_key:
        say("make a key with: .venv/bin/python manage.py create_api_key --tenant demo --name me "
            "--scopes route")  # fmt: skip
        return
    say("Try it:")
    say("")
    say(f"curl -s {place.url}/api/v1/route \\")
    say(f"  -H 'Authorization: Bearer {keys.api_key}' -H 'Content-Type: application/json' \\")
    patient = _PATIENT if place.sandbox_port is None else _PATIENT_ID
    say(f"  -d '{json.dumps({**_REQUEST, 'patient': patient})}'")
    say("")
