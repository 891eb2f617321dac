"""Who gives rights, and what is written down of it."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client as Browser

from tests.factories.people import PASSWORD, make_admin
from usage import audit
from usage.models import AuditEntry

pytestmark = pytest.mark.django_db


def entries(kind: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(kind=kind, tenant_id=audit.INSTALLATION).order_by("seq"))


@pytest.fixture
def ada() -> Browser:
    browser = Browser()
    browser.force_login(make_admin())
    return browser


def form_of(person: User, **more: Any) -> dict[str, Any]:
    moment = {"date_joined_0": "2026-11-22", "date_joined_1": "10:00:00"}
    return {"username": person.username, "is_active": "on", **moment, **more}


def test_rights_that_are_given_and_taken_are_audited(ada):
    group = Group.objects.create(name="night shift")
    bob = User.objects.create_user("bob", password="x")
    page = f"/admin/auth/user/{bob.pk}/change/"
    ada.post(page, form_of(bob, is_staff="on", groups=[group.pk]))
    ada.post(page, form_of(bob))
    given, taken = entries("person-changed")
    assert given.actor == taken.actor == "ada"
    assert '"given":["group night shift"]' in given.record
    assert '"is_staff":true' in given.record
    assert '"taken":["group night shift"]' in taken.record


def test_groups_passwords_and_new_people_are_audited(ada):
    allowed = Permission.objects.get(codename="view_tenant")
    ada.post("/admin/auth/group/add/", {"name": "readers", "permissions": [allowed.pk]})
    secret = "another password for tests"
    new = {"username": "bob", "password1": secret, "password2": secret, "usable_password": "true"}
    ada.post("/admin/auth/user/add/", new)
    bob = User.objects.get(username="bob")
    ada.post(f"/admin/auth/user/{bob.pk}/password/", {**new, "set-password": "1"})
    ada.post(f"/admin/auth/user/{bob.pk}/delete/", {"post": "yes"})
    assert '"given":["usage.view_tenant"]' in entries("group-added")[0].record
    [made], [changed], [gone] = map(entries, ("person-added", "person-changed", "person-deleted"))
    assert all('"name":"bob"' in each.record for each in (made, changed, gone))
    assert secret not in made.record + changed.record


def test_permission_to_change_people_makes_nobody_a_superuser():
    """Nor does it change a superuser's password: who gives rights has all of them."""
    mallory = User.objects.create_user("mallory", password=PASSWORD, is_staff=True)
    mallory.user_permissions.set(Permission.objects.filter(content_type__app_label="auth"))
    browser = Browser()
    browser.force_login(mallory)
    page = f"/admin/auth/user/{mallory.pk}"
    answer = browser.post(f"{page}/change/", form_of(mallory, is_staff="on", is_superuser="on"))
    assert answer.status_code == 403
    assert browser.post(f"{page}/password/", {}).status_code == 403
    assert browser.post("/admin/auth/group/add/", {"name": "all"}).status_code == 403
    mallory.refresh_from_db()
    assert not mallory.is_superuser


def test_password_is_long_where_nothing_else_is_asked(ada):
    """Fifteen characters (NIST SP 800-63B-4, 3.1.1.2)."""
    short = {"username": "bob", "password1": "Kx9!vuw2Qm4zP8", "password2": "Kx9!vuw2Qm4zP8"}
    answer = ada.post("/admin/auth/user/add/", {**short, "usable_password": "true"})
    assert b"at least 15 characters" in answer.content
    assert not User.objects.filter(username="bob").exists()
