"""Keys and policies in the database."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from phi import case_keys, hashing
from phi.models import CaseKey, Policy


@pytest.mark.service
@pytest.mark.django_db
def test_a_case_has_one_key_until_it_is_destroyed() -> None:
    first = case_keys.key_for(1, "case-1")
    assert len(first) == 32
    assert case_keys.key_for(1, "case-1") == first
    assert case_keys.key_for(2, "case-1") != first
    assert case_keys.key_for(1, "case-2") != first
    assert case_keys.destroy(1, "case-1", by="ada")
    assert not case_keys.destroy(1, "case-1", by="ada")
    assert case_keys.key_for(1, "case-1") != first


@pytest.mark.service
@pytest.mark.django_db
def test_neither_key_nor_case_is_stored_in_the_clear() -> None:
    key = case_keys.key_for(1, "case-of-garcia")
    row = CaseKey.objects.get()
    assert key not in bytes(row.wrapped_key)
    assert b"garcia" not in bytes(row.case_hash)


@pytest.mark.service
@pytest.mark.django_db(transaction=True)
def test_two_first_uses_at_once_agree() -> None:
    def key(_: int) -> bytes:
        try:
            return case_keys.key_for(1, "raced")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(key, range(8)))) == 1


@pytest.mark.service
@pytest.mark.django_db
def test_editing_a_policy_counts_the_configuration_up() -> None:
    def version() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT version FROM usage_configversion")
            return int(cursor.fetchone()[0])

    before = version()
    Policy.objects.filter(slug="default").update(mode="redact")
    assert version() > before


def test_hashes_are_keyed_and_apart() -> None:
    assert hashing.leaf_hash("a") != hashing.body_hash(b"a")
    assert hashing.case_ref_hash(1, "1a") != hashing.case_ref_hash(11, "a")
