"""Each scripted fault shows what the official client makes of it (docs/sandbox.md)."""

import json
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anthropic
import httpx2
import pytest

from tests.patience import wait_until
from tests.sandbox_server import DIRECT, HELD_MS, Sandbox, ScriptRefused

HAIKU = "claude-haiku-4-5-20251001"


def stream_bytes(sandbox: Sandbox, text: str = "Hello") -> bytes:
    """Return the raw bytes of one stream."""
    body = {
        "model": HAIKU,
        "max_tokens": 300,
        "stream": True,
        "messages": [{"role": "user", "content": text}],
    }
    request = urllib.request.Request(
        sandbox.base_url + "/v1/messages",
        data=json.dumps(body).encode(),
        headers={"x-api-key": "k", "anthropic-version": "2023-06-01"},
    )
    with DIRECT.open(request, timeout=120) as reply:
        data: bytes = reply.read()
    return data


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, anthropic.AuthenticationError),
        (403, anthropic.PermissionDeniedError),
        (413, anthropic.RequestTooLargeError),
        (429, anthropic.RateLimitError),
        (500, anthropic.InternalServerError),
        (503, anthropic.ServiceUnavailableError),
        (504, anthropic.DeadlineExceededError),
        (529, anthropic.OverloadedError),
    ],
)
def test_scripted_status_raises_its_error_and_costs_nothing(ask, sandbox, status, error):
    """A status answers with the provider's error schema; its line in the book is zero."""
    sandbox.script(status=status, headers={"retry-after": "1"})
    with pytest.raises(error) as caught:
        ask("Hello")
    assert caught.value.response.headers["retry-after"] == "1"
    assert [(line["outcome"], line["nano_usd"]) for line in sandbox.book()] == [("rejected", 0)]


def test_spend_limit_is_a_scripted_body(ask, sandbox):
    """A body replaces the error document."""
    error = {
        "type": "rate_limit_error",
        "message": "limit",
        "details": {"error_code": "enforced_spend_limit_reached"},
    }
    sandbox.script(status=429, body={"type": "error", "error": error})
    with pytest.raises(anthropic.RateLimitError) as caught:
        ask("Hello")
    assert "enforced_spend_limit_reached" in str(caught.value.body)


def test_reset_and_half_closed_streams_raise_transport_errors(watch, sandbox):
    """RST is a ReadError, FIN a RemoteProtocolError, neither an anthropic.APIError."""
    for how, error in (("rst", httpx2.ReadError), ("fin", httpx2.RemoteProtocolError)):
        sandbox.script(cut={"after_events": 5, "how": how})
        with pytest.raises(error) as caught:
            watch("Hello")
        assert not isinstance(caught.value, anthropic.APIError)


def test_clean_end_without_message_stop_looks_finished(watch, sandbox):
    """No exception, no stop reason, one output token; the book has the whole."""
    sandbox.script(cut={"after_events": 6, "how": "eof"})
    reply = watch("Hello")
    assert (reply.stop_reason, reply.usage.output_tokens) == (None, 1)
    assert sandbox.book()[0]["output_tokens"] > 1


def test_missing_message_stop_goes_unnoticed(watch, sandbox):
    """A stream that ends after message_delta looks whole to the client."""
    sandbox.script(faults=["no_message_stop"])
    assert watch("Hello").stop_reason == "end_turn"


def test_error_event_after_200_has_status_200(watch, sandbox):
    """The status says nothing, the error's type does."""
    sandbox.script(error_event={"type": "overloaded_error", "message": "x", "after_events": 4})
    with pytest.raises(anthropic.APIStatusError) as caught:
        watch("Hello")
    assert caught.value.status_code == 200
    assert "overloaded_error" in str(caught.value.body)


def test_bad_json_in_a_data_line_raises_a_bare_error(watch, sandbox):
    """The decoder's own error comes through."""
    sandbox.script(faults=["bad_json"])
    with pytest.raises(json.JSONDecodeError):
        watch("Hello")


def test_data_without_event_names_is_dropped_silently(client, sandbox):
    """The client skips what has no event name."""
    sandbox.script(faults=["no_event_names"])
    stream = client.messages.create(
        model=HAIKU, max_tokens=99, messages=[{"role": "user", "content": "Hi"}], stream=True
    )
    assert list(stream) == []


@pytest.mark.parametrize("fault", ["unknown_event", "crlf", "split_utf8", "ping_flood"])
def test_tolerable_oddities_change_nothing(watch, sandbox, fault):
    """The text arrives whole."""
    sandbox.script(faults=[fault])
    assert watch("ECHO:Grüße, 10 °C").content[0].text == "Grüße, 10 °C"


