# ruff: noqa: S608 (column names come from the models, never from a request)
"""The SQL beside a group commit, and the parts of it that write rows.

Those are generated from the models, so that columns are named once.
"""

from dataclasses import fields
from typing import TYPE_CHECKING

from django.db import connection, models

from usage.freezes import FreezeRow
from usage.ledger import bill
from usage.ledger.rows import (
    AttemptRow,
    ClaimEnd,
    ClaimRow,
    ClosingRow,
    RequestRow,
    SettlementRow,
)
from usage.models import Attempt, Freeze, IdempotencyClaim, LedgerEntry, UsageRecord
from usage.pricing import TokenCounts

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
# Which rows of a group are written. The planner expects few rows to pass an equality, so it begins
# with them and looks each up by its key, also while the tables are empty and a plan that reads
# their index from end to end would be as cheap: it would be kept while they grow.
IS_TAKEN = "taken[r.op] = 1"
# What the period before left unused is read under its lock: it takes no more once it has ended, so
# nothing is spent twice. One without any call in between was left unused as a whole.
MAKE_PERIODS = """
WITH wanted AS (
    SELECT * FROM jsonb_to_recordset(%s::jsonb) AS r(
        budget_id bigint, subject bytea, starts_at timestamptz, ends_at timestamptz,
        last_id bigint)
), last AS (
    SELECT p.id, p.ends_at, b.cap_nano_usd::numeric + p.carried_nano_usd
        - p.posted_nano_usd - p.held_nano_usd - p.unknown_nano_usd AS unused
    FROM usage_budgetperiod p JOIN usage_budget b ON b.id = p.budget_id
    WHERE p.id IN (SELECT last_id FROM wanted) ORDER BY p.id FOR UPDATE OF p
)
INSERT INTO usage_budgetperiod
    (budget_id, subject, starts_at, ends_at, carried_nano_usd, posted_nano_usd, held_nano_usd,
     unknown_nano_usd)
SELECT w.budget_id, w.subject, w.starts_at, w.ends_at,
    CASE WHEN b.roll_over_percent = 0 OR last.id IS NULL THEN 0 ELSE LEAST(
        floor(b.cap_nano_usd::numeric * b.roll_over_percent / 100),
        CASE WHEN last.ends_at < w.starts_at THEN b.cap_nano_usd
             ELSE GREATEST(last.unused, 0) END) END,
    0, 0, 0
FROM wanted w JOIN usage_budget b ON b.id = w.budget_id LEFT JOIN last ON last.id = w.last_id
ORDER BY 1, 2, 3 ON CONFLICT (budget_id, subject, starts_at) DO NOTHING
"""
# The latest period of each, and whether it still runs by the database's clock.
FIND_PERIODS = """
SELECT DISTINCT ON (p.budget_id, p.subject)
    p.budget_id, p.subject, p.id, p.ends_at, p.ends_at IS NULL OR p.ends_at > now()
FROM unnest(%s::bigint[], %s::bytea[]) AS w(budget_id, subject)
JOIN usage_budgetperiod p ON p.budget_id = w.budget_id AND p.subject = w.subject
ORDER BY p.budget_id, p.subject, p.ends_at DESC NULLS FIRST
"""
CLOCK = "SELECT now()"

# A request's lines are counted together only once its row is locked: calls of it that end at once
# would not see each other else.
_ENDED = "('completed', 'failed', 'cancelled')"
_RECOUNT = f"""
    PERFORM FROM ai_usage WHERE id IN (
        SELECT r.request_id FROM {{asked}} WHERE {IS_TAKEN}) ORDER BY id FOR UPDATE;
    UPDATE ai_usage AS t SET {{assigned}} FROM (
        SELECT a.request_id, count(*) AS attempts, sum(a.cost_nano_usd) AS cost_nano_usd,
            coalesce(sum(a.cost_nano_usd) FILTER (WHERE {bill.OF_THE_MODEL_SQL}), 0)
                AS model_nano_usd,
            coalesce(sum(a.cost_nano_usd) FILTER (WHERE {bill.OF_THE_CLASSIFIER_SQL}), 0)
                AS classifier_nano_usd, {{summed}}
        FROM usage_attempt a WHERE a.request_id IN (
            SELECT r.request_id FROM {{asked}} WHERE {IS_TAKEN})
        GROUP BY a.request_id
    ) AS s WHERE t.id = s.request_id AND t.state IN {_ENDED}"""

