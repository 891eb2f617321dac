"""Message batches: half price, billed when done, results in any order."""

import json
from typing import Any

import anthropic
import pytest

HAIKU = "claude-haiku-4-5-20251001"


def item(name: str, text: str = "Hello", model: str = HAIKU) -> Any:
    messages = [{"role": "user", "content": text}]
    return {"custom_id": name, "params": {"model": model, "max_tokens": 99, "messages": messages}}


@pytest.fixture
def batches(client: anthropic.Anthropic) -> Any:
    """The client's batches."""
    return client.messages.batches


def test_batch_runs_to_its_end_at_half_price(batches, ask, sandbox):
    """Results answer every item; each line costs half of what the call would."""
    single = ask("Hello", max_tokens=99)
    made = batches.create(requests=[item("a"), item("b"), item("c", model="claude-none")])
    assert (made.processing_status, made.request_counts.processing) == ("in_progress", 3)
    assert len(sandbox.book()) == 1
    sandbox.advance_clock(1)
    done = batches.retrieve(made.id)
    assert done.processing_status == "ended"
    assert (done.request_counts.succeeded, done.request_counts.errored) == (2, 1)
    rows = {row.custom_id: row.result for row in batches.results(made.id)}
    assert rows["a"].message.content[0].text == single.content[0].text
    assert rows["a"].message.usage.service_tier == "batch"
    assert rows["c"].error.error.type == "not_found_error"
    full, *halves = sandbox.book()
    assert [line["nano_usd"] * 2 for line in halves] == [full["nano_usd"]] * 2
    assert all(line["batch"] for line in halves)


def test_canceled_batch_costs_nothing(batches, sandbox):
    """What was not answered is not billed."""
    made = batches.create(requests=[item("a")])
    assert batches.cancel(made.id).processing_status == "canceling"
    assert batches.retrieve(made.id).request_counts.canceled == 1
    assert sandbox.book() == []


def test_items_expire_after_a_day(batches, sandbox):
    """A batch that takes too long ends without answers."""
    sandbox.script(path="/v1/messages/batches", batch_ms=10**9)
    made = batches.create(requests=[item("a")])
    sandbox.advance_clock(10**6 + 1)
    assert batches.retrieve(made.id).request_counts.expired == 1
    assert sandbox.book() == []


def test_items_fail_and_results_break_as_scripted(batches, sandbox):
    """One item errs by its nonce; the results file may be cut."""
    sandbox.script(nonce="unlucky", batch_result="errored")
    made = batches.create(requests=[item("a", "unlucky"), item("b")])
    sandbox.advance_clock(1)
    assert {row.custom_id: row.result.type for row in batches.results(made.id)} == {
        "a": "errored",
        "b": "succeeded",
    }
    sandbox.script(path="/v1/messages/batches/*", next=1, cut={"after_bytes": 40, "how": "eof"})
    with pytest.raises(json.JSONDecodeError):
        list(batches.results(made.id))
    sandbox.script(path="/v1/messages/batches/*", next=1, status=404)
    with pytest.raises(anthropic.NotFoundError):
        batches.retrieve(made.id)


def test_list_delete_and_duplicates(batches, client, sandbox):
    """Batches are listed newest first, seen by their key only, and names must differ."""
    ids = [batches.create(requests=[item("a")]).id for _ in range(3)]
    assert [batch.id for batch in batches.list(limit=1)] == ids[::-1]
    assert client.with_options(api_key="other").messages.batches.list().data == []
    sandbox.advance_clock(1)
    assert batches.delete(ids[0]).type == "message_batch_deleted"
    with pytest.raises(anthropic.BadRequestError, match="duplicate"):
        batches.create(requests=[item("a"), item("a")])
