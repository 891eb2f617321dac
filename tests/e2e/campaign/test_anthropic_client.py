"""Anthropic's own client, unchanged but for its base URL and key."""

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import pytest

from tests.practice import Practice
from tests.sandbox_server import Sandbox
from usage.models import Client

pytestmark = pytest.mark.service
CANARY = "Zephyrine Quillfeather"
PATIENT_TEXT = f"Patient name: {CANARY}, MRN: 00482913, phone (555) 010-4477."
LOOKUP: Any = {
    "name": "lookup_patient",
    "description": "Finds a patient.",
    "input_schema": {
        "type": "object",
        "properties": {"name": {"type": "string"}},
        "required": ["name"],
    },
    "cache_control": {"type": "ephemeral"},
}


@pytest.fixture
def client(practice: Practice) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=practice.pms.url, api_key=practice.pms.key) as found:
        yield found


def ask(client: anthropic.Anthropic, text: str, **fields: Any) -> Any:
    asked = {"model": "auto", "max_tokens": 500, **fields}
    return client.messages.create(messages=[{"role": "user", "content": text}], **asked)


def create(client: anthropic.Anthropic, turns: list[Any], is_stream: bool, **asked: Any) -> Any:
    if not is_stream:
        return client.messages.create(messages=turns, **asked)
    with client.messages.stream(messages=turns, **asked) as stream:
        return stream.get_final_message()


def received(sandbox: Sandbox, at: int = -1) -> Any:
    return json.loads(sandbox.requests()[at]["body"])


def test_message_is_routed_masked_restored_and_billed(
    client: anthropic.Anthropic, practice: Practice, sandbox: Sandbox
):
    message = ask(client, f"ECHO:{PATIENT_TEXT}", system="Be brief.", stop_sequences=["STOP"])
    assert (message.type, message.role) == ("message", "assistant")
    assert message.content[0].text == PATIENT_TEXT
    assert message.stop_reason == "end_turn"
    assert message.id.startswith("msg_")
    assert CANARY not in json.dumps(received(sandbox))
    assert message.model == received(sandbox)["model"]
    (line,) = sandbox.book()
    assert message.usage.input_tokens == line["input_tokens"]
    assert message.usage.output_tokens == line["output_tokens"]
    assert practice.sums == (line["nano_usd"], 0, 0)


def test_prefill_is_refused_before_any_call_where_the_model_does_not_take_it(
    client: anthropic.Anthropic, practice: Practice, sandbox: Sandbox
):
    turns: Any = [
        {"role": "user", "content": "As JSON: is this positive: great?"},
        {"role": "assistant", "content": '{"mood":'},
    ]
    typed = {"x-router-task-type": "sentiment"}
    answer = client.messages.create(
        model="auto", max_tokens=50, messages=turns, extra_headers=typed
    )
    assert answer.model == received(sandbox)["model"]
    assert received(sandbox)["messages"][-1]["role"] == "assistant"
    calls = len(sandbox.requests())
    with pytest.raises(anthropic.BadRequestError) as refusal:
        client.messages.create(
            model="auto",
            max_tokens=50,
            messages=turns,
            extra_headers={"x-router-task-type": "clinical_decision_support"},
        )
    assert refusal.value.type == "invalid_request_error"
    assert "prefill" in refusal.value.message
    assert len(sandbox.requests()) == calls
    assert (practice.requests()[-1].state, practice.requests()[-1].outcome) == (
        "denied",
        "invalid-request",
    )


def test_decision_is_in_the_headers(client: anthropic.Anthropic, practice: Practice):
    raw = client.messages.with_raw_response.create(
        model="auto",
        max_tokens=50,
        messages=[{"role": "user", "content": "Is this positive: great?"}],
        extra_headers={"x-router-task-type": "sentiment", "x-router-session": "s-1"},
    )
    message = raw.parse()
    assert raw.headers["x-router-tier"] == "haiku"
    assert raw.headers["x-router-model"] == message.model
    assert float(raw.headers["x-router-cost-usd"]) > 0
    assert raw.headers["x-router-cache"] == "off"
    assert raw.headers["x-router-reason"] == "own_tier"
    assert message._request_id == raw.headers["x-router-request-id"]
    (request,) = practice.requests()
    assert (request.task_type, request.session_label) == ("sentiment", "s-1")


