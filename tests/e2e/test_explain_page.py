"""The page that explains a pasted request: the API's own decision, and nothing left behind."""

import html
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from django.contrib.auth.models import User

from phi.models import CaseKey
from routing.models import Rule
from tests.factories.people import PASSWORD, make_admin, make_member
from tests.gateway_server import Gateway, Pms
from tests.sandbox_server import Sandbox
from usage.models import AuditEntry, Tenant, UsageRecord

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]
PAGE = "/routing/explain/"
NOTE = "Summarize: Maria Alvarez, MRN 00482913, was seen for diabetes. HbA1c 8.1 %."


class Person:
    """Somebody at the pages of a running router."""

    def __init__(self, server: Gateway, user: User) -> None:
        self.browser = httpx2.Client(base_url=server.url, timeout=60, follow_redirects=True)
        given = {"username": user.get_username(), "password": PASSWORD, "next": PAGE}
        self.post("/admin/login/", given)

    def post(self, path: str, given: dict[str, Any]) -> httpx2.Response:
        self.browser.get(path)
        token = self.browser.cookies["csrftoken"]
        return self.browser.post(path, data={**given, "csrfmiddlewaretoken": token})

    def explained(self, text: str, **fields: str) -> str:
        """Return what the page says, without what was typed into it."""
        usual = {"rulebook": "published", "kind": "prompt", "text": text}
        page = self.post(PAGE, {**usual, **fields}).text.split('id="result"', 1)[1]
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.fixture
def sign_in(gateway: Gateway, pms: Pms) -> Iterator[Callable[[User], Person]]:
    """Return a function that signs somebody in, once the router knows the tenant."""
    people: list[Person] = []

    def enter(user: User) -> Person:
        people.append(Person(gateway, user))
        return people[-1]

    yield enter
    for person in people:
        person.browser.close()


@pytest.fixture
def ada(sign_in: Callable[[User], Person]) -> Person:
    return sign_in(make_admin())


@pytest.fixture
def caller(tenant: Tenant) -> str:
    return f"{tenant.slug}/pms"


def test_the_page_says_what_the_api_says(ada: Person, pms: Pms, caller: str):
    body = {"prompt": NOTE, "accuracy": "high", "task_type": "encounter_summary"}
    said = pms.post("/api/v1/route/explain", body | {"llm_classifier": False}).body
    page = ada.explained(json.dumps(body), kind="body", caller=caller)
    assert f"{said['routing']['tier'].capitalize()} answers" in page
    assert said["routing"]["model"] in page
    for reason in said["routing"]["reasons"]:
        assert f"{reason['step']} {reason['text']} {reason['code']}" in page
    for other in said["alternatives"]:
        assert f"{other['expected_loss']:.3f}" in page
    fields = {"accuracy": "high", "task_type": "encounter_summary"}
    assert f"{said['routing']['tier'].capitalize()} answers" in ada.explained(
        NOTE, caller=caller, **fields
    )


def test_nothing_is_sent_and_nothing_kept_but_who_asked(ada: Person, caller: str, sandbox: Sandbox):
    """Not even the key of a conversation that is not one yet."""
    entries = set(AuditEntry.objects.values_list("pk", flat=True))
    body = {"prompt": NOTE, "session_id": "s-1", "case_id": "c-1", "user": "u", "metadata": {}}
    page = ada.explained(json.dumps(body), kind="body", caller=caller)
    assert "Left aside: session_id, case_id, user, metadata." in page
    assert "Alvarez" not in page
    assert "00482913" not in page
    assert sandbox.requests() == []
    assert not UsageRecord.objects.exists()
    assert not CaseKey.objects.exists()
    [entry] = AuditEntry.objects.exclude(pk__in=entries)
    assert (entry.kind, entry.actor) == ("request-explained", "ada")
    assert json.loads(entry.record)["facts"] == {}


def test_a_draft_is_explained_beside_what_is_in_force(ada: Person, caller: str):
    Rule.objects.create(
        slug="all-opus", name="All", priority=1, conditions={"urgency": "background"},
        actions={"tier": "opus"}, is_published=True,
    )  # fmt: skip
    asked = {"caller": caller, "urgency": "background", "task_type": "encounter_summary"}
    page = ada.explained(NOTE, rulebook="drafts", **asked)
    assert "Opus answers" in page
    assert "As published, sonnet answers" in page or "As published, haiku answers" in page
    assert "all-opus : When its urgency is background, then opus answers." in page
    assert "all-opus" not in ada.explained(NOTE, **asked)


def test_drafts_that_cannot_be_served_are_said_so(ada: Person, caller: str):
    Rule.objects.create(
        slug="bad", name="Bad", conditions={}, actions={"tier": "mini"}, is_published=True
    )
    page = ada.explained(NOTE, caller=caller, rulebook="drafts")
    assert "This rulebook could not be served" in page
    assert "The rule bad names the tier mini, which does not exist." in page


def test_what_cannot_be_explained_says_why(ada: Person, caller: str):
    body = {"kind": "body"}
    says = {
        "Paste or type a request first.": (" ", {}),
        "The body is not JSON.": ("{", body),
        "The body must be a JSON object.": ("[]", body),
        "A field is not known here.": ('{"prompt": "x", "mood": 1}', body),
        "422 unknown-task-type": ('{"prompt": "x", "task_type": "poetry"}', body),
        "Select a valid choice": (NOTE, {"caller": "nobody/none"}),
    }
    usual = {"rulebook": "published", "kind": "prompt", "caller": caller}
    pages = {
        why: ada.post(PAGE, {**usual, "text": text, **fields}).text
        for why, (text, fields) in says.items()
    }
    assert [why for why, page in pages.items() if why not in html.unescape(page)] == []


def test_who_may_not_explain_is_refused(sign_in: Callable[[User], Person]):
    assert sign_in(make_member("finance")).browser.get(PAGE).status_code == 403
    assert sign_in(make_member("reviewer")).browser.get(PAGE).status_code == 200
