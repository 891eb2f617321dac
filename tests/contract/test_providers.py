"""One contract for every class that speaks to a provider, against the sandbox that speaks them all.

Same question, same answer, same tokens, same errors, whichever protocol carries them.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from routing import betas
from routing.errors import (
    CannotSay,
    PartRefused,
    ProviderAmbiguous,
    ProviderBusy,
    ProviderFailed,
    ProviderRefused,
    ProviderUnreachable,
    SpendLimitReached,
)
from routing.providers import messages
from routing.providers.base import Provider
from routing.providers.clients import client_class
from routing.types import Candidate, Event, Parameters, ProviderReply, RouteRequest
from tests.gateway_server import refusing_port
from tests.routing.tables import NOW, catalog, place, price
from tests.sandbox_server import Sandbox
from usage.catalog import ModelCard

TOOL: Any = {
    "name": "find",
    "description": "Finds.",
    "input_schema": {
        "type": "object",
        "properties": {"name": {"type": "string"}},
        "required": ["name"],
    },
}
SCHEMA: Any = {
    "type": "object",
    "properties": {"finding": {"type": "string"}},
    "required": ["finding"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Dialect:
    """How one protocol is spoken to the sandbox."""

    protocol: str
    model: ModelCard
    path: str  # as scripts name it
    base_path: str = ""
    counts_tokens: bool = True
    is_framed: bool = False  # no server-sent events
    key: str = "sandbox"
    name: str = ""  # of the model, where it is part of the address
    spent: Any = None  # the body of a 429 that no pause ends

    def client(self, base_url: str) -> Provider:
        named = {"model": self.name} if self.name else {}
        return client_class(self.protocol)(
            base_url=f"{base_url}{self.base_path}", api_key=self.key, **named
        )

    @property
    def candidate(self) -> Candidate:
        deployment = place("there", self.model.model_id, protocol=self.protocol)
        return Candidate(
            self.model.tier, self.model, deployment, price(1, self.model.model_id, "1", "5")
        )

    def body(self, text: str = "", *, is_stream: bool = False, **fields: Any) -> bytes:
        turns = fields.pop("messages", ({"role": "user", "content": text},))
        request = RouteRequest("id", "t", "c", turns, NOW, **fields)
        return messages.body_of(
            request, self.candidate, Parameters(400), has_tokens=False, is_stream=is_stream
        )


HAIKU = next(card for card in catalog().models.values() if card.tier == "haiku")
GEMMA = ModelCard("gemma3:27b", "Gemma 3 27B", "sonnet", "on-premise", temperature=True)
IDENTITY = {
    "access_key_id": "AKIDEXAMPLE",
    "secret_access_key": "secret-of-tests",
    "region": "us-east-1",
    "session_token": "of-a-session",
}
BEDROCK = Dialect(
    "bedrock",
    HAIKU,
    "/v1/messages",
    counts_tokens=False,
    is_framed=True,
    name="us.anthropic.claude-haiku-4-5-20251001-v1:0",
)
DIALECTS = {
    "anthropic": Dialect(
        "anthropic",
        HAIKU,
        "/v1/messages",
        spent={
            "type": "error",
            "error": {
                "type": "rate_limit_error",
                "details": {"error_code": "enforced_spend_limit_reached"},
            },
        },
    ),
    "openai": Dialect(
        "openai",
        GEMMA,
        "/v1/chat/completions",
        base_path="/openai/v1",
        counts_tokens=False,
        spent={"error": {"type": "insufficient_quota", "code": "insufficient_quota"}},
    ),
    "bedrock": BEDROCK,
    "bedrock, signed": replace(BEDROCK, key=json.dumps(IDENTITY)),
    "vertex": Dialect(
        "vertex",
        HAIKU,
        "/v1/messages",
        base_path="/v1/projects/clinic/locations/europe-west1",
        name="claude-haiku-4-5@20251001",
    ),
}


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> Dialect:
    return DIALECTS[request.param]


@pytest.fixture
async def provider(dialect: Dialect, sandbox: Sandbox) -> AsyncIterator[Provider]:
    client = dialect.client(sandbox.base_url)
    yield client
    await client.close()


async def ask(
    provider: Provider, dialect: Dialect, text: str = "", *, is_stream: bool = False, **fields: Any
) -> ProviderReply:
    """Return a reply, whole or put together from its stream."""
    body = dialect.body(text, is_stream=is_stream, **fields)
    if is_stream:
        return (await watch(provider, dialect, body))[1]
    return await provider.send(body, model_id=dialect.model.model_id)


async def watch(
    provider: Provider, dialect: Dialect, body: bytes
) -> tuple[list[Event], ProviderReply]:
    seen: list[Event] = []
    async with provider.stream(body, model_id=dialect.model.model_id) as stream:
        async for events, size in stream.batches():
            assert size > 0
            seen += events
        reply = stream.reply()
        await stream.finish()
    return seen, reply


BOTH = pytest.mark.parametrize("is_stream", [False, True])


@BOTH
async def test_text_and_tokens_are_those_of_the_bill(provider, dialect, sandbox, is_stream):
    reply = await ask(
        provider, dialect, "ECHO:Grüße, said — ok?", is_stream=is_stream, system="Be."
    )
    assert reply.content == ({"type": "text", "text": "Grüße, said — ok?"},)
    assert reply.stop_reason == "end_turn"
    assert reply.model == dialect.model.model_id
    assert reply.provider_request_id
    (line,) = sandbox.book()
    assert line["outcome"] == "completed"
    counted = {name: line[name] for name in ("input_tokens", "output_tokens", "thinking_tokens")}
    assert {name: getattr(reply.usage, name) for name in counted} == counted


@BOTH
async def test_tokens_that_a_cache_held_are_counted_apart(provider, dialect, sandbox, is_stream):
    bill = {"input_tokens": 7, "cache_read_input_tokens": 90, "output_tokens": 3}
    sandbox.script(bill=bill, path=dialect.path)
    reply = await ask(provider, dialect, "Hello", is_stream=is_stream)
    assert {name: getattr(reply.usage, name) for name in bill} == bill


@BOTH
async def test_tool_is_called_and_its_result_taken(provider, dialect, sandbox, is_stream):
    asked: Any = {"tools": (TOOL,), "tool_choice": {"type": "any"}}
    sandbox.script(
        text="Looking.", tool={"name": "find", "input": {"name": 'a"b'}}, path=dialect.path
    )
    reply = await ask(provider, dialect, "Find her.", is_stream=is_stream, **asked)
    said, call = reply.content
    assert (said["text"], reply.stop_reason) == ("Looking.", "tool_use")
    assert (call["type"], call["name"], call["input"]) == ("tool_use", "find", {"name": 'a"b'})
    result = {"type": "tool_result", "tool_use_id": call["id"], "content": "She is 64."}
    turns = (
        {"role": "user", "content": "Find her."},
        {"role": "assistant", "content": list(reply.content)},
        {"role": "user", "content": [result, {"type": "text", "text": "And?"}]},
    )
    answered = await ask(provider, dialect, messages=turns, is_stream=is_stream, tools=(TOOL,))
    assert "She is 64." in messages.text_of(answered.content)


@BOTH
async def test_call_without_arguments_is_an_empty_object(provider, dialect, sandbox, is_stream):
    sandbox.script(tool={"name": "find", "input": {}}, path=dialect.path)
    reply = await ask(provider, dialect, "Find.", is_stream=is_stream, tools=(TOOL,))
    assert reply.content[-1]["input"] == {}


async def test_answer_keeps_to_a_schema(provider, dialect):
    asked: Any = {"output_format": {"type": "json_schema", "schema": SCHEMA}}
    reply = await ask(provider, dialect, "Rate it.", **asked)
    assert messages.text_of(reply.content).startswith('{"finding":')


@pytest.mark.parametrize(
    ("rule", "stop_reason"),
    [
        ({"stop_reason": "refusal"}, "refusal"),
        ({"stop_reason": "max_tokens", "text": "Cut"}, "max_tokens"),
    ],
)
@BOTH
async def test_every_end_is_named(provider, dialect, sandbox, is_stream, rule, stop_reason):
    sandbox.script(path=dialect.path, **rule)
    reply = await ask(provider, dialect, "Hello", is_stream=is_stream)
    assert reply.stop_reason == stop_reason


@BOTH
async def test_stop_sequence_and_limit_are_kept(provider, dialect, is_stream):
    reply = await ask(
        provider, dialect, "ECHO:one STOP two", is_stream=is_stream, stop_sequences=("STOP",)
    )
    assert messages.text_of(reply.content) == "one "


async def test_stream_has_one_grammar(provider, dialect):
    """Whoever sends it, what is relayed is Anthropic's."""
    seen, _ = await watch(provider, dialect, dialect.body("ECHO:one two", is_stream=True))
    kinds = [event["type"] for event in seen if event["type"] != "ping"]
    assert kinds[:3] == ["message_start", "content_block_start", "content_block_delta"]
    assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"]


