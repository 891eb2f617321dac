"""OpenAI's own client, unchanged but for its base URL and key."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from tests.e2e.campaign.test_anthropic_client import CANARY, PATIENT_TEXT, received
from tests.practice import Practice
from tests.sandbox_server import Sandbox
from usage.models import Client, ModelCard

pytestmark = pytest.mark.service
LOOKUP: Any = {
    "type": "function",
    "function": {
        "name": "lookup_patient",
        "description": "Finds a patient.",
        "parameters": {
            "type": "object",
            "properties": {"name": {"type": "string"}},
            "required": ["name"],
        },
    },
}
SCHEMA: Any = {
    "type": "json_schema",
    "json_schema": {
        "name": "finding",
        "schema": {
            "type": "object",
            "properties": {"finding": {"type": "string"}, "score": {"type": "integer"}},
            "required": ["finding", "score"],
        },
    },
}


@pytest.fixture
def client(practice: Practice) -> Iterator[openai.OpenAI]:
    url = f"{practice.pms.url}/v1"
    with openai.OpenAI(base_url=url, api_key=practice.pms.key) as found:
        yield found


def ask(client: openai.OpenAI, text: str, **fields: Any) -> Any:
    asked = {"model": "auto", "messages": [{"role": "user", "content": text}], **fields}
    return client.chat.completions.create(**asked)


def create(client: openai.OpenAI, turns: list[Any], is_stream: bool, **asked: Any) -> Any:
    """Return the message of an answer, as the client puts it together."""
    if not is_stream:
        return ask(client, "", messages=turns, **asked).choices[0]
    with client.chat.completions.stream(model="auto", messages=turns, **asked) as stream:
        return stream.get_final_completion().choices[0]


def test_completion_is_routed_masked_restored_and_billed(
    client: openai.OpenAI, practice: Practice, sandbox: Sandbox
):
    system = {"role": "developer", "content": "Be brief."}
    turns = [system, {"role": "user", "content": f"ECHO:{PATIENT_TEXT}"}]
    completion = ask(client, "", messages=turns, stop="STOP", max_completion_tokens=300)
    assert (completion.object, completion.id[:9]) == ("chat.completion", "chatcmpl-")
    (choice,) = completion.choices
    assert (choice.message.role, choice.message.content) == ("assistant", PATIENT_TEXT)
    assert (choice.finish_reason, choice.message.tool_calls) == ("stop", None)
    sent = received(sandbox)
    assert CANARY not in json.dumps(sent)
    assert (sent["max_tokens"], sent["stop_sequences"]) == (300, ["STOP"])
    assert sent["system"][0] == {"type": "text", "text": "Be brief."}
    assert completion.model == sent["model"]
    (line,) = sandbox.book()
    assert completion.usage.prompt_tokens == line["input_tokens"]
    assert completion.usage.completion_tokens == line["output_tokens"]
    assert practice.sums == (line["nano_usd"], 0, 0)


def test_decision_is_in_the_headers(client: openai.OpenAI, practice: Practice):
    raw = client.chat.completions.with_raw_response.create(
        model="auto",
        messages=[{"role": "user", "content": "Is this positive: great?"}],
        user="dr-lee",
        metadata={"ward": "3"},
        extra_headers={"x-router-task-type": "sentiment", "x-router-session": "s-1"},
    )
    completion = raw.parse()
    assert raw.headers["x-router-tier"] == "haiku"
    assert raw.headers["x-router-model"] == completion.model
    assert float(raw.headers["x-router-cost-usd"]) > 0
    assert completion._request_id == raw.headers["x-router-request-id"]
    (request,) = practice.requests()
    assert (request.task_type, request.session_label) == ("sentiment", "s-1")
    assert request.user == "dr-lee"


async def test_asynchronous_client_gets_the_same(practice: Practice):
    url = f"{practice.pms.url}/v1"
    async with openai.AsyncOpenAI(base_url=url, api_key=practice.pms.key) as client:
        turns: Any = [{"role": "user", "content": f"ECHO:{PATIENT_TEXT}"}]
        whole = await client.chat.completions.create(model="auto", messages=turns)
        stream = await client.chat.completions.create(model="auto", messages=turns, stream=True)
        pieces = [chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]
    assert whole.choices[0].message.content == PATIENT_TEXT == "".join(pieces)


def test_stream_is_restored_wherever_it_was_cut_and_says_its_usage(
    client: openai.OpenAI, practice: Practice, sandbox: Sandbox
):
    text = "ECHO:" + " ".join(f"{CANARY} line {n}." for n in range(20))
    named: Any = [{"role": "user", "content": f"Patient name: {CANARY}."}]
    turns = [*named, {"role": "assistant", "content": "Yes?"}, {"role": "user", "content": text}]
    sandbox.script(next=1, chunk_chars=3)
    options = {"include_usage": True}
    chunks = list(ask(client, "", messages=turns, stream=True, stream_options=options))
    shown = "".join(chunk.choices[0].delta.content or "" for chunk in chunks[:-1])
    assert shown == text.removeprefix("ECHO:")
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert {chunk.id for chunk in chunks} == {chunks[0].id}
    assert [chunk.usage for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    (line,) = sandbox.book()
    assert chunks[-1].choices == []
    assert chunks[-1].usage.completion_tokens == line["output_tokens"]
    assert practice.sums == (line["nano_usd"], 0, 0)


def test_stream_says_nothing_of_usage_unasked_and_ends_with_done(practice: Practice):
    answer = practice.pms.client.post(
        f"{practice.pms.url}/v1/chat/completions",
        json={"model": "auto", "stream": True, "messages": [{"role": "user", "content": "ECHO:a"}]},
        headers={"Authorization": f"Bearer {practice.pms.key}"},
    )
    *frames, done, rest = answer.text.split("\n\n")
    assert (done, rest) == ("data: [DONE]", "")
    assert all(frame.startswith("data: {") and '"usage"' not in frame for frame in frames)


@pytest.mark.parametrize("is_stream", [False, True])
def test_tool_is_called_and_its_result_answered(
    client: openai.OpenAI, practice: Practice, sandbox: Sandbox, is_stream: bool
):
    """The arguments hold the name again, the result is masked like everything else."""
    question = f"Patient name: {CANARY}\nUse lookup_patient."
    turns: list[Any] = [{"role": "user", "content": question}]
    asked: Any = {"tools": [LOOKUP], "parallel_tool_calls": False}
    ask(client, question, **asked)
    assert received(sandbox)["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True}
    token = received(sandbox)["messages"][0]["content"].split("name: ")[1].split("\n")[0]
    sandbox.script(next=1, tool={"name": "lookup_patient", "input": {"name": token}})
    choice = create(client, turns, is_stream, **asked)
    assert choice.finish_reason == "tool_calls"
    (call,) = choice.message.tool_calls
    assert call.function.name == "lookup_patient"
    assert json.loads(call.function.arguments) == {"name": CANARY}
    result = {"role": "tool", "tool_call_id": call.id, "content": f"{CANARY} is 64."}
    turns += [choice.message, result]
    answered = create(client, turns, False, **asked)
    assert CANARY in answered.message.content
    assert CANARY not in json.dumps(received(sandbox))
    (block,) = received(sandbox)["messages"][2]["content"]
    assert (block["type"], block["tool_use_id"]) == ("tool_result", call.id)


def test_tool_that_must_be_called_is_called_where_models_think(
    client: openai.OpenAI, practice: Practice, sandbox: Sandbox
):
    """The task type's models think before they answer, which none may with such a tool."""
    typed = {"x-router-task-type": "clinical_decision_support"}
    asked = ask(
        client, "Differential?", tools=[LOOKUP], tool_choice="required", extra_headers=typed
    )
    (call,) = asked.choices[0].message.tool_calls
    assert call.function.name == "lookup_patient"
    assert "thinking" not in received(sandbox)
    assert [each.state for each in practice.attempts()] == ["settled"]


