# ruff: noqa: S608 (statements are made here, for this test)
"""An audit trail that was touched is found out, and where; even by its owner, even as a whole."""

import io
import json
import os
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from structlog.testing import capture_logs

from routerproject.shared import clock
from routerproject.shared.database import connection_parameters
from usage import anchors, audit, verification
from usage.models import AuditEntry, AuditHead

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]
LENGTH = 12


@pytest.fixture(autouse=True)
def sink(settings, tmp_path):
    """A sink of this test's own, outside the database."""
    settings.AUDIT_SINK = tmp_path / "outside" / "audit-heads.jsonl"
    return settings.AUDIT_SINK


@pytest.fixture
def chain(transactional_db) -> int:
    """A tenant with a chain of a dozen entries."""
    facts = [audit.Fact("test.happened", {"n": n}, uuid4(), "tester") for n in range(LENGTH)]
    audit.append_all(7, facts)
    audit.append_all(8, facts[:2])
    return 7


def as_owner(*statements: str) -> None:
    """Do what only the owner of the tables can: switch the triggers off, change, switch on."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE usage_auditentry DISABLE TRIGGER USER")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("ALTER TABLE usage_auditentry ENABLE TRIGGER USER")


def findings(tenant_id: int) -> dict[int, str]:
    found = list(verification.verify())
    assert {each.tenant_id for each in found} <= {tenant_id}
    return {each.seq: each.what for each in found}


def test_untouched_chain_is_whole(chain):
    anchors.sign_heads(clock.now())
    assert list(verification.verify()) == []


@pytest.mark.parametrize(
    ("statement", "seq"),
    [
        (
            "UPDATE usage_auditentry SET record = record || chr(32) WHERE seq = 5",
            5,
        ),
        ("UPDATE usage_auditentry SET kind = 'test.other' WHERE tenant_id = 7 AND seq = 5", 5),
        ("UPDATE usage_auditentry SET actor = 'nobody' WHERE tenant_id = 7 AND seq = 5", 5),
        ("UPDATE usage_auditentry SET request_id = NULL WHERE tenant_id = 7 AND seq = 5", 5),
        ("UPDATE usage_auditentry SET at = at - interval '1 day' WHERE tenant_id=7 AND seq=5", 5),
        ("UPDATE usage_auditentry SET hash = sha256(hash) WHERE tenant_id = 7 AND seq = 5", 5),
        ("UPDATE usage_auditentry SET prev_hash = hash WHERE tenant_id = 7 AND seq = 5", 5),
        ("UPDATE usage_auditentry SET tenant_id = 7, seq = 13 WHERE tenant_id = 8 AND seq = 2", 13),
        ("DELETE FROM usage_auditentry WHERE tenant_id = 7 AND seq = 1", 1),
        ("DELETE FROM usage_auditentry WHERE tenant_id = 7 AND seq = 5", 5),
        ("DELETE FROM usage_auditentry WHERE tenant_id = 7 AND seq = 12", 11),
        ("DELETE FROM usage_auditentry WHERE tenant_id = 7 AND seq > 3", 3),
        ("UPDATE usage_audithead SET seq = 11 WHERE tenant_id = 7", 12),
        ("DELETE FROM usage_audithead WHERE tenant_id = 7", 12),
    ],
)
def test_single_change_is_found_where_it_was_made(chain, statement, seq):
    as_owner(statement)
    found = {each.seq for each in verification.verify()}
    assert seq in found


def test_two_entries_that_changed_places_are_found(chain):
    as_owner(
        "UPDATE usage_auditentry SET seq = 1000 WHERE tenant_id = 7 AND seq = 4",
        "UPDATE usage_auditentry SET seq = 4 WHERE tenant_id = 7 AND seq = 5",
        "UPDATE usage_auditentry SET seq = 5 WHERE tenant_id = 7 AND seq = 1000",
    )
    assert {4, 5} <= set(findings(chain))


def test_entry_that_was_doubled_is_found(chain):
    """In another month, where no index stands in the way."""
    row = AuditEntry.objects.get(tenant_id=chain, seq=6)
    row.pk = clock.new_id(clock.now() - timedelta(days=31))
    AuditEntry.objects.bulk_create([row])
    assert findings(chain)[7] == "doubled"


def test_entry_that_was_slipped_in_is_found(chain):
    row = AuditEntry.objects.get(tenant_id=chain, seq=6)
    row.pk, row.seq = clock.new_id(), LENGTH + 1
    AuditEntry.objects.bulk_create([row])
    assert LENGTH + 1 in findings(chain)


def rewrite(tenant_id: int, *, up_to: int = LENGTH) -> None:
    """Write a chain anew as its owner could: other facts, right hashes, right head."""
    rows = list(AuditEntry.objects.filter(tenant_id=tenant_id).order_by("seq")[:up_to])
    head = audit.Head(tenant_id, 0, audit.GENESIS)
    as_owner(f"DELETE FROM usage_auditentry WHERE tenant_id = {tenant_id}")
    for row in rows:
        link, head = audit.extend(head, audit.Fact("test.happened", {"n": -1}), row.at)
        AuditEntry.objects.bulk_create([AuditEntry(**link.__dict__)])
    AuditHead.objects.filter(tenant_id=tenant_id).update(seq=head.seq, hash=head.hash)


def test_chain_rewritten_as_a_whole_differs_from_its_signed_head(chain):
    """By itself it is sound; only what lies outside the database tells."""
    anchors.sign_heads(clock.now())
    rewrite(chain)
    assert findings(chain) == {LENGTH: "differs from the signed head"}


def test_chain_rewritten_and_cut_is_missed_at_its_signed_end(chain):
    anchors.sign_heads(clock.now())
    rewrite(chain, up_to=5)
    assert findings(chain)[LENGTH] == "was signed and is gone"


def test_chain_rewritten_and_signed_again_differs_from_its_first_head(chain):
    """The database owner can have a chain signed anew, but not take back a head."""
    anchors.sign_heads(clock.now())
    rewrite(chain)
    AuditHead.objects.filter(tenant_id=chain).update(signed_seq=0)
    assert anchors.sign_heads(clock.now()) == 1
    said = [(each.seq, each.what) for each in verification.verify()]
    assert said == [
        (LENGTH, "was signed again with another hash"),
        (LENGTH, "differs from the signed head"),
    ]


def test_chain_cut_and_signed_again_is_found(chain):
    anchors.sign_heads(clock.now())
    rewrite(chain, up_to=5)
    AuditHead.objects.filter(tenant_id=chain).update(signed_seq=0)
    anchors.sign_heads(clock.now())
    found = findings(chain)
    assert found[5] == "was signed after a later entry"
    assert found[LENGTH] == "was signed and is gone"


def test_chain_that_grows_while_it_is_walked_is_whole(chain):
    """Requests go on while somebody looks."""

    def append() -> None:
        audit.append_all(chain, [audit.Fact("test.happened", {})])
        connections.close_all()

    def while_reading(execute, sql, *rest):
        if 'FROM "usage_audit' in sql:
            with ThreadPoolExecutor(1) as other:
                other.submit(append).result()
        return execute(sql, *rest)

    with connection.execute_wrapper(while_reading):
        assert list(verification.verify()) == []
    assert AuditHead.objects.get(tenant_id=chain).seq > LENGTH + 2


def test_head_signed_twice_is_no_finding(chain):
    """A crash between the sink and the database leaves it so."""
    anchors.sign_heads(clock.now())
    AuditHead.objects.update(signed_seq=0)
    audit.append_all(chain, [audit.Fact("test.happened", {})] * 3)
    anchors.sign_heads(clock.now())
    assert [(each.tenant_id, each.seq) for each in anchors.read()] == [
        (7, 12),
        (8, 2),
        (7, 15),
        (8, 2),
    ]
    assert list(verification.verify()) == []


def test_forged_anchor_is_found_and_excuses_nothing(chain, sink):
    """Only what the installation's key signed counts."""
    anchors.sign_heads(clock.now())
    genuine = sink.read_text()
    forged = [json.loads(line) | {"hash": "00" * 32} for line in genuine.splitlines()]
    forged.append(forged[0] | {"tenant_id": 99})
    sink.write_text("".join(json.dumps(line) + "\n" for line in forged) + genuine)
    said = {(each.tenant_id, each.seq, each.what) for each in verification.verify()}
    what = "has a signed head that is not genuine"
    assert said == {(7, LENGTH, what), (8, 2, what), (99, LENGTH, what)}
    rewrite(chain)
    assert "differs from the signed head" in {each.what for each in verification.verify()}


