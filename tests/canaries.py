"""What identified a patient in any request of an end-to-end test, and the search for it afterwards.

Every request of the tests' PMS carries a patient found nowhere else in its headers, and whoever a
request names as its patient is remembered too. After each test the provider's traffic, and after
each module (where tests share no database, each test) the logs, every table (audit, admin history
and events of edits among them) and Redis with its queued tasks must hold no trace of either.
"""

import base64
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import redis
from ahocorasick_rs import BytesAhoCorasick
from django.db import connection
from django.db.backends.utils import CursorWrapper

from tests.patience import LIMIT_SECONDS

CANARY: Final = "Perpetua Nightingrove"
SHORTEST: Final = 6  # characters; less is found in any heap of text
LOGS: Final[set[Path]] = set()  # of every router that was started
_swept: dict[Path, int] = {}
_carried: set[str] = set()
_of_test: set[str] = set()  # of those, by the test that runs
_IDENTIFY = frozenset({"name", "first", "last", "middle", "email", "ssn", "portal_username"})


def carried_in(body: Any) -> None:
    """Remember what identifies the patients of a request."""
    if isinstance(body, Mapping):
        people = body.get("patients")
        for patient in [body.get("patient"), *(people if isinstance(people, list) else ())]:
            words = set(_words_of(patient))
            _carried.update(words)
            _of_test.update(words)


def begin_test() -> None:
    """Forget who was in requests of earlier tests: later ones may write of them unannounced."""
    _of_test.clear()


def _words_of(patient: Any) -> Iterator[str]:
    if not isinstance(patient, Mapping):
        return
    for member, value in patient.items():
        if isinstance(value, Mapping):
            yield from _words_of(value)
        elif isinstance(value, str) and member in _IDENTIFY:
            yield from (each for each in (value, *value.split()) if len(each) >= SHORTEST)


def spellings(canary: str) -> Iterator[bytes]:
    """Yield a canary as it is and as the usual encodings write it."""
    plain = canary.encode()
    yield from (plain, plain[::-1], plain.hex().encode(), quote(canary).encode())
    for shift in range(3):  # base64 reads three bytes at a time, wherever they begin
        yield base64.b64encode(b"\0" * shift + plain)[4 if shift else 0 : -4]


def needles_of(canaries: Iterable[str]) -> set[bytes]:
    return {needle.lower() for canary in canaries for needle in spellings(canary)}


def found_in(hay: bytes, needles: set[bytes]) -> set[bytes]:
    """Return every spelling of a canary in some bytes, whatever their case."""
    sought = [needle for needle in needles if len(needle) >= SHORTEST]
    found = BytesAhoCorasick(sought).find_matches_as_indexes(hay.lower(), overlapping=True)
    return {sought[which] for which, _, _ in found}


def of_traffic(requests: list[dict[str, Any]]) -> set[bytes]:
    """Return the traces of the test's patients in what a provider received."""
    hay = json.dumps(requests, ensure_ascii=False).encode()
    return found_in(hay, needles_of({*CANARY.split(), *_of_test}))


def of_what_stays() -> set[bytes]:
    """Return the traces of the run's patients in the logs written since the last sweep, in all
    tables and in Redis."""
    hay = b"\0".join([*_new_lines(), whole_database(), whole_redis()])
    return found_in(hay, needles_of({*CANARY.split(), *_carried}))


def _new_lines() -> Iterator[bytes]:
    for log in LOGS:
        if log.exists():
            with log.open("rb") as lines:
                lines.seek(_swept.get(log, 0))
                yield lines.read()
                _swept[log] = lines.tell()


def whole_database() -> bytes:
    """Return every value of every table: texts and bytes as they are."""
    with connection.cursor() as cursor:
        # Tables in parts hold nothing themselves.
        cursor.execute(
            "SELECT oid::regclass::text FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        return b"\0".join(_rows_of(cursor, table) for (table,) in cursor.fetchall())


def _rows_of(cursor: CursorWrapper, table: str) -> bytes:
    with cursor.copy(f"COPY {table} TO STDOUT (FORMAT BINARY)") as rows:
        return b"".join(map(bytes, rows))


def whole_redis() -> bytes:
    """Return every key and value, also of queued tasks."""
    client = redis.Redis.from_url(os.environ["REDIS_URL"], socket_timeout=LIMIT_SECONDS)
    parts = []
    for key in client.scan_iter(count=1_000):
        parts.append(key)
        kind = client.type(key)
        if kind == b"string":
            parts.append(client.get(key) or b"")
        elif kind == b"list":
            parts += client.lrange(key, 0, -1)
        elif kind == b"hash":
            parts += [item for pair in client.hgetall(key).items() for item in pair]
        elif kind == b"set":
            parts += client.smembers(key)
    client.close()
    return b"\0".join(parts)