@pytest.mark.parametrize("is_stream", [False, True])
def test_call_without_arguments_is_an_empty_object(
    client: openai.OpenAI, sandbox: Sandbox, is_stream: bool
):
    sandbox.script(next=1, tool={"name": "lookup_patient", "input": {}})
    choice = create(client, [{"role": "user", "content": "Look."}], is_stream, tools=[LOOKUP])
    assert json.loads(choice.message.tool_calls[0].function.arguments) == {}


def test_answer_keeps_to_a_schema_that_is_closed_on_its_way(
    client: openai.OpenAI, sandbox: Sandbox
):
    completion = ask(client, "Rate: seen for knee pain.", response_format=SCHEMA)
    assert set(json.loads(completion.choices[0].message.content)) == {"finding", "score"}
    sent = received(sandbox)["output_config"]["format"]["schema"]
    assert sent["additionalProperties"] is False


def test_json_of_any_shape_is_asked_for_in_words(client: openai.OpenAI, sandbox: Sandbox):
    raw = client.chat.completions.with_raw_response.create(
        model="auto",
        messages=[{"role": "user", "content": "Give JSON."}],
        response_format={"type": "json_object"},
    )
    assert "json-by-instruction" in raw.headers["x-router-warnings"]
    assert "one JSON object" in received(sandbox)["system"][-1]["text"]