def test_stream_is_accumulated_by_the_client(
    client: anthropic.Anthropic, practice: Practice, sandbox: Sandbox
):
    text = "ECHO:" + " ".join(f"{CANARY} line {n}." for n in range(20))
    asked: Any = {"model": "auto", "max_tokens": 900}
    named: Any = [{"role": "user", "content": f"Patient name: {CANARY}."}]
    turns = [*named, {"role": "assistant", "content": "Yes?"}, {"role": "user", "content": text}]
    with client.messages.stream(messages=turns, **asked) as stream:
        shown = "".join(stream.text_stream)
        final: Any = stream.get_final_message()
    assert shown == text.removeprefix("ECHO:") == final.content[0].text
    assert final.stop_reason == "end_turn"
    (line,) = sandbox.book()
    assert final.usage.output_tokens == line["output_tokens"]
    assert practice.sums == (line["nano_usd"], 0, 0)


@pytest.mark.parametrize("is_stream", [False, True])
def test_how_an_answer_ended_is_told_as_the_provider_told_it(
    client: anthropic.Anthropic, sandbox: Sandbox, is_stream: bool
):
    """The caller's own stop sequence, which a program compares; why a model refused."""
    asked: Any = {"model": "auto", "max_tokens": 500, "extra_headers": {"x-router-cache": "false"}}
    turns = [{"role": "user", "content": f"ECHO:Patient name: {CANARY}. Seen today."}]
    stopped = create(client, turns, is_stream, stop_sequences=[CANARY], **asked)
    assert received(sandbox)["stop_sequences"] != [CANARY]
    assert (stopped.stop_reason, stopped.stop_sequence) == ("stop_sequence", CANARY)
    details = {"type": "refusal", "category": "cyber", "explanation": "It looks harmful."}
    sandbox.script(share=1, text="No.", stop_reason="refusal", stop_details=details)
    refused = create(client, [{"role": "user", "content": "Do harm."}], is_stream, **asked)
    assert refused.stop_reason == "refusal"
    assert refused.stop_details.model_dump() == details


def test_stream_holds_the_providers_events_and_none_of_ours(client: anthropic.Anthropic):
    kinds = [event.type for event in ask(client, "ECHO:hello there", stream=True)]
    assert kinds[0] == "message_start"
    assert kinds[-1] == "message_stop"
    assert "router.summary" not in kinds


@pytest.mark.parametrize("is_stream", [False, True])
def test_tool_is_called_and_its_result_answered(
    client: anthropic.Anthropic, practice: Practice, sandbox: Sandbox, is_stream: bool
):
    """The arguments hold the name again, the result is masked like everything else."""
    question = f"Patient name: {CANARY}\nUse lookup_patient."
    turns: list[Any] = [{"role": "user", "content": question}]
    asked: Any = {"model": "auto", "max_tokens": 500, "tools": [LOOKUP]}
    ask(client, turns[0]["content"])
    token = received(sandbox)["messages"][0]["content"].split("name: ")[1].split("\n")[0]
    sandbox.script(next=1, tool={"name": "lookup_patient", "input": {"name": token}})
    message = create(client, turns, is_stream, **asked)
    assert message.stop_reason == "tool_use"
    call = next(block for block in message.content if block.type == "tool_use")
    assert call.input == {"name": CANARY}
    result = {"type": "tool_result", "tool_use_id": call.id, "content": f"{CANARY} is 64."}
    turns += [
        {"role": "assistant", "content": message.content},
        {"role": "user", "content": [result]},
    ]
    answered = client.messages.create(messages=turns, **asked)
    assert CANARY in answered.content[0].text
    assert CANARY not in json.dumps(received(sandbox))
    assert received(sandbox)["tools"][0]["cache_control"] == {"type": "ephemeral"}


