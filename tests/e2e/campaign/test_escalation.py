"""A poor answer: who is asked again, what is kept, and what every call costs."""

import json
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from routing.models import TaskType
from routing.quality.checks import UNFIT_FLAG
from routing.rulebook import publishing
from tests.gateway_server import Reply
from tests.practice import Practice
from tests.sandbox_server import Sandbox
from usage import verification
from usage.models import Client

pytestmark = pytest.mark.service
HAIKU, SONNET, OPUS = "claude-haiku-4-5-20251001", "claude-sonnet-4-6", "claude-opus-4-6"
TYPE = "patient_lookup"  # Haiku's, without a floor
PROMPT = "Is this message positive or negative: thank you?"
REFUSAL = {"stop_reason": "refusal"}
FORMAT = {
    "type": "json_schema",
    "schema": {
        "type": "object",
        "properties": {"label": {"type": "string"}},
        "required": ["label"],
        "additionalProperties": False,
    },
}


def ask(practice: Practice, **fields) -> Reply:
    reply = practice.pms.route(PROMPT, **{"task_type": TYPE, **fields})
    assert reply.status == 200, reply.body
    return reply


def calls(reply: Reply) -> list[tuple[str, str]]:
    return [(a["kind"], a["model"]) for a in reply.body["routing"]["attempts"]]


def codes(reply: Reply) -> list[str]:
    return [r["code"] for r in reply.body["routing"]["reasons"] if r["step"] == "escalation"]


def warned(reply: Reply) -> bool:
    return "escalated" in [warning["code"] for warning in reply.body["warnings"]]


@pytest.fixture
def clinic(practice: Practice) -> Iterator[Practice]:
    """A practice whose books are right at the end."""
    yield practice
    practice.wait_until_settled()
    assert list(verification.verify(practice.tenant.pk)) == []
    posted, held, _ = practice.sums
    assert (posted, held) == (sum(a.cost_nano_usd for a in practice.attempts()), 0)


@pytest.fixture
def decided(practice: Practice) -> Iterator[Callable[..., None]]:
    """Return a function that publishes other settings of the task type; they are put back."""
    before = TaskType.objects.get(slug=TYPE)

    def publish(**settings) -> None:
        TaskType.objects.filter(slug=TYPE).update(**settings)
        publishing.publish(note="Settings of a test", by=None)
        practice.wait_for_configuration()

    yield publish
    publish(
        escalation=before.escalation,
        escalate_below=before.escalate_below,
        may_flag_unfit=before.may_flag_unfit,
        checks_numbers=before.checks_numbers,
        ceiling=before.ceiling,
    )


def test_a_poor_answer_is_asked_for_one_tier_up_and_both_are_billed(clinic, sandbox: Sandbox):
    sandbox.script(model=HAIKU, text="I cannot say.", stop_reason="refusal")
    reply = ask(clinic)
    routing, cost = reply.body["routing"], reply.body["cost"]
    assert calls(reply) == [("main", HAIKU), ("escalation", SONNET)]
    assert (routing["tier"], routing["source"]) == ("sonnet", "escalation")
    assert (codes(reply), warned(reply)) == (["escalated"], True)
    assert routing["reasons"][-1]["effect"] == "sonnet"
    assert (reply.body["stop_reason"], reply.headers["x-router-tier"]) == ("end_turn", "sonnet")
    billed = {line["model"]: line["nano_usd"] for line in sandbox.book()}
    record = clinic.requests()[0]
    assert (record.model_nano_usd, record.other_nano_usd) == (billed[HAIKU], billed[SONNET])
    assert cost["other_usd"] != "0.000000000" != cost["model_usd"]
    assert (record.state, record.tier, record.source, record.attempts) == (
        *("completed", "sonnet", "escalation"),
        2,
    )
    assert ["escalation", "escalated", "sonnet"] in record.decision["reasons"]
    assert [a.kind for a in clinic.attempts()] == ["main", "escalation"]


def test_one_tier_up_is_the_end_where_no_more_is_wished(clinic, decided, sandbox: Sandbox):
    """The higher tier's answer is given, good or not."""
    decided(escalation="one_tier")
    for model in (HAIKU, SONNET):
        sandbox.script(model=model, **REFUSAL)
    reply = ask(clinic)
    assert calls(reply) == [("main", HAIKU), ("escalation", SONNET)]
    assert reply.body["stop_reason"] == "refusal"
    assert clinic.requests()[0].state == "completed"