def test_image_goes_the_way_of_images(client: openai.OpenAI, sandbox: Sandbox):
    """It may hold an identifier that nobody can find, so the usual policy keeps it in."""
    data = base64.b64encode(b"\x89PNG").decode()
    part = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
    with pytest.raises(openai.UnprocessableEntityError) as raised:
        ask(client, "", messages=[{"role": "user", "content": [part]}])
    assert raised.value.code == "phi_blocked"
    assert sandbox.requests() == []


def test_models_are_listed(client: openai.OpenAI):
    every = [model.id for model in client.models.list()]
    assert every[0] == "auto"
    assert "claude-haiku-4-5-20251001" in every
    assert client.models.retrieve("claude-haiku-4-5").id == "claude-haiku-4-5-20251001"
    with pytest.raises(openai.NotFoundError) as raised:
        client.models.retrieve("gpt-none")
    assert raised.value.type == "invalid_request_error"


def test_model_may_have_a_name_with_a_slash(client: openai.OpenAI, practice: Practice):
    """As models of the house have; its client writes the slash by its number."""
    haiku = ModelCard.objects.get(model_id="claude-haiku-4-5-20251001")
    ModelCard.objects.filter(pk=haiku.pk).update(aliases=[*haiku.aliases, "anthropic/haiku"])
    practice.wait_for_configuration()
    assert client.models.retrieve("anthropic/haiku").id == haiku.model_id


def test_named_model_pins_where_the_client_says_so(client: openai.OpenAI, practice: Practice):
    Client.objects.filter(pk=practice.client.pk).update(model_ids="pin")
    practice.wait_for_configuration()
    answered = ask(client, "Hello there.", model="claude-opus-4-6", reasoning_effort="low")
    assert answered.model == "claude-opus-4-6"


def test_thoughts_are_counted_and_not_shown(
    client: openai.OpenAI, practice: Practice, sandbox: Sandbox
):
    Client.objects.filter(pk=practice.client.pk).update(model_ids="pin")
    practice.wait_for_configuration()
    for effort in ("high", "none"):
        asked: Any = {"model": "claude-opus-4-6", "reasoning_effort": effort}
        headers = {"x-router-task-type": "diagnostic_differential"}
        answered = ask(client, "Why so breathless?", extra_headers=headers, **asked)
        line = sandbox.book()[-1]
        thought = answered.usage.completion_tokens_details.reasoning_tokens
        assert (thought, answered.usage.completion_tokens) == (
            line["thinking_tokens"],
            line["output_tokens"],
        )
        assert bool(thought) == (effort == "high")


def test_what_the_router_cannot_pass_on_is_left_out_and_said(
    client: openai.OpenAI, sandbox: Sandbox
):
    turns: Any = [
        {"role": "user", "content": "Is this positive: great?", "name": "ann"},
        {"role": "assistant", "content": "Yes."},
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "And this: fine?"}]},
    ]
    raw = client.chat.completions.with_raw_response.create(
        model="auto", messages=turns, temperature=1.7, seed=3, top_p=0.5, service_tier="auto"
    )
    said = raw.headers["x-router-warnings"].split(",")
    expected = {"seed-dropped", "top-p-dropped", "service-tier-dropped", "name-dropped"}
    assert expected | {"system-moved", "temperature-lowered"} <= set(said)
    assert not {"seed", "top_p", "service_tier"} & set(received(sandbox))


