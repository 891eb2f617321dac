"""Kept answers: given again for exactly the same request, and to nobody else, at no cost."""

import json
import os
import pickle
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
from pytest_django import DjangoDbBlocker

from phi import publishing
from phi.models import Policy
from routing.models import LlmClassifier, TaskType
from routing.rulebook import publishing as rulebook
from tests.gateway_server import Gateway, Pms, Reply
from tests.patience import wait_until
from tests.practice import SCOPES, Practice
from tests.sandbox_server import HELD_MS, Sandbox
from usage import accounts, verification
from usage.configuration import current_version
from usage.models import Client

pytestmark = pytest.mark.service
TEXT = "Mood of: the visit went well."
NAME = "Zephyrine Quillfeather"
DEAR: dict[str, Any] = {
    "prompt": f"ECHO:Dear {NAME}",
    "patient": {"name": NAME},
    "task_type": "sentiment",
}


@pytest.fixture(scope="module")
def site(
    shared_database: None,
    django_db_blocker: DjangoDbBlocker,
    sandbox_process: Sandbox,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Gateway]:
    """A router that keeps answers, and no more than a megabyte of a tenant."""
    log = tmp_path_factory.mktemp("cache") / "web.log"
    environment = {"ANSWER_CACHE_MB": "1"}
    running = Gateway(sandbox_process.base_url, log, environment=environment).start()
    yield running
    running.stop()


@pytest.fixture
def clinic(
    site: Gateway, open_practice: Callable[..., Practice], sandbox: Sandbox
) -> Iterator[Practice]:
    practice = open_practice(site)
    yield practice
    assert list(verification.verify(practice.tenant.pk)) == []


@pytest.fixture
def store() -> Iterator[redis.Redis]:
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as own:
        yield own


def ask(practice: Practice, prompt: str = TEXT, **fields: Any) -> Reply:
    reply = practice.pms.route(prompt, **{"task_type": "sentiment", **fields})
    assert reply.status == 200, reply.body
    return reply


def answers_of(practice: Practice, store: redis.Redis) -> list[bytes]:
    """Return the keys under which answers of a practice are kept, once they are written."""
    digest = re.compile(rb"answers:\{\d+\}:[0-9a-f]{64}")
    pattern = f"answers:{{{practice.tenant.pk}}}:*"
    keys: list[bytes] = []

    def are_written() -> bool:
        keys[:] = store.scan_iter(pattern)
        return bool(keys) and not any(key.endswith(b":asked") for key in keys)

    wait_until(are_written, what="no answer is kept")
    return [key for key in keys if digest.fullmatch(key)]


def kept(practice: Practice, store: redis.Redis, **fields: Any) -> Reply:
    """Ask once, and return when the answer is kept."""
    reply = ask(practice, **fields)
    assert answers_of(practice, store)
    return reply


def status(reply: Reply) -> str:
    return str(reply.body["cache"]["status"])


def test_same_request_is_answered_without_a_call(
    clinic: Practice, sandbox: Sandbox, store: redis.Redis
):
    """One record, written before the answer: no cost, no attempt, and what was saved."""
    first = kept(clinic, store)
    again = ask(clinic)
    assert (status(first), status(again)) == ("miss", "hit")
    assert again.body["content"] == first.body["content"]
    assert again.body["cache"]["age_seconds"] >= 0
    assert again.headers["x-router-cache"] == "hit"
    assert again.body["id"] != first.body["id"]
    assert set(again.body["usage"].values()) == {0}
    cost = again.body["cost"]
    assert (cost["total_usd"], again.body["routing"]["attempts"]) == ("0.000000000", [])
    assert cost["saved_usd"] == cost["uniform_opus_usd"] == first.body["cost"]["uniform_opus_usd"]
    assert len(sandbox.requests()) == 1
    row = clinic.requests()[-1]
    assert (row.state, row.outcome, row.cache_status) == ("completed", "cached", "hit")
    assert (row.cost_nano_usd, row.attempts, row.tier) == (0, 0, "haiku")
    assert row.uniform_opus_nano_usd > 0
    assert row.decision["kept_tokens"] == first.body["usage"]
    assert clinic.requests()[0].cache_status == "miss"
    assert clinic.sums == (sandbox.totals()["nano_usd"], 0, 0)
    assert [entry.kind for entry in clinic.audited()][-1] == "request.recorded"