@pytest.mark.parametrize("is_stream", [False, True])
def test_thinking_and_its_signature_go_round_unchanged(
    client: anthropic.Anthropic, practice: Practice, sandbox: Sandbox, is_stream: bool
):
    Client.objects.filter(pk=practice.client.pk).update(model_ids="pin")
    practice.wait_for_configuration()
    turns: list[Any] = [{"role": "user", "content": f"Patient name: {CANARY}. Why so breathless?"}]
    asked: Any = {
        "model": "claude-opus-4-6",
        "max_tokens": 4_000,
        "thinking": {"type": "adaptive", "display": "summarized"},
    }
    message = create(client, turns, is_stream, **asked)
    thought = message.content[0]
    assert (thought.type, bool(thought.signature)) == ("thinking", True)
    turns += [
        {"role": "assistant", "content": message.content},
        {"role": "user", "content": "And?"},
    ]
    client.messages.create(messages=turns, **asked)
    sent = received(sandbox)["messages"][1]["content"][0]
    assert sent == {
        "type": "thinking",
        "thinking": thought.thinking,
        "signature": thought.signature,
    }


def test_tokens_are_counted_for_nothing_and_recorded(
    client: anthropic.Anthropic, practice: Practice, sandbox: Sandbox
):
    counted = client.messages.count_tokens(
        model="auto",
        system="Be brief.",
        tools=[LOOKUP],
        messages=[{"role": "user", "content": f"Patient name: {CANARY}."}],
    )
    assert counted.input_tokens > 0
    assert sandbox.requests()[-1]["path"] == "/v1/messages/count_tokens"
    assert CANARY not in json.dumps(received(sandbox))
    assert practice.sums == (0, 0, 0)
    assert [(each.state, each.outcome) for each in practice.requests()] == [
        ("completed", "tokens-counted")
    ]
    assert [(each.kind, each.state, each.hold_nano_usd) for each in practice.attempts()] == [
        ("count", "settled", 0)
    ]
    assert [each.kind for each in practice.audited()][-2:] == [
        *("attempt.admitted", "attempt.settled")
    ]


def test_count_that_fails_is_owed_nothing_and_recorded(
    client: anthropic.Anthropic, practice: Practice, sandbox: Sandbox
):
    sandbox.script(next=9, path="/v1/messages/count_tokens", status=500)
    asked: Any = {"model": "auto", "messages": [{"role": "user", "content": "Hello there."}]}
    with pytest.raises(anthropic.InternalServerError):
        client.with_options(max_retries=0).messages.count_tokens(**asked)
    assert practice.sums == (0, 0, 0)
    assert [(each.kind, each.state) for each in practice.attempts()] == [("count", "void")]
    assert [each.state for each in practice.requests()] == ["failed"]


def test_models_are_listed_page_by_page(client: anthropic.Anthropic):
    every = [model.id for model in client.models.list(limit=2)]
    assert every[0] == "auto"
    assert "claude-haiku-4-5-20251001" in every
    assert len(every) == len(set(every))
    assert client.models.retrieve("claude-haiku-4-5").id == "claude-haiku-4-5-20251001"
    with pytest.raises(anthropic.NotFoundError):
        client.models.retrieve("claude-none")


def test_models_are_in_the_other_schema_without_a_version(practice: Practice):
    listed = practice.pms.get("/v1/models").body
    assert listed["object"] == "list"
    assert {each["object"] for each in listed["data"]} == {"model"}


