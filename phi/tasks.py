"""Background work of what protects; each task only calls."""

import structlog
from celery import shared_task

from phi import review_texts
from routerproject.shared import clock

log = structlog.get_logger(__name__)


@shared_task
def forget_review_texts() -> None:
    if forgotten := review_texts.forget_expired(clock.now()):
        log.info("review_texts.forgotten", texts=forgotten)
