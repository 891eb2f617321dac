"""Every fault of a provider, of Redis and of a caller, with what must come of it: for the caller,
in the ledger and in the audit trail. Plain and streamed.

A provider's fault is scripted at the sandbox, once; what answers instead is no lower tier.
"""

import os
import pickle
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
import redis

from tests.patience import DEADLINES_MS, wait_until
from tests.practice import Practice
from tests.sandbox_server import HELD_MS, Sandbox
from usage import freezes
from usage.models import Deployment

pytestmark = pytest.mark.service
CANARY: Final = "Zephyrine Quillfeather"
TEXT: Final = " ".join(f"word{n}" for n in range(40))
HTML: Final = {"content-type": "text/html"}
Rule = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What a caller, the ledger and the audit trail are left with."""

    calls: tuple[str, ...]  # the states of the attempts in the ledger, in order
    last: str = "main"  # the kind of the last call
    status: int = 200
    problem: str = ""
    is_billed: bool = False  # what a problem says
    end: str = "completed"  # of a stream: completed | truncated | failed
    error: str = ""  # the type of the error event that a stream ends with
    state: str = "completed"  # of the request


WHOLE = Outcome(("settled",))
ASKED_AGAIN = Outcome(("void", "settled"))  # no work was done, the same model answers
ELSEWHERE = Outcome(("void", "settled"), last="fallback")  # no use to ask here again
DOUBTFUL = Outcome(("unknown", "settled"), last="fallback")  # may have been billed: the hold stays
REFUSED = Outcome(("void",), status=502, problem="provider-failed", state="failed")
TOO_LATE = Outcome(
    ("unknown",), status=504, problem="deadline-exceeded", is_billed=True, state="failed"
)


def broken(end: str = "truncated", error: str = "api_error") -> Outcome:
    """A stream that broke off after text was shown: told, held, and no other model asked."""
    return Outcome(("unknown",), end=end, error=error, state="failed")


def cut(how: str, **after: int) -> Rule:
    return {"cut": {**after, "how": how}}


def says(kind: str, **more: Any) -> Rule:
    return {"error_event": {"type": kind, "message": CANARY, **more}}


def limit(code: str) -> Rule:
    error = {"type": "rate_limit_error", "message": CANARY, "details": {"error_code": code}}
    return {"status": 429, "body": {"type": "error", "error": error}}


def usage(**counts: Any) -> Rule:
    return {"usage": counts}


# fault -> its rule, the outcome of a plain request, and that of a streamed one where it differs
BOTH: Final[dict[str, tuple[Rule, Outcome] | tuple[Rule, Outcome, Outcome]]] = {
    # Busy: proven to have done nothing.
    "busy for a second": ({"status": 429, "headers": {"retry-after": "1"}}, ASKED_AGAIN),
    "busy for a day": ({"status": 429, "headers": {"retry-after": "86400"}}, ELSEWHERE),
    "busy until a date": (
        {"status": 429, "headers": {"retry-after": "Wed, 21 Oct 2099 07:28:00 GMT"}},
        ELSEWHERE,
    ),
    "busy for less than nothing": ({"status": 429, "headers": {"retry-after": "-1"}}, ASKED_AGAIN),
    "busy for ever": ({"status": 429, "headers": {"retry-after": "1e308"}}, ASKED_AGAIN),
    "busy for garbage": ({"status": 429, "headers": {"retry-after": "soon"}}, ASKED_AGAIN),
    "the spending limit": (limit("enforced_spend_limit_reached"), ELSEWHERE),
    "overloaded": ({"status": 529}, ASKED_AGAIN),
    # Errors after which nobody knows what was billed.
    "500": ({"status": 500}, DOUBTFUL),
    "500 that was billed": ({"status": 500, "billed": True}, DOUBTFUL),
    "502": ({"status": 502}, DOUBTFUL),
    "503 that advises to ask again": (
        {"status": 503, "headers": {"x-should-retry": "true"}},
        DOUBTFUL,
    ),
    "504 from a proxy": ({"status": 504, "body": "<html>", "headers": HTML}, DOUBTFUL),
    "418": ({"status": 418}, DOUBTFUL),
    # The request itself is refused: nobody else is asked.
    **{str(status): ({"status": status}, REFUSED) for status in (400, 401, 402, 403, 404, 413)},
    "400 that advises to ask again": (
        {"status": 400, "headers": {"x-should-retry": "true"}},
        REFUSED,
    ),
    # The connection.
    "reset before a byte": (cut("rst", after_bytes=0), DOUBTFUL),
    "the answer lost after it was made": (cut("fin", after_bytes=0), DOUBTFUL),
    "a redirect": ({"status": 307, "headers": {"location": "http://127.0.0.1:9/"}}, DOUBTFUL),
    # Answers that are none.
    "a page instead of an answer": (
        {"status": 200, "headers": HTML, "body": "<html>"},
        DOUBTFUL,
    ),
    "nothing instead of an answer": ({"status": 200, "body": ""}, DOUBTFUL),
    "another model's answer": ({"answer_model": "claude-haiku-4-5-20251001"}, DOUBTFUL),
    "another request's id": ({"request_id": "req_of_somebody_else"}, WHOLE),
    # Figures that cannot be.
    "no usage": ({"faults": ["missing_usage"]}, DOUBTFUL, broken("failed")),
    "usage that is no number": (usage(output_tokens="NaN"), DOUBTFUL, broken("failed")),
    "usage below nothing": (usage(output_tokens=-1), DOUBTFUL, broken("failed")),
    "usage past all bounds": (usage(input_tokens=2**63), DOUBTFUL, broken("failed")),
    "more input than was sent": (usage(input_tokens=900_000), DOUBTFUL, broken("failed")),
    "less input than was sent": (
        usage(input_tokens=0, output_tokens=9),
        DOUBTFUL,
        broken("failed"),
    ),
    "a token for all that was sent": (
        usage(input_tokens=1, output_tokens=9),
        DOUBTFUL,
        broken("failed"),
    ),
    "more output than was allowed": (
        {"bill": {"input_tokens": 99, "output_tokens": 8_200}},
        WHOLE,
    ),
    # Ways to stop.
    "a refusal": ({"stop_reason": "refusal", "text": TEXT}, WHOLE),
    "a refusal without a word": ({"stop_reason": "refusal"}, WHOLE),
    "the output limit": ({"stop_reason": "max_tokens"}, WHOLE),
    "a full context window": ({"stop_reason": "model_context_window_exceeded"}, WHOLE),
    "a pause": ({"stop_reason": "pause_turn"}, WHOLE),
    # What is new must not hurt.
    "unknown members": ({"faults": ["unknown_field"]}, WHOLE),
    "an unknown block": ({"faults": ["unknown_block"]}, WHOLE),
    "a byte at a time": ({"chunk_bytes": 1}, WHOLE),
}
UNBELIEVED: Final = (
    *("no usage", "usage that is no number", "usage below nothing", "usage past all bounds"),
    *("more input than was sent", "less input than was sent", "a token for all that was sent"),
)
PLAIN: Final[dict[str, tuple[Rule, Outcome]]] = {
    "reset in the middle": (cut("rst", after_bytes=40), DOUBTFUL),
    "closed in the middle": (cut("fin", after_bytes=40), DOUBTFUL),
    "ended in the middle": (cut("eof", after_bytes=40), DOUBTFUL),
    "a wrong length": ({"content_length": 9_000}, DOUBTFUL),
    "broken JSON": ({"faults": ["bad_json"]}, DOUBTFUL),
    "a byte order mark": ({"faults": ["bom"]}, DOUBTFUL),
    "an answer that swells": ({"faults": ["gzip_bomb"]}, DOUBTFUL),
}
STREAMED: Final[dict[str, tuple[Rule, Outcome]]] = {
    # Before the first delta another model answers, and nobody sees it.
    "closed before the first delta": (cut("fin", after_events=3), DOUBTFUL),
    "ended before the first delta": (cut("eof", after_events=3), DOUBTFUL),
    "an error event before the first delta": (says("overloaded_error"), DOUBTFUL),
    "an unheard-of error before the first delta": (says("made_up_error"), DOUBTFUL),
    "an answer that is no stream": ({"status": 200, "body": "{}"}, DOUBTFUL),
    "deltas of another block": ({"faults": ["reordered_index"]}, DOUBTFUL),
    # After it the caller is told.
    "closed in the middle": (cut("fin", after_events=12), broken()),
    "reset in the middle": (cut("rst", after_events=12), broken()),
    "ended in the middle": (cut("eof", after_events=12), broken()),
    "no end": ({"faults": ["no_message_stop"]}, broken()),
    "broken JSON": ({"faults": ["bad_json"]}, broken()),
    "a line without end": ({"faults": ["huge_line"]}, broken()),
    "an error event after some text": (
        says("overloaded_error", after_events=9),
        broken("failed", "overloaded_error"),
    ),
    "an unheard-of error after some text": (
        says("made_up_error", after_events=9),
        broken("failed"),
    ),
    "an error that is no word": (says("a sentence, even", after_events=9), broken("failed")),
    # What is odd does no harm.
    "events without names": ({"faults": ["no_event_names"]}, WHOLE),
    "an unknown event": ({"faults": ["unknown_event"]}, WHOLE),
    "an unknown delta": ({"faults": ["unknown_delta"]}, WHOLE),
    "many pings": ({"faults": ["ping_flood"]}, WHOLE),
    "carriage returns": ({"faults": ["crlf"]}, WHOLE),
    "a byte order mark": ({"faults": ["bom"]}, WHOLE),
    "characters cut in two": ({"faults": ["split_utf8"]}, WHOLE),
    "a second end": ({"faults": ["duplicate_message_stop"]}, WHOLE),
}
# Each time, and the caller waits half a second.
SILENT: Final[dict[str, Rule]] = {
    "silence": {"latency_ms": HELD_MS},
    "headers, then silence": {"first_byte_ms": HELD_MS},
    "a byte now and then": {"chunk_bytes": 1, "chunk_ms": 300},
}


def ask(practice: Practice, *, is_stream: bool, **fields: Any) -> Any:
    asked = {"task_type": "contract_analysis", "patient": {"name": CANARY}, **fields}
    send = practice.pms.stream if is_stream else practice.pms.route
    return send(f"ECHO:{TEXT} of {CANARY}", **asked)


def told(practice: Practice, outcome: Outcome, reply: Any, *, is_stream: bool) -> None:
    """Assert what the caller is told: a whole answer, a broken one, or a problem."""
    assert reply.status == outcome.status
    if outcome.status != 200:
        problem = reply.problem if is_stream else reply.body
        assert problem["problem"] == outcome.problem
        assert problem["billed"] == outcome.is_billed
        assert CANARY not in str(problem)
        return
    body = reply.summary if is_stream else reply.body
    assert CANARY not in str(body["routing"])
    if is_stream:
        assert reply.kinds[-2:] == [
            "error" if outcome.error else "message_stop", "router.summary",
        ]  # fmt: skip
        assert body["outcome"] == outcome.end
        assert reply.text == body["text"]
    if outcome.error:
        assert reply.events[-2]["error"]["type"] == outcome.error
        assert CANARY not in str(reply.events[-2])
        return
    assert [each["kind"] for each in body["routing"]["attempts"]][-1] == outcome.last
    assert body["routing"]["tier"] in ("sonnet", "opus"), "not below what was decided"


def written(practice: Practice, sandbox: Sandbox, outcome: Outcome) -> None:
    """Assert what the ledger holds: what is posted or in doubt covers the bill."""
    posted, held, unknown = practice.sums
    billed = sandbox.totals()["nano_usd"]
    attempts = practice.attempts()
    assert tuple(each.state for each in attempts) == outcome.calls
    assert [each.state for each in practice.requests()] == [outcome.state]
    assert (held, posted) == (0, sum(each.cost_nano_usd for each in attempts))
    assert unknown == sum(each.hold_nano_usd for each in attempts if each.state == "unknown")
    assert posted <= billed
    assert billed <= posted + unknown
    if unknown == 0:
        assert posted == billed


def audited(practice: Practice) -> None:
    """Assert that the trail holds each call's intent and then its end, and no word of the text."""
    trail = [(each.kind, each.record) for each in practice.audited()]
    for attempt in practice.attempts():
        about = [kind for kind, record in trail if str(attempt.pk) in record]
        assert about == ["attempt.admitted", f"attempt.{attempt.state}"], attempt.outcome
    assert not any(CANARY in record or "word1" in record for _, record in trail)


