"""The first page of the admin says when the tables hold what no process can serve."""

from collections.abc import Iterable

from django.http import HttpRequest

from routing import snapshot
from routing.snapshot.keeper import UNREADABLE
from usage.admin import notices
from usage.configuration import InvalidConfiguration

WHAT_TO_DO = (
    "Mend what is named, or put the last good version back into force under Rulebook versions."
)


def what_is_refused() -> tuple[str, ...]:
    """Return what keeps the newest configuration from being served, a sentence each."""
    try:
        snapshot.validate(snapshot.build())
    except InvalidConfiguration as invalid:
        return invalid.findings
    except UNREADABLE as error:
        return (f"The configuration is malformed ({type(error).__name__}).",)
    return ()


def _refused(request: HttpRequest) -> Iterable[str]:
    if not request.user.has_perm("routing.view_rulebookversion"):
        return []
    told = [
        f"The configuration cannot be served, so the last good one stays in use: {finding}"
        for finding in what_is_refused()
    ]
    return [*told, WHAT_TO_DO] if told else []


notices.tell_with(_refused)
