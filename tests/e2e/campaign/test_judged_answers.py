"""A share of the answers marked by a stronger model: when, for whom, at which cost."""

import json
from collections.abc import Callable, Iterator

import pytest

from routing.models import JudgedAnswer, TaskType
from routing.rulebook import publishing
from tests.gateway_server import Reply
from tests.patience import wait_until
from tests.practice import Practice
from tests.sandbox_server import Sandbox
from usage import verification

pytestmark = pytest.mark.service
HAIKU, SONNET, OPUS = "claude-haiku-4-5-20251001", "claude-sonnet-4-6", "claude-opus-4-6"
TYPE = "patient_lookup"  # Haiku's, without a floor
PROMPT = "Is this message positive or negative: thank you?"
RUBRIC = "You mark the answer that a model gave"  # only the judge's calls hold this
MARKS = ("accuracy", "completeness", "omissions", "support", "format")
WHOLE = {"judge_share": 1.0}
IN_LINE = {**WHOLE, "judge_in_line": True}


def marks(each: int, **changes) -> str:
    return json.dumps({**dict.fromkeys(MARKS, each), "stronger_is_better": False, **changes})


def ask(practice: Practice, **fields) -> Reply:
    reply = practice.pms.route(PROMPT, **{"task_type": TYPE, **fields})
    assert reply.status == 200, reply.body
    return reply


def calls(practice: Practice) -> list[tuple[str, str, str]]:
    return [(a.kind, a.model_id, a.state) for a in practice.attempts()]


def judged(practice: Practice) -> list[JudgedAnswer]:
    return list(JudgedAnswer.objects.filter(tenant_id=practice.tenant.pk).order_by("id"))


def wait_for_judge(practice: Practice) -> None:
    """Return once the judge was asked and its call is written."""
    wait_until(lambda: "judge" in [a.kind for a in practice.attempts()])
    practice.wait_until_settled()


@pytest.fixture
def clinic(practice: Practice) -> Iterator[Practice]:
    """A practice whose books are right at the end, also of calls made after the answer."""
    yield practice
    practice.wait_until_settled()
    assert list(verification.verify(practice.tenant.pk)) == []
    attempts = practice.attempts()
    posted, held, _ = practice.sums
    assert (posted, held) == (sum(a.cost_nano_usd for a in attempts), 0)
    for record in practice.requests():
        own = [a for a in attempts if a.request_id == record.pk]
        assert record.cost_nano_usd == sum(a.cost_nano_usd for a in own)
        assert record.attempts == len(own)


@pytest.fixture
def decided(practice: Practice) -> Iterator[Callable[..., None]]:
    """Return a function that publishes other settings of the task type; they are put back."""

    def publish(**settings) -> None:
        TaskType.objects.filter(slug=TYPE).update(**settings)
        publishing.publish(note="Settings of a test", by=None)
        practice.wait_for_configuration()

    yield publish
    publish(judge_share=0.0, judge_below=0.5, judge_in_line=False, escalation="one_tier")


def test_an_answer_is_marked_after_it_was_given(clinic, decided, sandbox: Sandbox):
    """One tier up, by the text without identifiers; the request gains the cost, the table marks."""
    decided(**WHOLE)
    sandbox.script(nonce=RUBRIC, text=marks(4, stronger_is_better=True))
    reply = clinic.pms.route(
        "Is this message of Zephyrine Quillfeather positive: thank you?",
        task_type=TYPE,
        patient={"name": "Zephyrine Quillfeather"},
    )
    assert [a["kind"] for a in reply.body["routing"]["attempts"]] == ["main"]
    assert reply.body["warnings"] == []
    wait_for_judge(clinic)
    assert calls(clinic) == [("main", HAIKU, "settled"), ("judge", SONNET, "settled")]
    billed = {line["model"]: line["nano_usd"] for line in sandbox.book()}
    record = clinic.requests()[0]
    assert (record.model_nano_usd, record.other_nano_usd) == (billed[HAIKU], billed[SONNET])
    assert (record.state, record.tier, record.model_id) == ("completed", "haiku", HAIKU)
    assert "Quillfeather" not in str(sandbox.requests())
    wait_until(lambda: judged(clinic))
    (row,) = judged(clinic)
    assert (row.request_id, row.task_type, row.tier, row.judge_model_id) == (
        *(record.pk, TYPE, "haiku"),
        SONNET,
    )
    assert (row.score, row.is_poor, row.stronger_is_better, row.is_in_line) == (
        *(0.75, False, True),
        False,
    )


FAILING: dict[str, tuple[dict[str, object], str]] = {
    "busy": ({"status": 529}, "void"),
    "broken": ({"status": 500}, "unknown"),
    "nonsense": ({"text": "Good."}, "settled"),
    "refusal": ({"text": marks(5), "stop_reason": "refusal"}, "settled"),
}


