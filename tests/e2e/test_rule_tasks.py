"""Comorbidities by the public doors: edited in the admin, answered at $0, no model asked."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse

from routing.models import ComorbidityPair, RulebookApproval, RulebookProposal, RulebookVersion
from routing.rulebook.publishing import RULEBOOK, draft_content, publish
from tests.e2e.test_admin import address, form_of, refusals
from tests.factories.people import make_admin, make_member
from tests.gateway_server import Pms
from tests.sandbox_server import Sandbox
from usage.models import Attempt, AuditEntry, UsageRecord

pytestmark = pytest.mark.service
TASK = "comorbidity_detection"
CODES = {"condition_codes": ["E11.22", "N18.30", "Maria"]}
EXPORT, IMPORT = (
    f"admin:routing_comorbiditypair_{name}" for name in ("export_file", "import_file")
)


@pytest.fixture
def ada(settings, tmp_path) -> Browser:
    settings.STATIC_ROOT = tmp_path
    browser = Browser()
    browser.force_login(make_admin())
    return browser


def filled(**changes) -> dict[str, object]:
    """Return what a browser sends of a new pair."""
    return {
        **{"first": " n18 ", "second": "d86.9", "name": "CKD and sarcoidosis", "severity": "high"},
        **{"watch": "Calcium.", "is_published": "on", "publish_now": "on", "note": "New."},
        **changes,
    }


@pytest.mark.django_db(transaction=True)
def test_a_rule_answers_without_a_model_and_at_no_cost(pms: Pms, sandbox: Sandbox):
    """One record and one audit line, no attempt; the name in the list is kept nowhere."""
    said = pms.route("Find them.", task_type=TASK, context=CODES)
    assert said.status == 200, said.body
    routing = said.body["routing"]
    assert (routing["tier"], routing["model"], routing["attempts"]) == ("rule", None, [])
    assert said.body["cost"]["total_usd"] == said.body["cost"]["saved_usd"] == "0.000000000"
    found = json.loads(said.body["text"])
    assert found["pairs"][0]["matched"] == [["E11.22"], ["N18.30"]]
    assert found["not_recognized"] == ["Maria"]
    assert sandbox.requests() == []
    assert not Attempt.objects.exists()
    row = UsageRecord.objects.get()
    assert (row.tier, row.model_id, row.state, row.outcome, row.cost_nano_usd) == (
        *("rule", "", "completed", "by-rule"),
        0,
    )
    assert "E11" not in json.dumps(row.decision)
    kept = [entry for entry in AuditEntry.objects.all() if str(row.pk) in json.dumps(entry.record)]
    assert len(kept) == 1


@pytest.mark.django_db(transaction=True)
def test_every_door_gives_the_same_answer(pms: Pms, sandbox: Sandbox):
    """Streamed, repeated, explained, counted, and in the vendors' schemas."""
    body = {"prompt": "E11.9 with I10", "task_type": TASK}
    text = pms.route(**body, headers={"Idempotency-Key": "k1"}).body["text"]
    assert pms.route(**body, headers={"Idempotency-Key": "k1"}).body["text"] == text
    streamed = pms.stream(**body)
    assert streamed.events[-1]["text"] == text
    explained = pms.post("/api/v1/route/explain", body).body
    assert (explained["routing"]["tier"], explained["estimated_cost_usd"]) == (
        *("rule", "0.000000000"),
    )
    message = {
        "model": "claude-opus-4-6",
        "max_tokens": 10,
        "messages": [{"role": "user", "content": body["prompt"]}],
    }
    headers = {"x-router-task-type": TASK}
    native = pms.post("/v1/messages", message, headers=headers)
    assert native.body["content"][0]["text"] == text
    assert native.headers["x-router-tier"] == "rule"
    chat = pms.post("/v1/chat/completions", message, headers=headers)
    assert chat.body["choices"][0]["message"]["content"] == text
    count = {name: message[name] for name in ("model", "messages")}
    assert pms.post("/v1/messages/count_tokens", count, headers=headers).body["input_tokens"] > 0
    assert sandbox.requests() == []


