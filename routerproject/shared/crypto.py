"""Sealing: AES-256-GCM under keys that are derived per purpose from the key encryption key.

A sealed value is `version (1) | key id (4) | nonce (12) | ciphertext + tag`. The associated data
binds it to its place (table, column, row), so that a value moved elsewhere does not open. The keys
form a ring: the newest seals, and older ones still open what they have sealed. Hashes come from a
key of their own, since one that changed would find nothing again.
"""

import base64
import hashlib
import os
from collections.abc import Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

VERSION = b"\x01"
KEY_BYTES = 32
NONCE_BYTES = 12


class CannotOpen(Exception):
    """The value was sealed under another key or for another place, or was changed."""


def seal(plaintext: bytes, *, purpose: str, place: str) -> bytes:
    """Return the plaintext sealed for one place, for example `phi_casekey.wrapped.17`."""
    nonce = os.urandom(NONCE_BYTES)
    sealed = _cipher(purpose, key_id()).encrypt(nonce, plaintext, place.encode())
    return VERSION + key_id() + nonce + sealed


def open_sealed(sealed: bytes, *, purpose: str, place: str) -> bytes:
    """Return the plaintext of a sealed value, or raise CannotOpen."""
    sealed = bytes(sealed)
    if sealed[:1] != VERSION or sealed[1:5] not in _ring():
        raise CannotOpen
    nonce, body = sealed[5 : 5 + NONCE_BYTES], sealed[5 + NONCE_BYTES :]
    try:
        return _cipher(purpose, sealed[1:5]).decrypt(nonce, body, place.encode())
    except (InvalidTag, ValueError) as error:
        raise CannotOpen from error


def seal_under(key: bytes, plaintext: bytes, *, purpose: str, place: str) -> bytes:
    """Return the plaintext sealed for one place under a 32-byte key that is kept elsewhere.

    It is `version (1) | nonce (12) | ciphertext + tag`.
    """
    nonce = os.urandom(NONCE_BYTES)
    cipher = AESGCM(_derived_key(purpose, key))
    return VERSION + nonce + cipher.encrypt(nonce, plaintext, place.encode())


def open_under(key: bytes, sealed: bytes, *, purpose: str, place: str) -> bytes:
    """Return the plaintext of what `seal_under` gave, or raise CannotOpen."""
    nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    if sealed[:1] != VERSION or len(nonce) < NONCE_BYTES:
        raise CannotOpen
    try:
        return AESGCM(_derived_key(purpose, key)).decrypt(nonce, body, place.encode())
    except (InvalidTag, ValueError) as error:
        raise CannotOpen from error


def keyed_hash(value: bytes, *, purpose: str) -> bytes:
    """Return HMAC-SHA256 of a value: equal values are seen to be equal, none can be guessed."""
    mac = _hashing(purpose).copy()
    mac.update(value)
    return mac.finalize()


def key_id() -> bytes:
    """Return four bytes that name the key that seals, without telling it."""
    return next(iter(_ring()))


@lru_cache(maxsize=256)
def _cipher(purpose: str, named: bytes) -> AESGCM:
    return AESGCM(_derived_key(purpose, _ring()[named]))


@lru_cache(maxsize=64)
def _hashing(purpose: str) -> HMAC:
    """Return an HMAC without a value, to copy: setting one up costs more than a short value."""
    root = _key_of(settings.HASHING_KEY or settings.KEY_ENCRYPTION_KEY)
    return HMAC(_derived_key(purpose, root), SHA256())


def _derived_key(purpose: str, root: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose.encode()).derive(root)


@lru_cache(maxsize=1)
def _ring() -> Mapping[bytes, bytes]:
    """Return the keys by their ids, the one that seals first."""
    texts = (settings.KEY_ENCRYPTION_KEY, *settings.PREVIOUS_KEY_ENCRYPTION_KEYS)
    roots = [_key_of(text) for text in texts]
    return {hashlib.sha256(b"key id" + root).digest()[:4]: root for root in roots}


def _key_of(text: str) -> bytes:
    key = base64.b64decode(text)
    if len(key) != KEY_BYTES:
        raise ImproperlyConfigured("KEY_ENCRYPTION_KEY must be 32 bytes in base64.")
    return key
