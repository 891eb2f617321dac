"""The index of all patients of each clinic, read from the PMS and refreshed in the background.

The whole list is read at the start and at every twelfth refresh, which is when patients who are
none any more leave; in between only what changed. Each web process holds an index of its own, about
14 MB for 20,000 patients. While none could be read the clinic's requests are refused, and an old
one is used on, with an alarm. So it is where a list has lost half of the patients at once: a PMS
that breaks off in the middle is likelier than a clinic that does.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from phi.errors import PatientIndexUnavailable, PatientRecordUnavailable
from phi.known import identifiers_of
from phi.patient_index import PatientIndex
from phi.pms import PmsClient
from routerproject.shared import clock

MOST_PATIENTS: Final = 200_000  # of one clinic: about 140 MB
REFRESHES_UNTIL_FULL: Final = 12
RETRY_SECONDS: Final = 2.0  # while nothing could be read yet
STALE_AFTER_REFRESHES: Final = 3
FEW_PATIENTS: Final = 20  # of which half may leave at once
OVERLAP: Final = timedelta(minutes=2)  # the clocks of two machines

log = structlog.get_logger(__name__)


class PatientLists:
    """The indexes of some clinics, kept up to date by `run`."""

    def __init__(
        self,
        client: PmsClient,
        tenants: Iterable[str],
        *,
        refresh_seconds: float,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._refresh_seconds = refresh_seconds
        self._now = now
        self._lists = {tenant: _List(tenant) for tenant in sorted(tenants)}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def index_of(self, tenant: str) -> PatientIndex | None:
        """Return the index of a clinic; None for one the PMS knows nothing of.

        Raises PatientIndexUnavailable while it could not be read yet.
        """
        found = self._lists.get(tenant)
        if found is None:
            return None
        if found.index is None:
            raise PatientIndexUnavailable(
                "The list of the clinic's patients could not be read yet, so nothing is sent.",
                reasons=["patient-index-unavailable"],
            )
        return found.index

    @property
    def is_complete(self) -> bool:
        return all(each.index is not None for each in self._lists.values())

    @property
    def is_stale(self) -> bool:
        """Tell whether a clinic's list could not be refreshed several times in a row."""
        oldest = self._now() - STALE_AFTER_REFRESHES * self._refresh_seconds
        read = [each.read_at for each in self._lists.values() if each.index is not None]
        return any(read_at < oldest for read_at in read)

    async def refresh(self) -> None:
        """Read every list once; one that cannot be read stays as it is."""
        for each in self._lists.values():
            try:
                await self._read(each)
            except PatientRecordUnavailable as failure:
                log.warning(
                    "pms.list_unavailable", tenant=each.tenant, reasons=failure.extra["reasons"]
                )
        if self.is_stale:
            log.error("pms.index_stale", refresh_seconds=self._refresh_seconds)

    async def _run(self) -> None:
        while True:
            try:
                await self.refresh()
            except Exception as error:  # noqa: BLE001 - the next refresh may do better
                log.error("pms.refresh_failed", error=type(error).__qualname__)
            pause = self._refresh_seconds
            await asyncio.sleep(pause if self.is_complete else min(RETRY_SECONDS, pause))

    async def _read(self, one: "_List") -> None:
        started, moment = self._now(), clock.now()
        is_full = one.index is None or one.changes >= REFRESHES_UNTIL_FULL
        index = PatientIndex() if is_full or one.index is None else one.index
        since = None if is_full or one.asked_at is None else (one.asked_at - OVERLAP).isoformat()
        async for records in self._client.pages(one.tenant, since):
            if index.patients + len(records) > MOST_PATIENTS and is_full:
                raise PatientRecordUnavailable(reasons=["patient-index-too-large"])
            await asyncio.to_thread(_take_in, index, records)
        if is_full and one.has_lost_half(index):
            raise PatientRecordUnavailable(reasons=["patient-list-shrunk"])
        one.index, one.read_at, one.asked_at = index, started, moment
        one.changes = 0 if is_full else one.changes + 1
        one.whole = index.patients if is_full else one.whole


class _List:
    """One clinic's index, and when it was read."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self.index: PatientIndex | None = None
        self.read_at = 0.0
        self.asked_at: datetime | None = None
        self.changes = 0  # refreshes since the whole list was read
        self.whole = 0  # patients in it then

    def has_lost_half(self, read: PatientIndex) -> bool:
        """Tell whether a list read anew has fewer than half of the patients it had."""
        return self.whole > FEW_PATIENTS and read.patients * 2 < self.whole


def _take_in(index: PatientIndex, records: Iterable[Mapping[str, Any]]) -> None:
    for record in records:
        if not record.get("deleted"):
            index.add(identifiers_of([record]))
