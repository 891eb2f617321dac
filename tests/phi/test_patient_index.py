"""Any patient of the clinic is stopped at the door; words that are only like one are not."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from phi import egress
from phi.errors import EgressDenied, PatientIndexUnavailable, PatientRecordUnavailable
from phi.known import identifiers_of
from phi.patient_index import PatientIndex
from phi.patient_lists import REFRESHES_UNTIL_FULL, PatientLists
from phi.pms import PmsClient
from phi.types import PhiPolicy
from routerproject.shared.outbound import Outbound
from tests.patience import LIMIT_SECONDS
from tests.phi.cast import PATIENT, POLICY, message
from tests.pms_server import PmsServer, pms_server

OTHERS: tuple[dict[str, Any], ...] = (
    {**PATIENT, "phones": ["(217) 555-0144"], "mrn": "AB-77182034"},
    {"name": "Zephyrine de la Quillfeather", "mrn": "48291377", "birth_date": "1961-04-09"},
    {"name": {"first": "Will", "last": "May"}, "mrn": "4821"},
    {"name": {"first": "Rose", "last": "Long"}},
    {"name": {"first": "Li", "last": "Na"}, "ssn": "123-45-6789"},
    {"name": "Jos\u00e9 Nu\u00f1ez-Ibarra", "email": "jn@example.com"},
    {"name": {"first": "", "last": "Mononymous"}},
)


@pytest.fixture(scope="module")
def index() -> PatientIndex:
    made = PatientIndex()
    for patient in OTHERS:
        made.add(identifiers_of([patient]))
    return made


def scan(text: str, index: PatientIndex, policy: PhiPolicy = POLICY) -> list[str]:
    body = json.dumps(message(text)).encode()
    try:
        egress.scan(body, {}, known=(), policy=policy, patients=index)
    except EgressDenied as denial:
        return list(denial.extra["reasons"])
    return []


@pytest.mark.parametrize(
    "text",
    [
        *("Spoke with Zephyrine de la Quillfeather today", "de la quillfeather, zephyrine"),
        *("zephyrine   quillfeather", "Robert Quentin O\u2019Neil-Garcia", "ROBERT O'NEIL-GARCIA"),
        *(
            "O'Neil-Garcia, Robert",
            "robert q. o'neil-garcia",
            "Jose Nunez Ibarra",
            "JOS\u00c9 NU\u00d1EZ",
        ),
        *("Will May came in", "It was Rose Long", "chart of May, Will"),
        *("48291377", "id 48291377.", "ab77182034", "AB 77182034"),
        *("217 555 0144", "(217)555-0144", "2175550144", "+1 217 555 0144"),
        *("123 45 6789", "123456789", "xqz123456789", "XQZ 123456789"),
    ],
)
def test_another_patient_is_stopped(text: str, index: PatientIndex) -> None:
    assert any(reason.startswith("patient:") for reason in scan(text, index)), text


@pytest.mark.parametrize(
    "text",
    [
        *("it will may be", "a rose long ago", "WILL MAY", "Will the patient? May be."),
        *("Li Na K Cl 4.1", "zephyrine alone", "quillfeather alone", "robert and garcia"),
        *("garcia saw robert", "mononymous", "04/09/1961", "4821 steps", "482913770", "1482913771"),
        *("platelets 250000", "BP 120/80 HR 72", "55501442", "12 Oak Street", "bobbyg80x"),
    ],
)
def test_what_is_only_like_one_is_not(text: str, index: PatientIndex) -> None:
    assert scan(text, index) == []


def test_nothing_spans_two_texts(index: PatientIndex) -> None:
    document = {"messages": [{"role": "user", "content": ["zephyrine", "quillfeather"]}]}
    egress.scan(json.dumps(document).encode(), {}, known=(), policy=POLICY, patients=index)


def test_the_policy_counts(index: PatientIndex) -> None:
    allowed = replace(POLICY, allowed_categories=frozenset({"name"}))
    assert scan("Rose Long, 48291377", index, allowed) == ["patient:mrn"]
    listed = replace(POLICY, allow_list=frozenset({"rose long"}))
    assert scan("Rose Long", index, listed) == []


def test_twenty_thousand_patients_are_few_megabytes() -> None:
    """Counted in entries, which a machine's load does not change."""
    made = PatientIndex()
    for number in range(2_000):
        name = f"{_letters(number)} {_letters(number * 7 + 3)}"
        made.add(identifiers_of([{"name": name, "mrn": f"{number:08d}", "phone": "2175550144"}]))
    assert len(made.names) <= 2 * 2_000
    assert len(made.numbers) == 2_001
    assert repr(made) == "<PatientIndex of 2000 patients>"


def _letters(number: int) -> str:
    return "Q" + "".join(chr(97 + int(digit)) for digit in f"{number:06d}")


