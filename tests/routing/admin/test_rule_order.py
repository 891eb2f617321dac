"""The order of rules: saved whole or not at all, and never over somebody else's."""

import json
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from routing.models import Rule, RulebookApproval, RulebookVersion, WhatIf
from tests.factories.people import make_admin, make_member
from usage.models import AuditEntry

pytestmark = [pytest.mark.django_db, pytest.mark.service]
ORDER = "admin:routing_rule_order"


@pytest.fixture
def ada() -> Browser:
    browser = Browser()
    browser.force_login(make_admin())
    return browser


def sent(browser: Browser, **changes: Any) -> dict[str, Any]:
    """Return what a browser would send of the page, kept as a draft."""
    form = browser.get(reverse(ORDER)).context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {**values, "publish_now": "", "note": "", **changes}


def priorities() -> list[tuple[str, int]]:
    return list(Rule.objects.values_list("slug", "priority"))


def swapped(browser: Browser) -> dict[str, Any]:
    """Return the form with the first two rules in each other's place."""
    first, second = Rule.objects.all()[:2]
    places = {f"priority_{first.pk}": second.priority, f"priority_{second.pk}": first.priority}
    return sent(browser, **places)


def test_rules_take_the_numbers_they_were_given(ada):
    (first, _), (second, _), *others = before = priorities()
    assert ada.post(reverse(ORDER), swapped(ada)).status_code == 302
    assert priorities() == [(second, before[0][1]), (first, before[1][1]), *others]
    assert AuditEntry.objects.filter(kind="configuration-changed").count() == 2


def test_an_order_can_be_published_at_once(ada):
    RulebookApproval.objects.update(for_clinical_work=False)
    values = swapped(ada) | {"publish_now": "on", "note": "Notes come first"}
    assert ada.post(reverse(ORDER), values).status_code == 302
    live = RulebookVersion.objects.latest("pk")
    assert live.note == "Notes come first"
    assert [rule["slug"] for rule in live.content["rules"]] == [
        rule.slug for rule in Rule.objects.filter(is_published=True)
    ]


def test_the_second_of_two_orders_is_refused(ada):
    mine, theirs = swapped(ada), swapped(ada)
    assert ada.post(reverse(ORDER), theirs).status_code == 302
    after = priorities()
    response = ada.post(reverse(ORDER), mine)
    assert "Somebody changed the order" in json.dumps(response.context["form"].errors)
    assert priorities() == after


@pytest.mark.parametrize("number", ["0", "-1", "", "first", "99999999999"])
def test_what_is_no_priority_changes_nothing(ada, number):
    before = priorities()
    first = Rule.objects.all()[0]
    response = ada.post(reverse(ORDER), swapped(ada) | {f"priority_{first.pk}": number})
    assert f"priority_{first.pk}" in response.context["form"].errors
    assert priorities() == before


def test_who_reads_rules_cannot_order_them():
    reader = Browser()
    reader.force_login(make_member("developer"))
    assert reader.get(reverse(ORDER)).status_code == 403


def test_an_empty_list_says_what_to_do(ada):
    assert not WhatIf.objects.exists()
    page = ada.get(reverse("admin:routing_whatif_changelist")).content.decode()
    assert "choose Try the drafts above" in page
    page = ada.get(reverse("admin:routing_rule_changelist"), {"q": "no such"}).content.decode()
    assert "Nothing matches the search" in page
