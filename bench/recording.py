"""Where figures are written down: with when, on which machine and with which libraries."""

import json
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
LIBRARIES = ("Django", "djangorestframework", "anthropic", "aiohttp", "psycopg", "uvicorn")


def tell(progress: str) -> None:
    """Print how far a long run is; `-s` shows it in tests."""
    print(progress, flush=True)


def record(name: str, figures: dict[str, Any]) -> Path:
    """Write the figures of a whole benchmark, with the machine and the libraries; return where."""
    path = RESULTS / f"{name}.json"
    _write(path, {**_circumstances(), "figures": figures})
    return path


def record_parts(name: str, parts: dict[str, Any]) -> None:
    """Put the figures of some parts in the place of the former ones, each with its machine."""
    path = RESULTS / f"{name}.json"
    if not parts:
        print("\nSmaller than the whole: not recorded.")
        return
    kept = json.loads(path.read_text()) if path.exists() else {}
    found = {part: {**_circumstances(), "figures": figures} for part, figures in parts.items()}
    _write(path, {**kept, **found})
    print(f"\nRecorded in {path.relative_to(Path.cwd())}: {', '.join(parts)}")


def _write(path: Path, document: dict[str, Any]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n")


def _circumstances() -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "versions": {name: version(name) for name in LIBRARIES},
    }
