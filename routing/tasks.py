"""Background work of the router; each task only calls."""

import structlog
from celery import shared_task
from django.contrib.auth.models import User

from routerproject.shared import clock
from routing.evaluation import promotion, reviews, watching
from routing.providers import sandbox_bill
from routing.providers.announced import retirement_dates
from routing.rulebook import what_if
from usage import lifecycle
from usage.alerts import retirements
from usage.closing import uploads

log = structlog.get_logger(__name__)


@shared_task
def watch_models() -> None:
    """Say aloud which live models must be replaced, by the catalog's dates and the vendor's."""
    now = clock.now()
    found = lifecycle.current(now.date(), retirement_dates())
    for notice in found:
        say = log.error if notice.is_urgent else log.warning
        say(
            "model.retires",
            model=notice.model_id,
            retires_on=str(notice.retires_on or ""),
            days_left=notice.days_left,
            unlisted_since=str(notice.unlisted_since or ""),
            replacement=notice.replacement,
        )
    retirements.watch(found, now)


@shared_task
def try_out(number: int) -> None:
    """Replay recent decisions under a changed rulebook."""
    what_if.run(number)


@shared_task
def retrain_classifier(user_id: int | None = None, note: str = "") -> None:
    """Train the local classifier on what was labelled since, and examine it for promotion."""
    by = User.objects.filter(pk=user_id).first() if user_id else None
    row = promotion.retrain(by=by, note=note)
    if row is None:
        log.info("classifier.nothing_new")
        return
    findings = promotion.examined_for_promotion(promotion.find(row.version), by=by)
    log.info("classifier.trained", model=row.version, findings=len(findings))


@shared_task
def draw_reviews() -> None:
    """Draw decisions for readers once a day, and let go of those whose text was forgotten."""
    now = clock.now()
    if drawn := reviews.draw_if_due(now):
        log.info("reviews.drawn", of=drawn.population, drawn=drawn.drawn)
    if lapsed := reviews.forget_lapsed(now):
        log.info("reviews.lapsed", reviews=lapsed)


@shared_task
def watch_drift() -> None:
    """Say aloud whether the requests of a week lie far from those before."""
    for finding in watching.check(clock.now()).findings:
        log.warning("requests.drifted", finding=finding)


@shared_task
def reconcile_sandbox() -> None:
    sandbox_bill.reconcile(clock.now())


@shared_task
def compare_book(number: int) -> None:
    """Hold the sandbox's book against a month, for whoever asked on its page."""
    uploads.compare_book(number, sandbox_bill.compare)
