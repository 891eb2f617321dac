"""What the framework may write into a log: which view failed how, never the words of a request.

An address holds what a caller typed (a name, a record number), a host header too, and the text of
an exception can quote a row of the database.
"""

import logging
import traceback
from types import TracebackType
from typing import Final

_OF_REQUESTS: Final = ("django.request", "django.security", "django.server")
_Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class WithoutAddresses(logging.Filter):
    """Puts method, view and status into the place of what a record says of a request."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith(_OF_REQUESTS):
            record.msg, record.args = _described(record), ()
        return True


class WithoutValues(logging.Formatter):
    """Writes where an exception came from and of which kind it is, without its text."""

    def formatException(self, ei: _Raised) -> str:
        kind, error, _ = ei
        return "" if kind is None or error is None else _trace_of(error)


def _described(record: logging.LogRecord) -> str:
    request = getattr(record, "request", None)
    method = getattr(request, "method", None)
    match = getattr(request, "resolver_match", None)
    status = getattr(record, "status_code", "")
    known = method if method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} else ""
    return " ".join(filter(None, (known, getattr(match, "route", ""), str(status)))) or "refused"


def _trace_of(error: BaseException) -> str:
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    before = f"{_trace_of(earlier)}\nthen\n" if earlier is not None else ""
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"{before}{frames}{type(error).__module__}.{type(error).__qualname__}"
