"""The patients of the clinics that a PMS is connected for: records by id, and the index of all.

One per process. A record is in memory for a minute at most (PMS_RECORD_SECONDS); a PMS that did not
answer is not asked again for a second, so that its outage does not make every request wait.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.conf import settings

from phi.errors import PatientRecordUnavailable, PhiBlocked
from phi.patient_index import PatientIndex
from phi.patient_lists import PatientLists
from phi.pms import PmsClient
from phi.types import PhiPolicy
from routerproject.shared.outbound import Outbound

MOST_RECORDS: Final = 5_000
SKIP_SECONDS: Final = 1.0  # after a failure
OUTAGES: Final = frozenset({"pms:timeout", "pms:unreachable"})

Record = Mapping[str, Any]


class Patients:
    """Records by id, read from the PMS and kept briefly."""

    def __init__(
        self,
        client: PmsClient,
        *,
        tenants: Iterable[str],
        record_seconds: float,
        lists: PatientLists | None = None,
    ) -> None:
        self.client = client
        self.tenants = frozenset(tenants)
        self.lists = lists or PatientLists(client, (), refresh_seconds=60.0)
        self._record_seconds = record_seconds
        self._kept: OrderedDict[tuple[str, str], tuple[float, Record]] = OrderedDict()
        self._asking: dict[tuple[str, str], asyncio.Task[Record]] = {}
        self._skip_until = 0.0

    async def record(self, tenant: str, patient_id: str) -> Record:
        """Return a patient's record, from memory if it was read within the last minute.

        Raises PatientUnknown and PatientRecordUnavailable.
        """
        if tenant not in self.tenants:
            raise not_connected()
        key = tenant, patient_id
        self._forget_old()
        found = self._kept.get(key)
        if found is not None:
            return found[1]
        if time.monotonic() < self._skip_until:
            raise PatientRecordUnavailable(reasons=["patient-record-unavailable", "pms:away"])
        task = self._asking.get(key)
        if task is None:
            task = self._asking[key] = asyncio.create_task(self._read(key))
            task.add_done_callback(lambda done: self._end(key, done))
        return await asyncio.shield(task)

    def forget(self, tenant: str, patient_id: str | None = None) -> None:
        """Drop what is kept of a patient, or of all patients of a clinic."""
        for key in [k for k in self._kept if k[0] == tenant and patient_id in (None, k[1])]:
            del self._kept[key]

    async def close(self) -> None:
        await self.lists.close()
        tasks = list(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.client.outbound.close()
        self._kept.clear()

    async def _read(self, key: tuple[str, str]) -> Record:
        try:
            record = await self.client.patient(*key)
        except PatientRecordUnavailable as failure:
            if OUTAGES & set(failure.extra["reasons"]):
                self._skip_until = time.monotonic() + SKIP_SECONDS
            raise
        self._kept[key] = (time.monotonic() + self._record_seconds, record)
        self._kept.move_to_end(key)
        while len(self._kept) > MOST_RECORDS:
            self._kept.popitem(last=False)
        return record

    def _end(self, key: tuple[str, str], task: asyncio.Task[Record]) -> None:
        del self._asking[key]
        if not task.cancelled():
            task.exception()  # seen, also when every caller has left

    def _forget_old(self) -> None:
        now = time.monotonic()
        while self._kept and next(iter(self._kept.values()))[0] <= now:
            self._kept.popitem(last=False)


async def records_of(
    patients: Sequence[Record], *, tenant: str, policy: PhiPolicy
) -> tuple[tuple[Record, ...], bool]:
    """Return the patients of a request, each named by id alone with their record from the PMS, and
    whether all records could be read.

    Raises PhiBlocked for one that cannot be read, unless the policy proceeds without it.
    """
    if not any(map(_is_id_alone, patients)):
        return tuple(patients), True
    outcomes = await asyncio.gather(
        *(_full(patient, tenant) for patient in patients), return_exceptions=True
    )
    for outcome in outcomes:
        is_refusal = isinstance(outcome, PhiBlocked)
        if isinstance(outcome, BaseException) and not (
            is_refusal and policy.pms_failure == "proceed"
        ):
            raise outcome
    found = tuple(outcome for outcome in outcomes if not isinstance(outcome, BaseException))
    return found, len(found) == len(outcomes)


def _is_id_alone(patient: Record) -> bool:
    return patient.keys() <= {"id"}


async def _full(patient: Record, tenant: str) -> Record:
    if not _is_id_alone(patient):
        return patient
    here = current()
    if here is None or not patient.get("id"):
        raise not_connected()
    return await here.record(tenant, str(patient["id"]))


def not_connected() -> PhiBlocked:
    return PhiBlocked(
        "A patient was named by id alone, and no patient management system is connected.",
        reasons=["patient-record-unavailable", "pms:not-connected"],
    )


_running: list[Patients] = []


def start() -> None:
    """Begin to use the PMS of the settings, if there is one. One per event loop at a time."""
    if settings.PMS_BASE_URL:
        _running.append(_of_settings())
        _running[-1].lists.start()


async def close() -> None:
    while _running:
        await _running.pop().close()


def current() -> Patients | None:
    """Return this process's own; None without a PMS."""
    return _running[-1] if _running else None


def index_of(tenant: str) -> PatientIndex | None:
    """Return what identifies any patient of a clinic; None without a PMS.

    Raises PatientRecordUnavailable while the list could not be read.
    """
    here = current()
    return here.lists.index_of(tenant) if here else None


def _of_settings() -> Patients:
    client = PmsClient(
        base_url=settings.PMS_BASE_URL,
        outbound=Outbound([settings.PMS_BASE_URL], networks=settings.PMS_NETWORKS),
        timeout_seconds=settings.PMS_TIMEOUT_MS / 1000,
        api_key=settings.PMS_API_KEY,
    )
    return Patients(
        client,
        tenants=settings.PMS_TENANTS,
        record_seconds=settings.PMS_RECORD_SECONDS,
        lists=PatientLists(
            client, settings.PMS_TENANTS, refresh_seconds=settings.PMS_REFRESH_SECONDS
        ),
    )