# A deployment whose slug was changed meanwhile is another one; one that is frozen stays so.
_FREEZE = f"""
    INSERT INTO usage_freeze
        (deployment_id, attempt_id, cost_nano_usd, hold_nano_usd, frozen_at, lifted_by)
    SELECT d.id, r.attempt_id, r.cost_nano_usd, r.hold_nano_usd, r.frozen_at, ''
    FROM {{asked}} JOIN usage_deployment d ON d.slug = r.deployment
    WHERE {IS_TAKEN} ON CONFLICT DO NOTHING"""

DECIDED_LATER = frozenset({"task_type", "source", "confidence", "decision"})


def writes() -> dict[str, str]:
    """Return the statement that writes the rows of each part of a group's document.

    Only rows of operations that were `taken` are written.
    """
    return {
        "requests": _insert(UsageRecord, "requests", RequestRow),
        "attempts": _insert(Attempt, "attempts", AttemptRow),
        "entries": _insert(LedgerEntry, "entries"),
        "settlements": _update(Attempt, "settlements", SettlementRow),
        # One that the sweeper has ended stays as it ended: the trigger would refuse the group.
        "closings": _update(UsageRecord, "closings", ClosingRow, kept=DECIDED_LATER)
        + " AND t.state IN ('open', 'unknown')",
        "recounts": _recount(),
        "freezes": _freeze(),
        "claim_ends": f"""
            UPDATE usage_idempotencyclaim AS t SET
                state = r.state, answer_sealed = r.answer_sealed,
                expires_at = CASE WHEN r.forget THEN to_timestamp(0) ELSE t.expires_at END
            FROM {rows("claim_ends", columns(IdempotencyClaim, ClaimEnd), "forget boolean")}
            WHERE t.request_id = r.request_id AND {IS_TAKEN}""",
    }


def _recount() -> str:
    """Return the statements that make the sums of requests anew from all their calls."""
    tokens = [field.name for field in fields(TokenCounts)]
    same = ("attempts", "cost_nano_usd", "model_nano_usd", "classifier_nano_usd", *tokens)
    values = {name: f"s.{name}" for name in same}
    values["other_nano_usd"] = "s.cost_nano_usd - s.model_nano_usd - s.classifier_nano_usd"
    return _RECOUNT.format(
        asked=rows("recounts", [("request_id", "uuid")]),
        assigned=", ".join(f"{name} = {value}" for name, value in values.items()),
        summed=", ".join(f"sum(a.{name}) AS {name}" for name in tokens),
    )


def _freeze() -> str:
    """Return the statement that freezes the deployments of calls that cost too much."""
    whose = [("deployment", "text"), *columns(Freeze, FreezeRow)]
    return _FREEZE.format(asked=rows("freezes", whose))


def rows(part: str, named: list[tuple[str, str]], *more: str) -> str:
    """Return the rows of a part of the document `doc` as a table `r`."""
    definitions = [f'"{name}" {kind}' for name, kind in named]
    return (
        f"jsonb_to_recordset(doc->'{part}') AS r({', '.join(['op integer', *definitions, *more])})"
    )


def columns(
    model: type[models.Model], row: "type[DataclassInstance] | None" = None
) -> list[tuple[str, str]]:
    """Return name and type of a table's columns, or of those that a row has."""
    names = {field.name for field in fields(row)} if row else None
    kept = [f for f in model._meta.concrete_fields if names is None or f.column in names]
    return [(str(field.column), str(field.db_type(connection))) for field in kept]


def claim_rows() -> str:
    """Return the claims of a group as a table `r`."""
    return rows("claims", columns(IdempotencyClaim, ClaimRow))


def _insert(
    model: type[models.Model], part: str, row: "type[DataclassInstance] | None" = None
) -> str:
    named = columns(model, row)
    listed = ", ".join(f'"{name}"' for name, _ in named)
    return (
        f'INSERT INTO "{model._meta.db_table}" ({listed}) '
        f"SELECT {listed} FROM {rows(part, named)} WHERE {IS_TAKEN}"
    )


def _update(
    model: type[models.Model],
    part: str,
    row: "type[DataclassInstance]",
    *,
    kept: frozenset[str] = frozenset(),
) -> str:
    """Return the statement; the columns in `kept` stay as they are where a row has nothing."""
    named = columns(model, row)
    values = {
        name: f'coalesce(r."{name}", t."{name}")' if name in kept else f'r."{name}"'
        for name, _ in named
        if name != "id"
    }
    assigned = ", ".join(f'"{name}" = {value}' for name, value in values.items())
    return (
        f'UPDATE "{model._meta.db_table}" AS t SET {assigned} '
        f"FROM {rows(part, named)} WHERE t.id = r.id AND {IS_TAKEN}"
    )
