"""The pages of what protects: what they show, to whom, and that nothing of a text stays."""

import html
import json
import re
from typing import Any

import pytest
from django.test import Client as Browser

from phi import offload, patients, publishing
from phi.errors import PhiBlocked
from phi.known import identifiers_of
from phi.models import CustomRecognizer, Policy
from phi.pages.forms import LONGEST_TEXT
from phi.patient_index import PatientIndex
from tests.factories.accounts import make_tenant
from tests.factories.people import make_admin, make_member
from usage.models import AuditEntry

pytestmark = [pytest.mark.service, pytest.mark.django_db]
TRY_OUT, IN_FORCE = "/phi/try-out/", "/phi/in-force/"
TEXT = "Maria Quillfeather, MRN 482913, call (415) 555-0134. BP 120/80."


def signed_in(person: Any) -> Browser:
    browser = Browser()
    browser.force_login(person)
    return browser


@pytest.fixture
def ada() -> Browser:
    return signed_in(make_admin())


def look(browser: Browser, text: str = TEXT, **fields: str) -> Any:
    return browser.post(TRY_OUT, {"text": text, "policies": "in-force", **fields})


def words(response: Any) -> str:
    """Return what a person reads on a page."""
    body = response.content.decode().split("<main", 1)[1]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_a_look_shows_text_findings_and_the_last_scan(ada: Browser) -> None:
    response = look(ada, name="Maria Quillfeather")
    shown = response.context["look"]
    assert [(one.value, one.finding.category) for one in shown.findings] == [
        ("Maria Quillfeather", "name"),
        ("482913", "mrn"),
        ("(415) 555-0134", "phone"),
    ]
    assert [TEXT[one.finding.start : one.finding.end] for one in shown.findings] == [
        one.value for one in shown.findings
    ]
    assert "".join(piece.text for piece in shown.pieces) == TEXT
    assert "BP 120/80." in shown.safe
    assert not {"Quillfeather", "482913", "0134"} & set(re.findall(r"\w+", shown.safe))
    page = words(response)
    for expected in ("known", "1.00", "It finds nothing in what would leave", "mode tokenize"):
        assert expected in page


def test_line_ends_of_browsers_do_not_move_the_offsets(ada: Browser) -> None:
    shown = look(ada, "Seen.\r\nMRN 482913").context["look"]
    (one,) = shown.findings
    assert (one.finding.start, one.finding.end) == (10, 16)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script> MRN 482913",
        "MRN <img src=x onerror=alert(1)> 482913",
        "</textarea></div><script>alert(1)</script>",
        "{{ 7|add:7 }} {% now 'Y' %} \" onmouseover=alert(1) x=\"",
        "Dr. <b>Adams</b> &lt;script&gt;alert(1)&lt;/script&gt; SSN 219-09-9999",
    ],
)
def test_a_pasted_text_is_text_wherever_it_is_shown(ada: Browser, text: str) -> None:
    response = look(ada, text, name=text)
    page = response.content.decode()
    for tag in ("<script", "<img", "<b>", 'onmouseover=alert(1) x="'):
        assert tag not in page
    assert "script-src 'self'" in response["Content-Security-Policy"]
    assert "unsafe" not in response["Content-Security-Policy"]
    if response.context["look"].pieces:
        assert "".join(piece.text for piece in response.context["look"].pieces) == text


def test_nothing_of_a_text_is_kept(ada: Browser, caplog: Any) -> None:
    response = look(ada, "Seen: Zephyrine Quillfeather", name="Zephyrine Quillfeather")
    assert "no-store" in response["Cache-Control"]
    assert "Quillfeather" not in caplog.text
    assert "Quillfeather" not in words(ada.get(TRY_OUT))
    assert "Quillfeather" not in repr(response.context["look"])


def test_that_somebody_looked_is_audited(ada: Browser) -> None:
    """The page tells whether words are a patient's: who asks that is written down, not what."""
    look(ada, "Seen: Zephyrine Quillfeather")
    entry = AuditEntry.objects.latest("seq")
    assert (entry.kind, entry.actor) == ("sanitizer-tried", "ada")
    assert json.loads(entry.record)["facts"] == {}
    assert "Quillfeather" not in entry.record


def test_a_text_in_the_address_is_not_looked_at(ada: Browser) -> None:
    response = ada.get(TRY_OUT, {"text": TEXT, "policies": "in-force"})
    assert "look" not in response.context
    assert "Quillfeather" not in response.content.decode()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"text": ""}, "Paste or type a text first."),
        ({"text": " \n "}, "Paste or type a text first."),
        ({"text": "a" * (LONGEST_TEXT + 1)}, f"at most {LONGEST_TEXT} characters"),
        ({"text": "a\0b"}, "Null characters"),
        ({"tenant": "nobody"}, "Select a valid choice"),
        ({"policies": "none"}, "Select a valid choice"),
        ({"name": "a" * 201}, "at most 200 characters"),
    ],
)
def test_a_bad_form_says_what_is_wrong(ada: Browser, fields: dict[str, str], said: str) -> None:
    response = look(ada, **{"text": "Seen.", **fields})
    assert response.status_code == 200
    assert said in words(response)
    assert "look" not in response.context


