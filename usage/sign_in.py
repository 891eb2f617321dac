"""Signing in: how often a password may be tried, and what is written down of it.

Each try is counted before the password is looked at, so that many at once count as many. Names are
kept as keyed hashes: what people type there by mistake is their password.
"""

from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from routerproject.shared import crypto
from usage import audit
from usage.models import SignInTries

FREE_TRIES: Final = 5
FIRST_WAIT: Final = timedelta(seconds=30)  # doubles with each try
LONGEST_WAIT: Final = timedelta(minutes=15)
FORGOTTEN_AFTER: Final = timedelta(days=1)  # without a try


def wait_after(failures: int) -> timedelta:
    """Return how long nobody may try again after so many wrong passwords in a row."""
    if failures < FREE_TRIES:
        return timedelta()
    doubled: int = 2 ** min(failures - FREE_TRIES, 10)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)


def begin(name: str, now: datetime) -> timedelta:
    """Count a try; nothing is left to wait for if it may be made. One that may not is not counted,
    so that nobody is kept out for longer by tries that others make meanwhile."""
    try:
        return _counted(name, now)
    except IntegrityError:  # two first tries at once
        return _counted(name, now)


@transaction.atomic
def succeeded(user: User) -> None:
    """Forget wrong tries, and write down who signed in."""
    _forget(user.get_username())
    _record("signed-in", user.get_username())


@transaction.atomic
def failed(name: str) -> None:
    """Write down a wrong try: with the name of a person there is, and of others only where
    somebody keeps on trying."""
    person = User.objects.filter(username=name).first()
    tries = SignInTries.objects.filter(name_hash=_hash(name)).first()
    number = tries.failures if tries else 1
    if person is not None or number == FREE_TRIES:
        _record("sign-in-failed", person.get_username() if person else "", tries=number)


@transaction.atomic
def allow(name: str) -> bool:
    """Let a person try again at once; say whether there was anything to forget."""
    if not _forget(name):
        return False
    _record("sign-in-allowed", "command line")
    return True


def forget_old(now: datetime) -> int:
    """Forget tries of long ago; return of how many names."""
    return SignInTries.objects.filter(last_at__lt=now - FORGOTTEN_AFTER).delete()[0]


@transaction.atomic
def _counted(name: str, now: datetime) -> timedelta:
    found = SignInTries.objects.select_for_update().filter(name_hash=_hash(name)).first()
    if found is None or found.last_at < now - FORGOTTEN_AFTER:
        found = found or SignInTries(name_hash=_hash(name))
        found.failures = 0
    elif left := max(timedelta(), found.last_at + wait_after(found.failures) - now):
        return left
    found.failures, found.last_at = min(found.failures + 1, 1_000), now
    found.save()
    return timedelta()


def _forget(name: str) -> bool:
    return bool(SignInTries.objects.filter(name_hash=_hash(name)).delete()[0])


def _hash(name: str) -> bytes:
    return crypto.keyed_hash(name.casefold().encode(errors="replace"), purpose="sign-in name")


def _record(kind: str, actor: str, **facts: int) -> None:
    audit.append_now(tenant_id=audit.INSTALLATION, kind=kind, record=facts, actor=actor)