@dataclass(frozen=True)
class Fault:
    """What a provider does wrong, and what its client must make of it."""

    rule: dict[str, Any]
    means: type[ProviderFailed]
    retry_after: int | None = None


HTML = {"content-type": "text/html"}
EVERYWHERE: dict[str, Fault] = {
    "429": Fault({"status": 429, "headers": {"retry-after": "7"}}, ProviderBusy, 7),
    "429 with nonsense": Fault({"status": 429, "headers": {"retry-after": "1e308"}}, ProviderBusy),
    **{str(s): Fault({"status": s}, ProviderRefused) for s in (400, 401, 402, 403, 404, 413)},
    **{str(s): Fault({"status": s}, ProviderAmbiguous) for s in (500, 502, 503, 504, 418)},
    "redirect": Fault(
        {"status": 307, "headers": {"location": "http://127.0.0.1:9/"}}, ProviderAmbiguous
    ),
    "page": Fault({"status": 200, "body": "<html>", "headers": HTML}, ProviderAmbiguous),
    "empty": Fault({"status": 200, "body": ""}, ProviderAmbiguous),
    "reset": Fault({"cut": {"after_bytes": 40, "how": "rst"}}, ProviderAmbiguous),
    "closed": Fault({"cut": {"after_bytes": 40, "how": "fin"}}, ProviderAmbiguous),
    "ended": Fault({"cut": {"after_bytes": 40, "how": "eof"}}, ProviderAmbiguous),
    "bad json": Fault({"faults": ["bad_json"]}, ProviderAmbiguous),
    "no usage": Fault({"faults": ["missing_usage"]}, ProviderAmbiguous),
    "another model": Fault({"answer_model": "other-model"}, ProviderAmbiguous),
}
PLAIN = {"packed": Fault({"faults": ["gzip_bomb"]}, ProviderAmbiguous)}
STREAMED = {
    "no end": Fault({"faults": ["no_message_stop"]}, ProviderAmbiguous),
    "endless line": Fault({"faults": ["huge_line"]}, ProviderAmbiguous),
    "error after 200": Fault(
        {"error_event": {"type": "overloaded_error", "message": "x", "after_events": 4}},
        ProviderAmbiguous,
    ),
}
CASES = [
    *(
        (name, fault, is_stream)
        for name, fault in EVERYWHERE.items()
        for is_stream in (False, True)
    ),
    *((name, fault, False) for name, fault in PLAIN.items()),
    *((name, fault, True) for name, fault in STREAMED.items()),
]


