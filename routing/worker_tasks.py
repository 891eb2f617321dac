"""Background work that only the worker loads: what it needs is too large for web processes."""

from celery import shared_task

from routerproject.shared import clock
from routing.providers import listing


@shared_task
def compare_models() -> None:
    """Hold the live models beside what their vendors list."""
    listing.compare(clock.now().date())
