"""Keys: shown once, stored as a digest, never wider than their maker, ended on time."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction

from routerproject.shared import clock
from tests.factories.accounts import make_client, make_key, make_tenant
from usage import accounts
from usage.accounts import Scope
from usage.configuration import load_accounts
from usage.models import ApiKey, AuditEntry, ConfigVersion, Tenant

pytestmark = [pytest.mark.service, pytest.mark.django_db]


@pytest.fixture
def key_maker() -> User:
    """A person who may make keys with the scope route and no other."""
    person = User.objects.create_user("dana")
    codenames = ["add_apikey", "change_apikey", Scope.ROUTE.permission]
    person.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return person


def everything_stored_of(key: accounts.NewKey) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT k::text FROM usage_apikey k WHERE id = %s", [key.row.pk])
        row = cursor.fetchone()
        cursor.execute(
            "SELECT e::text FROM usage_apikeyevent e UNION ALL"
            " SELECT record::text FROM usage_auditentry"
        )
        return str(row) + str(cursor.fetchall())


def test_key_reads_cmr_prefix_secret():
    text = make_key().text
    start, prefix, secret = text.split("_", 2)
    assert (start, len(prefix), len(secret)) == ("cmr", 8, 43)


def test_key_text_is_stored_nowhere():
    """Neither table, history nor audit holds the key or its secret, and its repr hides it."""
    key = make_key()
    secret = key.text.split("_", 2)[2]
    stored = everything_stored_of(key)
    assert secret not in stored
    assert secret.encode().hex() not in stored
    assert secret not in repr(key)


def test_digest_is_not_the_secret_and_finds_the_key():
    key = make_key()
    grant = load_accounts().keys[accounts.digest_of(key.text)]
    assert grant.key_id == key.row.pk
    assert bytes(key.row.digest) != key.text.encode()


def test_keys_with_equal_prefix_or_secret_are_different_keys():
    key = make_key()
    _, prefix, secret = key.text.split("_", 2)
    keys = load_accounts().keys
    assert accounts.digest_of(f"cmr_{prefix}_{secret[::-1]}") not in keys
    assert accounts.digest_of(f"cmr_{prefix[::-1]}_{secret}") not in keys


def test_making_a_key_is_audited_without_the_key():
    key = make_key()
    entry = AuditEntry.objects.get(kind="key-created", tenant_id=key.row.client.tenant_id)
    assert key.row.prefix in str(entry.record)
    assert entry.actor == "command line"


def test_nobody_grants_a_scope_they_do_not_have(key_maker: User):
    assert make_key(by=key_maker, scopes=["route"]).row.scopes == ["route"]
    with pytest.raises(PermissionDenied, match="grant_usage_read_all"):
        make_key(by=key_maker, scopes=["route", "usage:read:all"])


def test_person_without_the_right_makes_no_key():
    with pytest.raises(PermissionDenied):
        make_key(by=User.objects.create_user("finance"))
    assert not ApiKey.objects.exists()


def test_superuser_grants_every_scope():
    chief = User.objects.create_superuser("chief")
    assert make_key(by=chief, scopes=Scope.values).row.scopes == sorted(Scope.values)


@pytest.mark.parametrize("scopes", [["rout"], ["*"], ["route", "admin"], [""], []])
def test_scope_that_does_not_exist_is_refused(scopes: list[str]):
    with pytest.raises(ValidationError):
        make_key(scopes=scopes)


@pytest.mark.parametrize("scopes", [["*"], ["route", "everything"], []])
def test_database_refuses_unknown_scopes_too(scopes: list[str]):
    key = make_key().row
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiKey.objects.filter(pk=key.pk).update(scopes=scopes)


def test_key_ends_when_it_expires():
    key = make_key(expires_at=clock.now() + timedelta(days=1))
    grant = load_accounts().keys[accounts.digest_of(key.text)]
    assert grant.works_at(clock.now())
    assert not grant.works_at(clock.now() + timedelta(days=2))


def test_key_cannot_expire_before_it_begins():
    with pytest.raises(ValidationError):
        make_key(expires_at=clock.now() - timedelta(days=1))


def test_old_key_works_through_the_overlap_of_a_rotation_and_no_longer():
    old = make_key(scopes=["route", "batch"])
    new = accounts.rotate_key(key=old.row, by=None, overlap=timedelta(hours=2))
    keys = load_accounts().keys
    before, after = keys[accounts.digest_of(old.text)], keys[accounts.digest_of(new.text)]
    assert before.scopes == after.scopes == {"route", "batch"}
    assert before.works_at(clock.now() + timedelta(hours=1))
    assert not before.works_at(clock.now() + timedelta(hours=3))
    assert after.works_at(clock.now() + timedelta(days=1000))


def test_successor_lives_as_long_as_its_predecessor_did():
    old = make_key(expires_at=clock.now() + timedelta(days=90))
    new = accounts.rotate_key(key=old.row, by=None)
    assert new.row.expires_at is not None
    lifetime = new.row.expires_at - new.row.created_at
    assert abs(lifetime - timedelta(days=90)) < timedelta(minutes=1)


def test_rotation_never_widens_what_the_rotating_person_may_grant(key_maker: User):
    wide = make_key(scopes=["route", "governance"])
    with pytest.raises(PermissionDenied):
        accounts.rotate_key(key=wide.row, by=key_maker)


def test_key_that_was_rotated_or_revoked_is_not_rotated_again():
    rotated, revoked = make_key(), make_key()
    accounts.rotate_key(key=rotated.row, by=None)
    accounts.revoke_key(key=revoked.row, by=None)
    for key in (rotated, revoked):
        with pytest.raises(ValidationError):
            accounts.rotate_key(key=key.row, by=None)


def test_revoked_key_stops_at_once_and_stays_revoked_from_the_first_moment():
    key = make_key()
    first = accounts.revoke_key(key=key.row, by=None).revoked_at
    assert accounts.revoke_key(key=key.row, by=None).revoked_at == first
    assert not load_accounts().keys[accounts.digest_of(key.text)].works_at(clock.now())
    assert AuditEntry.objects.filter(kind="key-revoked").count() == 1


@pytest.mark.parametrize("what", ["client", "tenant"])
def test_switching_a_client_or_tenant_off_refuses_its_keys(what: str):
    key = make_key()
    row = key.row.client if what == "client" else key.row.client.tenant
    row.is_active = False
    row.save()
    assert not load_accounts().keys[accounts.digest_of(key.text)].works_at(clock.now())


def test_noting_the_last_use_is_no_edit_of_the_configuration():
    key = make_key()
    before = ConfigVersion.objects.get().version
    accounts.note_use(key_ids=[key.row.pk], on=clock.now().date())
    key.row.refresh_from_db()
    assert key.row.last_used_on == clock.now().date()
    assert ConfigVersion.objects.get().version == before


def test_time_zone_that_does_not_exist_is_refused():
    with pytest.raises(ValidationError, match="Mars"):
        Tenant(slug="mars", name="Mars", time_zone="Mars/Olympus").full_clean()


def test_client_slugs_are_unique_within_a_tenant_only():
    make_client(slug="pms")
    twice = make_client(slug="pms")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_client(tenant=twice.tenant, slug="pms")


def test_tenant_with_records_is_not_deleted():
    client = make_client(tenant=make_tenant())
    with pytest.raises(IntegrityError):
        client.tenant.delete()
