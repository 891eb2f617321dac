"""Models that speak chat completions, on premise or another vendor's, and Anthropic's elsewhere."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.practice import Practice
from tests.sandbox_server import Sandbox
from usage.models import Client, Deployment, ModelCard, Provider

pytestmark = pytest.mark.service
CANARY = "Quillfeather"
GEMMA, MINI, HAIKU = "gemma3:27b", "gpt-4o-mini", "claude-haiku-4-5-20251001"


@pytest.fixture
def other(practice: Practice) -> Practice:
    """A practice whose client pins models, with the other providers switched on as admins do."""
    Provider.objects.filter(slug__in=("on-premise", "openai")).update(is_enabled=True)
    ModelCard.objects.filter(model_id__in=(GEMMA, MINI)).update(is_live=True)
    Deployment.objects.filter(slug="on-premise-gemma3-27b").update(is_enabled=True)
    mini = ModelCard.objects.get(model_id=MINI)
    openai = Provider.objects.get(slug="openai")
    Deployment.objects.get_or_create(slug="openai-mini", model=mini, provider=openai)
    Client.objects.filter(pk=practice.client.pk).update(model_ids="pin")
    practice.wait_for_configuration()
    return practice


def ask(practice: Practice, model: str, *, is_stream: bool = False, **fields: Any) -> Any:
    """Return the text of an answer, and its cost in USD."""
    prompt = f"ECHO:Seen for knee pain: {CANARY}."
    asked: dict[str, Any] = {"model": model, "patient": {"name": CANARY}, **fields}
    if is_stream:
        streamed = practice.pms.stream(prompt, **asked)
        assert streamed.problem is None, streamed.problem
        assert streamed.summary["outcome"] == "completed"
        return streamed.text, streamed.summary
    reply = practice.pms.route(prompt, **asked)
    assert reply.status == 200, reply.body
    return reply.body["text"], reply.body


@pytest.mark.parametrize("is_stream", [False, True])
def test_model_in_the_house_answers_masked_text_for_nothing(
    other: Practice, sandbox: Sandbox, is_stream: bool
):
    text, body = ask(other, GEMMA, is_stream=is_stream)
    assert text == f"Seen for knee pain: {CANARY}."
    assert (body["routing"]["model"], body["cost"]["total_usd"]) == (GEMMA, "0.000000000")
    (sent,) = sandbox.requests()
    assert sent["path"] == "/openai/v1/chat/completions"
    assert CANARY not in sent["body"]
    assert "max_tokens" in json.loads(sent["body"])
    assert other.sums == (0, 0, 0)
    assert [each.state for each in other.attempts()] == ["settled"]
    assert sandbox.book()[0]["output_tokens"] == body["usage"]["output_tokens"]


@pytest.mark.parametrize("is_stream", [False, True])
def test_other_vendor_is_paid_what_it_bills(other: Practice, sandbox: Sandbox, is_stream: bool):
    bill = {"input_tokens": 40, "cache_read_input_tokens": 60, "output_tokens": 12}
    sandbox.script(path="/v1/chat/completions", bill=bill)
    text, body = ask(other, MINI, is_stream=is_stream)
    assert text == f"Seen for knee pain: {CANARY}."
    (line,) = sandbox.book()
    assert other.sums == (line["nano_usd"], 0, 0)
    assert line["nano_usd"] > 0
    assert body["usage"]["cache_read_input_tokens"] == 60


def test_caller_of_one_schema_is_answered_by_a_model_of_the_other(
    other: Practice, sandbox: Sandbox
):
    """Chat completions in, chat completions out, and the Messages API's terms between."""
    tool = {"name": "find", "parameters": {"type": "object", "properties": {}}}
    asked = {
        "model": MINI,
        "messages": [{"role": "user", "content": f"Find: {CANARY}."}],
        "tools": [{"type": "function", "function": tool}],
        "tool_choice": "required",
    }
    reply = other.pms.post("/v1/chat/completions", asked)
    assert reply.status == 200, reply.body
    (call,) = reply.body["choices"][0]["message"]["tool_calls"]
    assert call["function"]["name"] == "find"
    assert json.loads(sandbox.requests()[-1]["body"])["tool_choice"] == "required"


def test_stream_of_the_house_that_breaks_off_is_not_a_whole_answer(
    other: Practice, sandbox: Sandbox
):
    sandbox.script(path="/v1/chat/completions", faults=["no_message_stop"])
    streamed = other.pms.stream("ECHO:" + "word " * 40, model=GEMMA)
    assert streamed.summary["outcome"] == "truncated"
    assert [each.state for each in other.attempts()] == ["unknown"]


