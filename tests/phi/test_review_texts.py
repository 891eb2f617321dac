"""Texts for readers of the review queue: sealed under the key of their case, until a day."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import ProgrammingError, transaction
from django.test import Client as Browser
from django.urls import reverse

from phi import case_keys, publishing, review_texts
from phi.models import CaseKey, Policy, ReviewText
from phi.review_texts import Kept
from phi.tasks import forget_review_texts
from routerproject.shared import clock
from tests.factories.people import make_admin, make_member
from usage.configuration import InvalidConfiguration
from usage.models import AuditEntry

pytestmark = [pytest.mark.service, pytest.mark.django_db]
TEXT = b'{"asked": [["user", "PHI_NAME_7KQ2M coughs."]]}'


def kept(**changes: Any) -> UUID:
    now = clock.now()
    values: dict[str, Any] = {
        **{"request_id": clock.new_id(), "tenant_id": 1, "case_ref": "case:7", "document": TEXT},
        **{"percent": 20, "at": now, "days": 14},
        **changes,
    }
    if values["case_ref"]:
        case_keys.key_for(values["tenant_id"], values["case_ref"])
    assert review_texts.keep(Kept(**values))
    number: UUID = values["request_id"]
    return number


def opened(request_id: UUID) -> bytes | None:
    return review_texts.opened(request_id, clock.now())


@pytest.mark.parametrize("case_ref", ["case:7", None], ids=["of a case", "of no case"])
def test_a_text_is_sealed_and_can_be_opened(case_ref) -> None:
    number = kept(case_ref=case_ref)
    assert opened(number) == TEXT
    assert b"coughs" not in bytes(ReviewText.objects.get().sealed)


def test_a_text_of_a_destroyed_case_cannot_be_read_from_any_copy() -> None:
    """Its row goes with the key; a row that comes back from a backup stays shut."""
    number = kept()
    copy = ReviewText.objects.get()
    assert case_keys.destroy(1, "case:7", by="ada")
    assert not ReviewText.objects.exists()
    copy.save(force_insert=True)
    assert opened(number) is None
    case_keys.key_for(1, "case:7")  # the case is spoken of again, under a new key
    assert opened(number) is None


def test_nothing_is_kept_for_a_case_that_was_destroyed_meanwhile() -> None:
    text = Kept(clock.new_id(), 1, "case:8", TEXT, 20, clock.now(), 14)
    assert not review_texts.keep(text)
    assert not ReviewText.objects.exists()
    assert not CaseKey.objects.exists()


def test_a_text_moved_to_another_request_does_not_open() -> None:
    kept()
    copy = ReviewText.objects.get()
    copy.pk = clock.new_id()
    copy.save(force_insert=True)
    assert opened(copy.pk) is None


def test_an_expired_text_is_neither_shown_nor_kept_for_long() -> None:
    """A key that was the text's alone goes with it; the key of a case stays."""
    long_ago = clock.now() - timedelta(days=15)
    old = [kept(at=long_ago), kept(at=long_ago, case_ref=None)]
    new = kept(case_ref=None)
    assert [opened(number) for number in old] == [None, None]
    forget_review_texts()
    assert [row.pk for row in ReviewText.objects.all()] == [new]
    assert CaseKey.objects.count() == 2
    assert opened(new) == TEXT


def test_the_chosen_share_is_the_wished_one_and_always_the_same() -> None:
    names = [f"request {n}" for n in range(2_000)]
    chosen = [review_texts.is_chosen(name, 20) for name in names]
    assert abs(sum(chosen) / len(names) - 0.2) < 0.04
    assert chosen == [review_texts.is_chosen(name, 20) for name in names]
    assert all(review_texts.is_chosen(name, 100) for name in names)
    assert not any(review_texts.is_chosen(name, 0) for name in names)


def test_a_kept_text_never_changes() -> None:
    kept()
    with pytest.raises(ProgrammingError), transaction.atomic():
        ReviewText.objects.update(percent=100)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"review_percent": 10, "allowed_categories": ["name"]}, "would be read"),
        ({"review_percent": 101}, "no share"),
        ({"review_days": 91}, "too many"),
        ({"review_days": 0}, "no days"),
    ],
)
def test_a_policy_that_would_keep_identifiers_or_keep_too_long_is_not_published(
    changes, word
) -> None:
    content = publishing.draft_content()
    content["policies"][0] |= changes
    assert any(word in finding for finding in publishing.findings_of(content))


def test_an_older_publication_keeps_no_text() -> None:
    content = publishing.draft_content()
    for row in content["policies"]:
        del row["review_percent"], row["review_days"]
    assert publishing.findings_of(content) == []


def test_drafts_that_keep_texts_are_published_as_a_whole_or_not_at_all() -> None:
    Policy.objects.update(review_percent=5, allowed_categories=["name"])
    with pytest.raises(InvalidConfiguration):
        publishing.publish(note="Keep texts", by=None)
    Policy.objects.update(allowed_categories=[])
    publishing.publish(note="Keep texts", by=None)


def test_texts_are_listed_without_a_word_and_forgotten_by_who_may() -> None:
    address = reverse("admin:phi_reviewtext_changelist")
    browser = Browser()
    browser.force_login(make_admin())
    assert "A PHI policy says" in browser.get(address).content.decode()
    number = kept(case_ref=None)
    page = browser.get(address).content.decode()
    assert str(number) in page
    assert "coughs" not in page
    reader = Browser()
    reader.force_login(make_member("compliance"))
    forget = {"action": "forget", "_selected_action": [str(number)]}
    reader.post(address, forget)
    assert ReviewText.objects.exists()
    browser.post(address, forget)
    assert not ReviewText.objects.exists()
    assert not CaseKey.objects.exists()
    assert AuditEntry.objects.filter(kind="review-text-forgotten", request_id=number).exists()
