"""What the first page of the admin says of a configuration that cannot be served."""

import pytest
from django.test import Client as Browser
from django.urls import reverse

from routerproject.shared import clock
from routing.models import Rule, RulebookVersion
from routing.rulebook.publishing import live_version
from tests.factories.people import make_admin, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.service]
SAYS = "the last good one stays in use"


def first_page(user) -> str:
    browser = Browser()
    browser.force_login(user)
    return browser.get(reverse("admin:index")).text


def published_by_sql(**changed) -> None:
    """Put a rulebook into force past every check."""
    live = live_version()
    assert live
    content = {**live.content, **changed}
    RulebookVersion.objects.create(content=content, note="By SQL", published_at=clock.now())


def test_a_loop_that_came_by_sql_is_told_until_it_is_mended():
    ada = make_admin()
    assert SAYS not in first_page(ada)
    live = live_version()
    assert live
    first, *rest = live.content["task_types"]
    published_by_sql(task_types=[{**first, "fallback": ["haiku", "sonnet", "haiku"]}, *rest])
    assert f"{SAYS}: {first['slug']}: the fallback chain comes back to haiku." in first_page(ada)
    assert SAYS not in first_page(make_member("finance"))
    published_by_sql(**live.content)
    assert SAYS not in first_page(ada)


def test_what_cannot_even_be_read_is_told_too():
    published_by_sql(loss_matrix=7)
    assert SAYS in first_page(make_admin())


@pytest.mark.parametrize("changed", [{"loss_matrix": 7}, {"rules": None}, {"task_types": [{}]}])
def test_what_cannot_be_read_is_mended_on_the_pages(changed):
    """They show what is in use, the last good one, and put it back into force."""
    good = live_version()
    assert good
    published_by_sql(**changed)
    bad = RulebookVersion.objects.latest("id")
    assert live_version() == good
    ada, browser = make_admin(), Browser()
    browser.force_login(ada)
    version = "admin:routing_rulebookversion"
    pages = [
        reverse("admin:routing_rule_changelist"),
        reverse("admin:routing_rule_change", args=[Rule.objects.earliest("pk").pk]),
        reverse(f"{version}_change", args=[bad.pk]),
        reverse(f"{version}_publish"),
        reverse(f"{version}_put_back", args=[bad.pk]),
    ]
    assert [browser.get(page).status_code for page in pages] == [200] * len(pages)
    back = reverse(f"{version}_put_back", args=[good.pk])
    seen = browser.get(back).context["seen"]
    browser.post(back, {"note": "After SQL", "seen": seen})
    assert RulebookVersion.objects.latest("id").content == good.content
    assert SAYS not in first_page(ada)