def test_house_that_is_down_is_said_and_nothing_goes_to_a_cloud(other: Practice, sandbox: Sandbox):
    """The model was named, so no other one answers in its place."""
    sandbox.script(path="/v1/chat/completions", next=9, status=503)
    reply = other.pms.route("Hello there.", model=GEMMA)
    assert (reply.status, reply.problem) == (502, "provider-failed")
    assert {each["path"] for each in sandbox.requests()} == {"/openai/v1/chat/completions"}


def test_tokens_of_a_protocol_that_cannot_count_are_estimated_rather_high(
    other: Practice, sandbox: Sandbox
):
    """Nothing leaves for it, and the caller is told that it is an estimate."""
    text = "Seen for knee pain, no swelling. " * 30
    asked = {"model": GEMMA, "messages": [{"role": "user", "content": text}]}
    reply = other.pms.post("/v1/messages/count_tokens", asked)
    assert reply.status == 200, reply.body
    assert reply.headers["x-router-warnings"] == "tokens-estimated"
    assert sandbox.requests() == []
    assert [(each.state, each.outcome) for each in other.requests()] == [
        ("completed", "tokens-estimated")
    ]
    assert other.attempts() == []
    answered = other.pms.route(text, model=GEMMA)
    assert answered.body["usage"]["input_tokens"] <= reply.body["input_tokens"] < len(text)


@pytest.fixture(params=["bedrock", "vertex"])
def elsewhere(request: pytest.FixtureRequest, practice: Practice) -> Iterator[Practice]:
    """A practice for which Haiku answers on another cloud alone."""
    slug = request.param
    provider = Provider.objects.get(slug=slug)
    Provider.objects.filter(pk=provider.pk).update(is_enabled=True)
    haiku = ModelCard.objects.get(model_id=HAIKU)
    Deployment.objects.filter(model=haiku).update(is_enabled=False)
    place, _ = Deployment.objects.get_or_create(
        slug=f"{slug}-haiku", model=haiku, provider=provider
    )
    Deployment.objects.filter(pk=place.pk).update(
        base_url_ref=f"env:{slug.upper()}_BASE_URL",
        provider_model_id=f"anthropic.{HAIKU}-v1:0" if slug == "bedrock" else HAIKU,
        is_enabled=True,
    )
    Client.objects.filter(pk=practice.client.pk).update(model_ids="pin")
    practice.wait_for_configuration()
    yield practice
    Deployment.objects.filter(pk=place.pk).update(is_enabled=False)
    Deployment.objects.filter(slug="anthropic-direct-haiku").update(is_enabled=True)


def test_tokens_are_counted_where_a_cloud_can(elsewhere: Practice, sandbox: Sandbox):
    """Masked like any other text, free of charge; Bedrock cannot be asked."""
    text = f"Patient name: {CANARY}, seen for knee pain."
    asked = {"model": HAIKU, "messages": [{"role": "user", "content": text}]}
    reply = elsewhere.pms.post("/v1/messages/count_tokens", asked)
    assert reply.status == 200, reply.body
    can_count = Deployment.objects.filter(slug="vertex-haiku", is_enabled=True).exists()
    assert ("x-router-warnings" not in reply.headers) == can_count
    assert len(sandbox.requests()) == can_count
    for sent in sandbox.requests():
        assert sent["path"].endswith("/models/count-tokens:rawPredict")
        assert CANARY not in sent["body"]
        assert json.loads(sent["body"])["model"] == HAIKU
    assert elsewhere.sums == (0, 0, 0)
    assert [each.state for each in elsewhere.requests()] == ["completed"]
    assert reply.body["input_tokens"] > 0


@pytest.mark.parametrize("is_stream", [False, True])
def test_model_on_another_cloud_answers_and_is_paid_alike(
    elsewhere: Practice, sandbox: Sandbox, is_stream: bool
):
    text, body = ask(elsewhere, HAIKU, is_stream=is_stream)
    assert text == f"Seen for knee pain: {CANARY}."
    (line,) = sandbox.book()
    assert elsewhere.sums == (line["nano_usd"], 0, 0)
    assert sandbox.requests()[0]["path"].startswith(("/model/", "/v1/projects/"))
    assert CANARY not in sandbox.requests()[0]["body"]
    assert body["routing"]["model"] == HAIKU
