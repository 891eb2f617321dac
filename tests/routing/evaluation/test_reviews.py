"""The review queue: drawn, read blind by one or two people, settled, and learned from."""

from datetime import timedelta
from random import Random

import pytest
from django.contrib.auth.models import Permission, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import ProgrammingError, transaction

from phi import case_keys, review_texts
from phi.models import ReviewText
from phi.review_texts import Kept
from routerproject.shared import clock
from routing.evaluation import agreement, reviewed_labels, reviews, sets
from routing.evaluation.reviews import NotTaken, Said
from routing.models import (
    EvaluationSet,
    Review,
    ReviewDraw,
    ReviewPlan,
    ReviewReading,
    ReviewState,
)
from routing.quality.excerpt import Excerpt
from routing.tasks import draw_reviews
from tests.factories.people import make_member
from tests.factories.requests import make_request
from usage.models import AuditEntry

pytestmark = [pytest.mark.service, pytest.mark.django_db]
NOW = timedelta()
CORRECT, UNDER = Said("correct", "sonnet"), Said("under", "opus", "delay")
SHOWN = Excerpt((("system", "Be brief."), ("user", "PHI_NAME_7KQ2M: K 7.1?")), "High.")


def answered(*, percent: int = 50, later: timedelta = NOW, **fields) -> None:
    """A finished request whose text was kept a minute ago."""
    at = clock.now() - timedelta(minutes=1) + later
    probabilities = {"haiku": 0.1, "sonnet": 0.8, "opus": 0.1}
    values = {"confidence": 0.9, "decision": {"probabilities": probabilities}, **fields}
    row = make_request(at=at, **values)
    review_texts.keep(Kept(row.pk, row.tenant_id, None, SHOWN.as_json(), percent, at, 14))


def drawn(number: int = 1, *, later: timedelta = NOW, **plan) -> list[Review]:
    for _ in range(number):
        answered(later=later)
    ReviewPlan.objects.update(**{"per_draw": 100, "double_percent": 0, **plan})
    reviews.draw(ReviewPlan.objects.get(), clock.now() + later, Random(3))
    return list(Review.objects.order_by("pk"))


def person(name: str, *permissions: str) -> User:
    user = make_member("reviewer", name)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return User.objects.get(pk=user.pk)


@pytest.fixture
def ann() -> User:
    return person("ann")


@pytest.fixture
def ben() -> User:
    return person("ben")


@pytest.fixture
def director() -> User:
    return User.objects.get(pk=make_member("medical_director", "dora").pk)


def test_decisions_are_drawn_with_how_likely_that_was():
    """The share of kept texts counts into it; what cannot be judged is not drawn."""
    answered(tier="rule")
    answered(outcome="cached")
    answered(state="failed")
    answered(confidence=0.4)
    (row, *others) = drawn(3)
    assert len(others) == 3
    assert {each.propensity for each in [row, *others]} == {0.5}
    assert [each.was_in_doubt for each in Review.objects.order_by("decided_at")] == [
        *(True, False, False, False)
    ]
    draw = ReviewDraw.objects.get()
    assert (draw.population, draw.in_doubt, draw.drawn) == (4, 1, 4)
    assert draw.strata == [{"tier": "sonnet", "source": "task_type", "of": 4, "drawn": 4}]


def test_a_decision_is_drawn_from_once_and_a_draw_is_made_once_a_day():
    drawn()
    draw_reviews()
    assert ReviewDraw.objects.count() == 1
    second = reviews.draw(ReviewPlan.objects.get(), clock.now())
    assert (second.population, second.drawn) == (0, 0)
    assert reviews.draw_if_due(clock.now() + timedelta(days=1)) is not None
    ReviewPlan.objects.update(is_enabled=False)
    assert reviews.draw_if_due(clock.now() + timedelta(days=9)) is None


def test_what_nobody_read_before_its_text_was_forgotten_leaves_the_queue(ann):
    (row,) = drawn()
    review_texts.forget_expired(clock.now() + timedelta(days=15))
    draw_reviews()
    row.refresh_from_db()
    assert row.state == ReviewState.LAPSED
    assert reviews.next_for(ann) is None


def test_one_reading_settles_what_one_person_reads(ann, ben):
    (row,) = drawn()
    assert reviews.read(row, UNDER, by=ann).state == ReviewState.SETTLED
    row.refresh_from_db()
    assert (row.verdict, row.needed, row.harm) == ("under", "opus", "delay")
    with pytest.raises(NotTaken):
        reviews.read(row, CORRECT, by=ben)
    with pytest.raises(ProgrammingError), transaction.atomic():
        ReviewReading.objects.update(needed="haiku")


def test_two_readers_settle_what_they_agree_on(ann, ben):
    (row,) = drawn(double_percent=100)
    assert reviews.read(row, CORRECT, by=ann).state == ReviewState.WAITING
    assert reviews.next_for(ann) is None
    assert reviews.next_for(ben) == row
    with pytest.raises(NotTaken):
        reviews.read(row, CORRECT, by=ann)
    assert reviews.read(row, CORRECT, by=ben).verdict == "correct"


def test_a_third_person_settles_what_two_differ_about(ann, ben, director):
    (row,) = drawn(double_percent=100)
    reviews.read(row, CORRECT, by=ann)
    assert reviews.read(row, UNDER, by=ben).state == ReviewState.DIFFERS
    assert list(reviews.disputed_for(director)) == [row]
    with pytest.raises(PermissionDenied):
        reviews.adjudicate(row, UNDER, by=ann)
    settled = reviews.adjudicate(row, UNDER, by=director)
    assert (settled.state, settled.needed, settled.is_adjudicated) == ("settled", "opus", True)
    with pytest.raises(NotTaken):
        reviews.adjudicate(row, UNDER, by=director)


