"""The Messages API as the official client and a plain one see it."""

import json
from typing import Any

import anthropic
import jsonschema  # type: ignore[import-untyped]
import pytest

from tests.sandbox_server import Sandbox

HAIKU, SONNET, OPUS = "claude-haiku-4-5-20251001", "claude-sonnet-4-6", "claude-opus-4-6"
LOOKUP = {
    "name": "lookup_patient",
    "description": "Find a patient",
    "input_schema": {
        "type": "object",
        "properties": {"name": {"type": "string"}, "limit": {"type": "integer", "minimum": 1}},
        "required": ["name", "limit"],
    },
}


def body_for(text: Any = "Hello", **more: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": text}]
    return {"model": HAIKU, "max_tokens": 300, "messages": messages} | more


def test_answer_quotes_the_placeholders_of_the_prompt(ask):
    """Names and dates come back byte for byte, so that re-hydration shows."""
    reply = ask("Summarize the visit of PHI_NAME_7KQ2M on PHI_DATE_P12_AB3C4.")
    assert "PHI_NAME_7KQ2M" in reply.content[0].text
    assert "PHI_DATE_P12_AB3C4" in reply.content[0].text


@pytest.mark.parametrize("name", ["PHJ_NAME_7KQ2M", "PHI_NAME_7KQ2M_A2"])
def test_placeholders_of_every_spelling_are_quoted(ask, name):
    """Other prefixes and variants are the same grammar."""
    assert name in ask(f"Summarize the visit of {name}.").content[0].text


def test_same_request_gets_the_same_answer(ask, watch):
    """Answers are a pure function of the request, streamed or not."""
    texts = {ask("Differential for chest pain?", model=OPUS).content[0].text for _ in range(3)}
    texts.add(watch("Differential for chest pain?", model=OPUS).content[0].text)
    assert len(texts) == 1


def test_higher_tiers_write_more(ask):
    """Prose grows with the tier."""
    question = "Summarize the visit."
    sizes = [len(ask(question, model=model).content[0].text) for model in (HAIKU, SONNET, OPUS)]
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == 3


@pytest.mark.parametrize("prompt", ["Is this urgent? Answer yes or no.", "Sentiment of: thank you"])
def test_labels_are_one_word(ask, prompt):
    """A label stays one word on every tier."""
    assert len(ask(prompt, model=OPUS).content[0].text.split()) == 1


def test_classifier_answers_moderate(ask):
    """A prompt that asks for simple, moderate or complex gets the middle, plain or as JSON."""
    words = "Answer with exactly one word: simple, moderate or complex."
    assert ask("What is HL7?", system=words).content[0].text == "moderate"
    shown = 'Answer as JSON: {"label": "simple|moderate|complex"}'
    assert '"label":"moderate"' in ask("What is HL7?", system=shown).content[0].text
    assert ask("ECHO:not asked for", system=words).content[0].text == "moderate"


def test_structured_output_validates(ask):
    """A schema gets a minimal valid instance, the classifier's label included."""
    schema = {
        "type": "object",
        "properties": {
            "complexity": {"type": "string", "enum": ["simple", "moderate", "complex"]},
            "confidence": {"type": "number", "minimum": 0, "maximum": 1},
            "reasons": {"type": "array", "items": {"$ref": "#/$defs/reason"}, "minItems": 1},
        },
        "required": ["complexity", "confidence", "reasons"],
        "additionalProperties": False,
        "$defs": {"reason": {"type": "string", "minLength": 3}},
    }
    reply = ask("x", output_config={"format": {"type": "json_schema", "schema": schema}})
    document = json.loads(reply.content[0].text)
    jsonschema.validate(document, schema)
    assert document["complexity"] == "moderate"


def test_echo_brings_text_back_byte_for_byte(ask, watch):
    """What follows ECHO: is the answer, streamed in uneven pieces or whole."""
    text = ' PHI_NAME_7KQ2M\u2019s café "quoted" \\_ \U0001f600\n\tend '
    assert ask("ECHO:" + text).content[0].text == text
    assert watch("ECHO:" + text).content[0].text == text


def test_forced_tool_gets_arguments_that_fit_and_then_an_answer(client):
    """A tool call names the patient; its result is quoted in the answer."""
    question = {"role": "user", "content": "Who is PHI_NAME_7KQ2M? Use a tool."}
    more: dict[str, Any] = {"model": SONNET, "max_tokens": 500, "tools": [LOOKUP]}
    call = client.messages.create(
        messages=[question], tool_choice={"type": "tool", "name": "lookup_patient"}, **more
    )
    tool = call.content[-1]
    assert call.stop_reason == "tool_use"
    assert tool.input == {"name": "PHI_NAME_7KQ2M", "limit": 1}
    result = {"type": "tool_result", "tool_use_id": tool.id, "content": "PHI_MRN_3F9AA found"}
    turns = [question, {"role": "assistant", "content": call.content}]
    done = client.messages.create(messages=[*turns, {"role": "user", "content": [result]}], **more)
    assert done.stop_reason == "end_turn"
    assert "PHI_MRN_3F9AA" in done.content[0].text


def test_tool_is_used_when_its_name_is_in_the_text(ask, watch):
    """With tool_choice auto the prompt decides, and a stream carries the same arguments."""
    plain = ask("Please lookup the patient PHI_NAME_7KQ2M", tools=[LOOKUP])
    streamed = watch("Please lookup the patient PHI_NAME_7KQ2M", tools=[LOOKUP])
    assert (
        plain.content[0].input
        == streamed.content[0].input
        == {
            "name": "PHI_NAME_7KQ2M",
            "limit": 1,
        }
    )
    assert ask("Good morning", tools=[LOOKUP]).content[0].type == "text"


def test_thinking_is_counted_and_signed(client, ask):
    """Thinking tokens are part of the output; an altered block is refused when it comes back."""
    reply = ask("Differential?", model=OPUS, thinking={"type": "adaptive"})
    thinking, text = reply.content
    assert (thinking.type, text.type) == ("thinking", "text")
    assert 0 < reply.usage.output_tokens_details.thinking_tokens < reply.usage.output_tokens
    altered = thinking.model_copy(update={"thinking": thinking.thinking + "!"})
    for block, refused in ((thinking, False), (altered, True)):
        turns: list[Any] = [
            {"role": "user", "content": "Differential?"},
            {"role": "assistant", "content": [block, text]},
            {"role": "user", "content": "And now?"},
        ]
        if refused:
            with pytest.raises(anthropic.BadRequestError, match="signature"):
                client.messages.create(model=OPUS, max_tokens=500, messages=turns)
        else:
            client.messages.create(model=OPUS, max_tokens=500, messages=turns)


def test_extended_thinking_works_where_the_model_has_it(watch):
    """A budget gives a thinking block, in a stream with its signature."""
    reply = watch("Why?", max_tokens=2000, thinking={"type": "enabled", "budget_tokens": 1024})
    assert reply.content[0].type == "thinking"
    assert reply.content[0].signature


def test_max_tokens_cuts_and_is_never_passed(ask):
    """A long answer stops at the limit and says so."""
    reply = ask("ECHO:" + "word " * 500, max_tokens=7)
    assert reply.stop_reason == "max_tokens"
    assert reply.usage.output_tokens == 7
    assert len(reply.content[0].text) == 28


def test_stop_sequence_cuts_before_itself(ask):
    """The first stop sequence in the text ends it."""
    reply = ask("ECHO:one STOP two", stop_sequences=["STOP", "two"])
    assert reply.content[0].text == "one "
    assert (reply.stop_reason, reply.stop_sequence) == ("stop_sequence", "STOP")


def test_count_tokens_is_free_and_agrees_with_the_bill(client, ask, sandbox):
    """Counting writes no line; the count is the input of the same request."""
    messages: list[Any] = [{"role": "user", "content": "Hello there"}]
    counted = client.messages.count_tokens(model=HAIKU, messages=messages).input_tokens
    assert sandbox.book() == []
    assert ask("Hello there").usage.input_tokens == counted == 4 + 3 + 3


def test_models_come_in_pages(client):
    """Models are listed newest first, page by page, and found by alias."""
    ids = [model.id for model in client.models.list(limit=2)]
    assert ids[0] == "claude-haiku-5-5"
    assert {HAIKU, SONNET, OPUS} <= set(ids)
    assert len(ids) == len(set(ids)) == 9
    found = client.models.retrieve("claude-haiku-4-5")
    assert (found.id, found.line, found.lifecycle) == (HAIKU, "haiku", "active")


def test_alias_is_answered_with_the_dated_id(ask):
    """The message names the model that answered, not the alias asked for."""
    assert ask("Hi", model="claude-haiku-4-5").model == HAIKU


async def test_async_client_works(sandbox: Sandbox):
    """The asynchronous client over aiohttp gets the same answers."""
    async with anthropic.AsyncAnthropic(
        base_url=sandbox.base_url, api_key="k", http_client=anthropic.DefaultAioHttpClient()
    ) as made:
        reply = await made.messages.create(**body_for("ECHO:async"))
    assert reply.content[0].text == "async"


@pytest.mark.parametrize("header", [{"x_api_key": "k"}, {"authorization": "Bearer k"}])
def test_either_header_authenticates(post, header):
    """Both ways to carry a key work."""
    assert post(body_for(), **{"x_api_key": ""} | header).status == 200


def test_missing_key_is_401_in_the_error_schema(post):
    """Errors carry type, message and the id of the header."""
    reply = post(body_for(), x_api_key="")
    assert reply.status == 401
    assert reply.body["type"] == "error"
    assert reply.body["error"]["type"] == "authentication_error"
    assert reply.body["request_id"] == reply.headers["request-id"]


def test_answers_carry_request_id_and_rate_limits(post):
    """Headers look like the provider's."""
    headers = post(body_for()).headers
    assert headers["request-id"].startswith("req_")
    assert int(headers["anthropic-ratelimit-requests-remaining"]) > 0


@pytest.mark.parametrize("version", ["2023-06-01", "2026-10-21"])
@pytest.mark.parametrize("name", ["temperature", "top_p", "top_k"])
def test_sampling_is_refused_at_the_new_version_only(post, version, name):
    """The API of 2026-10-21 knows no sampling parameters."""
    assert post(body_for(), version=version).status == 200
    reply = post(body_for(**{name: 1}), version=version)
    assert reply.status == (200 if version == "2023-06-01" else 400)


@pytest.mark.parametrize(
    ("status", "message", "body"),
    [
        (404, "model: claude-nine", body_for(model="claude-nine")),
        (400, "max_tokens: Field required", body_for(max_tokens=None)),
        (400, "surprise: Extra inputs", body_for(surprise=1)),
        (400, "at least one message", body_for() | {"messages": []}),
        (400, "not valid JSON", b"{"),
        (400, "not valid JSON", b'{"model":"claude-haiku-4-5","max_tokens":9,"messages":'
         b'[{"role":"user","content":"\\ud800"}]}'),
        (400, "non-empty", body_for("")),
        (400, "maximum allowed number", body_for(max_tokens=10**6)),
        (400, "does not support the effort", body_for(output_config={"effort": "low"})),
        (400, "adaptive thinking is not supported", body_for(thinking={"type": "adaptive"})),
        (400, "greater than `thinking.budget_tokens`",
         body_for(thinking={"type": "enabled", "budget_tokens": 1024})),
        (400, "prompt is too long", body_for("x" * 900_000)),
        (400, "additionalProperties", body_for(output_config={
            "format": {"type": "json_schema", "schema": {"type": "object"}}})),
        (400, "unexpected `tool_use_id`",
         body_for([{"type": "tool_result", "tool_use_id": "t", "content": "x"}])),
        (400, "not found in provided tools",
         body_for(tools=[LOOKUP], tool_choice={"type": "tool", "name": "other"})),
    ],
)  # fmt: skip
def test_bad_body_is_refused_in_the_providers_words(post, sandbox, status, message, body):
    """What the real API refuses is refused here, and costs nothing."""
    reply = post(body)
    assert reply.status == status
    assert message in reply.body["error"]["message"]
    assert [line["nano_usd"] for line in sandbox.book()] == [0]


def test_prefill_is_refused_by_newer_models(post):
    """Only models that continue an assistant's turn accept one at the end."""
    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Well"}]
    assert post(body_for() | {"messages": turns}).status == 200
    assert post(body_for(model=OPUS) | {"messages": turns}).status == 400