@pytest.mark.parametrize("fault", [*BOTH, *PLAIN])
def test_plain_request(practice: Practice, sandbox: Sandbox, fault: str):
    rule, outcome = (BOTH | PLAIN)[fault][:2]
    sandbox.script(next=1, **rule)
    told(practice, outcome, ask(practice, is_stream=False), is_stream=False)
    written(practice, sandbox, outcome)
    audited(practice)


@pytest.mark.parametrize("fault", [*BOTH, *STREAMED])
def test_streamed_request(practice: Practice, sandbox: Sandbox, fault: str):
    row = (BOTH | STREAMED)[fault]
    rule, outcome = row[0], row[-1]
    assert isinstance(outcome, Outcome)
    sandbox.script(next=1, **rule)
    told(practice, outcome, ask(practice, is_stream=True), is_stream=True)
    written(practice, sandbox, outcome)
    audited(practice)


@pytest.mark.parametrize("is_stream", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize("fault", SILENT)
def test_silence(open_practice: Callable, sandbox: Sandbox, fault: str, is_stream: bool):
    sandbox.script(share=1.0, **SILENT[fault])
    for deadline_ms in DEADLINES_MS:
        practice = open_practice()
        reply = ask(practice, is_stream=is_stream, deadline_ms=deadline_ms)
        if sandbox.requests():
            break
    told(practice, TOO_LATE, reply, is_stream=is_stream)
    written(practice, sandbox, TOO_LATE)
    audited(practice)


@pytest.mark.parametrize("is_stream", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize("fault", UNBELIEVED)
def test_usage_that_cannot_be_is_told_to_the_operator(
    practice: Practice, sandbox: Sandbox, fault: str, is_stream: bool
):
    sandbox.script(next=1, **BOTH[fault][0])
    ask(practice, is_stream=is_stream)
    (request,) = practice.requests()
    wait_until(
        lambda: is_told(practice, "provider.usage_implausible", request.pk), what="nobody was told"
    )


def is_told(practice: Practice, event: str, about: object) -> bool:
    lines = practice.server.log.read_text().splitlines()
    return any(event in each and str(about) in each for each in lines)


@pytest.fixture
def no_freeze(practice: Practice) -> Iterator[None]:
    yield
    for each in freezes.current():
        freezes.lift(each.deployment, by="the next test")
    practice.wait_for_configuration()


@pytest.fixture
def overcharging(practice: Practice, sandbox: Sandbox, no_freeze: None) -> Deployment:
    """The deployment that has just billed more for a call than it can cost."""
    sandbox.script(next=1, bill={"input_tokens": 99, "output_tokens": 1_000_000})
    reply = ask(practice, is_stream=False)
    return Deployment.objects.get(slug=reply.body["routing"]["deployment"])


@pytest.mark.parametrize("is_stream", [False, True], ids=["plain", "streamed"])
def test_bill_above_what_was_held_is_posted_to_the_last_cent(
    practice: Practice, sandbox: Sandbox, no_freeze: None, is_stream: bool
):
    sandbox.script(next=1, bill={"input_tokens": 9, "output_tokens": 1_000_000})
    told(practice, WHOLE, ask(practice, is_stream=is_stream), is_stream=is_stream)
    written(practice, sandbox, WHOLE)
    (attempt,) = practice.attempts()
    assert attempt.cost_nano_usd > attempt.hold_nano_usd
    wait_until(
        lambda: is_told(practice, "ledger.cost_above_worst_case", attempt.pk),
        what="nobody was told",
    )


@pytest.mark.parametrize("is_stream", [False, True], ids=["plain", "streamed"])
def test_deployment_that_billed_too_much_is_left_alone_until_a_person_lifts_that(
    practice: Practice, sandbox: Sandbox, overcharging: Deployment, is_stream: bool
):
    """Meanwhile others answer, never below what was decided; its own price may be wrong."""
    practice.wait_for_configuration()
    assert practice.server.ready()["deployments_frozen"] == 1
    for _ in range(3):
        reply = ask(practice, is_stream=is_stream)
        told(practice, WHOLE, reply, is_stream=is_stream)
        routing = (reply.summary if is_stream else reply.body)["routing"]
        assert routing["deployment"] != overcharging.slug
        assert "deployment_frozen" in [each["code"] for each in routing["reasons"]]
    assert freezes.lift(overcharging, by="ada")
    practice.wait_for_configuration()
    reply = ask(practice, is_stream=is_stream)
    routing = (reply.summary if is_stream else reply.body)["routing"]
    assert routing["deployment"] == overcharging.slug
    assert practice.sums == (sandbox.totals()["nano_usd"], 0, 0)


def test_frozen_deployment_without_another_is_a_refusal_that_costs_nothing(
    practice: Practice, sandbox: Sandbox, overcharging: Deployment
):
    practice.wait_for_configuration()
    before = len(sandbox.requests())
    model = overcharging.model.model_id
    refused = ask(practice, is_stream=False, model=model)
    assert (refused.status, refused.problem) == (502, "provider-failed")
    assert refused.body["billed"] is False
    assert len(sandbox.requests()) == before


# -- Redis: whatever it holds, requests are answered and money is exact ---------------------------


@pytest.fixture
def store() -> Iterator[redis.Redis]:
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as own:
        yield own
        own.flushdb()


class Bomb:
    """What makes a file when it is unpickled."""

    def __reduce__(self) -> tuple[Any, tuple[str, str]]:
        return open, (str(UNPICKLED), "w")


UNPICKLED: Final = Path(tempfile.gettempdir()) / f"unpickled-{os.getpid()}"
POISON: Final = pickle.dumps(Bomb())


def poison(store: redis.Redis, *, keeps_type: bool = False) -> None:
    """Put a pickle in the place of every value there is, as another type or within the same."""
    for key in store.scan_iter("*"):
        if key.startswith(b"_kombu"):
            continue
        is_text = store.type(key) == b"string"
        store.delete(key)
        store.set(key, POISON) if is_text == keeps_type else store.lpush(key, POISON)


REDIS_FAULTS: Final[dict[str, Callable[[redis.Redis], Any]]] = {
    "emptied": lambda store: store.flushdb(),
    "values of another type": poison,
    "pickles": partial(poison, keeps_type=True),
    "forgotten scripts": lambda store: store.script_flush(),
}


@pytest.mark.parametrize("is_stream", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize("fault", REDIS_FAULTS)
def test_redis(
    practice: Practice, sandbox: Sandbox, store: redis.Redis, fault: str, is_stream: bool
):
    ask(practice, is_stream=is_stream)
    REDIS_FAULTS[fault](store)
    for _ in range(3):
        told(practice, WHOLE, ask(practice, is_stream=is_stream), is_stream=is_stream)
    assert practice.sums == (sandbox.totals()["nano_usd"], 0, 0)
    assert [each.state for each in practice.attempts()] == ["settled"] * 4
    assert not UNPICKLED.exists()
    audited(practice)


def cut_connections(store: redis.Redis) -> None:
    """Cut those to this process's database; other tests use the same Redis."""
    own = store.client_id()
    here = next(each["db"] for each in store.client_list() if each["id"] == str(own))
    for each in store.client_list():
        if each["db"] == here and each["id"] != str(own):
            store.client_kill_filter(_id=each["id"])


def test_redis_that_keeps_cutting_connections(
    practice: Practice, sandbox: Sandbox, store: redis.Redis
):
    """Each request finds them cut: none fails, and each of them is opened again a few times."""
    ask(practice, is_stream=False)
    before, cuts = store.info(), 5
    for _ in range(cuts):
        cut_connections(store)
        told(practice, WHOLE, ask(practice, is_stream=False), is_stream=False)
    opened = store.info()["total_connections_received"] - before["total_connections_received"]
    assert opened <= 3 * (cuts + 1) * (before["connected_clients"] + 5)
    assert practice.sums == (sandbox.totals()["nano_usd"], 0, 0)
    assert [each.state for each in practice.attempts()] == ["settled"] * (cuts + 1)


# -- the caller ----------------------------------------------------------------------------------


@pytest.mark.parametrize("events", [1, 2, 4, 9])
def test_caller_who_hangs_up_is_billed_what_the_provider_bills(
    practice: Practice, sandbox: Sandbox, events: int
):
    """The answer is read to its end all the same."""
    sandbox.script(next=1, chunk_ms=5)
    asked: dict[str, Any] = {"task_type": "contract_analysis", "patient": {"name": CANARY}}
    practice.pms.leave_after(events, prompt=f"ECHO:{TEXT} of {CANARY}", **asked)
    practice.wait_until_settled()
    (request,) = practice.requests()
    assert request.state in ("cancelled", "completed")
    assert [each.state for each in practice.attempts()] == ["settled"]
    assert practice.sums == (sandbox.totals()["nano_usd"], 0, 0)
    audited(practice)


# -- all of it at once ---------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "most"), [(529, 1.1), (500, 1.1)])
def test_full_outage_is_not_made_worse(
    practice: Practice, sandbox: Sandbox, status: int, most: float
):
    """Retries and fallbacks together stay within a tenth of what is asked, and a reserve."""
    sandbox.script(share=1.0, status=status)
    requests = 60
    replies = [ask(practice, is_stream=False, model="haiku") for _ in range(requests)]
    assert {reply.status for reply in replies} <= {502, 503}
    assert len(sandbox.requests()) <= most * requests