def test_two_hops_at_most(clinic, decided, sandbox: Sandbox):
    decided(escalation="two_tiers")
    for model in (HAIKU, SONNET, OPUS):
        sandbox.script(model=model, **REFUSAL)
    reply = ask(clinic)
    expected = [("main", HAIKU), ("escalation", SONNET), ("escalation", OPUS)]
    assert calls(reply) == expected
    assert (reply.body["routing"]["tier"], codes(reply)) == ("opus", ["escalated"] * 2)
    assert [w["code"] for w in reply.body["warnings"]].count("escalated") == 1


FAILING: dict[str, tuple[dict[str, object], str]] = {
    "busy": ({"status": 529}, "void"),
    "refused": ({"status": 400}, "void"),
    "broken": ({"status": 500}, "unknown"),
    "reset": ({"cut": {"after_bytes": 40, "how": "rst"}}, "unknown"),
    "nonsense": ({"faults": ["bad_json"]}, "unknown"),
}


@pytest.mark.parametrize("fault", FAILING)
def test_when_the_higher_tier_fails_the_earlier_answer_is_given(fault, clinic, sandbox: Sandbox):
    rule, state = FAILING[fault]
    sandbox.script(model=HAIKU, text="Only this.", stop_reason="refusal")
    sandbox.script(model=SONNET, **rule)
    reply = ask(clinic, headers={"Idempotency-Key": fault})
    assert (reply.body["text"], reply.body["routing"]["tier"]) == ("Only this.", "haiku")
    assert (codes(reply), warned(reply)) == (["escalation_failed"], False)
    assert [a.state for a in clinic.attempts()] == ["settled", state]
    record = clinic.requests()[0]
    assert (record.state, record.tier, record.model_id) == ("completed", "haiku", HAIKU)
    again = ask(clinic, headers={"Idempotency-Key": fault})
    assert again.body["id"] == reply.body["id"]


def test_a_budget_without_room_for_it_leaves_the_earlier_answer(open_practice, sandbox: Sandbox):
    """Each call has a hold of its own: the first fits the cap, the one above it does not."""
    practice = open_practice(cap_nano_usd=4_000_000)
    sandbox.script(model=HAIKU, text="Only this.", stop_reason="refusal")
    reply = ask(practice)
    assert (reply.body["text"], codes(reply)) == ("Only this.", ["escalation_over_budget"])
    assert [a.kind for a in practice.attempts()] == ["main"]
    assert practice.requests()[0].state == "completed"
    assert [line["model"] for line in sandbox.book()] == [HAIKU]


def test_limits_of_the_caller_without_room_for_it_leave_the_earlier_answer(
    clinic, sandbox: Sandbox
):
    """Nobody pays for an answer to be told to come back later, and then to pay for it again."""
    Client.objects.filter(pk=clinic.client.pk).update(output_tokens_per_minute=1000)
    clinic.wait_for_configuration()
    sandbox.script(model=HAIKU, text="Only this. " * 300, stop_reason="refusal")
    reply = ask(clinic, max_tokens=1000)
    assert (calls(reply), codes(reply)) == ([("main", HAIKU)], ["escalation_over_limit"])
    assert reply.body["text"].startswith("Only this.")
    assert clinic.requests()[0].state == "completed"


def test_a_prefill_that_no_higher_model_takes_leaves_the_earlier_answer(clinic, sandbox: Sandbox):
    sandbox.script(model=HAIKU, text='"good"}', stop_reason="refusal")
    begun = [{"role": "user", "content": PROMPT}, {"role": "assistant", "content": '{"mood":'}]
    reply = clinic.pms.post("/api/v1/route", {"messages": begun, "task_type": TYPE})
    assert (reply.status, reply.body["text"]) == (200, '"good"}')
    assert calls(reply) == [("main", HAIKU)]


def test_an_answer_no_better_does_not_replace_the_earlier_one(clinic, decided, sandbox: Sandbox):
    """It is paid for all the same."""
    decided(escalate_below=1.0)
    sandbox.script(model=HAIKU, text="Half of", stop_reason="max_tokens")
    sandbox.script(model=SONNET, **REFUSAL)
    reply = ask(clinic)
    assert (reply.body["text"], reply.body["routing"]["tier"]) == ("Half of", "haiku")
    assert (codes(reply), reply.body["truncated"]) == (["no_better"], True)
    assert calls(reply) == [("main", HAIKU), ("escalation", SONNET)]
    record = clinic.requests()[0]
    assert (record.state, record.tier, record.is_truncated) == ("completed", "haiku", True)