@pytest.fixture
async def pms() -> AsyncIterator[PmsServer]:
    async with pms_server() as server:
        for number in range(5):
            server.records[f"p-{number}"] = {
                "id": f"p-{number}",
                "name": f"Theodora {_letters(number)}",
                "updated_at": "2026-01-01",
            }
        yield server


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
async def clock() -> Clock:
    return Clock()


@pytest.fixture
async def lists(pms: PmsServer, clock: Clock) -> AsyncIterator[PatientLists]:
    client = PmsClient(pms.url, Outbound([pms.url]), LIMIT_SECONDS)
    yield PatientLists(client, ["north"], refresh_seconds=300, now=clock)
    await client.outbound.close()


def named(lists: PatientLists, number: int) -> bool:
    index = lists.index_of("north")
    assert index is not None
    return bool(list(index.found_in(f"seen: theodora {_letters(number).lower()}")))


async def test_until_the_list_was_read_nothing_leaves(lists: PatientLists, pms: PmsServer) -> None:
    assert not lists.is_complete
    with pytest.raises(PatientRecordUnavailable) as refusal:
        lists.index_of("north")
    assert refusal.value.extra["reasons"] == ["patient-index-unavailable"]
    assert lists.index_of("south") is None
    await lists.refresh()
    assert lists.is_complete
    assert [named(lists, number) for number in range(5)] == [True] * 5
    assert len(pms.asked) == 3  # pages of two


async def test_a_refresh_reads_what_changed_and_at_last_all(
    lists: PatientLists, pms: PmsServer
) -> None:
    await lists.refresh()
    pms.asked.clear()
    pms.records["p-9"] = {
        "id": "p-9",
        "name": f"Theodora {_letters(9)}",
        "updated_at": "2999-01-01",
    }
    del pms.records["p-0"]
    await lists.refresh()
    assert "since=" in pms.asked[0]
    assert len(pms.asked) == 1
    assert named(lists, 9)
    assert named(lists, 0)  # until the whole list is read again
    for _ in range(12):
        await lists.refresh()
    assert not named(lists, 0)
    assert named(lists, 9)


@pytest.mark.parametrize(
    "nonsense",
    [
        *(b"<html>", b"[]", b"{}", b'{"patients": [{"id": "p-1"}]}', b'{"patients": 7}'),
        b'{"patients": [], "next_cursor": 7}',
        b'{"patients": [], "next_cursor": "x"}',
    ],
)
async def test_nonsense_keeps_the_last_index(
    lists: PatientLists, pms: PmsServer, clock: Clock, nonsense: bytes
) -> None:
    await lists.refresh()
    pms.scripted(200, nonsense)
    await lists.refresh()
    assert named(lists, 1)
    assert not lists.is_stale
    clock.seconds = 901
    await lists.refresh()
    assert lists.is_stale
    pms.raw = None
    await lists.refresh()
    assert not lists.is_stale


async def test_a_list_that_breaks_off_is_not_believed(
    lists: PatientLists, pms: PmsServer, clock: Clock
) -> None:
    everybody = {
        f"p-{number}": {"id": f"p-{number}", "name": f"Theodora {_letters(number)}"}
        for number in range(30)
    }
    pms.page_size = 10
    pms.records = dict(everybody)
    await lists.refresh()
    pms.records = dict(list(everybody.items())[:14])
    for _ in range(REFRESHES_UNTIL_FULL + 1):
        await lists.refresh()
    assert named(lists, 29)
    clock.seconds = 901
    await lists.refresh()
    assert lists.is_stale
    pms.records = dict(list(everybody.items())[:15])
    await lists.refresh()
    assert not lists.is_stale
    assert not named(lists, 29)


@pytest.mark.parametrize("name", ["", " ", None, {"first": "", "last": None}])
async def test_a_row_without_a_name_is_known_by_its_numbers(
    lists: PatientLists, pms: PmsServer, name: object
) -> None:
    pms.records["p-7"] = {"id": "p-7", "name": name, "mrn": "88120743"}
    await lists.refresh()
    index = lists.index_of("north")
    assert index is not None
    assert list(index.found_in("the band says 88120743")) == [("mrn", "88120743")]
    assert named(lists, 1)


async def test_a_list_without_names_is_none(lists: PatientLists, pms: PmsServer) -> None:
    pms.records = {f"p-{n}": {"id": f"p-{n}", "mrn": f"8812074{n}"} for n in range(3)}
    await lists.refresh()
    with pytest.raises(PatientIndexUnavailable):
        lists.index_of("north")


async def test_a_deleted_patient_of_a_list_is_none(lists: PatientLists, pms: PmsServer) -> None:
    pms.records["p-0"] = {"id": "p-0", "deleted": True}
    await lists.refresh()
    assert not named(lists, 0)
    assert named(lists, 1)
