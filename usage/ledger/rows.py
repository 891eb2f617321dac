"""The rows of the ledger as values, in the columns of usage.models.ledger. Never any text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from routerproject.shared.changing import Changing
from usage.pricing import TokenCounts

BOOT_ID = uuid4()  # names this process on the rows it owns


@dataclass(frozen=True, kw_only=True)
class RequestRow(Changing):
    """A request as it is opened, or written at once when no model is called."""

    id: UUID
    tenant_id: int
    client_id: int
    key_prefix: str
    created_at: datetime
    deadline_at: datetime
    boot_id: UUID
    state: str = "open"
    user: str = ""
    finished_at: datetime | None = None
    declared_task_type: str = ""
    task_type: str = ""
    tier: str = ""
    model_id: str = ""
    deployment: str = ""
    source: str = ""
    confidence: float | None = None
    urgency: str = ""
    accuracy: str = ""
    patient_facing: bool = False
    is_stream: bool = False
    config_version: int = 0
    decision: Mapping[str, Any] = field(default_factory=dict)
    session_hash: bytes | None = None
    session_label: str = ""
    case_hash: bytes | None = None
    case_label: str = ""
    prompt_hash: bytes | None = None
    metadata_sealed: bytes | None = None
    phi_policy: str = ""
    phi_counts: Mapping[str, int] = field(default_factory=dict)
    outcome: str = ""
    is_truncated: bool = False
    cache_status: str = ""
    attempts: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    thinking_tokens: int = 0
    cache_creation_5m_input_tokens: int = 0
    cache_creation_1h_input_tokens: int = 0
    cache_read_input_tokens: int = 0
    cost_nano_usd: int = 0
    model_nano_usd: int = 0
    classifier_nano_usd: int = 0
    other_nano_usd: int = 0
    uniform_opus_nano_usd: int = 0
    latency_ms: float | None = None
    upstream_ms: float | None = None
    time_to_first_token_ms: float | None = None


@dataclass(frozen=True, kw_only=True)
class ClosingRow:
    """How an open request ended: the columns that its last settle writes."""

    id: UUID
    state: str
    finished_at: datetime
    tier: str
    model_id: str
    deployment: str
    outcome: str
    is_truncated: bool
    cache_status: str
    attempts: int
    input_tokens: int
    output_tokens: int
    thinking_tokens: int
    cache_creation_5m_input_tokens: int
    cache_creation_1h_input_tokens: int
    cache_read_input_tokens: int
    cost_nano_usd: int
    model_nano_usd: int
    classifier_nano_usd: int
    other_nano_usd: int
    uniform_opus_nano_usd: int
    latency_ms: float
    upstream_ms: float
    time_to_first_token_ms: float | None
    # Only where a call was made before the decision was: what the row was opened with stays else.
    task_type: str | None = None
    source: str | None = None
    confidence: float | None = None
    decision: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class AttemptRow:
    """One outbound call as it is admitted."""

    id: UUID
    request_id: UUID
    tenant_id: int
    ordinal: int
    kind: str
    tier: str
    model_id: str
    deployment: str
    boot_id: UUID
    admitted_at: datetime
    deadline_at: datetime
    hold_nano_usd: int
    price_id: int
    price: Mapping[str, Any]
    body_hash: bytes
    state: str = "admitted"


@dataclass(frozen=True, kw_only=True)
class SettlementRow:
    """How one outbound call ended."""

    id: UUID
    state: str  # settled | void | unknown
    settled_at: datetime
    cost_nano_usd: int
    outcome: str
    http_status: int | None
    provider_request_id: str
    latency_ms: float
    time_to_first_token_ms: float | None
    input_tokens: int
    output_tokens: int
    thinking_tokens: int
    cache_creation_5m_input_tokens: int
    cache_creation_1h_input_tokens: int
    cache_read_input_tokens: int


@dataclass(frozen=True, kw_only=True)
class ClaimRow:
    """A client's Idempotency-Key, claimed with the request's first attempt."""

    client_id: int
    key: str
    body_hash: bytes
    request_id: UUID
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class ClaimEnd:
    """What becomes of a claim when its request ends; `forget` when nothing ever left."""

    request_id: UUID
    state: str
    answer_sealed: bytes | None = None
    forget: bool = False


def token_columns(tokens: TokenCounts) -> dict[str, int]:
    """Return token counts in the columns that attempts and requests share."""
    return {name: getattr(tokens, name) for name in TokenCounts.__dataclass_fields__}
