"""The Patient Records API of the clinic's PMS: one patient by id, and the list of all.

    GET {base}/patients/{id}                                   the record, 404 for an unknown id
    GET {base}/patients?limit=N&cursor=C&since=2026-11-21T09:00:00Z
        {"patients": [record, ...], "next_cursor": "..." or null}

A record is the `patient` object of the router's own API with its `id`; members of other names are
not read, and `"deleted": true` in a list says that a patient is one no more. `{tenant}` in the base
address stands for the slug of the clinic.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from phi.errors import PatientRecordUnavailable, PatientUnknown
from phi.known import PATIENT_MEMBERS, identifiers_of
from routerproject.shared.outbound import Fetched, Outbound, OutboundFailed

MOST_RECORD_BYTES: Final = 256 << 10
MOST_PAGE_BYTES: Final = 8 << 20
PAGE_SIZE: Final = 1_000
PAGE_TIMEOUT_SECONDS: Final = 30.0
MOST_PAGES: Final = 10_000
MOST_VALUES: Final = 1_000
LONGEST_VALUE: Final = 1_000
DEEPEST: Final = 4
LONGEST_ID: Final = 200


@dataclass(frozen=True, slots=True)
class PmsClient:
    """The API at one address; `api_key` goes out as a bearer token."""

    base_url: str
    outbound: Outbound
    timeout_seconds: float
    api_key: str = ""

    async def patient(self, tenant: str, patient_id: str) -> Mapping[str, Any]:
        """Return the record of a patient.

        Raises PatientUnknown, or PatientRecordUnavailable with a reason code.
        """
        if patient_id in {".", ".."}:  # would be another path
            raise PatientUnknown(reasons=["patient-unknown"])
        path = f"/patients/{quote(patient_id, safe='')}"
        fetched = await self._get(tenant, path, self.timeout_seconds, MOST_RECORD_BYTES)
        if fetched.status == 404:
            raise PatientUnknown(reasons=["patient-unknown"])
        if fetched.status != 200:
            raise _unavailable(f"status-{fetched.status}")
        record = checked(fetched.document)
        if record is None or str(record["id"]) != patient_id or not identifiers_of([record]):
            raise _unavailable("not-a-record")
        return record

    async def pages(
        self, tenant: str, since: str | None = None
    ) -> AsyncIterator[list[Mapping[str, Any]]]:
        """Yield all patients, or those changed since a moment (ISO 8601), page by page.

        Raises PatientRecordUnavailable with a reason code.
        """
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            page = await self._page(tenant, since, cursor)
            yield _records(page)
            following = page.get("next_cursor")
            if following is None:
                return
            if not isinstance(following, str) or following == cursor:
                raise _unavailable("not-a-list")
            cursor = following
        raise _unavailable("endless-list")

    async def _page(self, tenant: str, since: str | None, cursor: str | None) -> dict[str, Any]:
        given = {"limit": str(PAGE_SIZE), "since": since, "cursor": cursor}
        fetched = await self._get(
            tenant,
            "/patients",
            PAGE_TIMEOUT_SECONDS,
            MOST_PAGE_BYTES,
            {name: value for name, value in given.items() if value},
        )
        if fetched.status != 200:
            raise _unavailable(f"status-{fetched.status}")
        if not isinstance(fetched.document, dict):
            raise _unavailable("not-a-list")
        return fetched.document

    async def _get(
        self,
        tenant: str,
        path: str,
        timeout_seconds: float,
        most_bytes: int,
        parameters: Mapping[str, str] | None = None,
    ) -> Fetched:
        base = self.base_url.replace("{tenant}", quote(tenant, safe="")).rstrip("/")
        try:
            return await self.outbound.get_json(
                base + path,
                headers={"authorization": f"Bearer {self.api_key}"} if self.api_key else {},
                timeout_seconds=timeout_seconds,
                most_bytes=most_bytes,
                parameters=parameters,
            )
        except OutboundFailed as failure:
            raise _unavailable(failure.reason) from None


def checked(document: Any) -> Mapping[str, Any] | None:
    """Return the members of a record that are of a patient; None for what is no record.

    A record without a name is none: whoever it is about would leave by name.
    """
    record = _listed(document)
    return record if record is not None and ("name" in record or "deleted" in record) else None


def _listed(document: Any) -> Mapping[str, Any] | None:
    """Return the members of a row of a list, which may have numbers but no name: a newborn's."""
    if not isinstance(document, dict) or not _is_id(document.get("id")):
        return None
    if document.get("deleted") is True:
        return {"id": str(document["id"]), "deleted": True}
    record = {name: document[name] for name in PATIENT_MEMBERS if document.get(name) is not None}
    if _is_blank(record.get("name")):
        record.pop("name", None)
    elif not _is_sound(record["name"], str | dict):
        return None
    if _values_in(record, 0) > MOST_VALUES:
        return None
    return {**record, "id": str(document["id"])}


def _unavailable(why: str) -> PatientRecordUnavailable:
    return PatientRecordUnavailable(reasons=["patient-record-unavailable", f"pms:{why}"])


def _records(page: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the records of a page; one that is none makes the list one that cannot be trusted,
    and so do names missing from half of them."""
    rows = page.get("patients")
    found = [_listed(row) for row in rows] if isinstance(rows, list) else [None]
    records = [record for record in found if record is not None]
    nameless = sum("name" not in record and "deleted" not in record for record in records)
    if len(records) != len(found) or nameless * 2 > len(records):
        raise _unavailable("not-a-list")
    return records


def _is_id(value: Any) -> bool:
    return isinstance(value, str | int) and 0 < len(str(value)) <= LONGEST_ID


def _is_blank(name: Any) -> bool:
    parts = name.values() if isinstance(name, dict) else [name]
    return all(part is None or part == "" or str(part).isspace() for part in parts)


def _is_sound(name: Any, kinds: Any) -> bool:
    if isinstance(name, dict):
        return any(isinstance(part, str) and part.strip() for part in name.values())
    return isinstance(name, kinds) and bool(str(name).strip())


def _values_in(value: Any, depth: int) -> int:
    """Return how many values a record holds; more than MOST_VALUES for what no record holds."""
    if depth > DEEPEST:
        return MOST_VALUES + 1
    if isinstance(value, dict):
        return sum(_values_in(each, depth + 1) for each in value.values())
    if isinstance(value, list):
        return sum(_values_in(each, depth + 1) for each in value)
    if isinstance(value, str) and len(value) > LONGEST_VALUE:
        return MOST_VALUES + 1
    return 1
