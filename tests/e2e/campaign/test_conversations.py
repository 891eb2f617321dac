"""The tier only rises within a person's conversation, however that is known."""

from uuid import uuid4

import pytest

from tests.gateway_server import Reply
from tests.practice import Practice
from tests.sandbox_server import Sandbox

pytestmark = pytest.mark.service
HARD = (
    "72-year-old on warfarin, amiodarone and clarithromycin, eGFR 28, INR 5.8. What would you"
    " change first, and why?"
)
EASY = "Is this message positive or negative: thank you?"
CALL = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "done"}
LOOK = [{"name": "look", "description": "x", "input_schema": {"type": "object"}}]


def tier(reply: Reply) -> str:
    assert reply.status == 200, reply.body
    return str(reply.body["routing"]["tier"])


def unique(text: str) -> str:
    return f"{text} ({uuid4().hex[:6]})"


def turns(*texts: str) -> list[dict[str, str]]:
    """Return a conversation that ends with a person's turn."""
    roles = ("user", "assistant")
    return [{"role": roles[n % 2], "content": text} for n, text in enumerate(texts)]


@pytest.mark.parametrize(
    "name",
    [{"session_id": "visit-{}"}, {"case_id": "case-{}"}, {"metadata": {"user_id": "user-{}"}}],
    ids=str,
)
def test_the_next_turn_gets_no_lower_tier(name, practice: Practice, sandbox: Sandbox):
    mark = uuid4().hex[:8]
    (field, value), *_ = name.items()
    named = {field: {"user_id": f"user-{mark}"} if field == "metadata" else value.format(mark)}
    assert tier(practice.pms.route(EASY, **named)) == "haiku"
    assert tier(practice.pms.route(HARD, **named)) == "opus"
    after = practice.pms.route(EASY, **named)
    assert tier(after) == "opus"
    assert "session_floor" in [r["code"] for r in after.body["routing"]["reasons"]]
    assert after.body["routing"]["floor"] == "opus"
    assert tier(practice.pms.route(EASY)) == "haiku"
    other = {field: {"user_id": mark} if field == "metadata" else mark}
    assert tier(practice.pms.route(EASY, **other)) == "haiku"


def test_a_conversation_without_a_name_is_known_by_its_first_message(
    practice: Practice, sandbox: Sandbox
):
    """A first message that comes again alone begins anew."""
    first = unique(HARD)
    assert tier(practice.pms.route(first)) == "opus"
    assert tier(practice.pms.route(messages=turns(first, "Reduce it.", EASY))) == "opus"
    assert tier(practice.pms.route(messages=turns(unique(HARD), "Reduce it.", EASY))) == "haiku"


def test_a_declared_task_type_is_held_to_its_own_turns(practice: Practice, sandbox: Sandbox):
    """A label in a hard case stays cheap; a turn of the same work does not fall."""
    case = {"case_id": uuid4().hex}
    assert tier(practice.pms.route(HARD, **case)) == "opus"
    assert tier(practice.pms.route(EASY, task_type="sentiment", **case)) == "haiku"
    raised = practice.pms.route(HARD, task_type="patient_lookup", **case)
    assert tier(raised) == "opus"
    easy = "What is the telephone number in the record?"
    assert tier(practice.pms.route(easy, task_type="patient_lookup", **case)) == "opus"


def test_a_step_of_a_program_is_judged_by_itself(practice: Practice, sandbox: Sandbox):
    """Tool results come last in it, and it binds no later turn."""
    session = {"session_id": uuid4().hex}
    steps = [
        {"role": "user", "content": EASY},
        {"role": "assistant", "content": [CALL]},
        {"role": "user", "content": [RESULT]},
    ]
    alone = tier(practice.pms.route(messages=steps, tools=LOOK))
    assert tier(practice.pms.route(HARD, **session)) == "opus"
    assert tier(practice.pms.route(messages=steps, tools=LOOK, **session)) == alone != "opus"


def test_a_choice_of_the_caller_binds_no_later_turn(practice: Practice, sandbox: Sandbox):
    session = {"session_id": uuid4().hex}
    assert tier(practice.pms.route(EASY, model="opus", **session)) == "opus"
    assert tier(practice.pms.route(EASY, **session)) == "haiku"
    assert tier(practice.pms.route(HARD, **session)) == "opus"
    assert tier(practice.pms.route(EASY, model="haiku", **session)) == "haiku"


def test_an_explanation_sees_the_floor_and_sets_none(practice: Practice, sandbox: Sandbox):
    session = {"session_id": uuid4().hex}
    explain = "/api/v1/route/explain"
    assert tier(practice.pms.post(explain, {"prompt": HARD, **session})) == "opus"
    assert tier(practice.pms.post(explain, {"prompt": EASY, **session})) == "haiku"
    practice.pms.stream(HARD, **session)
    assert tier(practice.pms.post(explain, {"prompt": EASY, **session})) == "opus"
