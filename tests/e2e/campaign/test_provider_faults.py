"""A provider that fails: who answers instead, what is owed, and what the caller is told."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from routerproject.shared import clock
from routing.providers import sandbox_bill
from tests.gateway_server import Gateway
from tests.practice import Practice
from tests.sandbox_server import Sandbox
from usage.closing import comparing, months

pytestmark = pytest.mark.service
CANARY = "Quillfeather"
HTML = {"content-type": "text/html"}
# No work was done: the hold is released, and the same deployment is asked again.
BUSY: dict[str, dict[str, Any]] = {
    "429 with a second to wait": {"status": 429, "headers": {"retry-after": "1"}},
    "429 with a date to wait for": {
        "status": 429,
        "headers": {"retry-after": "Wed, 21 Oct 2099 07:28:00 GMT"},
    },
    "429 with garbage to wait": {"status": 429, "headers": {"retry-after": "1e308"}},
    "429 with less than nothing to wait": {"status": 429, "headers": {"retry-after": "-1"}},
    "529": {"status": 529},
}
# No work was done, and waiting is no use: the next of the chain is asked.
VOID: dict[str, dict[str, Any]] = {
    "429 with a day to wait": {"status": 429, "headers": {"retry-after": "86400"}},
    "429 for spending": {
        "status": 429,
        "body": {
            "type": "error",
            "error": {
                "type": "rate_limit_error",
                "message": CANARY,
                "details": {"error_code": "enforced_spend_limit_reached"},
            },
        },
    },
}
# Nobody knows: the hold stays, and the next of the chain is asked.
UNKNOWN: dict[str, dict[str, Any]] = {
    "500": {"status": 500},
    "500 that was billed": {"status": 500, "billed": True},
    "502": {"status": 502},
    "503": {"status": 503, "headers": {"x-should-retry": "true"}},
    "504": {"status": 504, "body": "<html>", "headers": HTML},
    "418": {"status": 418},
    "reset before a byte": {"cut": {"after_bytes": 0, "how": "rst"}},
    "reset in the middle": {"cut": {"after_bytes": 40, "how": "rst"}},
    "closed in the middle": {"cut": {"after_bytes": 40, "how": "fin"}},
    "ended in the middle": {"cut": {"after_bytes": 40, "how": "eof"}},
    "wrong length": {"content_length": 9_000},
    "bad json": {"faults": ["bad_json"]},
    "byte order mark": {"faults": ["bom"]},
    "packed": {"faults": ["gzip_bomb"]},
    "html": {"status": 200, "headers": HTML, "body": "<html>"},
    "empty": {"status": 200, "body": ""},
    "no usage": {"faults": ["missing_usage"]},
    "usage that is no number": {"usage": {"output_tokens": "NaN"}},
    "usage below nothing": {"usage": {"input_tokens": -1}},
    "usage past all bounds": {"usage": {"input_tokens": 2**63}},
    "another model": {"answer_model": "claude-haiku-4-5-20251001"},
    "redirect": {"status": 307, "headers": {"location": "http://127.0.0.1:9/"}},
}
# The provider will never take this request: nobody else is asked.
REFUSED = (400, 401, 402, 403, 404, 413)


def agrees(practice: Practice, sandbox: Sandbox) -> None:
    """Assert that what is posted or in doubt covers the bill, and is all there is."""
    posted, held, unknown = practice.sums
    billed = sandbox.totals()["nano_usd"]
    assert held == 0
    assert posted <= billed <= posted + unknown
    attempts = practice.attempts()
    assert posted == sum(each.cost_nano_usd for each in attempts)
    assert unknown == sum(each.hold_nano_usd for each in attempts if each.state == "unknown")
    if unknown == 0:
        assert posted == billed
    is_audited(practice)


def is_audited(practice: Practice) -> None:
    """Assert that the trail holds each call's intent and its end, in that order."""
    trail = [(each.kind, each.record) for each in practice.audited()]
    for attempt in practice.attempts():
        about = [kind for kind, record in trail if str(attempt.pk) in record]
        assert about == ["attempt.admitted", f"attempt.{attempt.state}"], attempt.outcome