@pytest.mark.parametrize(
    ("fault", "mark"),
    [
        ("bom", b"\xef\xbb\xbfevent: message_start"),
        ("huge_line", b"x" * 1_000_000),
        ("duplicate_message_stop", b'{"type":"message_stop"}\n\nevent: message_stop'),
        ("reordered_index", b'"index":7'),
        ("unknown_delta", b"smell_delta"),
        ("unknown_block", b"hologram"),
        ("unknown_field", b"novelty"),
        ("crlf", b"\r\n\r\n"),
    ],
)
def test_odd_streams_are_sent_as_scripted(sandbox, fault, mark):
    """Each oddity is on the wire."""
    sandbox.script(faults=[fault])
    assert mark in stream_bytes(sandbox)


@pytest.mark.parametrize("value", [-5, "NaN", 2**63, None])
def test_wrong_usage_passes_the_client_but_not_the_book(ask, sandbox, value):
    """The client reports what it is told; the book keeps the truth."""
    sandbox.script(usage={"output_tokens": value})
    assert ask("Hello").usage.output_tokens == value
    assert sandbox.book()[0]["output_tokens"] > 0


def test_missing_usage_passes_the_client(ask, sandbox):
    """An answer without usage is billed all the same."""
    sandbox.script(faults=["missing_usage"])
    assert ask("Hello").usage is None
    assert sandbox.book()[0]["nano_usd"] > 0


def test_html_with_200_comes_back_as_a_string(ask, sandbox):
    """A page instead of JSON is handed through."""
    sandbox.script(status=200, body="<html>", headers={"content-type": "text/html"})
    assert ask("Hello") == "<html>"
    assert sandbox.book()[0]["outcome"] == "faulted"


def test_other_model_and_other_request_come_through(ask, sandbox):
    """The answer may claim to be another's."""
    sandbox.script(answer_model="claude-other", request_id="req_of_someone_else")
    reply = ask("Hello")
    assert (reply.model, reply.id) == ("claude-other", "msg_of_someone_else")
    assert reply._request_id == "req_of_someone_else"
    assert sandbox.book()[0]["model"] == HAIKU


def test_wrong_content_length_cuts_or_breaks(ask, sandbox):
    """Too short a length cuts the JSON, too long a one breaks off."""
    sandbox.script(content_length=20)
    with pytest.raises((json.JSONDecodeError, anthropic.APIError, httpx2.HTTPError)):
        ask("Hello")
    sandbox.script(content_length=99_999)
    with pytest.raises((anthropic.APIConnectionError, httpx2.HTTPError)):
        ask("Hello")


def test_gzip_bomb_unpacks_to_megabytes(client, sandbox):
    """A small body that decodes to a large one."""
    sandbox.script(faults=["gzip_bomb"])
    raw = client.messages.with_raw_response.create(
        model=HAIKU, max_tokens=99, messages=[{"role": "user", "content": "Hi"}]
    )
    assert int(raw.headers["content-length"]) < 1_000_000
    assert len(raw.text()) > 50_000_000


def test_redirect_is_sent_as_scripted(sandbox, client):
    """A redirect names another host."""
    sandbox.script(status=307, headers={"location": "http://127.0.0.1:9/elsewhere"})
    with pytest.raises(anthropic.APIError):
        client.messages.create(
            model=HAIKU, max_tokens=9, messages=[{"role": "user", "content": "Hi"}]
        )
    assert len(sandbox.requests()) == 1


def test_lost_response_is_billed(ask, sandbox):
    """The work was done, the answer never came."""
    sandbox.script(cut={"after_bytes": 0, "how": "rst"})
    with pytest.raises((anthropic.APIConnectionError, httpx2.HTTPError)):
        ask("Hello")
    assert sandbox.book()[0]["nano_usd"] > 0


def test_billed_failure_costs_what_the_answer_would(ask, sandbox):
    """A failure may have cost money."""
    sandbox.script(status=500, billed=True)
    with pytest.raises(anthropic.InternalServerError):
        ask("Hello")
    assert sandbox.book()[0]["nano_usd"] > 0


def test_bill_above_the_bound_is_reported_and_booked(ask, sandbox):
    """More tokens than max_tokens, in usage and book alike."""
    sandbox.script(bill={"output_tokens": 1_000_000})
    assert ask("Hello", max_tokens=50).usage.output_tokens == 1_000_000
    assert sandbox.book()[0]["nano_usd"] >= 5_000_000_000


@pytest.mark.parametrize("reason", ["pause_turn", "model_context_window_exceeded", "refusal"])
def test_stop_reasons_are_scripted(ask, watch, sandbox, reason):
    """Each reason arrives, plain and streamed."""
    sandbox.script(stop_reason=reason, next=2, text="partly")
    assert ask("Hello").stop_reason == reason
    assert watch("Hello").stop_reason == reason
    assert all(line["nano_usd"] > 0 for line in sandbox.book())


def test_refusal_without_output_is_free(ask, sandbox):
    """Refused before the first token, reported and booked as zero."""
    sandbox.script(stop_reason="refusal")
    reply = ask("Hello")
    assert (reply.content, reply.usage.input_tokens) == ([], 0)
    assert sandbox.book()[0]["nano_usd"] == 0


