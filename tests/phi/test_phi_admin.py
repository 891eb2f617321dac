"""The admin of what protects: forms that refuse and explain, publications, and who may what."""

import json
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client as Browser
from django.urls import reverse

from phi.models import AllowedPhrase, CustomRecognizer, Policy, PolicyProposal, PolicyVersion
from tests.confirming import confirm
from tests.factories.accounts import make_tenant
from tests.factories.people import make_admin, make_member
from usage.models import AuditEntry

pytestmark = [pytest.mark.service, pytest.mark.django_db]
TABLES: tuple[type[Model], ...] = (
    *(Policy, CustomRecognizer, AllowedPhrase),
    *(PolicyVersion, PolicyProposal),
)
PUBLISH = "/admin/phi/policyversion/publish/"


def signed_in(person: Any) -> Browser:
    browser = Browser()
    browser.force_login(person)
    return browser


@pytest.fixture
def ada() -> Browser:
    return signed_in(make_admin())


def address(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:phi_{model._meta.model_name}_{page}", args=args)


def refusals(response: Any) -> str:
    assert response.status_code == 200
    return json.dumps(response.context["adminform"].form.errors)


def policy(**changes: Any) -> dict[str, Any]:
    return {
        **{"slug": "demo-notes", "tenant": "", "task_type": "", "mode": "redact"},
        **{"on_finding": "deny", "on_doubt": "tokenize", "pms_failure": "refuse"},
        **{"is_active": "on", "review_percent": 0, "review_days": 14},
        **{"publish_now": "on", "note": "Stricter"},
        **changes,
    }


def recognizer(**changes: Any) -> dict[str, Any]:
    return {
        **{"slug": "chart", "tenant": "", "category": "mrn", "pattern": r"\bZX-\d{5}\b"},
        **{"context": "", "examples": "see ZX-12345\n\nZX-54321", "counterexamples": "ZX-1"},
        **{"is_active": "on", "publish_now": "on", "note": "Chart numbers"},
        **changes,
    }


def latest() -> PolicyVersion:
    return PolicyVersion.objects.latest("pk")


def test_a_policy_is_live_when_saved_and_its_note_is_kept(ada: Browser) -> None:
    tenant = make_tenant()
    response = ada.post(address(Policy, "add"), policy(tenant=tenant.slug))
    assert response.status_code == 302, refusals(response)
    assert latest().note == "Stricter"
    assert {row["slug"] for row in latest().content["policies"]} == {"default", "demo-notes"}
    assert AuditEntry.objects.filter(kind="phi-policies-published", actor="ada").exists()


def test_publishing_asks_for_a_note(ada: Browser) -> None:
    before = latest()
    assert "note" in refusals(ada.post(address(Policy, "add"), policy(note="")))
    assert latest() == before


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"tenant": "nobody"}, "tenant"),
        ({"task_type": "no-such-work"}, "task_type"),
        ({"task_type": "lab_interpretation"}, "task"),
        ({"mode": "shrug"}, "mode"),
        ({"allowed_categories": ["shoe_size"]}, "allowed_categories"),
        ({"slug": "default"}, "slug"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(
    ada: Browser, changes: dict[str, Any], word: str
) -> None:
    assert word in refusals(ada.post(address(Policy, "add"), policy(**changes)))
    assert not Policy.objects.filter(slug="demo-notes").exists()


def test_a_second_default_is_refused(ada: Browser) -> None:
    refusals(ada.post(address(Policy, "add"), policy()))
    assert Policy.objects.count() == 1


def test_an_untouched_policy_can_be_saved(ada: Browser) -> None:
    row = Policy.objects.get()
    form = ada.get(address(Policy, "change", row.pk)).context["adminform"].form
    values = policy(slug="default", mode="tokenize", row_state=form["row_state"].value())
    response = ada.post(address(Policy, "change", row.pk), values)
    assert response.status_code == 302, refusals(response)


def test_a_draft_waits_and_the_page_shows_what_it_would_change(ada: Browser) -> None:
    before = latest()
    ada.post(address(Policy, "add"), policy(tenant=make_tenant().slug, publish_now=""))
    assert latest() == before
    page = ada.get(PUBLISH)
    assert {each.what for each in page.context["differences"]} == {"policy demo-notes"}
    confirm(ada, PUBLISH, note="Notes")
    assert latest().note == "Notes"
    confirm(ada, f"/admin/phi/policyversion/{before.pk}/put-back/", note="Too loose")
    assert latest().content == before.content


def test_a_recognizer_is_kept_with_what_its_examples_give(ada: Browser) -> None:
    response = ada.post(address(CustomRecognizer, "add"), recognizer())
    assert response.status_code == 302, refusals(response)
    row = CustomRecognizer.objects.get()
    assert row.examples == ["see ZX-12345", "ZX-54321"]
    page = ada.get(address(CustomRecognizer, "change", row.pk)).content.decode()
    assert "finds ZX-12345" in page
    assert "finds nothing" in page
    assert latest().content["recognizers"][0]["pattern"] == r"\bZX-\d{5}\b"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pattern": "Z+"}, "no upper bound"),
        ({"pattern": "(Z"}, "RE2 does not read it"),
        ({"pattern": "Z?"}, "empty text"),
        ({"pattern": "."}, "ordinary clinical text"),
        ({"pattern": "Z" * 501}, "500"),
        ({"examples": "ZX-1"}, "finds nothing in example 1"),
        ({"examples": ""}, "required"),
        ({"counterexamples": "ZX-99999"}, "in counterexample 1"),
        ({"category": "shoe"}, "category"),
        ({"context": "\n".join(["word"] * 21)}, "At most 20 lines"),
    ],
)
def test_an_unfit_recognizer_is_refused_with_its_reason(
    ada: Browser, changes: dict[str, Any], words: str
) -> None:
    assert words in refusals(ada.post(address(CustomRecognizer, "add"), recognizer(**changes)))
    assert not CustomRecognizer.objects.exists()


