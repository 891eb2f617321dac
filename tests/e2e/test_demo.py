"""`manage.py demo`: real requests, computed figures, and proofs that can fail."""

import csv
import io
import json
import time
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from routerproject.local.folders import PROJECT
from routerproject.shared.money import NanoUsd
from routing.api.body import PATIENT_FIELDS
from routing.management.demo import proof, report, script
from routing.management.demo.proof import Ledger
from routing.management.demo.script import DemoRequest
from routing.management.demo.sending import Outcome
from tests.gateway_server import refusing_port
from usage.models import ConfigVersion

STARTER = json.loads((PROJECT / "routing" / "starter" / "task_types.json").read_text())
ARTICLE_KINDS = {
    *("sentiment", "language_detection", "code_review", "sql_generation", "contract_analysis"),
    *("yes_no", "summarization", "intent_label"),
}


@pytest.fixture
def pms(gateway, tenant, new_pms):
    """A caller under a version of the configuration that no earlier test's database had."""
    ConfigVersion.objects.update(version=time.time_ns() // 1_000)
    return new_pms(gateway)


@pytest.fixture
def demo(pms, sandbox, settings):
    """Return a function that runs the command and returns its exit code and its words."""
    settings.SANDBOX_URL = sandbox.base_url

    def run(**options):
        words = io.StringIO()
        try:
            call_command("demo", url=pms.url, key=pms.key, stdout=words, **options)
        except SystemExit as end:
            return end.code, words.getvalue()
        return 0, words.getvalue()

    return run


@pytest.mark.service
def test_demo_proves_the_ledger_and_keeps_identifiers_inside(demo, sandbox, tmp_path):
    """The printed cost, the ledger and the provider's bill are one figure."""
    code, words = demo(csv=tmp_path / "demo.csv")
    assert code == 0, words
    assert "ledger equals the provider's bill to the nano-USD" in words
    with (tmp_path / "demo.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == [each.id for each in script.read("s")]
    billed = sum(Decimal(row["cost_usd"]) for row in rows)
    assert billed * 10**9 == sandbox.totals()["nano_usd"]
    sent = str(sandbox.requests())
    assert "Quenneville" not in sent
    assert "5550162" not in "".join(filter(str.isdigit, sent))


@pytest.mark.service
def test_failed_request_is_shown_and_the_others_go_on(demo, sandbox):
    """One refusal of the provider is one line in the report."""
    sandbox.script(nonce="specimen", status=400)
    code, words = demo()
    assert code == 0, words
    assert "not answered: contract: 502 provider-failed" in words
    count = len(script.read("s"))
    assert f"{count} requests, {count - 1} answered" in words


@pytest.mark.service
def test_bill_that_differs_fails_the_demo(demo, sandbox):
    """A provider that bills more than it reports is found out, with the difference."""
    sandbox.script(nonce="voice mail", usage={"output_tokens": 0, "input_tokens": 1})
    code, words = demo()
    assert code == 1
    assert "WRONG ledger $" in words
    assert "difference $-0.0000" in words


@pytest.mark.service
def test_refused_key_is_said_in_one_sentence(pms, settings):
    """Nothing is sent with a key that does not work."""
    with pytest.raises(CommandError, match="refused the key: 401"):
        call_command("demo", url=pms.url, key="cmr_wrong", stdout=io.StringIO())


def test_router_that_does_not_run_is_said_in_one_sentence():
    """The reader learns how to start it."""
    with refusing_port() as port, pytest.raises(CommandError, match="make run"):
        call_command("demo", url=f"http://127.0.0.1:{port}", key="k", stdout=io.StringIO())


def test_missing_folder_is_said_before_anything_is_sent(tmp_path):
    """No money is spent on a report that cannot be written."""
    with pytest.raises(CommandError, match="no folder"):
        call_command("demo", key="k", csv=tmp_path / "nowhere" / "demo.csv")


@pytest.mark.service
def test_provider_that_never_answers_fails_the_demo(demo, sandbox):
    """Nothing proven is not everything right."""
    sandbox.script(share=1, status=400)
    code, words = demo()
    assert code == 1
    assert "WRONG no request was answered" in words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Orlathia", "about orlathia today"),
        ("Quenneville, Orlathia", "Mrs. Quenneville said"),
        ("(404) 555-0143", "call 404.555.0143"),
        ("1958-09-23", "born 9/23/1958"),
        ("1958-09-23", "born September 23, 1958"),
        ("MRN-40917735", "see MRN-40917735."),
        ("Muñoz", json.dumps("Frau Muñoz")),
        ("orly.q58", "portal ORLY.Q58"),
    ],
)
def test_leaked_identifier_is_found_however_it_is_written(value, text):
    """A proof that cannot fail proves nothing."""
    outcome = Outcome(DemoRequest("note", {}, (value,)))
    row = {"body": text, "path": "/v1/messages", "query": "", "raw_headers": []}
    assert proof.leaks([outcome], [row]) == ["note: identifier 1 reached the provider"]


@pytest.mark.parametrize("text", ["the others", "PHI_NAME_7KQ2M", "dose 404 mg, 555 mL, 0144"])
def test_other_words_are_no_leak(text):
    """What only looks alike raises no alarm."""
    outcome = Outcome(DemoRequest("note", {}, ("Other Wren", "(404) 555-0143")))
    row = {"body": text, "path": "/v1/messages", "query": "", "raw_headers": []}
    assert proof.leaks([outcome], [row]) == []


def test_token_left_in_an_answer_is_found():
    """Thinking is signed and keeps its tokens; what the caller shows must not."""
    request = DemoRequest("note", {}, ())
    thinking = {"type": "thinking", "thinking": "PHI_NAME_7KQ2M", "signature": "x"}
    shown = {"type": "text", "text": "Dear PHI_NAME_7KQ2M"}
    assert not proof.leftovers([Outcome(request, {"content": [thinking]})])
    assert proof.leftovers([Outcome(request, {"content": [shown]})])


def test_difference_names_money_that_is_still_uncertain():
    """A call that timed out explains why the bill is higher."""
    is_right, words = proof.bill_finding(Ledger(cost=NanoUsd(5), uncertain=NanoUsd(7)), 9)
    assert not is_right
    assert "difference $-0.000000004" in words
    assert "$0.000000007 is held or unknown" in words


def test_share_of_nothing_is_no_figure():
    assert report.percent(1, 0) == "-"
    assert report.percent(-1, 3) == "-33.3 %"


def test_requests_are_those_the_demo_promises():
    """The eight kinds of a mixed product, clinical work, and some that name no task type."""
    requests = script.read("s")
    declared = {each.declared for each in requests}
    assert declared >= ARTICLE_KINDS
    assert declared - {None} <= {row["slug"] for row in STARTER}
    assert sum(each.declared is None for each in requests) >= 3
    assert len({each.id for each in requests}) == len(requests) >= 20


def test_patients_have_every_kind_of_identifier():
    """Each field of the API's patient object is masked at least once."""
    given = {name for each in script.read("s") for name in each.body.get("patient", {})}
    assert given >= PATIENT_FIELDS - {"id", "dob"}