def ask(practice: Practice, **fields: Any):
    """Ask for Opus work, so that the chain can only go on at its own or a higher tier."""
    return practice.pms.route(
        f"Review {CANARY}'s chart.",
        patient={"name": CANARY},
        task_type="contract_analysis",
        **fields,
    )


def test_request_waits_as_long_as_the_provider_asks(practice: Practice, sandbox: Sandbox):
    sandbox.script(next=1, status=429, headers={"retry-after": "1"})
    started = time.monotonic()
    assert ask(practice).status == 200
    assert time.monotonic() - started >= 1


@pytest.mark.parametrize(
    ("rule", "is_billed"), [({"status": 529}, False), ({"status": 500}, True)], ids=str
)
def test_when_every_model_fails_the_caller_is_told(
    practice: Practice, sandbox: Sandbox, rule: dict[str, Any], is_billed: bool
):
    """At most three calls, and the truth about the bill."""
    sandbox.script(share=1.0, **rule)
    reply = ask(practice)
    assert (reply.status, reply.problem) == (502, "provider-failed")
    assert (reply.body["retryable"], reply.body["billed"]) == (True, is_billed)
    assert 1 <= len(sandbox.requests()) <= 3
    assert [each.state for each in practice.requests()] == ["failed"]
    agrees(practice, sandbox)


OPEN_SCHEMA = {"type": "object", "properties": {CANARY: {"type": "string"}}}
MESSAGES = [{"role": "user", "content": "Name the patient."}]


def test_schema_that_the_provider_refuses_is_named_in_each_schema_of_errors(
    practice: Practice, sandbox: Sandbox
):
    """It is the caller's to mend, so it is a 400, which says where; nobody else is asked."""
    form = {"type": "json_schema", "schema": OPEN_SCHEMA}
    plain = practice.pms.route("Name the patient.", output_format=form)
    assert (plain.status, plain.problem) == (400, "refused-by-provider")
    assert plain.body["field"] == "output_format.schema"
    assert plain.body["detail"] == (
        "The provider refused output_format.schema (additionalProperties)."
    )
    assert (plain.body["retryable"], plain.body["billed"]) == (False, False)
    asked = {"model": "auto", "max_tokens": 99, "messages": MESSAGES}
    claude = practice.pms.post("/v1/messages", {**asked, "output_config": {"format": form}})
    assert (claude.status, claude.body["error"]["type"]) == (400, "invalid_request_error")
    assert claude.body["error"]["message"] == plain.body["detail"]
    assert len(sandbox.requests()) == 2
    assert {each.state for each in practice.attempts()} == {"void"}
    agrees(practice, sandbox)


def test_fallback_never_goes_below_the_floor(practice: Practice, sandbox: Sandbox):
    """Critical work is done by no smaller model than its floor, or not at all."""
    ranks = {"haiku": 0, "sonnet": 1, "opus": 2}
    for accuracy in ("standard", "high", "critical"):
        floor = practice.pms.post(
            "/api/v1/route/explain", {"prompt": "Differential?", "accuracy": accuracy}
        ).body["routing"]["floor"]
        sandbox.script(next=1, status=529)
        reply = practice.pms.route("Differential?", accuracy=accuracy)
        if reply.status == 200 and floor:
            assert ranks[reply.body["routing"]["tier"]] >= ranks[floor]


def test_lower_tier_than_decided_is_warned_of(practice: Practice, sandbox: Sandbox):
    """The tiers above are asked first; what then answers says that it is less."""
    for model in ("claude-sonnet-4-6", "claude-opus-4-6"):
        sandbox.script(model=model, status=500)
    reply = practice.pms.route("Say hello.", model="sonnet")
    assert reply.status == 200, reply.body
    assert reply.body["routing"]["tier"] == "haiku"
    assert {"fallback", "fallback-down"} <= {each["code"] for each in reply.body["warnings"]}
    agrees(practice, sandbox)


