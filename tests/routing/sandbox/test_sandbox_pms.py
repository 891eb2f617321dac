"""The sandbox's patient records: invented, the same each time, and no model calls."""

from collections.abc import Iterator

import httpx2
import pytest

from routing.sandbox.pms import patient
from tests.sandbox_server import Sandbox

KEY = {"Authorization": "Bearer any"}


@pytest.fixture
def pms(sandbox: Sandbox) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=f"{sandbox.base_url}/pms", headers=KEY, trust_env=False) as client:
        yield client


def test_a_patient_by_id(pms: httpx2.Client) -> None:
    record = pms.get("/patients/pat-1001").json()
    assert record == patient(0)
    assert record["name"] == {"first": "Maria", "last": "Alvarez"}


@pytest.mark.parametrize("patient_id", ["pat-1", "pat-1041", "pat-01001", "x", "pat-%31001x"])
def test_unknown_ids_are_not_found(pms: httpx2.Client, patient_id: str) -> None:
    assert pms.get(f"/patients/{patient_id}").status_code == 404


def test_the_list_comes_in_pages(pms: httpx2.Client) -> None:
    seen, cursor = [], "0"
    while cursor is not None:
        page = pms.get("/patients", params={"limit": 15, "cursor": cursor}).json()
        seen += [row["id"] for row in page["patients"]]
        cursor = page["next_cursor"]
    assert seen == [f"pat-{number}" for number in range(1001, 1041)]


def test_since_leaves_out_what_did_not_change(pms: httpx2.Client) -> None:
    page = pms.get("/patients", params={"since": patient(37)["updated_at"]}).json()
    assert [row["id"] for row in page["patients"]] == ["pat-1039", "pat-1040"]


@pytest.mark.parametrize("query", [{"limit": "x"}, {"cursor": "-1"}, {"since": "yesterday"}])
def test_a_wrong_query_is_400(pms: httpx2.Client, query: dict[str, str]) -> None:
    assert pms.get("/patients", params=query).status_code == 400


def test_no_token_no_records(sandbox: Sandbox) -> None:
    url = f"{sandbox.base_url}/pms/patients/pat-1001"
    assert httpx2.get(url, trust_env=False).status_code == 401


def test_a_look_at_records_is_no_model_call(pms: httpx2.Client, sandbox: Sandbox) -> None:
    pms.get("/patients")
    assert sandbox.requests() == []
    assert sandbox.book() == []
