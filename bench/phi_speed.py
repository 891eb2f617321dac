"""How fast identifiers are found, replaced, looked for again and put back.

    python bench/phi_speed.py

CPU time on one core, medians of repeated runs. Needs neither database nor settings.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from phi import egress
from phi.detect.known import KnownMatcher
from phi.known import identifiers_of
from phi.leaf_memory import LeafMemory
from phi.patient_index import PatientIndex
from phi.rehydrate import StreamRehydrator, rehydrate
from phi.sanitize import sanitize
from phi.types import PhiPolicy
from routing.sandbox.pms import patient

PATIENT = {
    "name": {"first": "Robert", "middle": "Quentin", "last": "Garcia"},
    "birth_date": "1980-03-04",
    "mrn": "00482913",
    "ssn": "123-45-6789",
    "phone": "(555) 234-5678",
    "email": "bob.garcia@example.com",
    "address": {"street": "12 Oak Street", "city": "Tallowmere", "state": "IL", "zip": "62704"},
}
SHORT = (
    "Summarize the visit for Robert Garcia, DOB 03/04/1980, MRN 00482913. He reports less pain in "
    "the left knee, 3/10 at rest, strength 5/5, BP 128/76. Continue lisinopril 10 mg daily and "
    "physical therapy twice a week. Call (555) 234-5678 with the lab results. Mr. Garcia agrees "
    "to return soon."
)
PARAGRAPH = (
    "Patient seen on 05/06/2024 by Dr. Maria Lopez. Bob states that the cough is better; no fever "
    "or chills. Exam: lungs clear, strength 5/5, reflexes 2+, BP 124/78, HR 72. HbA1c 7.2%, LDL "
    "101 mg/dL. Assessment: type 2 diabetes (E11.9), hypertension (I10), Parkinson disease. Plan: "
    "continue metformin 1000 mg twice daily, 1/2 tab of carbidopa/levodopa 25/100 mg, recheck in "
    "three months. "
)
CLEAN = "The patient reports strength 5/5, pain 3/10. Continue lisinopril 10 mg daily. "
POLICY = PhiPolicy(slug="bench", version=1)
KNOWN = identifiers_of([PATIENT])
KEY = bytes(range(32))
PATIENTS = 20_000


def milliseconds(work: Callable[[], object], repeats: int) -> float:
    """Return the median CPU milliseconds of one call."""
    times = []
    for _ in range(repeats):
        start = time.process_time_ns()
        work()
        times.append((time.process_time_ns() - start) / 1e6)
    return statistics.median(times)


def request(text: str) -> dict[str, object]:
    return {"system": "Be brief.", "messages": [{"role": "user", "content": text}]}


def report(title: str, text: str, repeats: int) -> None:
    document = request(text)
    safe = sanitize(document, known=KNOWN, policy=POLICY, key=KEY)
    body = json.dumps(safe.document).encode()
    headers = {"content-type": "application/json", "x-request-id": "req_1"}
    parts = {
        "sanitize": lambda: sanitize(document, known=KNOWN, policy=POLICY, key=KEY),
        "egress": lambda: egress.scan(body, headers, known=KNOWN, policy=POLICY),
        "rehydrate": lambda: rehydrate(safe.document, safe.vault),
    }
    figures = {name: milliseconds(work, repeats) for name, work in parts.items()}
    shown = ", ".join(f"{name} {value:.3f}" for name, value in figures.items())
    total = sum(figures.values())
    print(f"{title}: {len(text)} characters, {len(safe.vault)} tokens: {total:.3f} ms ({shown})")
    print(f"    sanitize {len(text) / figures['sanitize'] / 1000:.3f} M characters/s")


def index_of(count: int) -> tuple[PatientIndex, float]:
    """Return an index of the sandbox's invented patients, and the CPU seconds it took."""
    records = [identifiers_of([dict(patient(number))]) for number in range(count)]
    index, start = PatientIndex(), time.process_time()
    for each in records:
        index.add(each)
    return index, time.process_time() - start


def index_megabytes(index: PatientIndex) -> float:
    """Return the memory of the index itself, by its objects."""
    names = sum(map(sys.getsizeof, index.names)) + sys.getsizeof(index.names)
    numbers = sum(map(sys.getsizeof, index.numbers)) + sys.getsizeof(index.numbers)
    return (names + numbers + sys.getsizeof(index.begins)) / 1e6


def main() -> None:
    report("request", SHORT, 2000)
    report("note", (PARAGRAPH * 20)[:8000], 100)
    build = milliseconds(lambda: KnownMatcher(KNOWN), 500)
    print(f"known identifiers of a patient, first sight: {build:.3f} ms")
    big = json.dumps(request(CLEAN * 60_000)).encode()
    scan = milliseconds(lambda: egress.scan(big, {}, known=KNOWN, policy=POLICY), 3)
    print(f"egress scan: {len(big) / scan / 1000:.1f} M characters/s")
    index, spent = index_of(PATIENTS)
    print(f"index of {PATIENTS} patients: {spent:.1f} s CPU, {index_megabytes(index):.0f} MB")
    scan = milliseconds(lambda: egress.scan(big, {}, known=KNOWN, policy=POLICY, patients=index), 3)
    print(f"egress scan with it: {len(big) / scan / 1000:.1f} M characters/s")
    memory = LeafMemory()
    note = request((PARAGRAPH * 20)[:8000])

    def again() -> object:
        case = memory.of_case(KEY, KNOWN, POLICY)
        return sanitize(note, known=KNOWN, policy=POLICY, key=KEY, memory=case)

    print(f"the same note again: {milliseconds(again, 100):.3f} ms")
    word = "Robert" * 1_700_000
    once = milliseconds(lambda: sanitize(request(word), known=KNOWN, policy=POLICY, key=KEY), 1)
    print(f"hostile: 10 MB of one word in {once:.0f} ms")
    vault = sanitize(request(SHORT), known=KNOWN, policy=POLICY, key=KEY).vault
    delta = "some words of an answer by PHI "
    stream = StreamRehydrator(vault)
    print(f"stream: {milliseconds(lambda: stream.feed(delta), 2000) * 1000:.1f} us per delta")


if __name__ == "__main__":
    main()
