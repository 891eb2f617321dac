"""Recorded decisions in any number, for trials of a changed rulebook.

The rows are made by this file: decisions of a seeded mix of task types, urgencies and sizes, copied
with new probabilities until there are enough.
"""

import random
from datetime import timedelta

import orjson
from django.db import connection, transaction

from routerproject.shared import clock
from routing import snapshot
from routing.models import Rule, TaskType
from routing.select.facts import facts_of
from tests.routing.select.cast import situate, verdict
from usage import partitions
from usage.models import UsageRecord

PATTERNS, COPIES = 10_000, 100
COPY = """
    INSERT INTO ai_usage ({columns})
    SELECT {values} FROM ai_usage, generate_series(2, %s) AS copies(number), LATERAL (
        SELECT copies.number AS copy, random() ^ 0.5 AS low, random() AS rest) AS drawn
"""
ID = """(lpad(to_hex((extract(epoch from created_at) * 1000)::bigint), 12, '0')
    || '7' || substr(md5(random()::text || copy), 1, 3) || 'a'
    || substr(md5(random()::text || id::text), 1, 15))::uuid"""
DECISION = """decision || jsonb_build_object('probabilities', jsonb_build_object(
    'haiku', low, 'sonnet', (1 - low) * rest, 'opus', (1 - low) * (1 - rest)))"""


@transaction.atomic
def fill(copies: int = COPIES) -> None:
    """Write the patterns, then their copies with other ids and probabilities."""
    partitions.prepare((clock.now() - timedelta(days=31)).date())
    chance, table, now = random.Random(20261121), snapshot.build().table, clock.now()
    slugs = sorted(slug for slug, task in table.task_types.items() if task.tier != "rule")
    weights = [1.0 / (1 + at) for at in range(len(slugs))]
    rows = []
    for at in range(PATTERNS):
        declared = chance.choices([None, *slugs], [sum(weights) / 2, *weights])[0]
        situation = situate(
            verdict(0.5, 0.3, 0.2, asks_clinical_question=chance.random() < 0.3),
            table,
            text="x" * int(min(chance.lognormvariate(6, 1.2), 60_000)),
            task_type=declared,
            urgency=chance.choices(("interactive", "background", "real_time"), (7, 2, 1))[0],
            accuracy=chance.choices(("standard", "high", "critical"), (8, 1, 1))[0],
            patient_facing=chance.random() < 0.1,
            contains_identifiers=chance.random() < 0.6,
        )
        moment = now - timedelta(seconds=60 + 200 * at)
        rows.append(
            UsageRecord(
                id=clock.new_id(moment),
                tenant_id=1,
                client_id=1,
                key_prefix="soak",
                state="completed",
                created_at=moment,
                deadline_at=moment,
                boot_id=clock.new_id(),
                declared_task_type=declared or "",
                urgency=situation.request.urgency,
                accuracy=situation.request.accuracy,
                patient_facing=situation.request.patient_facing,
                input_tokens=chance.randrange(100, 4_000),
                output_tokens=chance.randrange(5, 1_000),
                decision=orjson.loads(orjson.dumps(facts_of(situation))),
            )
        )
    UsageRecord.objects.bulk_create(rows, batch_size=1_000)
    quoted = connection.ops.quote_name
    names = [str(field.column) for field in UsageRecord._meta.concrete_fields]
    values = [{"id": ID, "decision": DECISION}.get(name, quoted(name)) for name in names]
    with connection.cursor() as cursor:
        statement = COPY.format(columns=", ".join(map(quoted, names)), values=", ".join(values))
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(statement, [copies])
        cursor.execute("ANALYZE ai_usage")


def change_much() -> None:
    """Edit the drafts so that any of the decisions may be touched."""
    Rule.objects.create(
        slug="long-background",
        name="Long background work",
        conditions={"urgency": "background", "min_characters": 500},
        actions={"tier": "haiku"},
        is_published=True,
    )
    TaskType.objects.filter(tier="sonnet", floor=None).update(ceiling="sonnet")