@pytest.mark.parametrize(
    ("mode", "named", "tier"),
    [
        ("ceiling", "claude-haiku-4-5-20251001", "haiku"),
        ("ceiling", "claude-opus-4-6", "sonnet"),
        ("pin", "claude-opus-4-6", "opus"),
        ("pin", "claude-haiku-4-5", "haiku"),
        ("route", "claude-haiku-4-5", "sonnet"),
        ("route", "gpt-none", "sonnet"),
        ("pin", "auto", "sonnet"),
    ],
)
def test_named_model_means_what_the_clients_setting_says(
    client: anthropic.Anthropic, practice: Practice, mode: str, named: str, tier: str
):
    Client.objects.filter(pk=practice.client.pk).update(model_ids=mode)
    practice.wait_for_configuration()
    raw = client.messages.with_raw_response.create(
        model=named,
        max_tokens=50,
        messages=[{"role": "user", "content": "Summarize: seen for knee pain after a fall."}],
        extra_headers={"x-router-task-type": "encounter_summary"},
    )
    assert raw.headers["x-router-tier"] == tier


def test_what_the_router_cannot_pass_on_is_left_out_and_said(
    client: anthropic.Anthropic, sandbox: Sandbox
):
    raw = client.messages.with_raw_response.create(
        model="auto",
        max_tokens=50,
        messages=[{"role": "user", "content": "Is this positive: great?"}],
        service_tier="auto",
        metadata={"user_id": "user_" + "x" * 300},
        extra_body={"top_k": 5},
        extra_headers={"anthropic-beta": "context-1m-2025-08-07"},
    )
    said = raw.headers["x-router-warnings"].split(",")
    assert {"service-tier-dropped", "top-k-dropped", "beta-dropped"} <= set(said)
    assert not {"service_tier", "top_k"} & set(received(sandbox))
    assert sandbox.requests()[-1]["headers"].get("anthropic-beta") is None