def test_brown_out_is_hardly_noticed(practice: Practice, sandbox: Sandbox):
    """Three calls in ten fail, more of the callers get answers, and they pay for those alone."""
    sandbox.script(share=0.3, status=529)
    with ThreadPoolExecutor(8) as callers:
        replies = list(callers.map(lambda _: ask(practice), range(40)))
    answered = sum(reply.status == 200 for reply in replies)
    assert answered > 30  # without a second try about 28; most often 38 and more
    assert practice.sums == (sandbox.totals()["nano_usd"], 0, 0)
    agrees(practice, sandbox)


def test_deadline_that_has_passed_already_sends_nothing(practice: Practice, sandbox: Sandbox):
    reply = ask(practice, deadline_ms=1)
    assert (reply.status, reply.body["billed"]) == (504, False)
    assert sandbox.requests() == []
    assert practice.sums == (0, 0, 0)


def test_bill_above_the_worst_case_is_posted_in_full(practice: Practice, sandbox: Sandbox):
    """The truth is written, and said aloud."""
    sandbox.script(next=1, bill={"input_tokens": 9, "output_tokens": 90_000})
    assert ask(practice).status == 200
    assert practice.sums == (sandbox.totals()["nano_usd"], 0, 0)


def test_log_names_no_patient_and_no_key(
    practice: Practice, sandbox: Sandbox, gateway_process: Gateway
):
    """Whatever a provider says, only its class and type are written down."""
    for rule in (UNKNOWN["500"], UNKNOWN["bad json"], VOID["429 for spending"]):
        sandbox.script(next=1, **rule)
        ask(practice)
    log = gateway_process.log.read_text()
    assert CANARY not in log
    assert practice.pms.key not in log
    assert practice.pms.key.rsplit("_", 1)[1] not in log


@pytest.mark.parametrize("count", [60, pytest.param(5_000, marks=pytest.mark.soak)])
def test_ledger_covers_the_bill_after_a_storm_of_everything(
    practice: Practice, sandbox: Sandbox, settings: Any, count: int
):
    """Successes and failures of every kind, eight at a time: what is settled is exact, and when
    the bill has cleared up the rest, the ledger equals it."""
    assert ask(practice).status == 200  # what shows that the bill goes back so far
    dice = random.Random(20)
    rules = [
        *BUSY.values(),
        *VOID.values(),
        *UNKNOWN.values(),
        *({"status": status} for status in REFUSED),
    ]
    for number, rule in enumerate(dice.choices(rules, k=count // 2)):
        sandbox.script(nonce=f"nonce-{number}-", next=1, **rule)
    with ThreadPoolExecutor(8) as callers:
        replies = list(
            callers.map(
                lambda n: practice.pms.route(f"Mood of nonce-{n}-?", task_type="sentiment"),
                range(count),
            )
        )
    assert {reply.status for reply in replies} <= {200, 502}
    # What the storm opened may turn some of the rest away, but never after they cost something.
    assert not any(reply.status == 502 and reply.body["billed"] for reply in replies[count // 2 :])
    agrees(practice, sandbox)
    book = {line["request_id"]: line["nano_usd"] for line in sandbox.book()}
    for attempt in practice.attempts():
        if attempt.state == "settled":
            assert book[attempt.provider_request_id] == attempt.cost_nano_usd
        elif attempt.state == "void":
            assert attempt.cost_nano_usd == 0
    assert {each.state for each in practice.requests()} <= {"completed", "failed"}
    settings.SANDBOX_URL = settings.ANTHROPIC_BASE_URL = sandbox.base_url
    later = clock.now() + timedelta(hours=1)
    while sandbox_bill.reconcile(later):
        pass
    assert practice.sums == (sandbox.totals()["nano_usd"], 0, 0)
    assert sum(each.cost_nano_usd for each in practice.requests()) == practice.sums[0]
    month = months.of(practice.attempts()[0].admitted_at)
    assert sandbox_bill.compare(month, by="ada", now=later)
    [bill] = comparing.newest(month)
    assert (bill.equal, bill.billed_nano_usd) == (bill.lines, practice.sums[0])
    own = [attempt.pk for attempt in practice.attempts()]
    assert not bill.differences.filter(attempt_id__in=own).exists()
