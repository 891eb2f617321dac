"""`python -m bench NAME [FILTER ...]`: run a benchmark beside running engines (`make bench`)."""

import importlib
import json
import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command

RESULTS = Path(__file__).parent / "results"
LIBRARIES = ("Django", "djangorestframework", "anthropic", "aiohttp", "psycopg", "uvicorn")
DEFAULT = "main_path"


def main() -> None:
    """Migrate the empty database, run one benchmark, record its figures with versions.

    With filters only a part is run, which is shown and does not replace the record of the whole.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "routerproject.settings")
    name, *arguments = sys.argv[1:] or [DEFAULT]
    django.setup()  # first, for benchmarks that read tables
    module = importlib.import_module(f"bench.{name}")
    call_command("migrate", verbosity=0)
    figures = module.main(arguments)
    if arguments:
        print("\nA part of the benchmark: not recorded.")
        return
    path = _record(name, figures)
    print(f"\nRecorded in {path.relative_to(Path.cwd())}")


def _record(name: str, figures: dict[str, Any]) -> Path:
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    document = {"at": datetime.now(UTC).isoformat(timespec="seconds"), **_machine()}
    path.write_text(json.dumps({**document, "figures": figures}, indent=1) + "\n")
    return path


def _machine() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "versions": {name: version(name) for name in LIBRARIES},
    }


if __name__ == "__main__":
    main()
