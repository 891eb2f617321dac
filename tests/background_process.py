"""`python -m tests.background_process`: a forked child that clears up for each line that comes."""

import os
import sys
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "routerproject.settings")
django.setup()  # before what reads tables is imported

from routerproject.shared import clock  # noqa: E402
from routing.providers import sandbox_bill  # noqa: E402
from usage import crossings, sweeper  # noqa: E402

LATER = timedelta(hours=1)  # when every deadline has passed and nothing can be billed any more


def serve() -> None:
    """Say of each child who it is and how it ended. The parent opens no connection."""
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            clear_up()
            os._exit(0)
        say(pid)
        say(os.waitpid(pid, 0)[1])


def clear_up() -> None:
    """Do what Celery's tasks do about calls that nobody settled, as they will in an hour."""
    later = clock.now() + LATER
    while sweeper.mark_overdue_attempts(later):
        pass
    while sandbox_bill.reconcile(later):
        pass
    while sweeper.close_abandoned_requests(later):
        pass
    crossings.note(later)


def say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve()
