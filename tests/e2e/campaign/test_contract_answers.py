"""Answers have exactly the members that the schema describes; any body gets one or a problem."""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phi import publishing
from phi.models import Policy
from routing.api import body
from tests.contract.test_api_contract import REPLIES, members
from tests.gateway_server import Gateway
from tests.practice import Practice, open_practices
from tests.sandbox_server import Sandbox
from usage.configuration import current_version

pytestmark = pytest.mark.service
PATIENT = {"name": "Zephyrine Quillfeather", "mrn": "MRN-7718203"}


def agrees(said: Any, described: Any) -> None:
    """Assert that a value has the described members and no other."""
    if described is None:
        return
    if isinstance(said, list):
        for each in said:
            agrees(each, described)
        return
    assert set(said) == set(described)
    for name, inner in described.items():
        agrees(said[name], inner)


def test_answers_have_the_described_members(practice: Practice):
    pms = practice.pms
    asked = {"prompt": "About Zephyrine Quillfeather.", "patient": PATIENT}
    replies = {
        "route": pms.post("/api/v1/route", asked),
        "explain": pms.post("/api/v1/route/explain", asked),
        "sanitize": pms.post(
            "/api/v1/phi/sanitize", {"text": "Zephyrine Quillfeather", "patient": PATIENT}
        ),
        "summary": pms.get("/api/v1/usage/summary"),
    }
    for name, reply in replies.items():
        assert reply.status == 200, reply.body
        agrees(reply.body, members(REPLIES[name]))


@pytest.mark.parametrize("filler", ["", " lungs clear." * 500], ids=["short", "long"])
def test_findings_are_code_points_of_the_text_that_was_given(practice: Practice, filler: str):
    """Before them stand characters of four bytes, of two code points, and such as fold to three."""
    text = f"\U0001f600 e\u0301 \ufb03 \uff0d Zephyrine\u00a0Quillfeather, MRN-7718203{filler}"
    found = practice.pms.post("/api/v1/phi/sanitize", {"text": text, "patient": PATIENT}).body
    assert [text[one["start"] : one["end"]] for one in found["findings"]] == [
        "Zephyrine\u00a0Quillfeather",
        "MRN-7718203",
    ]
    assert {one["recognizer"] for one in found["findings"]} == {"known"}
    assert {one["score"] for one in found["findings"]} == {1.0}
    restored = found["text"]
    for token, value in found["mapping"].items():
        restored = restored.replace(token, value)
    assert restored == text


def test_what_is_redacted_has_no_way_back(practice: Practice, gateway_process: Gateway):
    slug = practice.tenant.slug
    Policy.objects.create(slug=slug, tenant=slug, mode="redact")
    publishing.publish(note="Redact", by=None)
    gateway_process.wait_for_version(current_version())
    found = practice.pms.post("/api/v1/phi/sanitize", {"text": "MRN 7718203"}).body
    assert found["text"] == "MRN [MRN]"
    assert "mapping" not in found


def test_finished_request_shows_in_the_very_next_summary(practice: Practice, sandbox: Sandbox):
    for number in range(1, 4):
        reply = practice.pms.route("Mood?", task_type="sentiment", session_id="s1")
        summary = practice.pms.get("/api/v1/usage/summary", session_id="s1").body
        assert summary["requests"] == summary["attempts"] == number
        assert float(summary["cost_usd"]) == pytest.approx(
            sandbox.totals()["nano_usd"] / 1e9, abs=1e-12
        )
        assert reply.body["cost"]["total_usd"] < summary["cost_usd"] or number == 1


def test_explaining_costs_and_writes_nothing(practice: Practice, sandbox: Sandbox):
    reply = practice.pms.post("/api/v1/route/explain", {"prompt": "Mood?"})
    assert reply.body["decision_ms"] < 1_000
    assert reply.body["alternatives"]
    assert sandbox.requests() == []
    assert practice.requests() == []
    assert practice.sums == (0, 0, 0)


def test_each_answer_reaches_its_asker(practice: Practice, sandbox: Sandbox):
    """Two hundred at once, each with a nonce of its own."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(40) as pool:
        answers = list(
            pool.map(lambda n: practice.pms.route(f"ECHO:nonce {n}").body["text"], range(200))
        )
    assert answers == [f"nonce {n}" for n in range(200)]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    ),
    max_leaves=12,
)
blocks = st.fixed_dictionaries(
    {"type": st.sampled_from(sorted(body.BLOCK_TYPES))},
    optional={
        "text": json_values,
        "input": json_values,
        "content": json_values,
        "source": json_values,
        "id": json_values,
        "name": json_values,
        "tool_use_id": json_values,
        "thinking": json_values,
        "signature": json_values,
        "cache_control": json_values,
    },
)
turns = st.lists(
    st.fixed_dictionaries(
        {
            "role": st.sampled_from(["user", "assistant"]),
            "content": st.text(max_size=40) | st.lists(blocks | json_values, max_size=3),
        }
    ),
    max_size=4,
)
tools = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.text(max_size=20),
            "input_schema": st.dictionaries(st.text(max_size=9), json_values),
        },
        optional={"description": json_values},
    ),
    max_size=2,
)
people = st.dictionaries(st.sampled_from(sorted(body.PATIENT_FIELDS)), json_values, max_size=5)
NEARLY_RIGHT = {
    "prompt": st.text(max_size=60),
    "messages": turns,
    "tools": tools,
    "patient": people,
    "patients": st.lists(people, max_size=2),
    "task_type": st.sampled_from(["sentiment", "yes_no", "visit_summary"]) | st.text(max_size=9),
    "model": st.sampled_from(["haiku", "sonnet", "opus", "claude-opus-4-6"]) | st.text(max_size=9),
    "urgency": st.sampled_from(body.URGENCIES),
    "accuracy": st.sampled_from(body.ACCURACIES),
    "max_tokens": st.integers(1, 200),
    "temperature": st.floats(0, 1),
    "deadline_ms": st.integers(60_000, 90_000),
}
bodies = json_values | st.fixed_dictionaries(
    {},
    optional={
        name: NEARLY_RIGHT[name] | json_values if name in NEARLY_RIGHT else json_values
        for name in body.CHECKS
    },
)


@pytest.fixture(scope="module")
def send(
    shared_database: None, gateway_process: Gateway, request: pytest.FixtureRequest
) -> Callable[[Any], httpx2.Response]:
    """Return a function that sends any value as a body, with a key that works."""
    pms = open_practices(gateway_process, 1)[0].pms
    request.addfinalizer(pms.client.close)  # noqa: PT021 (the practice outlives each test)

    def send_body(value: Any) -> httpx2.Response:
        return pms.client.post(
            f"{pms.url}/api/v1/route",
            content=json.dumps(value).encode(),
            headers={"Authorization": f"Bearer {pms.key}", "Content-Type": "application/json"},
        )

    return send_body


@pytest.mark.parametrize(
    "examples", [120, pytest.param(20_000, marks=pytest.mark.soak)], ids=["some", "many"]
)
def test_any_body_gets_an_answer_or_a_problem(
    transactional_db: None, send: Callable[[Any], httpx2.Response], sandbox: Sandbox, examples: int
):
    """Never a 500, never a page, never a hang."""

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(value=bodies)
    def holds(value: Any) -> None:
        answer = send(value)
        assert answer.status_code in (200, 400, 402, 413, 422, 502, 504), answer.text
        if answer.status_code != 200:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["status"] == answer.status_code

    holds()
