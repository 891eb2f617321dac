"""Features on trial, as Anthropic's own client switches them on: by allow-list, for one call."""

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import pytest

from tests.practice import Practice
from tests.sandbox_server import Sandbox

pytestmark = pytest.mark.service
THINKING, TOOLS = "interleaved-thinking-2025-05-14", "token-efficient-tools-2025-02-19"
LONG = "context-1m-2025-08-07"
CANARY = "Zephyrine Quillfeather"
ASKED: Any = {
    "model": "auto",
    "max_tokens": 50,
    "messages": [{"role": "user", "content": "Is this positive: great?"}],
}


@pytest.fixture
def client(practice: Practice) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(
        base_url=practice.pms.url, api_key=practice.pms.key, max_retries=0
    ) as found:
        yield found


def said(sandbox: Sandbox, at: int = -1) -> str | None:
    value: str | None = sandbox.requests()[at]["headers"].get("anthropic-beta")
    return value


def warned(raw: Any) -> bool:
    return "beta-dropped" in raw.headers.get("x-router-warnings", "")


def test_what_is_on_the_list_passes_with_its_call_alone(
    client: anthropic.Anthropic, sandbox: Sandbox
):
    raw = client.beta.messages.with_raw_response.create(betas=[TOOLS, THINKING], **ASKED)
    assert (said(sandbox), warned(raw)) == (f"{THINKING},{TOOLS}", False)
    client.messages.create(**ASKED)
    assert said(sandbox) is None


def test_stream_and_count_switch_it_on_too(client: anthropic.Anthropic, sandbox: Sandbox):
    with client.beta.messages.stream(betas=[THINKING], **ASKED) as stream:
        assert stream.get_final_message().content
    assert said(sandbox) == THINKING
    counted = {name: ASKED[name] for name in ("model", "messages")}
    assert client.beta.messages.count_tokens(betas=[THINKING], **counted).input_tokens > 0
    assert THINKING in str(said(sandbox))


def test_others_are_left_out_and_that_is_said(client: anthropic.Anthropic, sandbox: Sandbox):
    header = {"anthropic-beta": f"{LONG}, {CANARY},{THINKING}"}
    raw = client.messages.with_raw_response.create(extra_headers=header, **ASKED)
    assert (said(sandbox), warned(raw)) == (THINKING, True)
    raw = client.beta.messages.with_raw_response.create(betas=[LONG], **ASKED)
    assert (said(sandbox), warned(raw)) == (None, True)


def test_repeat_with_other_values_is_another_request(practice: Practice, sandbox: Sandbox):
    def ask(values: str) -> Any:
        headers = {"Idempotency-Key": "k-beta", "anthropic-beta": values}
        return practice.pms.post("/v1/messages", ASKED, headers=headers)

    first, again, other = ask(f"{TOOLS},{THINKING}"), ask(f"{THINKING},{TOOLS}"), ask(TOOLS)
    assert (first.status, again.status) == (200, 200)
    assert first.body["content"] == again.body["content"]
    assert other.body["error"]["problem"] == "idempotency-mismatch"
    assert len(sandbox.book()) == 1


def test_value_never_stands_in_the_body_for_anthropic(
    client: anthropic.Anthropic, sandbox: Sandbox
):
    client.beta.messages.create(betas=[THINKING], **ASKED)
    assert "anthropic_beta" not in json.loads(sandbox.requests()[-1]["body"])