# Frames have a length of their own (test_event_frames.py).
FAULTS = [
    (dialect, *case)
    for dialect, told in DIALECTS.items()
    for case in CASES
    if not (told.is_framed and case[0] == "endless line")
]


@pytest.mark.parametrize(
    ("dialect", "name", "fault", "is_stream"),
    FAULTS,
    indirect=["dialect"],
    ids=lambda value: str(value)[:20],
)
async def test_fault_means_the_same(provider, dialect, sandbox, name, fault, is_stream):
    """Only what proves that nothing was done releases a hold."""
    sandbox.script(path=dialect.path, **fault.rule)
    with pytest.raises(fault.means) as failed:
        await ask(provider, dialect, "ECHO:" + "word " * 30, is_stream=is_stream)
    assert failed.value.did_no_work == issubclass(fault.means, ProviderBusy | ProviderRefused)
    assert failed.value.retry_after_seconds == fault.retry_after
    assert "word" not in f"{failed.value.extra} {failed.value}"


@BOTH
async def test_refused_part_is_named_in_no_words_of_the_provider(
    provider, dialect, sandbox, is_stream
):
    said = {"message": "messages.0.content: Mabel Quillfeather is not permitted"}
    sandbox.script(path=dialect.path, status=400, body={"error": {"type": "invalid", **said}})
    with pytest.raises(PartRefused, match=r"refused messages\.0\.content\.") as failed:
        await ask(provider, dialect, "ECHO:word", is_stream=is_stream)
    assert failed.value.extra["field"] == "messages.0.content"
    assert "Mabel" not in f"{failed.value.extra} {failed.value}"


@BOTH
@pytest.mark.parametrize("value", [-1, "NaN", 2**63, None])
async def test_usage_that_nobody_can_mean_is_refused(provider, dialect, sandbox, is_stream, value):
    names = ("output_tokens", "completion_tokens")
    sandbox.script(path=dialect.path, usage=dict.fromkeys(names, value))
    with pytest.raises(ProviderAmbiguous):
        await ask(provider, dialect, "Hello", is_stream=is_stream)


OF_LINES = ("crlf", "bom", "split_utf8")  # frames are bytes
ODDITIES = [
    (dialect, fault)
    for dialect, told in DIALECTS.items()
    for fault in (*OF_LINES, "unknown_event", "unknown_field", "duplicate_message_stop")
    if not (told.is_framed and fault in OF_LINES)
]