def test_stream_replays_a_kept_answer_as_events(
    clinic: Practice, sandbox: Sandbox, store: redis.Redis
):
    """Whichever of the two asked first."""
    first = kept(clinic, store)
    streamed = clinic.pms.stream(TEXT, task_type="sentiment")
    assert streamed.text == first.body["text"]
    assert streamed.kinds[0] == "message_start"
    assert streamed.kinds[-2:] == ["message_stop", "router.summary"]
    assert (streamed.summary["cache"]["status"], streamed.headers["x-router-cache"]) == (
        "hit",
        "hit",
    )
    assert streamed.summary["cost"]["total_usd"] == "0.000000000"
    assert len(sandbox.requests()) == 1


def test_streamed_answer_is_kept_when_it_is_whole(
    clinic: Practice, sandbox: Sandbox, store: redis.Redis
):
    streamed = clinic.pms.stream(TEXT, task_type="sentiment")
    assert streamed.headers["x-router-cache"] == "miss"
    assert answers_of(clinic, store)
    assert ask(clinic).body["text"] == streamed.text
    assert len(sandbox.requests()) == 1


def test_messages_api_gets_kept_answers_too(clinic: Practice, sandbox: Sandbox, store: redis.Redis):
    body = {
        "model": "auto",
        "max_tokens": 256,
        "messages": [{"role": "user", "content": TEXT}],
    }
    headers = {"anthropic-version": "2026-10-21", "x-router-task-type": "sentiment"}
    first = clinic.pms.post("/v1/messages", body, headers=headers)
    assert answers_of(clinic, store)
    again = clinic.pms.post("/v1/messages", body, headers=headers)
    assert again.body == first.body
    assert (again.headers["x-router-cache"], again.headers["x-router-cost-usd"]) == (
        "hit",
        "0.000000000",
    )
    assert len(sandbox.requests()) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": TEXT + " "},
        {"max_tokens": 99},
        {"stop_sequences": ["well"]},
        {"system": "Be brief."},
        {"context": {"a": 1}},
        {"task_type": "intent_label"},
        {"model": "claude-sonnet-4-6"},
        {"tools": [{"name": "t", "input_schema": {"type": "object"}}]},
    ],
    ids=lambda change: ",".join(change),
)
def test_whatever_differs_is_another_request(
    clinic: Practice, sandbox: Sandbox, store: redis.Redis, change: dict[str, Any]
):
    kept(clinic, store)
    fields: dict[str, Any] = {"prompt": TEXT, **change}
    assert status(ask(clinic, **fields)) == "miss"
    assert len(sandbox.requests()) == 2


def test_text_without_identifiers_is_shared_by_the_tenant_alone(
    site: Gateway, open_practice: Callable[..., Practice], sandbox: Sandbox, store: redis.Redis
):
    one, other = open_practice(site), open_practice(site)
    kept(one, store, session_id="s-1")
    assert status(ask(one, session_id="s-2")) == "hit"
    assert status(ask(other)) == "miss"


def test_text_with_identifiers_is_shared_within_its_case_alone(
    clinic: Practice, sandbox: Sandbox, store: redis.Redis
):
    """And what is kept holds tokens, which the repeat's own identifiers replace."""
    kept(clinic, store, **DEAR, case_id="c-1")
    again = ask(clinic, **DEAR, case_id="c-1")
    assert (status(again), again.body["text"]) == ("hit", f"Dear {NAME}")
    assert status(ask(clinic, **DEAR, case_id="c-2")) == "miss"
    for key in answers_of(clinic, store):
        assert NAME.encode() not in (store.get(key) or b"")
        assert b"Dear" not in (store.get(key) or b"")


def test_key_with_other_permissions_gets_nothing_of_it(
    clinic: Practice, site: Gateway, sandbox: Sandbox, store: redis.Redis
):
    kept(clinic, store)
    client = Client.objects.create(
        tenant=clinic.tenant, slug="other", name="Other", requests_per_minute=100_000
    )
    keys = [
        accounts.create_key(client=client, name=name, scopes=list(scopes), by=None)
        for name, scopes in (("narrow", ["route"]), ("same", SCOPES))
    ]
    site.wait_for_version(current_version())
    callers = [Pms(site.url, key.text) for key in keys]
    replies = [pms.route(TEXT, task_type="sentiment") for pms in callers]
    for pms in callers:
        pms.client.close()
    assert [status(reply) for reply in replies] == ["miss", "hit"]