ERRORS: dict[str, tuple[type[Exception], int, dict[str, Any]]] = {
    "unknown field": (anthropic.BadRequestError, 400, {"extra_body": {"novelty": 1}}),
    "a host": (anthropic.BadRequestError, 400, {"extra_body": {"mcp_servers": [{"url": "u"}]}}),
    "a process": (anthropic.BadRequestError, 400, {"extra_body": {"container": "c"}}),
    "a server's tool": (
        anthropic.BadRequestError, 400,
        {"tools": [{"type": "web_search_20250305", "name": "web_search"}]},
    ),
    "unknown block": (
        anthropic.BadRequestError, 400,
        {"messages": [{"role": "user", "content": [{"type": "hologram"}]}]},
    ),
    "misspelt header": (
        anthropic.BadRequestError, 400, {"extra_headers": {"x-router-patinet": "p-1"}},
    ),
    "no limit": (anthropic.BadRequestError, 400, {"max_tokens": 0}),
    "unknown model": (anthropic.NotFoundError, 404, {"model": "gpt-none"}),
    "unknown task type": (
        anthropic.UnprocessableEntityError, 422,
        {"extra_headers": {"x-router-task-type": "no_such"}},
    ),
    "wrong key": (
        anthropic.AuthenticationError, 401, {"extra_headers": {"Authorization": "Bearer cmr_none"}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_errors_are_typed_and_nothing_left(
    client: anthropic.Anthropic, sandbox: Sandbox, name: str
):
    kind, status, changes = ERRORS[name]
    asked: Any = {
        "model": "auto",
        "max_tokens": 50,
        "messages": [{"role": "user", "content": CANARY}],
        **changes,
    }
    with pytest.raises(kind) as raised:
        client.messages.create(**asked)
    error: Any = raised.value
    assert error.status_code == status
    assert error.body["type"] == "error"
    assert error.body["request_id"] == error.request_id
    assert CANARY not in str(error)
    assert sandbox.requests() == []


def test_full_budget_is_a_billing_error_that_is_not_repeated(open_practice: Any, sandbox: Sandbox):
    poor = open_practice(cap_nano_usd=1_000)
    with (
        anthropic.Anthropic(base_url=poor.pms.url, api_key=poor.pms.key) as client,
        pytest.raises(anthropic.APIStatusError) as raised,
    ):
        ask(client, "Summarize the visit.")
    assert raised.value.status_code == 402
    assert raised.value.body["error"]["type"] == "billing_error"  # type: ignore[index]
    assert len(poor.requests()) == 1
    assert sandbox.requests() == []


def test_call_that_may_have_been_billed_is_not_repeated_by_the_client(
    client: anthropic.Anthropic, practice: Practice, sandbox: Sandbox
):
    """The client would repeat any 5xx twice, and each repeat would be billed."""
    sandbox.script(share=1.0, status=500)
    with pytest.raises(anthropic.InternalServerError):
        ask(client, "Summarize the visit.")
    assert len(practice.requests()) == 1


def test_stream_that_breaks_off_raises_in_the_client(
    client: anthropic.Anthropic, practice: Practice, sandbox: Sandbox
):
    """What the client would take for a whole answer."""
    sandbox.script(next=1, faults=["no_message_stop"])
    with pytest.raises(anthropic.APIStatusError):
        for _ in ask(client, "ECHO:" + "word " * 40, stream=True):
            pass
    assert [each.state for each in practice.attempts()] == ["unknown"]


@pytest.mark.parametrize("header", ["Authorization", "x-api-key"])
def test_key_is_taken_in_either_header(practice: Practice, header: str):
    key = practice.pms.key if header == "x-api-key" else f"Bearer {practice.pms.key}"
    asked = {"model": "auto", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
    url = f"{practice.pms.url}/v1/messages"
    reply = practice.pms.client.post(url, json=asked, headers={header: key})
    assert (reply.status_code, reply.json()["type"]) == (200, "message")
    assert practice.pms.client.post(url, json=asked, headers={header: key[:-1]}).status_code == 401


def test_address_that_does_not_exist_is_an_error_of_the_same_schema(practice: Practice):
    version = {"anthropic-version": "2023-06-01"}
    for path in ("/v1/nothing", "/v1/files/a/b", "/v1/complete"):
        reply = practice.pms.post(path, {}, headers=version)
        assert (reply.status, reply.body["error"]["type"]) == (404, "not_found_error")
    reply = practice.pms.get("/v1/messages")
    assert (reply.status, reply.body["error"]["type"]) == (405, "invalid_request_error")


def test_conversation_keeps_its_tokens_by_session_or_user(
    client: anthropic.Anthropic, sandbox: Sandbox
):
    """So that the provider's prompt cache works from turn to turn, and no other case is linked."""
    bodies = []
    for session in ("one", "one", "two"):
        ask(client, PATIENT_TEXT, extra_headers={"x-router-session": session})
        bodies.append(received(sandbox)["messages"])
    for user in ("u-1", "u-1", "u-2"):
        ask(client, PATIENT_TEXT, metadata={"user_id": user})
        bodies.append(received(sandbox)["messages"])
        assert "metadata" not in received(sandbox)
    assert bodies[0] == bodies[1]
    assert bodies[3] == bodies[4]
    assert len({json.dumps(body) for body in bodies}) == 4


def test_repeat_with_an_idempotency_key_is_the_same_message(
    client: anthropic.Anthropic, sandbox: Sandbox
):
    key = {"Idempotency-Key": "k-1"}
    first = ask(client, f"ECHO:{PATIENT_TEXT}", extra_headers=key)
    second = ask(client, f"ECHO:{PATIENT_TEXT}", extra_headers=key)
    assert first.to_dict() == second.to_dict()
    with client.messages.stream(
        model="auto", max_tokens=500, extra_headers=key,
        messages=[{"role": "user", "content": f"ECHO:{PATIENT_TEXT}"}],
    ) as stream:  # fmt: skip
        again: Any = stream.get_final_message()
        assert again.content[0].text == first.content[0].text
    assert len(sandbox.book()) == 1