@pytest.mark.django_db(transaction=True)
def test_no_codes_are_a_clear_refusal(pms: Pms):
    refused = pms.route("What goes together with diabetes?", task_type=TASK)
    assert (refused.status, refused.problem) == (422, "no-condition-codes")
    assert "condition_codes" in refused.body["detail"]
    assert UsageRecord.objects.get().state == "denied"


@pytest.mark.django_db
def test_a_new_pair_waits_for_a_second_person(ada):
    """It is kept in order, however it was typed."""
    made = ada.post(address(ComorbidityPair, "add"), filled())
    assert made.status_code == 302, refusals(made)
    row = ComorbidityPair.objects.get(first="D86.9")
    assert row.second == "N18"
    [proposal] = RulebookProposal.objects.all()
    assert row.content() in proposal.content["comorbidity_pairs"]
    shown = ada.get(address(RulebookProposal, "change", proposal.pk)).text
    assert "comorbidity pair D86.9+N18" in shown
    assert form_of(ada, address(ComorbidityPair, "change", row.pk))["second"] == "N18"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"first": "diabetes"}, "ICD-10-CM code"),
        ({"second": "N18"}, "lies below it"),
        ({"second": "N18.30"}, "lies below it"),
        ({"first": "N18", "second": "e11"}, "in the table already"),
        ({"severity": "terrible"}, "valid choice"),
    ],
    ids=str,
)
def test_what_is_no_pair_is_refused(ada, changes, words):
    assert words in refusals(ada.post(address(ComorbidityPair, "add"), filled(**changes)))


@pytest.mark.django_db
def test_the_file_that_goes_out_comes_back_in(ada):
    """One line changed, one new; a bad line keeps all of them out."""
    sent = ada.get(reverse(EXPORT)).getvalue().decode()
    assert sent.count("\r\n") == ComorbidityPair.objects.count() + 1
    changed = sent.replace("E11,N18,", "N18,e11,CKD with ", 1) + "D86.9,N18,Both,high,,no\r\n"
    bad = ada.post(reverse(IMPORT), {"file": _file(changed + "X,Y,Z,high,,\r\n")})
    assert "Line 399" in bad.text
    assert not ComorbidityPair.objects.filter(first="D86.9").exists()
    unfit = ada.post(reverse(IMPORT), {"file": _file(changed.replace("high", "hi\0gh", 1))})
    assert "NUL" in unfit.content.decode()
    told = ada.post(reverse(IMPORT), {"file": _file(changed)}, follow=True)
    assert "2 pairs were added or changed" in told.text
    assert ComorbidityPair.objects.get(first="E11", second="N18").name.startswith("CKD with")
    assert "comorbidity pair E11+N18" in told.text, "the list tells that drafts wait"


@pytest.mark.django_db
def test_drafts_can_be_given_up():
    RulebookApproval.objects.update(for_clinical_work=False)
    ComorbidityPair.objects.filter(first="E11", second="N18").update(severity="low")
    ComorbidityPair.objects.filter(first="E11", second="I10").delete()
    ComorbidityPair.objects.create(first="D86.9", second="N18", name="Both", severity="low")
    RULEBOOK.take_drafts_back(by=make_admin())
    assert draft_content()["comorbidity_pairs"] == sorted(
        RulebookVersion.objects.latest("pk").content["comorbidity_pairs"],
        key=lambda each: each["slug"].split("+"),
    )
    publish(note="Again", by=None)
    assert len(RulebookVersion.objects.latest("pk").content["comorbidity_pairs"]) == 396


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("group", "may_add"),
    [
        ("medical_director", True),
        ("clinic_admin", True),
        ("compliance", False),
        ("reviewer", False),
    ],
)
def test_who_edits_pairs(settings, tmp_path, group, may_add):
    settings.STATIC_ROOT = tmp_path
    browser = Browser()
    browser.force_login(make_member(group))
    assert browser.get(address(ComorbidityPair, "changelist")).status_code == 200
    allowed = {True: 200, False: 403}[may_add]
    assert browser.get(address(ComorbidityPair, "add")).status_code == allowed
    assert browser.get(reverse(IMPORT)).status_code == allowed


def _file(text: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("pairs.csv", text.encode(), content_type="text/csv")
