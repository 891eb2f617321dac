"""Texts kept for review: whose, how much of them, and what becomes of the answer."""

from collections.abc import Callable, Iterator

import pytest

from phi import case_keys, publishing, review_texts
from phi.models import Policy, ReviewText
from routerproject.shared import clock
from routing.quality import excerpt
from tests.patience import wait_until
from tests.practice import Practice
from tests.sandbox_server import Sandbox

pytestmark = pytest.mark.service
TYPE = "patient_lookup"
PROMPT = "Is this message of Zephyrine Quillfeather positive: thank you?"
HER = {"name": "Zephyrine Quillfeather"}


@pytest.fixture
def keeping(practice: Practice) -> Iterator[Callable[..., None]]:
    """Return a function that publishes a policy of this practice."""

    def publish(**fields) -> None:
        slug = practice.tenant.slug
        Policy.objects.create(slug=slug, tenant=slug, **{"review_percent": 100, **fields})
        publishing.publish(note="Keep texts", by=None)
        practice.wait_for_configuration()

    yield publish
    Policy.objects.filter(tenant=practice.tenant.slug).delete()
    publishing.publish(note="As before", by=None)


def texts(practice: Practice) -> list[ReviewText]:
    return list(ReviewText.objects.filter(tenant_id=practice.tenant.pk))


def test_the_text_of_an_answered_request_is_kept_with_tokens(
    practice: Practice, keeping: Callable[..., None], sandbox: Sandbox
):
    keeping(review_days=3)
    reply = practice.pms.route(PROMPT, task_type=TYPE, patient=HER, case_id="case-7")
    wait_until(lambda: texts(practice))
    (row,) = texts(practice)
    assert (str(row.request_id), row.percent) == (reply.body["id"], 100)
    assert (row.expires_at - row.kept_at).days == 3
    document = review_texts.opened(row.request_id, clock.now())
    assert document is not None
    shown = excerpt.read(document)
    assert shown.asked[-1][1].startswith("Is this message of PH")
    assert shown.answer
    assert b"Quillfeather" not in document
    assert case_keys.destroy(practice.tenant.pk, "case:case-7", by="ada")
    assert review_texts.opened(row.request_id, clock.now()) is None


def test_the_text_of_a_stream_is_kept_when_it_has_ended(
    practice: Practice, keeping: Callable[..., None]
):
    keeping()
    assert practice.pms.stream(PROMPT, task_type=TYPE, patient=HER).summary
    wait_until(lambda: texts(practice))


def test_nothing_is_kept_without_a_policy_or_where_identifiers_may_leave(
    practice: Practice, keeping: Callable[..., None], sandbox: Sandbox
):
    assert practice.pms.route(PROMPT, task_type=TYPE, patient=HER).status == 200
    keeping(review_percent=0, review_days=14)
    assert practice.pms.route(PROMPT, task_type=TYPE, patient=HER).status == 200
    practice.wait_until_settled()
    assert texts(practice) == []