def test_line_that_a_crash_cut_off_swallows_no_other(chain, sink):
    anchors.sign_heads(clock.now())
    sink.write_bytes(sink.read_bytes() + b'{"tenant_id": 7, "hash": "\xc3')
    audit.append_all(chain, [audit.Fact("test.happened", {})])
    anchors.sign_heads(clock.now())
    assert [(each.tenant_id, each.seq) for each in anchors.read()] == [(7, 12), (8, 2), (7, 13)]
    assert list(verification.verify()) == []


@pytest.mark.parametrize(
    "line",
    [
        "5",
        "[]",
        '{"tenant_id": 7}',
        '{"tenant_id": [], "seq": 1, "hash": 1, "at": 1, "signature": 1}',
    ],
)
def test_line_that_is_no_anchor_is_skipped(chain, sink, line):
    anchors.sign_heads(clock.now())
    sink.write_text(line + "\n" + sink.read_text())
    assert len(list(anchors.read())) == 2


def test_anchors_are_on_disk_before_the_database_counts_them(chain, sink, monkeypatch):
    """The lines, and the names of the folder and the file that hold them."""
    synced, sync = [], os.fsync

    def watched(opened: int) -> None:
        synced.append(os.fstat(opened).st_ino)
        sync(opened)

    monkeypatch.setattr(os, "fsync", watched)
    anchors.sign_heads(clock.now())
    assert synced == [p.stat().st_ino for p in (sink, sink.parent, sink.parent.parent, sink)]


