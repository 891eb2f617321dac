"""The pages on which people read, settle, and see whether they agree."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse

from phi import review_texts
from routerproject.shared import clock
from routing.evaluation import reviews
from routing.models import Review, ReviewPlan, ReviewReading, ReviewState
from routing.quality.excerpt import Excerpt
from tests.factories.people import make_admin, make_member
from tests.routing.evaluation.test_reviews import CORRECT, UNDER, answered, drawn, person

pytestmark = [pytest.mark.service, pytest.mark.django_db]
QUEUE = "routing:reviews"


def sign_in(user) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


@pytest.fixture
def ann():
    return person("ann")


def page(row: Review) -> str:
    return reverse("routing:review", args=[row.pk])


def test_an_empty_queue_says_what_to_do(ann):
    shown = sign_in(ann).get(reverse(QUEUE)).content.decode()
    assert "Nothing was drawn yet" in shown
    assert "PHI policy" in shown
    assert "Nothing waits for you." in shown


def test_an_empty_draw_after_others_is_not_taken_for_the_first(ann):
    drawn()
    reviews.draw(ReviewPlan.objects.get(), clock.now())
    assert "Nothing was drawn yet" not in sign_in(ann).get(reverse(QUEUE)).content.decode()


def test_a_reader_is_led_from_one_decision_to_the_next(ann):
    drawn(2)
    browser = sign_in(ann)
    assert "2 decisions" in browser.get(reverse(QUEUE)).content.decode()
    first = browser.get(reverse("routing:review-next")).headers["location"]
    shown = browser.get(first).content.decode()
    for words in (
        "Sonnet answered",
        "PHI_NAME_7KQ2M: K 7.1?",
        "High.",
        "Be brief.",
        "<kbd>1</kbd>",
    ):
        assert words in shown
    after = browser.post(first, {"verdict": "under", "harm": "delay"})
    second = browser.get(after.headers["location"]).headers["location"]
    assert second not in (first, reverse(QUEUE))
    browser.post(second, {"verdict": "cannot_tell"}, follow=True)
    assert browser.get(reverse("routing:review-next")).headers["location"] == reverse(QUEUE)
    said = ReviewReading.objects.order_by("pk").values_list("verdict", "needed", "harm")
    assert list(said) == [("under", "opus", "delay"), ("cannot_tell", "", "none")]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "Say what you make of the tier."),
        ({"verdict": "under"}, "Say what a tier that is too low leads to."),
        ({"verdict": "under", "harm": "fatal"}, "not one of the available choices"),
    ],
)
def test_what_is_missing_is_asked_for_and_nothing_is_kept(ann, given, words):
    (row,) = drawn()
    answer = sign_in(ann).post(page(row), given)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not ReviewReading.objects.exists()


def test_where_two_tiers_are_possible_the_reader_says_which(ann):
    answered(tier="haiku")
    (row,) = drawn(0)
    browser = sign_in(ann)
    harm = {"verdict": "under", "harm": "none"}
    assert "sonnet or opus" in browser.post(page(row), harm).content.decode()
    browser.post(page(row), {**harm, "needed": "opus"})
    row.refresh_from_db()
    assert (row.state, row.needed) == (ReviewState.SETTLED, "opus")


def test_no_tier_lies_above_the_highest(ann):
    answered(tier="opus")
    (row,) = drawn(0)
    shown = sign_in(ann).post(page(row), {"verdict": "under", "harm": "none"}).content.decode()
    assert "There is no such tier beside opus." in shown


def test_the_second_reader_learns_nothing_of_the_first(ann):
    """Neither on the page nor anywhere in the admin."""
    (row,) = drawn(double_percent=100)
    reviews.read(row, UNDER, by=ann)
    ben = sign_in(person("ben"))
    shown = ben.get(page(row)).content.decode()
    assert "What the two say" not in shown
    assert "Under: a higher tier was needed;" not in shown
    assert "checked" not in shown
    listed = ben.get(reverse("admin:routing_reviewreading_changelist")).content.decode()
    assert "Nobody has settled a review yet" in listed
    one = reverse("admin:routing_review_change", args=[row.pk])
    assert "opus" not in ben.get(one).content.decode().split("What was settled")[1]


def test_the_director_sees_both_and_settles(ann):
    (row,) = drawn(double_percent=100)
    reviews.read(row, CORRECT, by=ann)
    reviews.read(row, UNDER, by=person("ben"))
    assert sign_in(ann).get(page(row)).status_code == 403
    director = sign_in(make_member("medical_director"))
    assert page(row) in director.get(reverse(QUEUE)).content.decode()
    shown = director.get(page(row)).content.decode()
    assert "What the two say" in shown
    director.post(page(row), {"verdict": "correct"})
    row.refresh_from_db()
    assert (row.verdict, row.is_adjudicated) == ("correct", True)
    readings = director.get(reverse("admin:routing_reviewreading_changelist")).content.decode()
    assert "ann" in readings


def test_what_somebody_else_read_meanwhile_is_not_taken(ann):
    (row,) = drawn()
    reviews.read(row, CORRECT, by=person("ben"))
    browser = sign_in(ann)
    assert browser.get(page(row)).status_code == 403
    late = browser.post(page(row), {"verdict": "correct"}, follow=True).content.decode()
    assert "meanwhile" in late
    assert ReviewReading.objects.count() == 1


def test_a_text_that_is_gone_is_said_to_be(ann):
    (row,) = drawn()
    review_texts.forget_expired(clock.now() + timedelta(days=15))
    shown = sign_in(ann).get(page(row)).content.decode()
    assert "The text is gone" in shown
    assert "K 7.1" not in shown


def test_markup_in_a_text_is_shown_as_text(ann, monkeypatch):
    monkeypatch.setattr(
        "tests.routing.evaluation.test_reviews.SHOWN",
        Excerpt((("user", "<script>alert(1)</script>"),), "<img src=x>"),
    )
    (row,) = drawn()
    answer = sign_in(ann).get(page(row))
    assert "<script>alert" not in answer.content.decode()
    assert "<img src=x>" not in answer.content.decode()
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("group", "sees", "reads"),
    [
        *(("reviewer", 200, 200), ("medical_director", 200, 200), ("clinic_admin", 200, 200)),
        *(("compliance", 200, 403), ("developer", 200, 403), ("finance", 403, 403)),
    ],
)
def test_who_sees_the_queue_and_who_reads(group, sees, reads):
    (row,) = drawn()
    browser = sign_in(make_member(group))
    assert browser.get(reverse(QUEUE)).status_code == sees
    assert browser.get(page(row)).status_code == reads


def test_the_admin_draws_now_shows_the_draw_and_gives_a_file():
    ada = sign_in(make_admin())
    empty = ada.get(reverse("admin:routing_review_changelist")).content.decode()
    assert "No decision was drawn yet" in empty
    answered()
    ReviewPlan.objects.update(double_percent=0)
    drawn_page = ada.post(reverse("admin:routing_reviewdraw_draw_now"), follow=True)
    assert "1 of 1 decisions were drawn" in drawn_page.content.decode()
    row = Review.objects.get()
    draw = ada.get(reverse("admin:routing_reviewdraw_change", args=[row.draw_id]))
    assert "<td>task_type</td>" in draw.content.decode()
    listing = reverse("admin:routing_review_changelist")
    file = ada.post(listing, {"action": "download", "_selected_action": [str(row.pk)]})
    lines = file.getvalue().decode().splitlines()
    assert lines[0].startswith("id,request_id,decided_at,tier")
    assert str(row.request_id) in lines[1]
    refused = ada.post(reverse("admin:routing_review_take"), {})
    assert refused.status_code == 200


def test_the_agreement_of_readers_is_shown_with_its_file(ann):
    (row,) = drawn(double_percent=100)
    reviews.read(row, CORRECT, by=ann)
    reviews.read(row, CORRECT, by=person("ben"))
    browser = sign_in(ann)
    shown = browser.get(reverse(QUEUE)).content.decode()
    assert "1 of 1 decisions that two people read blind" in shown
    assert "No label is taken for training" in shown
    file = browser.get(reverse("routing:agreement-csv")).getvalue().decode()
    assert "sonnet,0,1,0,0" in file
