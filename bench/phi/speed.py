"""CPU of sanitizing and of the last scan, on one core."""

import gc
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

from bench.phi.cases import Case
from bench.phi.engine import HEADERS, POLICY, key_of
from bench.phi.figures import AT_LEAST, Figure
from bench.phi.marked import Marked, joined
from phi import egress
from phi.known import identifiers_of
from phi.sanitize import sanitize
from phi.types import KnownIdentifier

PATIENTS = 20_000
CLEAN = "The patient reports strength 5/5, pain 3/10. Continue lisinopril 10 mg daily. " * 13_000
_SYLLABLES = (
    *("ba", "ce", "di", "fo", "gu", "ha", "ke", "li", "mo", "nu", "pa", "re", "si", "to", "vu"),
    *("wa", "xe", "yi", "zo", "lan", "mer", "tin", "dor", "vik"),
)


def figures_of(cases: Sequence[Case]) -> list[Figure]:
    """Return the speed of sanitizing texts again and at first sight, and of the last scan."""
    first, again = _sanitizing([case for case in cases if isinstance(case.content, Marked)])
    scan, megabytes = _clinic_scan()
    return [
        _speed("characters per second, one core, record known, patient seen before", again, 150),
        _speed("characters per second, first request of a patient", first),
        Figure(
            "egress scan, 20,000 patients' identifiers", scan, 5, AT_LEAST, "M/s", counted="1 MB"
        ),
        Figure("memory of those identifiers", megabytes, 150, unit="MB"),
    ]


def _speed(name: str, per_second: float, goal: float | None = None) -> Figure:
    return Figure(name, per_second / 1000, goal, AT_LEAST, "k/s")


def _sanitizing(cases: Sequence[Case]) -> tuple[float, float]:
    """Return characters per second at the first sight of each patient, and later.

    Each text differs in its first characters and belongs to another case: none was read before,
    and a field that no other run has makes each record new.
    """
    first = again = characters = 0.0
    for case in cases:
        times = [_once(case, number) for number in range(4)]
        characters += len(case.text)
        first += times[0]
        again += statistics.median(times[1:])
    return characters / first, characters / again


def _once(case: Case, number: int) -> float:
    content = joined([f"{number}. ", case.content])
    never_seen = {**case.records[0], "locker": "speed of a first request"}
    known = identifiers_of([never_seen, *case.records[1:]])
    request = replace(case, content=content).request()
    key = bytes([number]) + key_of(case)[1:]
    return _seconds(lambda: sanitize(request, known=known, policy=POLICY, key=key))


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time_ns()
    work()
    return max(1, time.process_time_ns() - start) / 1e9


def _clinic_scan() -> tuple[float, float]:
    """Return M characters per second and MB, measured in a process of its own."""
    code = "from bench.phi.speed import scan_of_a_clinic; print(*scan_of_a_clinic())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    speed, megabytes = done.stdout.split()
    return float(speed), float(megabytes)


def scan_of_a_clinic() -> tuple[float, float]:
    """Scan a megabyte with the identifiers of 20,000 patients known; M characters/s and MB."""
    known = _clinic()
    body = json.dumps({"messages": [{"role": "user", "content": CLEAN}]}).encode()
    before = _resident_megabytes()
    egress.scan(b"{}", HEADERS, known=known, policy=POLICY)
    megabytes = _resident_megabytes() - before
    seconds = _seconds(lambda: egress.scan(body, HEADERS, known=known, policy=POLICY))
    return len(body) / seconds / 1e6, megabytes


def _resident_megabytes() -> float:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _clinic() -> tuple[KnownIdentifier, ...]:
    rng = Random(1)
    known: list[KnownIdentifier] = []
    for number in range(PATIENTS):
        name = {"first": _word(rng), "last": _word(rng)}
        birth = date(1930, 1, 1) + timedelta(days=rng.randint(0, 32_000))
        patient = {
            "name": name,
            "birth_date": birth.isoformat(),
            "mrn": f"{7_000_000 + number}",
            "ssn": f"{rng.randint(100, 665)}-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}",
            "phone": f"({rng.randint(200, 989)}) {rng.randint(200, 989)}-{rng.randint(1000, 9999)}",
        }
        known += identifiers_of([patient])
    return tuple(known)


def _word(rng: Random) -> str:
    return "".join(rng.choice(_SYLLABLES) for _ in range(4)).capitalize()
