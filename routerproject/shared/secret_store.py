"""Secrets that Vault and AWS Secrets Manager keep: read at start and anew from time to time.

A reference names one value there, `vault:PATH#FIELD` or `aws-sm:NAME#FIELD`. Where the two are and
what opens them are settings of the installation; calls go through the one outbound client, which
reaches no other address. What could be read once stays in use when a later reading fails. No value
is in a message, a log line or a repr.
"""

import asyncio
import contextlib
import hashlib
import json
import time
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any, Final

import structlog
from django.conf import settings

from routerproject.shared import clock, references
from routerproject.shared.aws_signature import NoCredentials, credentials_of, signed_headers
from routerproject.shared.outbound import Fetched, Outbound, OutboundFailed
from routerproject.shared.references import RefusedReference

TIMEOUT_SECONDS: Final = 5.0
MOST_BYTES: Final = 200_000
LOOK_SECONDS: Final = 2.0  # how soon a reference that was just entered is read
AWS_SERVICE: Final = "secretsmanager"
AWS_TARGET: Final = "secretsmanager.GetSecretValue"
AWS_JSON: Final = "application/x-amz-json-1.1"

log = structlog.get_logger(__name__)
_running: list["SecretStore"] = []


class Unreadable(Exception):
    """A secret that could not be read; `reason` is a code without any value."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class Held:
    """What is known of one reference."""

    digest: bytes = b""  # of its value
    read_at: float = 0.0  # time.monotonic()
    trouble: str = "not-read-yet"  # why the last reading failed; empty when it did not


class SecretStore:
    """One process's values, by reference. `in_use` says which are needed."""

    def __init__(self, in_use: Callable[[], Iterable[str]], outbound: Outbound) -> None:
        self.generation = 0  # grows when the value behind any reference in use has changed
        self._in_use = in_use
        self._outbound = outbound
        self._held: dict[str, Held] = {}
        self._seen: dict[str, bytes] = {}  # digests of what variables and files held
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read all that is in use once, then again from time to time until closed."""
        _running.append(self)
        await self._try()
        self._task = asyncio.create_task(self._run(), name="secret store")

    async def close(self) -> None:
        if self in _running:
            _running.remove(self)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._outbound.close()

    def held(self, reference: str) -> Held:
        """Return what is known of a reference to a kept secret."""
        return self._held.get(reference, Held())

    async def refresh(self) -> None:
        """Read every reference in use."""
        found = frozenset(self._in_use())
        kept = sorted(each for each in found if references.is_kept(each))
        await asyncio.gather(*(self._read(each) for each in kept))
        local = sorted(each for each in found - set(kept) if each)
        for reference, digest in await asyncio.to_thread(_digests, local):
            # One that is new here may have been used, and changed, since it was entered.
            if self._seen.get(reference) != digest:
                self._seen[reference] = digest
                self.generation += 1

    async def _run(self) -> None:
        read_at = time.monotonic()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            is_due = time.monotonic() - read_at >= settings.SECRET_REFRESH_SECONDS
            if is_due or self._has_new():
                read_at = time.monotonic()
                await self._try()

    async def _try(self) -> None:
        """Read everything; whatever goes wrong, the last values hold and the next time may do."""
        try:
            await self.refresh()
        except Exception as error:  # noqa: BLE001 (the edge of a task: it must go on)
            log.error("secret.refresh_failed", error=type(error).__qualname__)

    def _has_new(self) -> bool:
        return any(each not in self._held and each not in self._seen for each in self._in_use())

    async def _read(self, reference: str) -> None:
        held = self._held.setdefault(reference, Held())
        try:
            value = await self._value(reference)
        except (Unreadable, OutboundFailed, RefusedReference, NoCredentials) as failed:
            reason = getattr(failed, "reason", type(failed).__name__)
            if reason != held.trouble:
                log.error("secret.unreadable", reference=reference, reason=reason)
            held.trouble = reason
            return
        digest = hashlib.sha256(value.encode()).digest()
        if digest != held.digest:
            references.keep(reference, value)
            self.generation += 1
        held.digest, held.trouble, held.read_at = digest, "", time.monotonic()

    def _value(self, reference: str) -> Coroutine[Any, Any, str]:
        references.check(reference)
        kind, _, name = reference.partition(":")
        path, _, member = name.partition("#")
        return (self._from_vault if kind == "vault" else self._from_aws)(path, member)

    async def _from_vault(self, path: str, member: str) -> str:
        """Return a member of a secret. Version 2 of the key-value engine wraps it once more."""
        if not settings.VAULT_ADDR or not settings.VAULT_TOKEN:
            raise Unreadable("vault-not-configured")
        named = {"x-vault-namespace": settings.VAULT_NAMESPACE} if settings.VAULT_NAMESPACE else {}
        answer = await self._outbound.get_json(
            f"{settings.VAULT_ADDR.rstrip('/')}/v1/{path}",
            headers={"x-vault-token": settings.VAULT_TOKEN, "x-vault-request": "true", **named},
            timeout_seconds=TIMEOUT_SECONDS,
            most_bytes=MOST_BYTES,
        )
        data = _data_of(answer)
        inner = data.get("data")
        return _member(inner if isinstance(inner, dict) and "metadata" in data else data, member)

    async def _from_aws(self, name: str, member: str) -> str:
        if not settings.AWS_SECRETS_CREDENTIAL:
            raise Unreadable("aws-not-configured")
        identity = credentials_of(settings.AWS_SECRETS_CREDENTIAL)
        url, body = aws_address(identity.region), json.dumps({"SecretId": name}).encode()
        headers = {"content-type": AWS_JSON, "x-amz-target": AWS_TARGET}
        signed = signed_headers(
            identity,
            service=AWS_SERVICE,
            method="POST",
            url=url,
            headers=headers,
            body=body,
            at=clock.now(),
        )
        answer = await self._outbound.post_json(
            url,
            body,
            headers={**headers, **signed},
            timeout_seconds=TIMEOUT_SECONDS,
            most_bytes=MOST_BYTES,
        )
        text = _checked(answer).get("SecretString")
        if not isinstance(text, str):
            raise Unreadable("no-text")
        return _member(_parsed(text), member) if member else text


def aws_address(region: str) -> str:
    return settings.AWS_SECRETS_URL or f"https://{AWS_SERVICE}.{region}.amazonaws.com/"


def outbound() -> Outbound:
    """Return a client that reaches the stores of this installation and nothing else."""
    origins = [settings.VAULT_ADDR] if settings.VAULT_ADDR else []
    with contextlib.suppress(NoCredentials):
        origins.append(aws_address(credentials_of(settings.AWS_SECRETS_CREDENTIAL).region))
    return Outbound(origins)


def read_now(in_use: Iterable[str]) -> None:
    """Read the kept secrets among references once: for the worker, where no store goes on reading.

    Blocks. What cannot be read stays as it was read last, and is named in the log.
    """

    async def read() -> None:
        store = SecretStore(lambda: in_use, outbound())
        try:
            await store.refresh()
        finally:
            await store.close()

    asyncio.run(read())


def held(reference: str) -> Held:
    """Return what this process knows of a reference to a kept secret."""
    return _running[-1].held(reference) if _running else Held()


def generation() -> int:
    """Return a number that grows when the value behind any reference in use has changed."""
    return _running[-1].generation if _running else 0


def _digests(found: Iterable[str]) -> list[tuple[str, bytes]]:
    return [(each, hashlib.sha256(_local(each).encode()).digest()) for each in found]


def _local(reference: str) -> str:
    """Return what a variable or a file holds; nothing of one that is not allowed, nor used."""
    try:
        return references.resolve(reference)
    except RefusedReference:
        return ""


def _checked(answer: Fetched) -> dict[str, Any]:
    if answer.status != 200:
        raise Unreadable(f"status-{answer.status}")
    if not isinstance(answer.document, dict):
        raise Unreadable("not-an-object")
    return answer.document


def _data_of(answer: Fetched) -> dict[str, Any]:
    data = _checked(answer).get("data")
    if not isinstance(data, dict):
        raise Unreadable("no-data")
    return data


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise Unreadable("not-json") from None


def _member(data: Any, name: str) -> str:
    value = data.get(name) if isinstance(data, dict) else None
    if not isinstance(value, str) or not value:
        raise Unreadable("no-such-field")
    return value