@pytest.mark.parametrize(
    ("script", "fields"),
    [
        ({"stop_reason": "refusal"}, {}),
        ({}, {"max_tokens": 1, "prompt": "ECHO:one two three four five"}),
        ({}, {"tools": [{"name": "mood", "input_schema": {"type": "object"}}]}),
    ],
    ids=["refused", "truncated", "calling a tool"],
)
def test_answer_that_is_no_whole_answer_is_not_kept(
    clinic: Practice, sandbox: Sandbox, script: dict[str, Any], fields: dict[str, Any]
):
    if script:
        sandbox.script(share=1.0, **script)
    for _ in range(2):
        assert status(ask(clinic, **fields)) == "miss"
    assert [attempt.kind for attempt in clinic.attempts()].count("main") == 2


RUBRIC = "You mark the answer that a model gave"  # only a judge's calls hold this
MARKS = ("accuracy", "completeness", "omissions", "support", "format")


@pytest.fixture
def judged(clinic: Practice) -> Iterator[None]:
    """All answers are marked by a stronger model when they have been given."""
    sentiment = TaskType.objects.filter(slug="sentiment")

    def publish(share: float) -> None:
        sentiment.update(judge_share=share)
        rulebook.publish(note="Settings of a test", by=None)
        clinic.wait_for_configuration()

    publish(1.0)
    yield
    publish(0.0)


@pytest.mark.usefixtures("judged")
@pytest.mark.parametrize("is_stream", [False, True], ids=["plain", "streamed"])
def test_answer_that_is_marked_as_poor_later_is_forgotten(
    clinic: Practice, sandbox: Sandbox, store: redis.Redis, *, is_stream: bool
):
    poor = {**dict.fromkeys(MARKS, 1), "stronger_is_better": True}
    sandbox.script(nonce=RUBRIC, text=json.dumps(poor), latency_ms=HELD_MS)
    if is_stream:
        clinic.pms.stream(TEXT, task_type="sentiment")
    else:
        ask(clinic)
    assert answers_of(clinic, store)
    sandbox.release()
    wait_until(lambda: not list(store.scan_iter(f"answers:{{{clinic.tenant.pk}}}:*[0-9a-f]")))
    clinic.wait_until_settled()
    assert status(ask(clinic)) == "miss"
    clinic.wait_until_settled()


def test_streamed_answer_that_a_plain_one_would_be_asked_again_for_is_not_kept(
    clinic: Practice, sandbox: Sandbox
):
    """It was shown, so it is not asked for again; the next caller need not get it too."""
    mood = {"properties": {"mood": {"type": "string"}}, "required": ["mood"]}
    form = {"type": "object", "additionalProperties": False, **mood}
    wished: dict[str, Any] = {"output_format": {"type": "json_schema", "schema": form}}
    sandbox.script(text="Rather good.", next=1)
    clinic.pms.stream(TEXT, task_type="sentiment", **wished)
    assert status(ask(clinic, **wished)) == "miss"


def test_request_may_decline_and_task_types_may_keep_nothing(clinic: Practice, sandbox: Sandbox):
    for fields in ({"cache": False}, {"task_type": "sub_agent"}):
        assert [status(ask(clinic, **fields)) for _ in range(2)] == ["off", "off"]
    assert len(sandbox.requests()) == 4


@pytest.mark.parametrize("is_stream", [False, True], ids=["plain", "streamed"])
def test_equal_requests_at_the_same_time_make_one_call(
    clinic: Practice, sandbox: Sandbox, is_stream: bool
):
    sandbox.script(share=1.0, latency_ms=300)

    def asked(_: int) -> str:
        if is_stream:
            return clinic.pms.stream(TEXT, task_type="sentiment").text
        return str(ask(clinic).body["text"])

    with ThreadPoolExecutor(16) as pool:
        texts = set(pool.map(asked, range(16)))
    assert len(texts) == 1
    assert len(sandbox.requests()) == 1
    assert sorted(row.cache_status for row in clinic.requests()) == ["hit"] * 15 + ["miss"]


def test_those_who_wait_for_a_call_that_fails_ask_for_themselves(
    clinic: Practice, sandbox: Sandbox
):
    sandbox.script(next=1, status=400, latency_ms=300)
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda _: clinic.pms.route(TEXT, task_type="sentiment"), range(6)))
    assert sorted(reply.status for reply in replies) == [200] * 5 + [502]


