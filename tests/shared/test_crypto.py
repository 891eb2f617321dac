"""The ring of keys: what was sealed under an older key opens, and hashes stay what they were."""

import base64
import os

import pytest

from routerproject.shared import crypto

PLACE = "table.column.1"


def new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


@pytest.fixture
def ring(settings):
    """Return a function that sets the keys of this process, newest first."""

    def use(newest: str, *older: str, hashing: str = "") -> None:
        settings.KEY_ENCRYPTION_KEY = newest
        settings.PREVIOUS_KEY_ENCRYPTION_KEYS = list(older)
        settings.HASHING_KEY = hashing
        for each in (crypto._ring, crypto._cipher, crypto._hashing):
            each.cache_clear()

    yield use
    for each in (crypto._ring, crypto._cipher, crypto._hashing):
        each.cache_clear()


def test_value_sealed_before_a_rotation_still_opens(ring):
    old, new = new_key(), new_key()
    ring(old)
    sealed = crypto.seal(b"kept", purpose="p", place=PLACE)
    ring(new, old)
    assert crypto.open_sealed(sealed, purpose="p", place=PLACE) == b"kept"
    assert crypto.seal(b"kept", purpose="p", place=PLACE)[1:5] != sealed[1:5]


def test_value_of_a_key_that_was_given_up_does_not_open(ring):
    ring(new_key())
    sealed = crypto.seal(b"kept", purpose="p", place=PLACE)
    ring(new_key())
    with pytest.raises(crypto.CannotOpen):
        crypto.open_sealed(sealed, purpose="p", place=PLACE)


def test_hashes_stay_the_same_under_their_own_key(ring):
    """Or no case, claim or kept answer would be found after a rotation."""
    old = new_key()
    ring(old)
    before = crypto.keyed_hash(b"case", purpose="p")
    ring(new_key(), old, hashing=old)
    assert crypto.keyed_hash(b"case", purpose="p") == before
    ring(new_key(), old)
    assert crypto.keyed_hash(b"case", purpose="p") != before


@pytest.mark.parametrize(
    "change",
    [
        lambda sealed: b"",
        lambda sealed: sealed[:16],
        lambda sealed: sealed[:17] + bytes([sealed[17] ^ 1]) + sealed[18:],
        lambda sealed: sealed[:-1] + bytes([sealed[-1] ^ 1]),
        lambda sealed: b"\x02" + sealed[1:],
        lambda sealed: sealed + b"x",
    ],
)
def test_changed_value_does_not_open(change):
    sealed = crypto.seal(b"kept", purpose="p", place=PLACE)
    with pytest.raises(crypto.CannotOpen):
        crypto.open_sealed(change(sealed), purpose="p", place=PLACE)


@pytest.mark.parametrize(("purpose", "place"), [("q", PLACE), ("p", "table.column.2")])
def test_moved_value_does_not_open(purpose, place):
    sealed = crypto.seal(b"kept", purpose="p", place=PLACE)
    with pytest.raises(crypto.CannotOpen):
        crypto.open_sealed(sealed, purpose=purpose, place=place)