ERRORS: dict[str, tuple[type[Exception], int, str | None, str, dict[str, Any]]] = {
    "unknown field": (
        openai.BadRequestError, 400, "novelty", "invalid_request", {"extra_body": {"novelty": 1}},
    ),
    "several answers": (openai.BadRequestError, 400, "n", "invalid_request", {"n": 2}),
    "probabilities": (
        openai.BadRequestError, 400, "logprobs", "invalid_request", {"logprobs": True},
    ),
    "audio": (
        openai.BadRequestError, 400, "audio", "invalid_request",
        {"audio": {"voice": "a", "format": "mp3"}},
    ),
    "a search": (
        openai.BadRequestError, 400, "web_search_options", "invalid_request",
        {"web_search_options": {}},
    ),
    "old functions": (
        openai.BadRequestError, 400, "functions", "invalid_request",
        {"functions": [{"name": "f", "parameters": {}}]},
    ),
    "custom tool": (
        openai.BadRequestError, 400, "tools[0].type", "invalid_request",
        {"tools": [{"type": "custom", "custom": {"name": "c"}}]},
    ),
    "unknown part": (
        openai.BadRequestError, 400, "messages[0].content[0].type", "invalid_request",
        {"messages": [{"role": "user", "content": [{"type": "hologram"}]}]},
    ),
    "broken arguments": (
        openai.BadRequestError, 400, "messages[1].tool_calls[0].function.arguments",
        "invalid_request",
        {
            "messages": [
                {"role": "user", "content": CANARY},
                {
                    "role": "assistant",
                    "tool_calls": [
                        {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{"}}
                    ],
                },
            ]
        },
    ),
    "misspelt header": (
        openai.BadRequestError, 400, "x-router-patinet", "invalid_request",
        {"extra_headers": {"x-router-patinet": "p-1"}},
    ),
    "unknown model": (
        openai.NotFoundError, 404, None, "model_not_found", {"model": "gpt-none"},
    ),
    "unknown task type": (
        openai.UnprocessableEntityError, 422, None, "unknown_task_type",
        {"extra_headers": {"x-router-task-type": "no_such"}},
    ),
    "wrong key": (
        openai.AuthenticationError, 401, None, "invalid_api_key",
        {"extra_headers": {"Authorization": "Bearer cmr_none"}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_errors_are_typed_and_nothing_left(client: openai.OpenAI, sandbox: Sandbox, name: str):
    kind, status, param, code, changes = ERRORS[name]
    with pytest.raises(kind) as raised:
        ask(client, CANARY, **changes)
    error: Any = raised.value
    assert (error.status_code, error.param, error.code) == (status, param, code)
    assert error.type.endswith("_error")
    assert error.request_id
    assert CANARY not in str(error)
    assert sandbox.requests() == []


def test_full_budget_is_an_error_that_is_not_repeated(open_practice: Any, sandbox: Sandbox):
    poor = open_practice(cap_nano_usd=1_000)
    with (
        openai.OpenAI(base_url=f"{poor.pms.url}/v1", api_key=poor.pms.key) as client,
        pytest.raises(openai.APIStatusError) as raised,
    ):
        ask(client, "Summarize the visit.")
    assert (raised.value.status_code, raised.value.code) == (402, "insufficient_quota")
    assert len(poor.requests()) == 1
    assert sandbox.requests() == []


def test_call_that_may_have_been_billed_is_not_repeated_by_the_client(
    client: openai.OpenAI, practice: Practice, sandbox: Sandbox
):
    sandbox.script(share=1.0, status=500)
    with pytest.raises(openai.InternalServerError):
        ask(client, "Summarize the visit.")
    assert len(practice.requests()) == 1


def test_stream_that_breaks_off_raises_in_the_client(
    client: openai.OpenAI, practice: Practice, sandbox: Sandbox
):
    """Chunks that merely end would be taken for a whole answer."""
    sandbox.script(next=1, faults=["no_message_stop"])
    with pytest.raises(openai.APIError):
        list(ask(client, "ECHO:" + "word " * 40, stream=True))
    assert [each.state for each in practice.attempts()] == ["unknown"]


def test_repeat_with_an_idempotency_key_is_the_same_completion(
    client: openai.OpenAI, sandbox: Sandbox
):
    key = {"Idempotency-Key": "k-1"}
    first = ask(client, f"ECHO:{PATIENT_TEXT}", extra_headers=key)
    second = ask(client, f"ECHO:{PATIENT_TEXT}", extra_headers=key)
    assert first.to_dict() == second.to_dict()
    options = {"include_usage": True}
    asked: Any = {"stream": True, "stream_options": options, "extra_headers": key}
    chunks = list(ask(client, f"ECHO:{PATIENT_TEXT}", **asked))
    assert "".join(c.choices[0].delta.content or "" for c in chunks[:-1]) == PATIENT_TEXT
    assert (chunks[-1].id, chunks[-1].usage) == (first.id, first.usage)
    assert len(sandbox.book()) == 1


def test_addresses_answer_errors_in_their_own_schema(practice: Practice):
    version = {"anthropic-version": "2023-06-01"}
    for path, headers, is_anthropic in (
        ("/v1/embeddings", version, False),
        ("/v1/responses", {}, False),
        ("/v1/nothing", {}, False),
        ("/v1/nothing", version, True),
        ("/v1/messages/batches", {}, True),
    ):
        reply = practice.pms.post(path, {}, headers=headers)
        assert (reply.status, "code" not in reply.body["error"]) == (404, is_anthropic)


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages", "/api/v1/route"])
def test_body_that_is_refused_unread_is_refused_in_the_schema_of_its_address(
    practice: Practice, path: str
):
    """Its length says that it is too large, so no view has seen it."""
    refused = practice.pms.send(path, b"x" * 4_000_001)
    assert refused.status == 413
    shown = {
        "/v1/chat/completions": lambda body: body["error"]["code"] == "too_large",
        "/v1/messages": lambda body: body["error"]["type"] == "request_too_large",
        "/api/v1/route": lambda body: body["problem"] == "too-large",
    }[path]
    assert shown(refused.body)
    assert refused.body["request_id"]
