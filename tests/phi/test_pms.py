"""Patients named by id alone: their record, or a refusal that says why."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from phi import patients
from phi.errors import PatientRecordUnavailable, PatientUnknown, PhiBlocked
from phi.known import identifiers_of
from phi.patients import Patients
from phi.pms import MOST_RECORD_BYTES, PmsClient
from routerproject.shared.outbound import (
    Outbound,
    OutboundFailed,
    is_allowed_address,
    origin_of,
)
from tests.patience import LIMIT_SECONDS
from tests.phi.cast import POLICY
from tests.pms_server import RECORD, PmsServer, pms_server

UNAVAILABLE = "patient-record-unavailable"


@pytest.fixture
async def pms() -> AsyncIterator[PmsServer]:
    async with pms_server() as server:
        yield server


@pytest.fixture
async def records(pms: PmsServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Patients]:
    outbound = Outbound([pms.url])
    client = PmsClient(f"{pms.url}/{{tenant}}", outbound, LIMIT_SECONDS, api_key="secret")
    made = Patients(client, tenants=["north"], record_seconds=60)
    monkeypatch.setattr(patients, "_running", [made])
    yield made
    await made.close()


def reasons(refusal: pytest.ExceptionInfo[PhiBlocked]) -> list[str]:
    return list(refusal.value.extra["reasons"])


async def test_a_record_is_what_identifies_the_patient(records: Patients, pms: PmsServer) -> None:
    record = await records.record("north", "p-1")
    assert "language" not in record
    values = {one.value for one in identifiers_of([record])}
    assert {"Theodora Pemberwick", "77182034", "1961-04-09"} <= values
    assert pms.asked == ["/north/patients/p-1"]
    assert "authorization: bearer secret" in pms.headers[0].lower()


async def test_a_record_is_asked_for_once_a_minute(records: Patients, pms: PmsServer) -> None:
    await asyncio.gather(*(records.record("north", "p-1") for _ in range(20)))
    await records.record("north", "p-1")
    assert len(pms.asked) == 1
    records.forget("north", "p-1")
    await records.record("north", "p-1")
    assert len(pms.asked) == 2


async def test_an_expired_record_is_asked_for_again(records: Patients, pms: PmsServer) -> None:
    records._record_seconds = 0.0
    await records.record("north", "p-1")
    await records.record("north", "p-1")
    assert len(pms.asked) == 2


async def test_memory_is_bounded(
    records: Patients, pms: PmsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patients, "MOST_RECORDS", 3)
    for number in range(6):
        pms.records[f"p-{number}"] = {**RECORD, "id": f"p-{number}"}
        await records.record("north", f"p-{number}")
    assert [key for _, key in records._kept] == ["p-3", "p-4", "p-5"]


async def test_an_unknown_id_refuses(records: Patients) -> None:
    with pytest.raises(PatientUnknown) as refusal:
        await records.record("north", "nobody")
    assert reasons(refusal) == ["patient-unknown"]
    assert not refusal.value.is_retryable


async def test_an_id_is_no_path(records: Patients, pms: PmsServer) -> None:
    with pytest.raises(PatientUnknown):
        await records.record("north", "../../admin?x=1#y")
    for patient_id in (".", ".."):
        with pytest.raises(PatientUnknown):
            await records.record("north", patient_id)
    assert pms.asked == ["/north/patients/..%2F..%2Fadmin%3Fx%3D1%23y"]


async def test_another_clinic_has_no_records_here(records: Patients, pms: PmsServer) -> None:
    with pytest.raises(PhiBlocked) as refusal:
        await records.record("south", "p-1")
    assert reasons(refusal) == [UNAVAILABLE, "pms:not-connected"]
    assert pms.asked == []


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (500, b"oops", "status-500"),
        (401, b"{}", "status-401"),
        (200, b"<html>", "not-json"),
        (200, b"[" * 100_000, "not-json"),
        (200, b"[]", "not-a-record"),
        (200, b'{"id": "p-2", "name": "Somebody Else"}', "not-a-record"),
        (200, b'{"id": "p-1"}', "not-a-record"),
        (200, b'{"id": "p-1", "name": {"first": ""}}', "not-a-record"),
        (200, b'{"id": "p-1", "name": 7}', "not-a-record"),
        (200, b'{"id": "p-1", "name": "A B", "phones": [[[[[["x"]]]]]]}', "not-a-record"),
        (
            200,
            b'{"id": "p-1", "name": "%s"}' % (b"y" * 1001),
            "not-a-record",
        ),
        (200, b'{"id": "p-1", "deleted": true}', "not-a-record"),
        (200, b" " * (MOST_RECORD_BYTES + 1), "too-large"),
        (307, b"", "redirected"),
        (0, b"", "unreachable"),
    ],
)
async def test_nonsense_refuses(
    records: Patients, pms: PmsServer, status: int, body: bytes, why: str
) -> None:
    headers = [f"Location: {pms.url}/elsewhere"] if status == 307 else []
    pms.scripted(status, body, *headers)
    with pytest.raises(PatientRecordUnavailable) as refusal:
        await records.record("north", "p-1")
    assert reasons(refusal) == [UNAVAILABLE, f"pms:{why}"]
    assert refusal.value.is_retryable
    assert len(pms.asked) == 1  # a redirect is not followed


async def test_a_slow_pms_refuses_in_time_and_is_left_alone_for_a_second(
    records: Patients, pms: PmsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pms.is_silent = True
    monkeypatch.setattr(patients, "SKIP_SECONDS", LIMIT_SECONDS)
    records.client = replace(records.client, timeout_seconds=0.2)
    with pytest.raises(PatientRecordUnavailable) as refusal:
        await records.record("north", "p-1")
    assert reasons(refusal) == [UNAVAILABLE, "pms:timeout"]
    with pytest.raises(PatientRecordUnavailable) as refusal:
        await records.record("north", "p-1")
    assert reasons(refusal) == [UNAVAILABLE, "pms:away"]
    assert len(pms.asked) == 1


async def test_a_pms_that_is_down_refuses() -> None:
    client = PmsClient("http://127.0.0.1:9", Outbound(["http://127.0.0.1:9"]), LIMIT_SECONDS)
    made = Patients(client, tenants=["north"], record_seconds=60)
    with pytest.raises(PatientRecordUnavailable) as refusal:
        await made.record("north", "p-1")
    assert reasons(refusal) == [UNAVAILABLE, "pms:unreachable"]
    await made.close()


@pytest.mark.usefixtures("records")
async def test_several_patients_are_all_known(pms: PmsServer) -> None:
    pms.records["p-2"] = {"id": "p-2", "name": "Osvaldo Zaragoza"}
    asked = [{"id": "p-1"}, {"id": "p-2"}, {"name": "Given Here"}]
    found, is_all = await patients.records_of(asked, tenant="north", policy=POLICY)
    assert is_all
    assert [one.get("id") for one in found] == ["p-1", "p-2", None]


@pytest.mark.usefixtures("records")
async def test_one_unknown_patient_of_several_refuses() -> None:
    with pytest.raises(PatientUnknown):
        await patients.records_of([{"id": "p-1"}, {"id": "nobody"}], tenant="north", policy=POLICY)


@pytest.mark.usefixtures("records")
async def test_a_policy_may_proceed_without_a_record() -> None:
    policy = replace(POLICY, pms_failure="proceed")
    found, is_all = await patients.records_of(
        [{"id": "p-1"}, {"id": "nobody"}], tenant="north", policy=policy
    )
    assert not is_all
    assert len(found) == 1


async def test_without_a_pms_an_id_alone_refuses() -> None:
    with pytest.raises(PhiBlocked) as refusal:
        await patients.records_of([{"id": "p-1"}], tenant="north", policy=POLICY)
    assert reasons(refusal) == [UNAVAILABLE, "pms:not-connected"]


async def test_only_listed_origins_are_called(pms: PmsServer) -> None:
    outbound = Outbound([pms.url])
    for url in (
        "http://localhost:9/",
        pms.url.replace("http:", "https:"),
        f"http://evil@{pms.url[7:]}/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "http:///x",
        "http://[::1/",
    ):
        with pytest.raises(OutboundFailed) as refusal:
            await outbound.get_json(url, headers={}, timeout_seconds=1, most_bytes=9)
        assert refusal.value.reason == "address-not-allowed"
    assert pms.asked == []
    await outbound.close()


async def test_the_connected_number_must_lie_in_the_networks(pms: PmsServer) -> None:
    outbound = Outbound([pms.url], networks=["10.0.0.0/8"])
    with pytest.raises(OutboundFailed) as refusal:
        await outbound.get_json(pms.url, headers={}, timeout_seconds=LIMIT_SECONDS, most_bytes=9)
    assert refusal.value.reason == "unreachable"
    assert pms.asked == []
    await outbound.close()


@pytest.mark.parametrize(
    ("number", "is_allowed"),
    [
        *(("10.1.2.3", True), ("127.0.0.1", True), ("93.184.216.34", True), ("fd00::1", True)),
        *(("169.254.169.254", False), ("::ffff:169.254.169.254", False), ("fe80::1%eth0", False)),
        *(("fd00:ec2::254", False), ("100.100.100.200", False), ("168.63.129.16", False)),
        *(("2002:a9fe:a9fe::1", False), ("64:ff9b::a9fe:a9fe", False), ("2002:5db8:d822::1", True)),
        *(("0.0.0.0", False), ("224.0.0.1", False), ("255.255.255.255", False), ("::", False)),  # noqa: S104
    ],
)
def test_metadata_services_are_out_of_reach(number: str, is_allowed: bool) -> None:
    assert is_allowed_address(number, ()) is is_allowed


async def test_proxies_of_the_environment_are_not_used(
    records: Patients, pms: PmsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert (await records.record("north", "p-1"))["id"] == "p-1"


def test_one_origin_has_one_spelling() -> None:
    assert origin_of("HTTPS://PMS.Example.org./x") == origin_of("https://pms.example.org:443")