def test_nobody_settles_their_own_difference(ann):
    (row,) = drawn(double_percent=100)
    both = person("cleo", "adjudicate_review")
    reviews.read(row, CORRECT, by=ann)
    reviews.read(row, UNDER, by=both)
    assert not reviews.disputed_for(both)
    with pytest.raises(PermissionDenied):
        reviews.adjudicate(row, UNDER, by=both)


def test_who_may_not_label_does_not(director):
    (row,) = drawn()
    outsider = make_member("developer", "dev")
    with pytest.raises(PermissionDenied):
        reviews.read(row, CORRECT, by=outsider)
    with pytest.raises(PermissionDenied):
        reviews.read_text(row, outsider, clock.now())


@pytest.mark.parametrize(
    "said",
    [
        Said("correct", "opus"),
        Said("under", "haiku", "delay"),
        Said("under", "sonnet", "delay"),
        Said("over", "opus"),
        Said("over", "haiku", "safety"),
        Said("correct", ""),
        Said("cannot_tell", "sonnet"),
        Said("perhaps", "sonnet"),
        Said("under", "opus", "fatal"),
    ],
    ids=str,
)
def test_a_label_that_contradicts_itself_is_refused(ann, said):
    (row,) = drawn()
    with pytest.raises(ValidationError):
        reviews.read(row, said, by=ann)
    assert not ReviewReading.objects.exists()


def test_each_reading_of_a_text_is_audited(ann):
    (row,) = drawn()
    shown = reviews.read_text(row, ann, clock.now())
    assert shown == SHOWN
    entry = AuditEntry.objects.get(kind="review-text-read")
    assert (entry.request_id, entry.actor) == (row.request_id, "ann")
    assert "K 7.1" not in entry.record
    review_texts.forget_expired(clock.now() + timedelta(days=15))
    assert reviews.read_text(row, ann, clock.now()) is None
    assert AuditEntry.objects.filter(kind="review-text-read").count() == 1


def test_a_destroyed_case_takes_the_text_of_its_review(ann):
    at = clock.now() - timedelta(minutes=1)
    row = make_request(at=at)
    case_keys.key_for(row.tenant_id, "case:7")
    review_texts.keep(Kept(row.pk, row.tenant_id, "case:7", SHOWN.as_json(), 50, at, 14))
    (review,) = drawn(0)
    case_keys.destroy(row.tenant_id, "case:7", by="ada")
    assert reviews.read_text(review, ann, clock.now()) is None


def test_readers_begin_at_different_places(ann, ben):
    drawn(12)
    first = {reviews.next_for(each) for each in (ann, ben, *map(person, "cdefgh"))}
    assert len(first) > 1  # all of eight at one of twelve: never
    seen = []
    at = None
    for _ in range(12):
        found = reviews.next_for(ann, at)
        assert found
        seen.append(found.pk)
        at = found.pk
    assert len(set(seen)) == 12


def pairs(same: int, other: int):
    return (
        [("sonnet", "sonnet")] * (same // 2)
        + [("opus", "opus")] * (same // 2)
        + [("sonnet", "opus")] * other
    )


@pytest.mark.parametrize(
    ("same", "other", "is_enough"),
    [(20, 0, False), (40, 0, True), (40, 4, True), (40, 10, False)],
)
def test_labels_are_relied_on_when_enough_pairs_agree_enough(same, other, is_enough):
    assert agreement.agreement_of(pairs(same, other)).is_enough is is_enough


def test_readers_who_always_say_the_same_tier_show_no_agreement_beyond_chance():
    found = agreement.agreement_of([("sonnet", "sonnet")] * 40)
    assert (found.kappa, found.is_enough) == (0.0, False)


def test_labels_are_taken_when_readers_agree_past_those_without_a_text(ann, ben, monkeypatch):
    target = EvaluationSet.objects.create(slug="own", name="Own", purpose="training")
    for row in drawn(agreement.LEAST_PAIRS - 1, double_percent=100):
        for reader in (ann, ben):
            reviews.read(row, CORRECT if row.pk % 2 else UNDER, by=reader)
    with pytest.raises(sets.Unfit):
        reviewed_labels.take(target, by=ann, now=clock.now())
    assert not target.examples.exists()
    later = drawn(1, later=timedelta(hours=1), double_percent=100)
    (last,) = [row for row in later if row.state == ReviewState.WAITING]
    for reader in (ann, ben):
        reviews.read(last, UNDER, by=reader)
    oldest = Review.objects.order_by("pk").values_list("request_id", flat=True)[:10]
    review_texts.forget(list(ReviewText.objects.filter(request_id__in=list(oldest))), by="ann")
    monkeypatch.setattr(reviewed_labels, "READ_AT_ONCE", 4)
    monkeypatch.setattr(reviewed_labels, "MOST_AT_ONCE", 10)
    assert reviewed_labels.take(target, by=ann, now=clock.now()) == 10
    monkeypatch.setattr(reviewed_labels, "MOST_AT_ONCE", 1_000)
    assert reviewed_labels.take(target, by=ann, now=clock.now()) == agreement.LEAST_PAIRS - 20
    assert reviewed_labels.take(target, by=ann, now=clock.now()) == 0
    example = sets.requests_of(target)[0]
    assert example.system == "Be brief."
    assert example.text.endswith(": K 7.1?")
    assert example.text.startswith("PHI_NAME_")
    assert "7KQ2M" not in example.text
    texts = {each.text for each in sets.requests_of(target)}
    assert len(texts) == agreement.LEAST_PAIRS - 10  # nothing leads from one to another