def test_damaged_chain_leaves_the_others_signed(chain):
    as_owner(f"DELETE FROM usage_auditentry WHERE tenant_id = {chain} AND seq = {LENGTH}")
    with capture_logs() as logs:
        assert anchors.sign_heads(clock.now()) == 1
    assert [(each.tenant_id, each.seq) for each in anchors.read()] == [(8, 2)]
    [alarm] = [line for line in logs if line["event"] == "audit.chain_not_signed"]
    assert (alarm["log_level"], alarm["tenant_id"]) == ("error", chain)


def test_chain_is_signed_by_one_process_at_a_time(chain):
    """Two would write their heads in any order."""
    with psycopg.connect(**connection_parameters()) as other:
        other.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('sign the audit chain of tenant 7', 0))"
        )
        assert anchors.sign_heads(clock.now()) == 1
    assert anchors.sign_heads(clock.now()) == 1
    assert [(each.tenant_id, each.seq) for each in anchors.read()] == [(8, 2), (7, 12)]


def test_heads_are_signed_every_thousand_rows_and_at_the_end(chain, sink):
    audit.append_all(chain, [audit.Fact("test.happened", {})] * (2_500 - LENGTH))
    assert anchors.sign_heads(clock.now()) == 4
    signed = [(each.tenant_id, each.seq) for each in anchors.read()]
    assert signed == [(7, 1_000), (7, 2_000), (7, 2_500), (8, 2)]
    assert anchors.sign_heads(clock.now()) == 0


def mutate(dice: random.Random, rows: list[AuditEntry]) -> str:
    """Return one random change of a chain."""
    row = dice.choice(rows)
    where = f"WHERE id = '{row.pk}'"
    place = dice.randrange(32)
    return dice.choice(
        [
            f"DELETE FROM usage_auditentry {where}",
            f"UPDATE usage_auditentry SET hash = set_byte(hash, {place},"
            f" get_byte(hash, {place}) # {dice.randrange(1, 256)}) {where}",
            f"UPDATE usage_auditentry SET prev_hash = set_byte(prev_hash, {place},"
            f" get_byte(prev_hash, {place}) # {dice.randrange(1, 256)}) {where}",
            f"UPDATE usage_auditentry SET record = overlay(record placing '~'"
            f" from {dice.randrange(1, len(row.record))}) {where}",
            f"UPDATE usage_auditentry SET at = at + interval '{dice.randrange(1, 99)} ms' {where}",
            f"UPDATE usage_auditentry SET seq = seq + {dice.randrange(LENGTH, 99)} {where}",
        ]
    )


@pytest.mark.parametrize("count", [60, pytest.param(10_000, marks=pytest.mark.soak)])
def test_no_random_change_escapes(chain, count):
    """Each one alone, undone before the next."""
    dice = random.Random(13)
    rows = list(AuditEntry.objects.filter(tenant_id=chain))
    for _ in range(count):
        statement = mutate(dice, rows)
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            as_owner(statement)
            assert findings(chain), statement
            cursor.execute("ROLLBACK")


def test_command_says_that_all_is_well(chain):
    said = io.StringIO()
    call_command("verify_audit", stdout=said)
    assert f"public key {anchors.public_key()}" in said.getvalue()
    assert "14 entries in 2 chains" in said.getvalue()
    assert "the audit trail is whole" in said.getvalue()


def test_command_names_each_break_and_fails(chain):
    as_owner("DELETE FROM usage_auditentry WHERE tenant_id = 7 AND seq = 5")
    said = io.StringIO()
    with pytest.raises(CommandError, match="2 findings") as failed:
        call_command("verify_audit", stdout=said)
    assert failed.value.returncode == 1
    assert "tenant 7: 2 findings\n  entry 5 missing\n" in said.getvalue()
    assert "tenant 8: 0 findings" in said.getvalue()


def test_command_shows_what_the_sink_contradicts(chain):
    anchors.sign_heads(clock.now())
    rewrite(chain)
    AuditHead.objects.filter(tenant_id=chain).update(signed_seq=0)
    anchors.sign_heads(clock.now())
    said = io.StringIO()
    with pytest.raises(CommandError, match="2 findings"):
        call_command("verify_audit", stdout=said)
    assert f"  entry {LENGTH} was signed again with another hash\n" in said.getvalue()
    assert f"  entry {LENGTH} differs from the signed head\n" in said.getvalue()