def test_what_was_typed_is_escaped_wherever_it_is_shown(ada: Browser) -> None:
    script = "<script>alert(1)</script>"
    ada.post(
        address(CustomRecognizer, "add"),
        recognizer(pattern="<(script)>alert", examples=script, counterexamples=""),
    )
    ada.post(
        address(AllowedPhrase, "add"),
        {"tenant": "", "phrase": script, "publish_now": "on", "note": script},
    )
    row = CustomRecognizer.objects.get()
    for url in (
        address(CustomRecognizer, "change", row.pk),
        address(CustomRecognizer, "changelist"),
        address(AllowedPhrase, "changelist"),
        address(PolicyVersion, "changelist"),
        address(PolicyVersion, "change", latest().pk),
        PUBLISH,
    ):
        assert script not in ada.get(url).content.decode(), url


@pytest.mark.parametrize(
    ("phrase", "warns"),
    [
        ("Maria Lopez", True),
        ("Rose", True),
        ("415-555-0134", True),
        ("Rose Medical Center", True),
        ("visit summary", False),
        ("Discharge Summary", False),
    ],
)
def test_a_phrase_that_looks_like_an_identifier_is_kept_with_a_warning(
    ada: Browser, phrase: str, warns: bool
) -> None:
    values = {"tenant": "", "phrase": f"  {phrase} ", "publish_now": "on", "note": "Ours"}
    page = ada.post(address(AllowedPhrase, "add"), values, follow=True)
    assert AllowedPhrase.objects.get().phrase == phrase
    levels = [message.level_tag for message in page.context["messages"]]
    assert ("warning" in levels) is warns


@pytest.mark.parametrize("phrase", ["", " ", "-", "a"])
def test_a_phrase_that_says_nothing_is_refused(ada: Browser, phrase: str) -> None:
    values = {"tenant": "", "phrase": phrase, "publish_now": "on", "note": "Ours"}
    assert "phrase" in refusals(ada.post(address(AllowedPhrase, "add"), values))


def test_two_persons_publish_where_the_installation_asks_for_it(settings: Any) -> None:
    settings.PHI_POLICY_NEEDS_APPROVAL = True
    ada, bob, before = signed_in(make_admin("ada")), signed_in(make_admin("bob")), latest()
    ada.post(address(CustomRecognizer, "add"), recognizer())
    proposal, first = PolicyProposal.objects.get(), before.pk
    approve = f"/admin/phi/policyproposal/{proposal.pk}/approve/"
    assert {each.field for each in bob.get(approve).context["differences"]} >= {"pattern"}
    ada.post(approve)
    assert latest().pk == first
    bob.post(approve)
    assert (latest().proposed_by.username, latest().published_by.username) == ("ada", "bob")  # type: ignore[union-attr]


@pytest.mark.parametrize("group", ["compliance", "operations"])
def test_readers_see_everything_and_change_nothing(group: str) -> None:
    browser, before = signed_in(make_member(group)), latest()
    for model in TABLES:
        assert browser.get(address(model, "changelist")).status_code == 200, model
        assert browser.get(address(model, "add")).status_code == 403, model
    row = Policy.objects.get()
    assert browser.get(address(Policy, "change", row.pk)).status_code == 200
    assert browser.post(address(Policy, "change", row.pk), policy()).status_code == 403
    for url in (PUBLISH, f"/admin/phi/policyversion/{before.pk}/put-back/"):
        assert browser.post(url, {"note": "mine"}).status_code == 403
    assert latest() == before
    assert browser.get(address(Policy, "history", row.pk)).status_code == 200


@pytest.mark.parametrize("group", ["finance", "reviewer", "developer"])
def test_others_see_nothing_of_it(group: str) -> None:
    browser = signed_in(make_member(group))
    for model in TABLES:
        assert browser.get(address(model, "changelist")).status_code == 403, model


def test_a_clinic_admin_edits_and_publishes() -> None:
    browser = signed_in(make_member("clinic_admin"))
    response = browser.post(address(CustomRecognizer, "add"), recognizer())
    assert response.status_code == 302, refusals(response)
    assert latest().note == "Chart numbers"
