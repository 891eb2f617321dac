"""The database function that commits a group in one round trip: lock, decide, write.

It is made anew for each connection, in that connection's temporary schema: its columns are those of
the running code, during an upgrade as well, and no migration has to repeat it.

Called by itself it is one transaction, so nothing of a group that fails stays.
"""

from usage.ledger import statements

CALL = "SELECT pg_temp.commit_group(%s::jsonb, %s::uuid[], %s::bigint[], %s::bigint[], %s::bigint)"
# object_not_in_prerequisite_state: budgets were edited, or a period ended, since the writer looked
STALE = "55000"

_BODY = """
CREATE FUNCTION pg_temp.commit_group(
    doc jsonb, attempt_ids uuid[], period_ids bigint[], tenant_ids bigint[], rules_version bigint
) RETURNS text LANGUAGE plpgsql AS $function$
#variable_conflict use_column
DECLARE
    verdicts jsonb := '{}';  -- why an operation is refused, by its number
    taken integer[] := '{}';  -- 1 if it is written and 0 if not, by its number
    lost jsonb := '{}';  -- the owner of a claimed key, by the request that asked in vain
    current_version bigint;
    locked_attempts uuid[]; attempt_states text[];
    locked_periods bigint[]; budget_ids bigint[]; period_ends timestamptz[];
    caps bigint[]; posted bigint[]; held bigint[]; unknowns bigint[];
    reserves integer[]; for_batch integer[]; is_watched boolean[]; kept bigint;
    watched jsonb := '{}';  -- use and cap of the periods near whose cap calls step down
    refused_times integer[] := array_fill(0, ARRAY[cardinality(period_ids)]);
    refused_at bigint[] := array_fill(NULL::bigint, ARRAY[cardinality(period_ids)]);
    is_moved boolean[] := array_fill(false, ARRAY[cardinality(period_ids)]);
    locked_tenants bigint[]; seqs bigint[]; hashes bytea[];
    is_grown boolean[] := array_fill(false, ARRAY[cardinality(tenant_ids)]);
    op record; link record; verdict jsonb; spot integer; state_before text;
    record_text text; new_hash bytea;
BEGIN
    -- Locks, always in this order, each table in order of its key: two groups cannot deadlock.
    IF doc ? 'claims' THEN
        INSERT INTO usage_idempotencyclaim AS c
            (client_id, key, body_hash, request_id, state, created_at, expires_at)
        SELECT client_id, key, body_hash, request_id, 'in_progress', created_at, expires_at
        FROM {claim_rows} ORDER BY client_id, key
        ON CONFLICT (client_id, key) DO UPDATE SET
            body_hash = EXCLUDED.body_hash, request_id = EXCLUDED.request_id,
            state = 'in_progress', answer_sealed = NULL, created_at = EXCLUDED.created_at,
            expires_at = EXCLUDED.expires_at
        WHERE c.expires_at <= EXCLUDED.created_at;
        SELECT coalesce(jsonb_object_agg(r.request_id, jsonb_build_object('owner', c.request_id,
            'body_hash', encode(c.body_hash, 'hex'), 'state', c.state)), '{}') INTO lost
        FROM {claim_rows} JOIN usage_idempotencyclaim c USING (client_id, key)
        WHERE c.request_id <> r.request_id;
    END IF;
    IF cardinality(attempt_ids) > 0 THEN
        SELECT array_agg(a.id), array_agg(a.state) INTO locked_attempts, attempt_states
        FROM (SELECT id, state FROM usage_attempt WHERE id = ANY(attempt_ids) ORDER BY id
              FOR UPDATE) AS a;
    END IF;
    IF cardinality(period_ids) > 0 THEN
        SELECT array_agg(l.id), array_agg(l.budget_id), array_agg(l.cap_nano_usd),
            array_agg(l.posted_nano_usd), array_agg(l.held_nano_usd),
            array_agg(l.unknown_nano_usd), array_agg(l.ends_at), array_agg(l.reserve_percent),
            array_agg(l.batch_percent), array_agg(l.is_watched)
        INTO locked_periods, budget_ids, caps, posted, held, unknowns, period_ends, reserves,
            for_batch, is_watched
        FROM (SELECT p.id, p.budget_id, p.posted_nano_usd, p.held_nano_usd, p.unknown_nano_usd,
                  p.ends_at, b.reserve_percent, {cap} AS cap_nano_usd,
                  CASE WHEN b.at_cap = 'batch' THEN 100 - b.act_at_percent ELSE 0 END
                      AS batch_percent,
                  b.at_cap = 'step_down' AS is_watched
              FROM usage_budgetperiod p JOIN usage_budget b ON b.id = p.budget_id
              WHERE p.id = ANY(period_ids) ORDER BY p.id FOR UPDATE OF p) AS l;
    END IF;
    SELECT array_agg(h.tenant_id), array_agg(h.seq), array_agg(h.hash)
    INTO locked_tenants, seqs, hashes
    FROM (SELECT tenant_id, seq, hash FROM usage_audithead WHERE tenant_id = ANY(tenant_ids)
          ORDER BY tenant_id FOR UPDATE) AS h;
    IF cardinality(period_ids) <> coalesce(cardinality(locked_periods), 0)
        OR cardinality(tenant_ids) <> coalesce(cardinality(locked_tenants), 0) THEN
        RAISE EXCEPTION 'a budget period or an audit head is gone';
    END IF;
    SELECT version INTO STRICT current_version FROM usage_configversion;
    IF rules_version <> current_version THEN
        RAISE EXCEPTION 'budgets were edited' USING ERRCODE = '{stale}';
    END IF;

    -- Decisions, in the order of arrival: each sees what those before it hold.
    FOR op IN SELECT * FROM jsonb_to_recordset(doc->'operations') AS r(
        op integer, kind text, request_id uuid, key_id bigint, config_version bigint,
        is_urgent boolean, is_batch boolean, spare bigint,
        attempt_id uuid, state text, cost bigint, periods bigint[],
        amounts bigint[])
    LOOP
        verdict := NULL;
        taken[op.op] := 1;
        IF op.kind = 'admit' THEN
            IF lost ? coalesce(op.request_id::text, '') THEN
                verdict := lost->op.request_id::text;
            ELSIF op.config_version <> current_version AND NOT EXISTS ({live_key}) THEN
                verdict := '{"revoked": true}';
            ELSE
                FOR i IN 1 .. cardinality(op.periods) LOOP
                    spot := array_position(locked_periods, op.periods[i]);
                    -- One clock decides for all processes when a period is over: the database's,
                    -- read under the lock, since a successor may have taken what was left.
                    IF period_ends[spot] <= clock_timestamp() THEN
                        RAISE EXCEPTION 'a budget period has ended' USING ERRCODE = '{stale}';
                    END IF;
                    kept := {kept};
                    IF (posted[spot] + held[spot] + unknowns[spot] + op.amounts[i] + op.spare
                        <= caps[spot] - kept) IS NOT TRUE THEN
                        verdict := jsonb_build_object('budget_id', budget_ids[spot],
                            'period_id', op.periods[i], 'cap', caps[spot],
                            'posted', posted[spot], 'held', held[spot], 'unknown', unknowns[spot],
                            'resets_at', period_ends[spot],
                            'worst_case', op.amounts[i], 'kept', kept);
                        -- For good: not only until calls in flight have ended.
                        IF op.spare = 0
                            AND posted[spot] + unknowns[spot] + op.amounts[i] > caps[spot] - kept
                        THEN
                            refused_times[spot] := refused_times[spot] + 1;
                            refused_at[spot] := coalesce(
                                refused_at[spot], posted[spot] + held[spot] + unknowns[spot]);
                        END IF;
                        EXIT;
                    END IF;
                END LOOP;
            END IF;
            IF verdict IS NOT NULL THEN
                taken[op.op] := 0;
                verdicts := verdicts || jsonb_build_object(op.op::text, verdict);
                -- Nothing left, so a key of its own may be used again; another's is not its own.
                UPDATE usage_idempotencyclaim SET state = 'unknown', expires_at = to_timestamp(0)
                WHERE request_id = op.request_id;
            ELSE
                FOR i IN 1 .. cardinality(op.periods) LOOP
                    spot := array_position(locked_periods, op.periods[i]);
                    held[spot] := held[spot] + op.amounts[i];
                    is_moved[spot] := true;
                END LOOP;
            END IF;
        ELSIF op.kind = 'record' THEN
            IF lost ? coalesce(op.request_id::text, '') THEN
                taken[op.op] := 0;
                verdicts := verdicts
                    || jsonb_build_object(op.op::text, lost->op.request_id::text);
            END IF;
        ELSIF op.kind = 'settle' THEN
            spot := array_position(locked_attempts, op.attempt_id);
            state_before := attempt_states[spot];
            -- Settling twice changes nothing; an unknown attempt's late owner settles it once.
            IF (state_before = 'admitted' AND op.state IN ('settled', 'void', 'unknown')
                OR state_before = 'unknown' AND op.state = 'settled') IS NOT TRUE THEN
                taken[op.op] := 0;
                CONTINUE;
            END IF;
            attempt_states[spot] := op.state;
            FOR i IN 1 .. cardinality(op.periods) LOOP
                spot := array_position(locked_periods, op.periods[i]);
                is_moved[spot] := true;
                IF state_before = 'admitted' THEN
                    held[spot] := held[spot] - op.amounts[i];
                ELSE
                    unknowns[spot] := unknowns[spot] - op.amounts[i];
                END IF;
                IF op.state = 'unknown' THEN
                    unknowns[spot] := unknowns[spot] + op.amounts[i];
                ELSIF op.state = 'settled' THEN
                    posted[spot] := posted[spot] + op.cost;
                END IF;
            END LOOP;
        END IF;
    END LOOP;

    -- Writes.
    FOR link IN SELECT * FROM jsonb_to_recordset(doc->'links') AS r(
        op integer, id uuid, tenant_id bigint, at timestamptz, kind text, request_id uuid,
        actor text, before_seq text, after_seq text)
    LOOP
        CONTINUE WHEN taken[link.op] = 0;
        spot := array_position(locked_tenants, link.tenant_id);
        seqs[spot] := seqs[spot] + 1;
        record_text := link.before_seq || seqs[spot] || link.after_seq;
        new_hash := sha256(hashes[spot] || convert_to(record_text, 'UTF8'));
        INSERT INTO usage_auditentry
            (id, tenant_id, seq, at, kind, request_id, actor, record, prev_hash, hash)
        VALUES (link.id, link.tenant_id, seqs[spot], link.at, link.kind, link.request_id,
            link.actor, record_text, hashes[spot], new_hash);
        hashes[spot] := new_hash;
        is_grown[spot] := true;
    END LOOP;
{writes}
    FOR i IN 1 .. cardinality(is_moved) LOOP
        CONTINUE WHEN NOT is_moved[i];
        UPDATE usage_budgetperiod SET posted_nano_usd = posted[i], held_nano_usd = held[i],
            unknown_nano_usd = unknowns[i] WHERE id = locked_periods[i];
    END LOOP;
    FOR i IN 1 .. cardinality(refused_times) LOOP
        CONTINUE WHEN refused_times[i] = 0;
        UPDATE usage_budgetperiod SET refusals = refusals + refused.count,
            used_at_refusal_nano_usd = coalesce(used_at_refusal_nano_usd, refused.used)
        FROM (SELECT refused_times[i] AS count, refused_at[i] AS used) AS refused
        WHERE id = locked_periods[i];
    END LOOP;
    FOR i IN 1 .. cardinality(is_grown) LOOP
        CONTINUE WHEN NOT is_grown[i];
        UPDATE usage_audithead SET seq = seqs[i], hash = hashes[i]
        WHERE tenant_id = locked_tenants[i];
    END LOOP;
    FOR i IN 1 .. coalesce(cardinality(locked_periods), 0) LOOP
        CONTINUE WHEN NOT is_watched[i];
        watched := watched || jsonb_build_object(locked_periods[i],
            jsonb_build_array(posted[i] + held[i] + unknowns[i], caps[i]));
    END LOOP;
    RETURN jsonb_build_array(verdicts, watched);
END
$function$
"""
# What a period may spend: the cap and what was carried over, within what a bigint can add up.
_CAP = """CASE WHEN p.carried_nano_usd = 0 THEN b.cap_nano_usd
    ELSE LEAST(b.cap_nano_usd::numeric + p.carried_nano_usd, 9000000000000000000)::bigint END"""
