# ruff: noqa: S608 (column names come from the models, never from a request)
"""The SQL of a group commit, generated from the models so that columns are named once.

A group takes two round trips. The first locks, always in this order: claims, attempts, budget
periods, audit heads. The second writes all rows of the group from one JSON document and commits.
Each is one message of several statements that were prepared when the connection was opened, since
a message of its own for each statement would cost more than the work.
"""

from collections.abc import Iterable
from dataclasses import fields
from functools import lru_cache
from typing import TYPE_CHECKING

from django.db import connection, models

from usage.ledger.rows import ClaimEnd, ClosingRow, RequestRow, SettlementRow
from usage.models import Attempt, AuditEntry, IdempotencyClaim, LedgerEntry, UsageRecord

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

# Every row is reached by its key. A plan made while the tables were nearly empty would read them
# from end to end, go on doing so as they grow, and walk the dead versions of hot rows each time.
SETTINGS = """
SET synchronous_commit = on; SET lock_timeout = '1s'; SET statement_timeout = '3s';
SET plan_cache_mode = force_generic_plan; SET jit = off;
SET enable_seqscan = off; SET enable_bitmapscan = off;
SET enable_hashjoin = off; SET enable_mergejoin = off
"""
CLAIM = """
INSERT INTO usage_idempotencyclaim AS c
    (client_id, key, body_hash, request_id, state, created_at, expires_at)
SELECT client_id, key, body_hash, request_id, 'in_progress', created_at, expires_at
FROM jsonb_to_recordset(%s::jsonb) AS r(client_id bigint, key varchar, body_hash bytea,
    request_id uuid, created_at timestamptz, expires_at timestamptz)
ORDER BY client_id, key
ON CONFLICT (client_id, key) DO UPDATE SET
    body_hash = EXCLUDED.body_hash, request_id = EXCLUDED.request_id, state = 'in_progress',
    answer_sealed = NULL, created_at = EXCLUDED.created_at, expires_at = EXCLUDED.expires_at
WHERE c.expires_at <= EXCLUDED.created_at
"""
READ_CLAIMS = """
SELECT client_id, key, request_id, body_hash, state FROM usage_idempotencyclaim
WHERE (client_id, key) IN (SELECT * FROM unnest(%s::bigint[], %s::varchar[]))
"""
LOCK_ATTEMPTS = """
SELECT id, state FROM usage_attempt WHERE id = ANY($1) ORDER BY id FOR UPDATE
"""
LOCK_PERIODS = """
SELECT p.id, p.budget_id, b.cap_nano_usd, p.posted_nano_usd, p.held_nano_usd, p.unknown_nano_usd,
       p.ends_at
FROM usage_budgetperiod p JOIN usage_budget b ON b.id = p.budget_id
WHERE p.id = ANY($1) ORDER BY p.id FOR UPDATE OF p
"""
LOCK_HEADS = """
SELECT tenant_id, seq, hash, (SELECT version FROM usage_configversion) FROM usage_audithead
WHERE tenant_id = ANY($1) ORDER BY tenant_id FOR UPDATE
"""
LIVE_KEYS = """
SELECT k.id FROM usage_apikey k
JOIN usage_client c ON c.id = k.client_id JOIN usage_tenant t ON t.id = c.tenant_id
WHERE k.id = ANY(%s::bigint[]) AND c.is_active AND t.is_active
  AND (k.revoked_at IS NULL OR k.revoked_at > now())
  AND (k.expires_at IS NULL OR k.expires_at > now())
  AND (k.overlap_until IS NULL OR k.overlap_until > now())
"""
MAKE_PERIODS = """
INSERT INTO usage_budgetperiod
    (budget_id, starts_at, ends_at, posted_nano_usd, held_nano_usd, unknown_nano_usd)
SELECT budget_id, starts_at, ends_at, 0, 0, 0
FROM jsonb_to_recordset(%s::jsonb)
    AS r(budget_id bigint, starts_at timestamptz, ends_at timestamptz)
ORDER BY budget_id, starts_at ON CONFLICT (budget_id, starts_at) DO NOTHING
"""
FIND_PERIODS = """
SELECT DISTINCT ON (budget_id) budget_id, id, ends_at, ends_at IS NULL OR ends_at > %s
FROM usage_budgetperiod WHERE budget_id = ANY(%s)
ORDER BY budget_id, ends_at DESC NULLS FIRST
"""
MAKE_HEADS = """
INSERT INTO usage_audithead (tenant_id, seq, hash, signed_seq)
SELECT t, 0, %s, 0 FROM unnest(%s::bigint[]) AS t ORDER BY t ON CONFLICT DO NOTHING
"""