def test_delays_are_kept(client, sandbox):
    """Latency before headers, before the body, and between chunks."""
    sandbox.script(latency_ms=60, first_byte_ms=60, chunk_ms=5, next=1)
    started = time.monotonic()
    sandbox_reply = client.messages.create(
        model=HAIKU, max_tokens=99, messages=[{"role": "user", "content": "Hi"}]
    )
    assert sandbox_reply.stop_reason == "end_turn"
    assert time.monotonic() - started >= 0.12


STALL = {"after_events": 2, "ms": HELD_MS}


@pytest.mark.parametrize(
    "delay",
    [{"latency_ms": HELD_MS}, {"first_byte_ms": HELD_MS}, {"chunk_ms": HELD_MS}, {"stall": STALL}],
    ids=lambda delay: next(iter(delay)),
)
def test_whoever_waits_is_released(ask, sandbox, delay):
    """At once and for good, also in the middle of an answer; a reset does it as well."""
    for end in (sandbox.release, sandbox.reset):
        sandbox.script(**delay, chunk_bytes=40, next=1)
        with ThreadPoolExecutor(1) as pool:
            reply = pool.submit(ask, "ECHO:at last")
            wait_until(sandbox.requests)
            end()
            assert reply.result().content[0].text == "at last"


def test_body_dribbles_byte_by_byte(ask, sandbox):
    """A whole answer in single bytes."""
    sandbox.script(chunk_bytes=1, chunk_ms=0.01)
    assert ask("ECHO:slow").content[0].text == "slow"


def test_events_are_sent_as_listed(sandbox):
    """An explicit list replaces the stream."""
    sandbox.script(events=[{"event": "ping", "data": {"type": "ping"}}, {"raw": ": hi\n\n"}])
    assert stream_bytes(sandbox) == b'event: ping\ndata: {"type":"ping"}\n\n: hi\n\n'


def test_fixed_text_and_tool_call(ask, watch, sandbox):
    """A script may fix what is said and what is called, tokens and escapes included."""
    arguments = {"note": 'PHI_NAME_7KQ2M "said" é', "n": [1, 2]}
    sandbox.script(text="Calling.", tool={"name": "save", "input": arguments}, next=2)
    for reply in (ask("Hello"), watch("Hello")):
        assert reply.content[0].text == "Calling."
        assert reply.content[1].input == arguments
        assert reply.stop_reason == "tool_use"


def test_chunks_can_be_chosen(watch, sandbox):
    """One character a delta still gives the same text."""
    sandbox.script(echo=True, chunk_chars=1)
    assert watch("PHI_NAME_7KQ2M").content[0].text == "PHI_NAME_7KQ2M"


def test_nonce_picks_the_call(ask, sandbox):
    """A rule with a nonce leaves other calls alone and works as often as needed."""
    sandbox.script(nonce="marker-17", status=529)
    assert ask("Hello").stop_reason == "end_turn"
    for _ in range(2):
        with pytest.raises(anthropic.OverloadedError):
            ask("Hello marker-17")
    assert [line["nonce"] for line in sandbox.book()] == [None, "marker-17", "marker-17"]


def test_model_and_count_pick_the_call(ask, sandbox):
    """A rule may name a model and end after so many calls."""
    sandbox.script(model=HAIKU, next=1, text="scripted")
    assert ask("Hello", model="claude-opus-4-6").content[0].text != "scripted"
    assert ask("Hello").content[0].text == "scripted"
    assert ask("Hello").content[0].text != "scripted"


def test_share_of_calls_fails_evenly(ask, sandbox):
    """A brown-out of half of the calls hits every second one."""
    sandbox.script(share=0.5, text="hit")
    assert [ask("Hello").content[0].text == "hit" for _ in range(4)] == [False, True] * 2


def test_other_paths_can_fail(client, sandbox):
    """A path may be named, with a star for what lies below."""
    sandbox.script(path="/v1/models*", status=500)
    with pytest.raises(anthropic.InternalServerError):
        client.models.list()
    assert client.models.list().data


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"stauts": 529}, "stauts"),
        ({"status": "529"}, "status"),
        ({"next": 0}, "next"),
        ({"share": 2}, "share"),
        ({"cut": {"after_events": 1, "how": "axe"}}, "cut"),
        ({"faults": ["gremlins"]}, "faults"),
        ({"faults": [{"name": "bom"}]}, "faults"),
        ({"error_event": {"type": ["overloaded_error"]}}, "error_event"),
        ({"error_event": {"type": "x", "status": 529}}, "error_event"),
        ({"bill": {"tokens": 1}}, "bill"),
        ({"headers": {"a": "b\r\nc"}}, "headers"),
    ],
)
def test_bad_script_is_refused_by_name(sandbox: Sandbox, rule: dict[str, Any], field: str):
    """A script that cannot be followed names its field and changes nothing."""
    with pytest.raises(ScriptRefused, match=f"^{field}: "):
        sandbox.script(**rule)