# What other work may not touch. Point-of-care calls may use all of a cap that keeps them a reserve.
_KEPT = """CASE
    WHEN reserves[spot] = 0 AND for_batch[spot] = 0 OR reserves[spot] > 0 AND op.is_urgent THEN 0
    ELSE ceil(caps[spot]::numeric / 100 * greatest(
        reserves[spot], CASE WHEN op.is_batch THEN 0 ELSE for_batch[spot] END))::bigint END"""
_LIVE_KEY = """
SELECT FROM usage_apikey k
JOIN usage_client c ON c.id = k.client_id JOIN usage_tenant t ON t.id = c.tenant_id
WHERE k.id = op.key_id AND c.is_active AND t.is_active
  AND (k.revoked_at IS NULL OR k.revoked_at > now())
  AND (k.expires_at IS NULL OR k.expires_at > now())
  AND (k.overlap_until IS NULL OR k.overlap_until > now())
"""


def definition() -> str:
    """Return the statement that makes the function on a connection."""
    writes = "\n".join(
        f"    IF doc ? '{part}' THEN {statement}; END IF;"
        for part, statement in statements.writes().items()
    )
    body = _BODY
    for name, text in {
        "claim_rows": statements.claim_rows(),
        "live_key": _LIVE_KEY,
        "cap": _CAP,
        "kept": _KEPT,
        "writes": writes,
        "stale": STALE,
    }.items():
        body = body.replace("{" + name + "}", text)
    return body