@pytest.mark.parametrize("fault", FAILING)
@pytest.mark.parametrize("settings", [WHOLE, IN_LINE], ids=["after", "in line"])
def test_a_judge_that_fails_leaves_the_answer_as_it_is(
    settings, fault, clinic, decided, sandbox: Sandbox
):
    rule, state = FAILING[fault]
    decided(**settings)
    sandbox.script(nonce=RUBRIC, **rule)
    reply = ask(clinic)
    wait_for_judge(clinic)
    assert calls(clinic) == [("main", HAIKU, "settled"), ("judge", SONNET, state)]
    assert (reply.body["routing"]["tier"], judged(clinic)) == ("haiku", [])
    assert clinic.requests()[0].state == "completed"


def test_poor_marks_after_the_answer_are_for_the_figures_alone(clinic, decided, sandbox: Sandbox):
    decided(**WHOLE)
    sandbox.script(nonce=RUBRIC, text=marks(1))
    assert ask(clinic).body["routing"]["tier"] == "haiku"
    wait_for_judge(clinic)
    wait_until(lambda: judged(clinic))
    assert judged(clinic)[0].is_poor
    assert [a.kind for a in clinic.attempts()] == ["main", "judge"]


def test_poor_marks_that_the_answer_waits_for_have_it_asked_for_again(
    clinic, decided, sandbox: Sandbox
):
    decided(**IN_LINE)
    sandbox.script(nonce=RUBRIC, text=marks(1), next=1)
    reply = ask(clinic, headers={"Idempotency-Key": "once"})
    routing = reply.body["routing"]
    assert [a["kind"] for a in routing["attempts"]] == ["main", "judge", "escalation"]
    assert (routing["tier"], routing["source"]) == ("sonnet", "escalation")
    assert "poor_marks" in routing["reasons"][-1]["text"]
    first = judged(clinic)[0]
    assert (first.tier, first.is_poor, first.is_in_line) == ("haiku", True, True)
    again = ask(clinic, headers={"Idempotency-Key": "once"})
    assert (again.body["id"], again.body["text"]) == (reply.body["id"], reply.body["text"])


def test_good_marks_that_the_answer_waits_for_let_it_go(clinic, decided, sandbox: Sandbox):
    decided(**IN_LINE)
    sandbox.script(nonce=RUBRIC, text=marks(5))
    reply = ask(clinic)
    assert [a["kind"] for a in reply.body["routing"]["attempts"]] == ["main", "judge"]
    assert reply.body["cost"]["other_usd"] != "0.000000000"
    record = clinic.requests()[0]
    assert (record.state, record.tier) == ("completed", "haiku")
    assert record.other_nano_usd > 0


def test_when_the_higher_tier_fails_the_answer_of_poor_marks_is_given(
    clinic, decided, sandbox: Sandbox
):
    decided(**IN_LINE)
    sandbox.script(nonce=RUBRIC, text=marks(1))
    sandbox.script(model=HAIKU, text="Only this.")
    sandbox.script(model=SONNET, status=529)
    reply = ask(clinic)
    assert (reply.body["text"], reply.body["routing"]["tier"]) == ("Only this.", "haiku")
    assert "escalation_failed" in [r["code"] for r in reply.body["routing"]["reasons"]]


@pytest.mark.parametrize(
    ("settings", "fields"),
    [
        ({"judge_share": 0.0}, {}),
        (WHOLE, {"tools": [{"name": "look_up", "input_schema": {"type": "object"}}]}),
        (WHOLE, {"max_tokens": 1}),
    ],
    ids=["no share", "tools", "cut off"],
)
def test_what_is_not_chosen_or_cannot_be_judged_costs_nothing(
    settings, fields, clinic, decided, sandbox: Sandbox
):
    decided(**settings)
    ask(clinic, **fields)
    clinic.wait_until_settled()
    assert {a.kind for a in clinic.attempts()} == {"main"}


def test_a_budget_without_as_much_again_judges_nothing(open_practice, decided, sandbox: Sandbox):
    """The answer fits the cap; its judge would leave no room for another call."""
    decided(**IN_LINE)
    practice = open_practice(cap_nano_usd=10_000_000)
    reply = ask(practice, max_tokens=50)
    assert reply.body["routing"]["tier"] == "haiku"
    assert [a.kind for a in practice.attempts()] == ["main"]
    assert practice.requests()[0].state == "completed"


def test_a_stream_is_marked_when_it_has_ended(clinic, decided, sandbox: Sandbox):
    decided(**IN_LINE)
    sandbox.script(nonce=RUBRIC, text=marks(5))
    stream = clinic.pms.stream(PROMPT, task_type=TYPE)
    assert stream.summary["outcome"] == "completed"
    wait_for_judge(clinic)
    wait_until(lambda: judged(clinic))
    assert not judged(clinic)[0].is_in_line