def test_an_answer_that_is_not_the_schema_is_asked_for_again(clinic, sandbox: Sandbox):
    sandbox.script(model=HAIKU, text='{"other": 1}')
    reply = ask(clinic, output_format=FORMAT)
    assert calls(reply)[1:] == [("escalation", SONNET)]
    assert set(json.loads(reply.body["text"])) == {"label"}


def test_a_model_may_call_itself_unfit_where_its_task_type_says_so(clinic, decided, sandbox):
    """The flag is between the router and the model; no caller sees it."""
    decided(may_flag_unfit=True)
    sandbox.script(model=HAIKU, text=UNFIT_FLAG)
    reply = ask(clinic, system="Be brief.")
    assert calls(reply) == [("main", HAIKU), ("escalation", SONNET)]
    told = [UNFIT_FLAG in str(request["body"]) for request in sandbox.requests()]
    assert told == [True, False]
    sandbox.script(model=SONNET, status=529)
    alone = ask(clinic)
    assert (alone.body["text"], codes(alone)) == ("", ["escalation_failed"])
    assert UNFIT_FLAG not in str(alone.body)


def test_figures_of_its_own_are_a_flaw_where_the_task_type_says_so(clinic, decided, sandbox):
    sandbox.script(model=HAIKU, text="INR 58.")
    assert len(calls(ask(clinic))) == 1
    decided(checks_numbers=True)
    assert calls(ask(clinic))[1:] == [("escalation", SONNET)]


def test_an_answer_cut_off_counts_from_its_threshold_on(clinic, decided, sandbox: Sandbox):
    sandbox.script(model=HAIKU, text="Half of", stop_reason="max_tokens")
    assert len(calls(ask(clinic))) == 1
    decided(escalate_below=0.6)
    assert len(calls(ask(clinic))) == 2
    assert len(calls(ask(clinic, max_tokens=50))) == 1


@pytest.mark.parametrize(
    "settings", [{"escalation": "off"}, {"escalate_below": 0.0}, {"ceiling": "haiku"}], ids=str
)
def test_an_admin_can_keep_a_task_type_from_it(settings, clinic, decided, sandbox: Sandbox):
    decided(**settings)
    sandbox.script(model=HAIKU, **REFUSAL)
    assert calls(ask(clinic)) == [("main", HAIKU)]


@pytest.mark.parametrize("fields", [{"model": "haiku"}, {"urgency": "real_time"}], ids=str)
def test_a_choice_and_a_hurry_keep_the_first_answer(fields, clinic, sandbox: Sandbox):
    sandbox.script(model=HAIKU, **REFUSAL)
    assert calls(ask(clinic, **fields)) == [("main", HAIKU)]


def test_nothing_is_above_the_highest_tier(clinic, sandbox: Sandbox):
    sandbox.script(model=OPUS, **REFUSAL)
    reply = clinic.pms.route("Differential for chest pain?", task_type="diagnostic_differential")
    assert calls(reply) == [("main", OPUS)]


def test_what_was_shown_is_not_taken_back(clinic, sandbox: Sandbox):
    sandbox.script(model=HAIKU, text="No.", stop_reason="refusal")
    stream = clinic.pms.stream(PROMPT, task_type=TYPE)
    assert [a["kind"] for a in stream.summary["routing"]["attempts"]] == ["main"]
    assert stream.text == "No."


def test_a_repeat_gets_the_higher_tiers_answer(clinic, sandbox: Sandbox):
    sandbox.script(model=HAIKU, **REFUSAL)
    once = {"Idempotency-Key": "once"}
    first, second = ask(clinic, headers=once), ask(clinic, headers=once)
    assert first.body["text"] == second.body["text"] != ""
    assert second.body["cost"] == first.body["cost"]
    assert len(sandbox.book()) == 2


def test_the_conversation_stays_on_the_tier_it_was_raised_to(clinic, sandbox: Sandbox):
    session = {"session_id": uuid4().hex}
    sandbox.script(model=HAIKU, **REFUSAL)
    assert ask(clinic, **session).body["routing"]["source"] == "escalation"
    assert calls(ask(clinic, **session)) == [("main", SONNET)]


def test_clients_of_the_messages_api_get_it_too(clinic, sandbox: Sandbox):
    sandbox.script(model=HAIKU, **REFUSAL)
    body = {
        "model": "auto",
        "max_tokens": 300,
        "messages": [{"role": "user", "content": PROMPT}],
    }
    reply = clinic.pms.post("/v1/messages", body)
    assert (reply.body["model"], reply.body["stop_reason"]) == (SONNET, "end_turn")
    assert "escalated" in reply.headers["x-router-warnings"]
