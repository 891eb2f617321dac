"""What protection stopped is written down without a word of it, and shown to those who may."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.test import Client as Browser

from phi import denials
from phi.denials import DenialFacts
from phi.models import Denial
from tests.factories.people import make_admin, make_member

pytestmark = [pytest.mark.service, pytest.mark.django_db]
PAGE = "/admin/phi/denial/"


def denial(**changes: Any) -> Denial:
    facts = {
        **{"request_id": uuid4(), "at": datetime(2026, 11, 21, 9, 30, tzinfo=UTC)},
        **{"tenant": "north", "client": "pms", "task_type": "soap_note", "policy": "default@3"},
        **changes,
    }
    outcome, reasons = facts.pop("outcome", "denied"), facts.pop("reasons", ["pattern:ssn"])
    denials.write(DenialFacts(**facts), outcome=outcome, reasons=reasons)
    return Denial.objects.latest("pk")


def signed_in(person: Any) -> Browser:
    browser = Browser()
    browser.force_login(person)
    return browser


@pytest.fixture
def ada() -> Browser:
    return signed_in(make_admin())


def test_a_denial_is_kept_for_good() -> None:
    row = denial(reasons=["x" * 200] * 50)
    assert len(row.reasons) == denials.MOST_REASONS
    assert len(row.reasons[0]) == denials.LONGEST_REASON
    for change in (lambda: Denial.objects.update(outcome="resanitized"), row.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_the_page_filters_by_what_is_known_of_a_denial(ada: Browser) -> None:
    denial()
    denial(tenant="south", reasons=["patient:name", "doubt:word"], outcome="resanitized")
    for query in (
        "?tenant=south",
        "?reason=doubt:word",
        "?outcome__exact=resanitized",
    ):
        shown = ada.get(PAGE + query)
        assert shown.status_code == 200
        assert [row.tenant for row in shown.context["cl"].result_list] == ["south"]
    shown = ada.get(f"{PAGE}?client=pms&policy=default@3&task_type=soap_note&reason=pattern:ssn")
    assert [row.tenant for row in shown.context["cl"].result_list] == ["north"]


def test_it_can_be_taken_along_as_csv(ada: Browser) -> None:
    row = denial(reasons=["known:name", "pattern:ssn"])
    chosen = {"action": "download", "_selected_action": [row.pk]}
    lines = ada.post(PAGE, chosen).content.decode().splitlines()
    assert lines[0] == "created_at,request_id,tenant,client,task_type,policy,outcome,reasons"
    assert lines[1].endswith("north,pms,soap_note,default@3,denied,known:name pattern:ssn")


def test_nobody_adds_changes_or_deletes_one(ada: Browser) -> None:
    row = denial()
    assert ada.get(f"{PAGE}add/").status_code == 403
    assert ada.get(f"{PAGE}{row.pk}/change/").status_code == 200
    for path in (f"{PAGE}{row.pk}/change/", f"{PAGE}{row.pk}/delete/"):
        assert ada.post(path, {"outcome": "resanitized"}).status_code == 403


@pytest.mark.parametrize(
    ("group", "status"), [("compliance", 200), ("operations", 200), ("finance", 403)]
)
def test_those_see_it_whose_business_it_is(group: str, status: int) -> None:
    denial()
    assert signed_in(make_member(group)).get(PAGE).status_code == status
