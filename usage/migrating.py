"""Migrations take the time they need: a new index on millions of calls is no request."""

from typing import Any

from django.db import connections

LIMITS = ("statement_timeout", "idle_in_transaction_session_timeout")


def lift_limits(*, using: str, **_: Any) -> None:
    """Let a connection's statements and pauses last; what waits for a lock still gives up."""
    _execute(using, *(f"SET {limit} = 0" for limit in LIMITS))


def restore_limits(*, using: str, **_: Any) -> None:
    """Give a connection the limits that it began with."""
    _execute(using, *(f"RESET {limit}" for limit in LIMITS))


def _execute(using: str, *statements: str) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute("; ".join(statements))