PREPARED_LOCKS = (
    f"PREPARE lock_attempts(uuid[]) AS {LOCK_ATTEMPTS}",
    f"PREPARE lock_periods(bigint[]) AS {LOCK_PERIODS}",
    f"PREPARE lock_heads(bigint[]) AS {LOCK_HEADS}",
)
_PERIOD_COLUMNS = "id bigint, posted bigint, held bigint, unknown bigint"
_HEAD_COLUMNS = "tenant_id bigint, seq bigint, hash bytea"


def name_of(parts: Iterable[str]) -> str:
    """Return the name of the prepared statement that writes these parts of a document."""
    return "write_" + "_".join(parts)


def prepare_write(parts: Iterable[str]) -> str:
    """Return the statement that writes these parts of one JSON document, to be prepared.

    A group seldom has all parts, and even an empty one costs the planner's and executor's look at
    every partition.
    """
    written = ", ".join(f"w{n} AS ({_parts()[part]})" for n, part in enumerate(parts))
    return f"""
PREPARE {name_of(parts)}(jsonb) AS
WITH doc AS MATERIALIZED (SELECT $1 AS d), {written} SELECT 1 WHERE false
"""


@lru_cache(maxsize=1)
def _parts() -> dict[str, str]:
    """Return the statement that writes each part of a group's document."""
    claim_ends = _rows("claim_ends", _claim_columns())
    return {
        "requests": _insert(UsageRecord, "requests", _names(RequestRow)),
        "attempts": _insert(Attempt, "attempts"),
        "entries": _insert(LedgerEntry, "entries"),
        "links": _insert(AuditEntry, "links"),
        "settlements": _update(Attempt, "settlements", _names(SettlementRow)),
        # One that the sweeper has ended stays as it ended: the trigger would refuse the group.
        "closings": _update(UsageRecord, "closings", _names(ClosingRow))
        + " AND t.state IN ('open', 'unknown')",
        "periods": f"""
            UPDATE usage_budgetperiod AS t SET
                posted_nano_usd = r.posted, held_nano_usd = r.held, unknown_nano_usd = r.unknown
            FROM {_rows("periods", _PERIOD_COLUMNS)} WHERE t.id = r.id""",
        "heads": f"""
            UPDATE usage_audithead AS t SET seq = r.seq, hash = r.hash
            FROM {_rows("heads", _HEAD_COLUMNS)} WHERE t.tenant_id = r.tenant_id""",
        "claim_ends": f"""
            UPDATE usage_idempotencyclaim AS t SET
                state = r.state, answer_sealed = r.answer_sealed,
                expires_at = CASE WHEN r.forget THEN to_timestamp(0) ELSE t.expires_at END
            FROM {claim_ends} WHERE t.request_id = r.request_id""",
    }


def _insert(model: type[models.Model], key: str, names: tuple[str, ...] | None = None) -> str:
    columns = _columns(model, names)
    listed = ", ".join(f'"{name}"' for name, _ in columns)
    return (
        f'INSERT INTO "{model._meta.db_table}" ({listed}) '
        f"SELECT {listed} FROM {_rows(key, _definitions(columns))}"
    )


def _update(model: type[models.Model], key: str, names: tuple[str, ...]) -> str:
    columns = _columns(model, names)
    assigned = ", ".join(f'"{name}" = r."{name}"' for name, _ in columns if name != "id")
    return (
        f'UPDATE "{model._meta.db_table}" AS t SET {assigned} '
        f"FROM {_rows(key, _definitions(columns))} WHERE t.id = r.id"
    )


def _rows(key: str, definitions: str) -> str:
    return f"jsonb_to_recordset((SELECT d->'{key}' FROM doc)) AS r({definitions})"


def _columns(model: type[models.Model], names: tuple[str, ...] | None) -> list[tuple[str, str]]:
    kept = [f for f in model._meta.concrete_fields if names is None or f.column in names]
    if names is None and model is Attempt:
        kept = [f for f in kept if f.column not in _SETTLED_ONLY]
    return [(str(field.column), str(field.db_type(connection))) for field in kept]


def _definitions(columns: list[tuple[str, str]]) -> str:
    return ", ".join(f'"{name}" {kind}' for name, kind in columns)


def _names(row: type["DataclassInstance"]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(row))


def _claim_columns() -> str:
    names = _names(ClaimEnd)
    columns = _columns(IdempotencyClaim, names)
    return _definitions(columns) + ", forget boolean"


# Columns of an attempt that its settlement fills; the table's defaults stand until then.
_SETTLED_ONLY = frozenset(_names(SettlementRow)) - {"id", "state"}