@pytest.mark.parametrize(("dialect", "fault"), ODDITIES, indirect=["dialect"])
async def test_oddity_of_a_stream_is_let_pass(provider, dialect, sandbox, fault):
    sandbox.script(path=dialect.path, faults=[fault])
    reply = await ask(provider, dialect, "ECHO:Grüße", is_stream=True)
    assert messages.text_of(reply.content) == "Grüße"


@pytest.mark.parametrize("cut", [1, 3, 7])
async def test_stream_may_be_cut_anywhere(provider, dialect, sandbox, cut):
    sandbox.script(path=dialect.path, chunk_bytes=cut)
    reply = await ask(provider, dialect, "ECHO:Grüße", is_stream=True)
    assert messages.text_of(reply.content) == "Grüße"


@BOTH
@pytest.mark.parametrize(
    "dialect", [name for name, told in DIALECTS.items() if told.spent], indirect=True
)
async def test_spent_account_is_not_a_busy_one(provider, dialect, sandbox, is_stream):
    sandbox.script(path=dialect.path, status=429, body=dialect.spent)
    with pytest.raises(SpendLimitReached):
        await ask(provider, dialect, "Hello", is_stream=is_stream)


async def test_refused_connection_proves_that_nothing_was_sent(dialect):
    with refusing_port() as port:
        client = dialect.client(f"http://127.0.0.1:{port}")
        with pytest.raises(ProviderUnreachable):
            await ask(client, dialect, "Hello")
        await client.close()


async def test_silence_is_ended_by_the_caller(provider, dialect, sandbox):
    """The deadline is not the client's business; leaving it frees the connection."""
    sandbox.script(path=dialect.path, latency_ms=60_000)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await ask(provider, dialect, "Hello")
    assert (await ask(provider, dialect, "ECHO:again")).content[0]["text"] == "again"


async def test_tokens_are_counted_or_it_is_said_that_they_cannot_be(provider, dialect):
    body = messages.body_to_count(dialect.body("Hello"), dialect.candidate)
    if dialect.counts_tokens:
        assert await provider.count(body) > 0
    else:
        with pytest.raises(CannotSay):
            await provider.count(body)


@BOTH
async def test_feature_on_trial_is_switched_on_for_one_call(provider, dialect, sandbox, is_stream):
    """In a header that the scan is shown, on Bedrock in the body; elsewhere not at all."""
    feature = "interleaved-thinking-2025-05-14"
    on = dict.fromkeys(("anthropic", "bedrock", "vertex"), (feature,))
    headers = betas.headers_for(dialect.protocol, on)
    asked = provider.saying(headers)
    assert headers.items() <= asked.headers.items()
    await ask(asked, dialect, "Hello", is_stream=is_stream, betas=on)
    sent = sandbox.requests()[-1]
    in_body = json.loads(sent["body"]).get("anthropic_beta")
    is_headed, is_inside = (
        dialect.protocol in ("anthropic", "vertex"),
        dialect.protocol == "bedrock",
    )
    assert sent["headers"].get("anthropic-beta") == (feature if is_headed else None)
    assert in_body == ([feature] if is_inside else None)
    await ask(provider, dialect, "Hello", is_stream=is_stream)
    assert "anthropic-beta" not in {**sandbox.requests()[-1]["headers"], **provider.headers}


SIGNED = {"x-amz-date", "x-amz-security-token"}


async def test_key_is_not_among_the_headers_that_are_shown(provider, dialect, sandbox):
    await ask(provider, dialect, "Hello")
    assert dialect.key not in str(dict(provider.headers))
    assert "secret-of-tests" not in str(sandbox.requests()[-1]["headers"])
    sent = sandbox.requests()[-1]["headers"]
    own = {name for name in sent if name not in provider.headers}
    assert own <= {"authorization", "host", "content-length", "x-api-key"} | SIGNED


@pytest.mark.parametrize(
    "dialect",
    [name for name, told in DIALECTS.items() if told.protocol == "openai"],
    indirect=True,
)
async def test_model_may_have_another_name_there(provider, dialect, sandbox):
    """What the caller and the ledger see is the catalog's id.

    The others' models say their own id, or have it in the address.
    """
    there = replace(dialect.candidate.deployment, provider_model_id="gemma3:4b")
    candidate = replace(dialect.candidate, deployment=there)
    request = RouteRequest("id", "t", "c", ({"role": "user", "content": "Hi"},), NOW)
    body = messages.body_of(request, candidate, Parameters(50), has_tokens=False)
    reply = await provider.send(body, model_id=dialect.model.model_id)
    assert reply.model == dialect.model.model_id
    assert sandbox.book()[-1]["model"] == "gemma3:4b"
