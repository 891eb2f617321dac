"""What leaves the clinic's words behind: a request in, the same request with tokens out."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import orjson

from phi import door, key_cache, known, offload, patients
from phi.files import reading
from phi.patient_index import PatientIndex
from phi.sanitize import Sanitized
from phi.tokens import TokenVault
from phi.types import KnownIdentifier, PhiPolicy
from routerproject.shared import crypto
from routing.select.size import RequestSize, measure
from routing.shedding import rank_of
from routing.snapshot import Snapshot
from routing.types import Caution, RouteRequest

# What can reach a provider, and what is only written down; nothing else of a request holds text.
SENT: Final = (
    "system",
    "messages",
    "context",
    "tools",
    "tool_choice",
    "stop_sequences",
    "output_format",
)
CAUTIONS: Final = {
    "foreign-token-in-input": "The request holds words that look like tokens of ours; they were "
    "not made for it and are left as they are.",
    reading.PAGES_WITHOUT_TEXT: "A PDF has pages without readable text. The model was told which, "
    "and has not seen them.",
    "patient-record-unavailable": "The record of a patient could not be read; what identifies them "
    "was looked for by its form only.",
}
WRITTEN: Final = ("session_id", "case_id", "user")


@dataclass(frozen=True)
class SafeRequest:
    """A request that holds tokens instead of identifiers, and what turns them back."""

    request: RouteRequest
    vault: TokenVault
    known: tuple[KnownIdentifier, ...]
    patients: PatientIndex | None  # what identifies any patient of the clinic
    policy: PhiPolicy
    counts: Mapping[str, int]
    doubts: Mapping[str, int]  # of those, what only may identify somebody, by reason
    labels: Mapping[str, str]  # session_id, case_id and user, where they hold no identifier
    cautions: tuple[Caution, ...]
    prompt_hash: bytes
    outcome: str = ""  # resanitized | on_premise: what the policy did about what was still seen
    reasons: tuple[str, ...] = ()  # the codes of what that was

    @cached_property
    def size(self) -> RequestSize:
        return measure(self.request)

    @property
    def contains_identifiers(self) -> bool:
        return bool(self.counts) or self.outcome == "on_premise"


async def sanitize(request: RouteRequest, *, tenant_id: int, config: Snapshot) -> SafeRequest:
    """Return the request with tokens for identifiers.

    Raises PhiBlocked when the policy, or any doubt of the engine, forbids sending it.
    """
    policy = policy_of(request.task_type, request.tenant, config)
    return await _under(policy, request, tenant_id)


async def under_policy_of(
    task_type: str | None,
    request: RouteRequest,
    safe: SafeRequest,
    *,
    tenant_id: int,
    config: Snapshot,
) -> SafeRequest:
    """Return the request as the policy of the task type it was taken for lets it leave.

    Where that policy is stricter in anything than the one of `safe`, the original `request` is
    sanitized again under what both let pass; not declaring a task type loosens nothing. Raises
    PhiBlocked like `sanitize`.
    """
    policy = safe.policy.tightened_by(policy_of(task_type, request.tenant, config))
    if policy == safe.policy:
        return safe
    return await _under(policy, request, tenant_id)


def policy_of(task_type: str | None, tenant: str, config: Snapshot) -> PhiPolicy:
    """Return the policy for a task type of a tenant; work on code raises no doubt by default."""
    known = config.table.task_types.get(task_type or "")
    return config.phi.policy_for(tenant, task_type, is_code=known is not None and known.is_code)


async def _under(policy: PhiPolicy, request: RouteRequest, tenant_id: int) -> SafeRequest:
    identifiers, missing = await identifiers_of(
        request.patients, tenant=request.tenant, policy=policy
    )
    document = {name: getattr(request, name) for name in (*SENT, *WRITTEN)}
    files = await reading.read(request.messages, policy)
    document["messages"] = files.messages
    key = await _case_key(request, tenant_id)
    size = request.body_bytes + files.characters
    index = patients.index_of(request.tenant)

    async def sanitized(known_: tuple[KnownIdentifier, ...]) -> Sanitized:
        return await offload.sanitize(
            document, known=known_, policy=policy, key=key, size=size, rank=rank_of(request.urgency)
        )

    ready = await door.prepared(
        sanitized, known=identifiers, policy=policy, patients=index, sent=SENT
    )
    safe = ready.safe
    return SafeRequest(
        request=request.changed(**{name: _frozen(safe.document[name]) for name in SENT}),
        vault=safe.vault,
        known=ready.known,
        patients=index,
        policy=ready.policy,
        counts=safe.counts,
        doubts=safe.doubts,
        labels={
            name: safe.document[name]
            for name in WRITTEN
            if document[name] and safe.document[name] == document[name]
        },
        cautions=tuple(
            Caution(code, CAUTIONS[code]) for code in (*safe.warnings, *missing, *files.warnings)
        ),
        prompt_hash=crypto.keyed_hash(_canonical(safe.document), purpose="prompt"),
        outcome=ready.outcome,
        reasons=ready.reasons,
    )


async def identifiers_of(
    people: Sequence[Mapping[str, Any]], *, tenant: str, policy: PhiPolicy
) -> tuple[tuple[KnownIdentifier, ...], tuple[str, ...]]:
    """Return what is known of the patients, and the code of a caution if that is not all.

    Raises PhiBlocked when the record of one named by id alone cannot be read, unless the policy
    proceeds without it.
    """
    records, is_all = await patients.records_of(people, tenant=tenant, policy=policy)
    missing = () if is_all else ("patient-record-unavailable",)
    return known.identifiers_of(records), missing


async def _case_key(request: RouteRequest, tenant_id: int) -> bytes:
    """Return the key from which this conversation's tokens are derived.

    A case's or session's key is random, kept wrapped, and destroyed with it. A conversation that is
    only known by its first user message has a key derived from it, so that its later turns, and
    nobody else's, get the same tokens.
    """
    reference = conversation_reference(request)
    if reference:
        return await key_cache.key_for(tenant_id, reference)
    first = next((m["content"] for m in request.messages if m["role"] == "user"), None)
    if first is None:
        return secrets.token_bytes(32)
    return crypto.keyed_hash(
        f"{tenant_id}:".encode() + _canonical(first), purpose="conversation key"
    )


def conversation_reference(request: RouteRequest) -> str | None:
    """Return what names the conversation: the case, else the session, else the caller's user id."""
    if request.case_id:
        return f"case:{request.case_id}"
    if request.session_id:
        return f"session:{request.session_id}"
    user_id = request.metadata.get("user_id")
    return f"user:{user_id}" if isinstance(user_id, str) and user_id else None


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _canonical(value: Any) -> bytes:
    return orjson.dumps(value, default=dict, option=orjson.OPT_SORT_KEYS)