def test_a_form_without_its_token_is_refused() -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(make_admin())
    assert look(browser).status_code == 403


def test_before_a_text_and_without_a_finding_the_page_says_so(ada: Browser) -> None:
    assert "No text yet" in words(ada.get(TRY_OUT))
    assert "Nothing was found" in words(look(ada, "Lungs clear."))


def test_a_draft_can_be_tried_before_it_is_published(ada: Browser) -> None:
    tenant = make_tenant().slug
    CustomRecognizer.objects.create(
        slug="chart", tenant=tenant, category="mrn", pattern=r"\bZX-\d{5}\b"
    )
    found = {
        which: [
            one.finding.recognizer
            for one in look(ada, "See ZX-12345.", tenant=tenant, policies=which)
            .context["look"]
            .findings
        ]
        for which in ("in-force", "drafts")
    }
    assert found == {"in-force": [], "drafts": ["custom:chart"]}


def test_drafts_that_could_not_be_served_say_why(ada: Browser) -> None:
    CustomRecognizer.objects.create(slug="all", category="mrn", pattern=".*")
    assert "no upper bound" in words(look(ada, policies="drafts"))


def test_a_policy_that_blocks_is_shown_with_what_it_blocks(ada: Browser) -> None:
    Policy.objects.filter(slug="default").update(mode="block")
    page = words(look(ada, policies="drafts"))
    assert "is refused, since the policy blocks identifiers" in page
    assert "482913" in page


def test_what_an_allowed_category_lets_pass_is_named_by_the_scan(ada: Browser) -> None:
    """An allowed word may hide what the last scan finds all the same."""
    Policy.objects.filter(slug="default").update(allow_list=["call (415) 555-0134 now"])
    shown = look(ada, "Please call (415) 555-0134 now.", policies="drafts").context["look"]
    assert shown.findings == []
    assert shown.at_the_door == ("pattern:phone",)


def test_the_last_scan_knows_the_other_patients_of_the_tenant(
    ada: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = PatientIndex()
    index.add(identifiers_of([{"name": "Osric Penhaligon"}]))
    tenant = make_tenant().slug
    monkeypatch.setattr(patients, "index_of", {tenant: index}.get)
    text = "give osric penhaligon 5 mg"
    for whose, reasons in ((tenant, ("patient:name",)), ("", ())):
        assert look(ada, text, tenant=whose).context["look"].at_the_door == reasons


def test_a_text_that_cannot_be_read_is_refused_with_its_reason(
    ada: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*args: object, **kwargs: object) -> None:
        raise PhiBlocked(reasons=["engine-timeout"])

    monkeypatch.setattr(offload, "sanitize_text", refuse)
    assert "engine-timeout" in words(look(ada))


ROLES = {
    "clinic_admin": (200, 200),
    "compliance": (200, 200),
    "operations": (403, 200),
    "finance": (403, 403),
    "reviewer": (403, 403),
    "developer": (403, 403),
}


def test_each_role_gets_its_pages() -> None:
    for group, (tries, reads) in ROLES.items():
        browser = signed_in(make_member(group))
        assert browser.get(TRY_OUT).status_code == tries, group
        assert look(browser).status_code == tries, group
        assert browser.get(IN_FORCE).status_code == reads, group


def test_a_stranger_is_asked_to_sign_in() -> None:
    for path in (TRY_OUT, IN_FORCE):
        response = Browser().get(path)
        assert response.status_code == 302
        assert "/login/" in response["Location"]


def test_what_is_in_force_is_shown_per_task_type(ada: Browser) -> None:
    tenant = make_tenant().slug
    Policy.objects.create(slug="ours", tenant=tenant, mode="redact")
    Policy.objects.create(
        slug="triage", tenant=tenant, task_type="triage", mode="block", on_finding="on_premise"
    )
    publishing.publish(note="Two", by=None)
    rows = ada.get(IN_FORCE, {"tenant": tenant}).context["rows"]
    assert [(row.task_type, row.policy.slug) for row in rows] == [
        ("triage", "triage"),
        ("", "ours"),
    ]
    page = words(ada.get(IN_FORCE, {"tenant": tenant, "task_type": "sentiment"}))
    assert "sentiment ours, version 1 redact" in page
    assert "default, version 1" in words(ada.get(IN_FORCE))


def test_an_unknown_tenant_in_the_address_is_said(ada: Browser) -> None:
    response = ada.get(IN_FORCE, {"tenant": "<script>"})
    assert response.status_code == 200
    assert "<script>" not in response.content.decode()
