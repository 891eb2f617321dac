"""What was found in texts read before, so that a conversation's history is not read again.

Each turn of a conversation repeats the turns before it. What one text gives away by itself depends
on nothing but the text, the member it stands in, the known identifiers and the policy; all of them
go into the keyed hash under which its hits are kept. What other texts of the request give away is
looked for anew each time, so a name found in another text is replaced in a remembered one too.

Neither hash nor hits can be read without the key of the case: the hits, whose canonical values are
identifiers, are sealed under it, and the key itself is in memory for a minute at most
(phi.key_cache). A memory lives in one process and dies with it, and so with its engine: another
version of a recognizer or a model never meets hits of the last one.
"""

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from phi.detect.recognizer import Hit
from phi.document import SEALED, TEXT, Leaf
from phi.types import KnownIdentifier, PhiPolicy

MOST_BYTES: Final = 16 << 20  # of one process
ENTRY_BYTES: Final = 200  # what an entry takes beside its sealed hits
SHORTEST_REMEMBERED: Final = 40  # characters; a shorter text is read as quickly as it is hashed
DIGEST_BYTES: Final = 16
NONCE_BYTES: Final = 12


class LeafMemory:
    """The hits of the texts seen last, up to a number of bytes; the oldest give way."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._entries: OrderedDict[bytes, bytes] = OrderedDict()  # the longest unused first
        self._size = 0
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<LeafMemory of {len(self._entries)} texts>"

    @property
    def size(self) -> int:
        """Bytes taken."""
        return self._size

    def of_case(
        self, key: bytes, known: Iterable[KnownIdentifier], policy: PhiPolicy
    ) -> "CaseMemory":
        """Return the part of it that one request may read and add to."""
        return CaseMemory(self, key, known, policy)

    def find(self, digest: bytes) -> bytes | None:
        with self._lock:
            sealed = self._entries.get(digest)
            if sealed is not None:
                self._entries.move_to_end(digest)
            return sealed

    def add(self, entries: Mapping[bytes, bytes]) -> None:
        with self._lock:
            for digest, sealed in entries.items():
                self._size += len(sealed) + ENTRY_BYTES - self._taken_by(digest)
                self._entries[digest] = sealed
                self._entries.move_to_end(digest)
            while self._size > self._most_bytes:
                _, oldest = self._entries.popitem(last=False)
                self._size -= len(oldest) + ENTRY_BYTES

    def _taken_by(self, digest: bytes) -> int:
        sealed = self._entries.get(digest)
        return 0 if sealed is None else len(sealed) + ENTRY_BYTES


class CaseMemory:
    """The memory of one case, under one set of known identifiers and one policy."""

    def __init__(
        self,
        memory: LeafMemory,
        key: bytes,
        known: Iterable[KnownIdentifier],
        policy: PhiPolicy,
    ) -> None:
        self._memory = memory
        self._salt = _salt(key, known, policy)
        self._cipher = AESGCM(hashlib.blake2b(b"hits", key=key, digest_size=32).digest())
        self.learned: dict[bytes, bytes] = {}  # by this request; sealed

    def knows(self, leaf: Leaf) -> bool:
        """Tell whether a text need not be read: its hits are remembered, or it is no text."""
        if not is_worth_it(leaf):
            return leaf.use not in {TEXT, SEALED}
        return self._memory.find(self._digest(leaf)) is not None

    def hits(self, leaf: Leaf) -> list[Hit] | None:
        """Return the hits of a text as they were kept; None when it was not seen before."""
        if not is_worth_it(leaf):
            return None
        digest = self._digest(leaf)
        sealed = self._memory.find(digest)
        if sealed is None:
            return None
        opened = self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], digest)
        return [Hit(*each) for each in orjson.loads(opened)]

    def keep(self, leaf: Leaf, hits: Sequence[Hit]) -> None:
        """Remember what a text gave away by itself."""
        if not is_worth_it(leaf):
            return
        try:
            plain = orjson.dumps(hits, default=tuple)
        except TypeError:  # a lone surrogate: such a text is read again each time
            return
        digest, nonce = self._digest(leaf), os.urandom(NONCE_BYTES)
        entry = {digest: nonce + self._cipher.encrypt(nonce, plain, digest)}
        self.learned.update(entry)
        self._memory.add(entry)

    def _digest(self, leaf: Leaf) -> bytes:
        text = f"{leaf.use}\x1f{leaf.field}\x1f{leaf.is_number}\x1f{leaf.text}"
        return hashlib.blake2b(
            text.encode("utf-8", "surrogatepass"), key=self._salt, digest_size=DIGEST_BYTES
        ).digest()


def is_worth_it(leaf: Leaf) -> bool:
    """Tell whether a text is remembered: the words of the protocol are cheaper to look at."""
    return len(leaf.text) >= SHORTEST_REMEMBERED and leaf.use in {TEXT, SEALED}


def _salt(key: bytes, known: Iterable[KnownIdentifier], policy: PhiPolicy) -> bytes:
    digest = hashlib.blake2b(_spelled_policy(policy), key=key)
    for one in known:
        text = f"\x1e{one.category}\x1f{one.value}\x1f{one.person}\x1f{one.part}\x1f{one.relation}"
        digest.update(text.encode("utf-8", "surrogatepass"))
    return digest.digest()


@lru_cache(maxsize=64)
def _spelled_policy(policy: PhiPolicy) -> bytes:
    return _spelled(policy).encode("utf-8", "surrogatepass")


def _spelled(value: Any) -> str:
    """Return a value's contents as a text that is the same in every process."""
    if value is None or isinstance(value, str | int | float | bytes):
        return repr(value)
    if isinstance(value, Set):
        return f"{{{','.join(sorted(map(_spelled, value)))}}}"
    if isinstance(value, Mapping):
        return f"{{{','.join(sorted(f'{_spelled(k)}:{_spelled(v)}' for k, v in value.items()))}}}"
    if isinstance(value, list | tuple):
        return f"[{','.join(map(_spelled, value))}]"
    if is_dataclass(value):
        return _spelled({field.name: getattr(value, field.name) for field in fields(value)})
    raise TypeError(type(value).__name__)
