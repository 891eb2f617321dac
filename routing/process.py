"""What one process holds open for all requests: the ledger's writer, clients, configuration."""

import asyncio
from dataclasses import dataclass, field

from django.conf import settings

from phi import offload, patients
from routerproject.shared import secret_store
from routerproject.shared.redis import Redis
from routerproject.shared.secret_store import SecretStore
from routing.cache import AnswerCache
from routing.errors import StaleConfiguration
from routing.providers import clients, outliving, streaming
from routing.providers.clients import Clients
from routing.providers.gate import Gate
from routing.shedding import Shedding
from routing.snapshot import SnapshotKeeper
from routing.tier_memory import TierMemory
from usage.capacity.board import Board
from usage.capacity.limiter import Limiter
from usage.catalog import Deployment
from usage.key_use import KeyUse
from usage.ledger import Writer, drain
from usage.throttling import Throttle

DRAIN_SECONDS = 5.0
_running: list["Process"] = []


@dataclass(slots=True)
class Process:
    """Started and stopped by the server's lifespan; one per web process."""

    keeper: SnapshotKeeper = field(default_factory=SnapshotKeeper)
    writer: Writer = field(default_factory=Writer)
    clients: Clients = field(default_factory=Clients)
    redis: Redis = field(default_factory=Redis)
    key_use: KeyUse = field(default_factory=KeyUse)
    throttle: Throttle = field(init=False)
    gate: Gate = field(init=False)
    shedding: Shedding = field(init=False)
    secrets: SecretStore = field(init=False)
    answers: AnswerCache = field(init=False)
    tiers: TierMemory = field(init=False)

    def __post_init__(self) -> None:
        self.throttle = Throttle(self.redis)
        self.secrets = SecretStore(self._references, secret_store.outbound())
        limiter = Limiter(self.redis)
        self.gate, self.shedding = Gate(Board(self.redis), limiter), Shedding(limiter)
        self.answers = AnswerCache(self.redis)
        self.tiers = TierMemory(self.redis)

    async def start(self) -> None:
        offload.start()
        patients.start()
        self.writer.start()
        self.key_use.start()
        self.gate.start()
        await self.keeper.start()
        await self.secrets.start()
        if settings.WEB_ROLE != "pages":
            places = self._places()
            await asyncio.to_thread(clients.load, {each.protocol for each in places})
            self.clients.open(places)
        _running.append(self)

    async def stop(self) -> None:
        """Write what is waiting, then close; the server has let running requests end."""
        _running.remove(self)
        await self.keeper.close()
        await streaming.drain(DRAIN_SECONDS)
        await outliving.drain(DRAIN_SECONDS)
        await drain(DRAIN_SECONDS)
        await self.writer.close()
        await self.key_use.close()
        await self.gate.close()
        self.shedding.close()
        await self.answers.close()
        await self.tiers.close()
        await self.clients.close()
        await self.secrets.close()
        await patients.close()
        await self.redis.close()
        offload.close()

    def _references(self) -> list[str]:
        """Return what the catalog refers to now."""
        rows = self._places()
        return [ref for row in rows for ref in (row.base_url_ref, row.credential_ref) if ref]

    def _places(self) -> list[Deployment]:
        """Return where models are asked now; nothing while there is no catalog."""
        try:
            places = self.keeper.current().table.catalog.deployments.values()
        except StaleConfiguration:
            return []
        return [row for each in places for row in each]


def current() -> Process:
    """Return this process's own; raises StaleConfiguration before it has started."""
    if not _running:
        raise StaleConfiguration(retry_after_seconds=1)
    return _running[-1]
