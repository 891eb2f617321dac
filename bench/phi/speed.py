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
from pathlib import Path

from bench.phi.cases import Case
from bench.phi.clinic import index_of
from bench.phi.engine import HEADERS, POLICY, judge, key_of
from bench.phi.figures import AT_LEAST, Figure
from bench.phi.marked import Marked, joined
from phi import egress
from phi.known import identifiers_of
from phi.sanitize import sanitize

CLEAN = "The patient reports strength 5/5, pain 3/10. Continue lisinopril 10 mg daily. " * 13_000


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
        Figure("memory of the index of those patients", megabytes, 150, unit="MB"),
    ]


def _speed(name: str, per_second: float, goal: float | None = None) -> Figure:
    return Figure(name, per_second / 1000, goal, AT_LEAST, "k/s")


def _sanitizing(cases: Sequence[Case]) -> tuple[float, float]:
    """Return characters per second at the first sight of each patient, and later.

    Each text differs in its first characters and belongs to another case: none was read before,
    and a field that no other run has makes each record new.
    """
    first = again = characters = 0.0
    for case in filter(_is_let_through, cases):
        times = [_once(case, number) for number in range(4)]
        characters += len(case.text)
        first += times[0]
        again += statistics.median(times[1:])
    return characters / first, characters / again


def _is_let_through(case: Case) -> bool:
    return not judge(case, with_record=True).is_refused


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
    """Scan a megabyte with the index of 20,000 patients; M characters/s and the index's MB."""
    before = _resident_megabytes()
    index = index_of(())
    megabytes = _resident_megabytes() - before
    body = json.dumps({"messages": [{"role": "user", "content": CLEAN}]}).encode()
    seconds = statistics.median(
        _seconds(lambda: egress.scan(body, HEADERS, known=(), policy=POLICY, patients=index))
        for _ in range(3)
    )
    return len(body) / seconds / 1e6, megabytes


def _resident_megabytes() -> float:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