PLANTED: dict[str, Callable[[redis.Redis, bytes], Any]] = {
    "noise": lambda store, key: store.set(key, os.urandom(200)),
    "pickle": lambda store, key: store.set(key, pickle.dumps({"content": "forged"})),
    "JSON": lambda store, key: store.set(key, b'{"content":[{"type":"text","text":"forged"}]}'),
    "empty": lambda store, key: store.set(key, b""),
    "another type": lambda store, key: (store.delete(key), store.lpush(key, "x")),
    "cut": lambda store, key: store.set(key, (store.get(key) or b"")[:-1]),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_forged_entry_is_a_miss_and_counted(
    clinic: Practice, site: Gateway, sandbox: Sandbox, store: redis.Redis, planted: str
):
    first = kept(clinic, store)
    (key,) = answers_of(clinic, store)
    PLANTED[planted](store, key)
    again = ask(clinic)
    assert (status(again), again.body["text"]) == ("miss", first.body["text"])
    assert len(sandbox.requests()) == 2
    if planted != "another type":
        assert "answer_cache.entry_refused" in site.log.read_text()


def test_swapped_entries_are_misses(clinic: Practice, sandbox: Sandbox, store: redis.Redis):
    kept(clinic, store)
    kept(clinic, store, prompt="ECHO:another")
    one, other = answers_of(clinic, store)
    values = store.get(one) or b"", store.get(other) or b""
    store.set(one, values[1])
    store.set(other, values[0])
    assert (status(ask(clinic)), status(ask(clinic, "ECHO:another"))) == ("miss", "miss")


def test_poisoned_index_and_flushed_redis_hurt_nobody(clinic: Practice, store: redis.Redis):
    for name in ("index", "sizes"):
        store.set(f"answers:{{{clinic.tenant.pk}}}:{name}", "poison")
    assert [status(kept(clinic, store)), status(ask(clinic))] == ["miss", "hit"]
    store.flushdb()
    assert status(ask(clinic)) == "miss"


def test_tenant_keeps_no_more_than_its_share(clinic: Practice, store: redis.Redis):
    """What would be forgotten first makes room."""
    long = {"max_tokens": 60_000}
    texts = [f"ECHO:{number}" + " good" * 40_000 for number in range(6)]
    for text in texts:
        assert status(kept(clinic, store, prompt=text, **long)) == "miss"
    sizes = sum(store.strlen(key) for key in answers_of(clinic, store))
    assert 700_000 < sizes <= 1_000_000
    assert status(ask(clinic, texts[-1], **long)) == "hit"
    assert status(ask(clinic, texts[0], **long)) == "miss"


def test_hit_counts_for_the_rate_limit(
    site: Gateway, open_practice: Callable[..., Practice], sandbox: Sandbox, store: redis.Redis
):
    """More than two minutes' worth is asked, so that it matters to nobody when a minute ends."""
    practice = open_practice(site, requests_per_minute=20)
    kept(practice, store)
    replies = [practice.pms.route(TEXT, task_type="sentiment") for _ in range(50)]
    assert {reply.problem for reply in replies if reply.status != 200} == {"rate-limited"}


def test_hit_is_kept_for_its_idempotency_key(
    clinic: Practice, sandbox: Sandbox, store: redis.Redis
):
    """A repeat gets it back; another body with the key is refused."""
    kept(clinic, store)
    body = {"prompt": TEXT, "task_type": "sentiment"}
    headers = {"Idempotency-Key": "k1"}
    hit = clinic.pms.post("/api/v1/route", body, headers=headers)
    assert status(hit) == "hit"
    again = clinic.pms.post("/api/v1/route", body, headers=headers)
    assert again.body["id"] == hit.body["id"]
    other = clinic.pms.post("/api/v1/route", {**body, "prompt": "no"}, headers=headers)
    assert other.problem == "idempotency-mismatch"
    assert len(sandbox.requests()) == 1


def forbid_keeping(practice: Practice, task_type: str = "") -> None:
    """Publish a policy of the practice, or of one of its task types, that keeps no answer."""
    slug = practice.tenant.slug
    Policy.objects.create(
        slug=f"{slug}-{task_type}", tenant=slug, task_type=task_type, keeps_answers=False
    )
    publishing.publish(note="Keep nothing", by=None)
    practice.wait_for_configuration()


@pytest.mark.parametrize("task_type", ["", "sentiment"], ids=["tenant", "task type"])
def test_policy_may_forbid_to_keep_any_answer(
    clinic: Practice, sandbox: Sandbox, store: redis.Redis, task_type: str
):
    """Neither for others who ask the same, nor sealed for a repeat, which is told what was paid."""
    forbid_keeping(clinic, task_type)
    assert [status(ask(clinic)) for _ in range(2)] == ["off", "off"]
    body = {"prompt": TEXT, "task_type": "sentiment"}
    first = clinic.pms.post("/api/v1/route", body, headers={"Idempotency-Key": "k1"})
    again = clinic.pms.post("/api/v1/route", body, headers={"Idempotency-Key": "k1"})
    assert (first.status, again.status, again.problem) == (200, 409, "answer-not-kept")
    assert again.body["first_request_id"] == first.body["id"]
    assert again.body["first_cost_usd"] == first.body["cost"]["total_usd"]
    assert (again.body["retryable"], again.body["billed"]) == (False, False)
    other = {**body, "prompt": "no"}
    refused = clinic.pms.post("/api/v1/route", other, headers={"Idempotency-Key": "k1"})
    assert refused.problem == "idempotency-mismatch"
    assert len(sandbox.requests()) == 3
    assert [(claim.state, claim.answer_sealed) for claim in clinic.claims()] == [("not_kept", None)]
    assert list(store.scan_iter(f"answers:{{{clinic.tenant.pk}}}:*")) == []
    assert clinic.sums == (sandbox.totals()["nano_usd"], 0, 0)


def test_streamed_answer_that_may_not_be_kept_is_not(
    clinic: Practice, sandbox: Sandbox, store: redis.Redis
):
    """And the clients of the providers are told not to repeat by themselves."""
    forbid_keeping(clinic)
    headers = {"Idempotency-Key": "k1", "x-router-task-type": "sentiment"}
    asked = [{"role": "user", "content": TEXT}]
    body: dict[str, Any] = {"model": "auto", "max_tokens": 64, "messages": asked}
    first = clinic.pms.stream(path="/v1/messages", headers=headers, **body)
    assert first.kinds[-1] == "message_stop"
    again = clinic.pms.stream(path="/v1/messages", headers=headers, **body)
    assert again.status == 409
    assert again.problem["error"]["problem"] == "answer-not-kept"
    assert again.headers["x-should-retry"] == "false"
    record = clinic.requests()[0]
    assert again.headers["x-router-first-request-id"] == str(record.pk)
    assert again.headers["x-router-first-cost-usd"] == f"{record.cost_nano_usd / 1e9:.9f}"
    assert len(sandbox.requests()) == 1
    assert list(store.scan_iter(f"answers:{{{clinic.tenant.pk}}}:*")) == []


def test_other_task_types_keep_their_answers(clinic: Practice, store: redis.Redis):
    forbid_keeping(clinic, "intent_label")
    kept(clinic, store)
    assert status(ask(clinic)) == "hit"
    assert status(ask(clinic, task_type="intent_label")) == "off"


def test_question_about_the_tier_before_a_kept_answer_is_on_the_bill(
    clinic: Practice, sandbox: Sandbox
):
    """A small model was asked first, and opened the request, so the kept answer closes it."""
    classifier = LlmClassifier.objects
    classifier.update(is_enabled=True, asks_from=0, asks_up_to=1, label_ttl_seconds=0)
    clinic.wait_for_configuration()
    text = "What is the ICD-10 code for essential hypertension?"
    replies = [clinic.pms.route(text, headers={"Idempotency-Key": f"{n}"}) for n in range(2)]
    classifier.update(is_enabled=False)
    kinds = [[a["kind"] for a in each.body["routing"]["attempts"]] for each in replies]
    assert kinds == [["classifier", "main"], ["classifier"]]
    assert status(replies[1]) == "hit"
    cost = replies[1].body["cost"]
    assert cost["total_usd"] == cost["classifier_usd"] != "0.000000000"
    record = clinic.requests()[1]
    assert (record.state, record.outcome, record.cache_status) == ("completed", "cached", "hit")
    assert record.cost_nano_usd == record.classifier_nano_usd > 0
    assert clinic.sums == (sandbox.totals()["nano_usd"], 0, 0)
    assert [claim.state for claim in clinic.claims()] == ["answered"] * 2


def test_features_on_trial_are_part_of_what_is_asked(
    clinic: Practice, sandbox: Sandbox, store: redis.Redis
):
    thinking, tools = "interleaved-thinking-2025-05-14", "token-efficient-tools-2025-02-19"

    def status_with(*features: str) -> str:
        asked = {"role": "user", "content": TEXT}
        headers = {"x-router-task-type": "sentiment", "anthropic-beta": ",".join(features)}
        body = {"model": "auto", "max_tokens": 50, "messages": [asked]}
        reply = clinic.pms.post("/v1/messages", body, headers=headers)
        assert reply.status == 200, reply.body
        return str(reply.headers["x-router-cache"])

    assert status_with(thinking, tools) == "miss"
    assert answers_of(clinic, store)
    assert status_with(tools, thinking) == "hit"
    assert (status_with(thinking), status_with()) == ("miss", "miss")
    assert len(sandbox.requests()) == 3
