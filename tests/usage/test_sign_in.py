"""Signing in: few tries, each written down, and an end to every session."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client as Browser

from routerproject.shared import clock, sign_out
from tests.factories.people import PASSWORD, make_admin
from usage import audit, sign_in, sign_in_form
from usage.models import AuditEntry, SignInTries

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set the clock to so many seconds after ten."""

    def set_to(seconds: float) -> None:
        monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(seconds=seconds))

    set_to(0)
    return set_to


def attempt(password: str, name: str = "ada") -> Any:
    return Browser().post("/admin/login/", {"username": name, "password": password})


def entries(kind: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(kind=kind, tenant_id=audit.INSTALLATION).order_by("seq"))


def test_sixth_wrong_password_is_not_looked_at(at):
    """Nor is the right one, until the wait is over; a try meanwhile does not make it longer."""
    make_admin()
    for _ in range(sign_in.FREE_TRIES):
        assert attempt("wrong").status_code == 200
    at(29)
    refused = attempt(PASSWORD)
    assert refused.status_code == 200
    assert b"Try again in 1 minute." in refused.content
    at(31)
    assert attempt(PASSWORD).status_code == 302
    assert not SignInTries.objects.exists()


def test_each_further_wrong_password_doubles_the_wait(at):
    waits = [sign_in.wait_after(number).total_seconds() for number in range(4, 13)]
    assert waits == [0, 30, 60, 120, 240, 480, 900, 900, 900]
    for _ in range(sign_in.FREE_TRIES):
        assert not sign_in.begin("ada", clock.now())
    at(31)
    assert not sign_in.begin("ADA", clock.now())  # the same name
    assert sign_in.begin("ada", clock.now()) == timedelta(seconds=60)


def test_name_that_nobody_has_waits_too_and_is_not_kept(at):
    """It may be a password, typed into the wrong field. Whether it exists cannot be told."""
    for _ in range(sign_in.FREE_TRIES):
        attempt("x", "Zephyrine")
    assert b"Too many wrong tries" in attempt("x", "Zephyrine").content
    [entry] = entries("sign-in-failed")
    assert (entry.actor, "Zephyrine" in entry.record) == ("", False)
    assert sign_in.forget_old(clock.now() + timedelta(days=2)) == 1


def test_sign_ins_and_wrong_tries_are_audited(at):
    make_admin()
    attempt("wrong")
    attempt(PASSWORD)
    assert [entry.actor for entry in entries("sign-in-failed")] == ["ada"]
    assert [entry.actor for entry in entries("signed-in")] == ["ada"]
    assert PASSWORD not in "".join(AuditEntry.objects.values_list("record", flat=True))


def test_strangers_do_not_keep_every_processor_busy(at, monkeypatch):
    """Where enough passwords are being looked at, another one waits, then is sent away."""
    make_admin()
    monkeypatch.setattr(sign_in_form, "LONGEST_IN_LINE", 0.01)
    for _ in range(sign_in_form.AT_ONCE):
        sign_in_form.looking.acquire()
    try:
        assert b"Too many people are signing in." in attempt(PASSWORD).content
    finally:
        for _ in range(sign_in_form.AT_ONCE):
            sign_in_form.looking.release()
    assert attempt(PASSWORD).status_code == 302


def test_operator_lets_somebody_try_again(at, capsys):
    make_admin()
    for _ in range(sign_in.FREE_TRIES):
        attempt("wrong")
    call_command("allow_sign_in", "ada")
    assert attempt(PASSWORD).status_code == 302
    call_command("allow_sign_in", "ada")
    assert capsys.readouterr().out == "They may try again.\nNothing was in the way.\n"
    assert len(entries("sign-in-allowed")) == 1


@pytest.mark.parametrize(
    ("note", "seconds_ago"),
    [(sign_out.SEEN, 15 * 60 + 5), (sign_out.SIGNED_IN, 12 * 3600 + 5), (sign_out.SEEN, None)],
    ids=["left alone", "a whole day", "without a note"],
)
def test_session_ends_on_the_server(note: str, seconds_ago: int | None):
    browser = Browser()
    browser.force_login(make_admin())
    assert browser.get("/usage/files/").status_code == 200
    session = browser.session
    session[note] = time.time() - seconds_ago if seconds_ago else 0
    session.save()
    assert browser.get("/usage/files/").status_code == 302
    assert browser.get("/usage/files/").status_code == 302


def test_session_in_use_goes_on():
    browser = Browser()
    browser.force_login(make_admin())
    session = browser.session
    session[sign_out.SEEN] = time.time() - 14 * 60
    session.save()
    assert browser.get("/usage/files/").status_code == 200
    assert time.time() - browser.session[sign_out.SEEN] < 60
