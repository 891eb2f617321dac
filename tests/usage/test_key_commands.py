"""The commands operators type: one clear line each, one clear sentence when refused."""

import stat
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from pytest_django import Settings

from routerproject.shared import clock
from tests.factories.accounts import make_client, make_key
from usage import accounts
from usage.configuration import load_accounts
from usage.models import Budget

pytestmark = [pytest.mark.service, pytest.mark.django_db]


def printed_by(*command: str) -> list[str]:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue().splitlines()


def test_create_api_key_prints_the_key_alone_on_its_last_line():
    client = make_client()
    command = ["--tenant", client.tenant.slug, "--name", "server", "--scopes", "route, batch"]
    text = printed_by("create_api_key", *command)[-1]
    grant = load_accounts().keys[accounts.digest_of(text)]
    assert grant.scopes == {"route", "batch"}


def test_create_api_key_sets_an_expiry():
    client = make_client()
    command = ["--tenant", client.tenant.slug, "--name", "x", "--scopes", "route"]
    text = printed_by("create_api_key", *command, "--expires-days", "30")[-1]
    expires_at = load_accounts().keys[accounts.digest_of(text)].expires_at
    assert expires_at is not None
    assert 29 <= (expires_at - clock.now()).days <= 30


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--tenant", "nowhere", "--scopes", "route"], "There is no tenant nowhere"),
        (["--tenant", "riverside", "--scopes", "rout"], "There is no scope rout."),
        (["--tenant", "riverside", "--scopes", ""], "scopes|blank|empty|cannot"),
        (["--tenant", "riverside", "--scopes", "route", "--client", "x"], "has no client x"),
        (["--tenant", "riverside", "--scopes", "route", "--expires-days", "0"], "at least 1"),
    ],
)
def test_create_api_key_says_what_is_wrong(options: list[str], sentence: str):
    client = make_client()
    client.tenant.slug = "riverside"
    client.tenant.save()
    with pytest.raises(CommandError, match=sentence) as refusal:
        printed_by("create_api_key", "--name", "server", *options)
    assert refusal.value.returncode == 1


def test_create_api_key_asks_which_client_when_there_are_several():
    first = make_client(slug="pms")
    make_client(slug="portal", tenant=first.tenant)
    with pytest.raises(CommandError, match="pms, portal"):
        printed_by(
            "create_api_key", "--tenant", first.tenant.slug, "--name", "x", "--scopes", "route"
        )


def test_rotate_and_revoke_name_a_key_by_its_prefix():
    key = make_key()
    text = printed_by("rotate_api_key", key.row.prefix, "--overlap-hours", "1")[-1]
    successor = load_accounts().keys[accounts.digest_of(text)]
    printed_by("revoke_api_key", successor.prefix)
    assert not load_accounts().keys[accounts.digest_of(text)].works_at(clock.now())
    with pytest.raises(CommandError, match="no key"):
        printed_by("revoke_api_key", "zzzzzzzz")


def test_starter_data_shows_password_and_key_once(settings: Settings, tmp_path: Path):
    settings.DATA_DIR = tmp_path / "data"
    first = printed_by("load_starter_data")
    assert printed_by("load_starter_data") == []
    sign_in, key = first
    password = sign_in.removeprefix("sign-in: admin ")
    assert User.objects.get(username="admin").check_password(password)
    grant = load_accounts().keys[accounts.digest_of(key.removeprefix("api-key: "))]
    assert (grant.tenant, grant.client) == ("demo", "pms")
    assert grant.scopes == {"route", "route:override", "usage:read", "phi:test"}


def test_demo_key_is_kept_in_a_file_only_its_owner_reads(settings: Settings, tmp_path: Path):
    settings.DATA_DIR = tmp_path
    key = printed_by("load_starter_data")[1].removeprefix("api-key: ")
    file = tmp_path / "demo-api-key"
    assert file.read_text().strip() == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_starter_data_has_budgets_and_groups(settings: Settings, tmp_path: Path):
    settings.DATA_DIR = tmp_path
    printed_by("load_starter_data")
    assert Budget.objects.filter(tenant=None).exists()
    assert Budget.objects.filter(tenant__slug="demo").exists()
    names = {"clinic_admin", "finance", "compliance", "reviewer", "operations", "developer"}
    names |= {"medical_director"}
    assert set(Group.objects.values_list("name", flat=True)) == names


def rights_of(group: str) -> set[str]:
    return set(Group.objects.get(name=group).permissions.values_list("codename", flat=True))


def test_only_compliance_reads_the_audit(settings: Settings, tmp_path: Path):
    settings.DATA_DIR = tmp_path
    printed_by("load_starter_data")
    readers = {g.name for g in Group.objects.all() if "view_auditentry" in rights_of(g.name)}
    assert readers == {"compliance"}
    assert "change_budget" in rights_of("finance")
    assert "change_rule" in rights_of("clinic_admin")
    assert not any(
        right.startswith(("change", "delete", "add")) for right in rights_of("compliance")
    )
