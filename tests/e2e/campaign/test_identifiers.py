"""A patient found nowhere else: no byte outside the answer holds a trace of them afterwards."""

import asyncio
import base64
import contextlib
import json
import os
import signal
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import psutil
import pytest

from tests.canaries import found_in, needles_of, whole_database, whole_redis
from tests.gateway_server import Gateway
from tests.phi import pdfs
from tests.phi.pdfs import pdf as made
from tests.practice import Practice
from tests.sandbox_server import Sandbox

pytestmark = pytest.mark.service
PATIENT: dict[str, Any] = {
    "name": {"first": "Zephyrine", "middle": "Oloriva", "last": "Quillfeather"},
    "birth_date": "1961-04-09",
    "mrn": "MRN-7718203",
    "ssn": "523-68-4417",
    "phone": "(404) 555-0177",
    "email": "z.quillfeather@example.org",
    "address": {"street": "4471 Marrowbone Lane", "city": "Elkswater", "zip": "05847"},
    "insurance_member_id": "XQJ448812907",
    "group_number": "GRP-773120",
    "account_number": "ACC-5590128",
    "portal_username": "zephq61",
    "employer": "Brindlemoor Foundry",
    "emergency_contact": {
        "name": "Thaddeus Quillfeather", "relationship": "son", "phone": "404-555-0188",
    },
    "pcp": {"name": "Dr. Ottoline Varga", "npi": "1234567893"},
    "other": {"locker": "LKR-99218"},
}  # fmt: skip
CANARIES = (
    *("Zephyrine", "Oloriva", "Quillfeather", "1961-04-09", "April 9, 1961", "7718203"),
    *("523-68-4417", "523684417", "555-0177", "4045550177", "z.quillfeather@example.org"),
    *("4471 Marrowbone", "XQJ448812907", "GRP-773120", "ACC-5590128", "zephq61", "Brindlemoor"),
    *("Thaddeus", "555-0188", "Ottoline", "1234567893", "LKR-99218"),
)
NOTE = (
    "Zephyrine Oloriva Quillfeather, born April 9, 1961 (MRN-7718203, SSN 523-68-4417), phone"
    " (404) 555-0177, z.quillfeather@example.org, of 4471 Marrowbone Lane, Elkswater, VT 05847,"
    " works at Brindlemoor Foundry. Member XQJ448812907, group GRP-773120, account ACC-5590128,"
    " portal zephq61, locker LKR-99218. Son Thaddeus Quillfeather 404-555-0188. PCP Dr. Ottoline"
    " Varga, NPI 1234567893."
)


NEEDLES = needles_of(CANARIES)


def traces(hay: bytes) -> set[bytes]:
    return found_in(hay, NEEDLES)


def is_clean(sandbox: Sandbox, gateway: Gateway) -> None:
    assert traces(json.dumps(sandbox.requests()).encode()) == set()
    assert traces(json.dumps(sandbox.requests(), ensure_ascii=False).encode()) == set()
    assert traces(gateway.log.read_bytes()) == set()
    assert traces(whole_database()) == set()
    assert traces(whole_redis()) == set()


def test_canaries_are_found_however_they_are_written():
    """A search that cannot find anything proves nothing."""
    for hay in (NOTE, NOTE.upper(), NOTE[::-1], quote(NOTE), NOTE.encode().hex()):
        assert len(traces(hay.encode())) >= 18
    for start in range(3):
        assert len(traces(base64.b64encode(NOTE[start:].encode()))) >= 15


def test_note_comes_back_as_it_went(practice: Practice, sandbox: Sandbox, gateway_process: Gateway):
    """Masked, echoed, re-hydrated: identity."""
    reply = practice.pms.route(f"ECHO:{NOTE}", patient=PATIENT)
    assert reply.status == 200, reply.body
    assert reply.body["text"] == NOTE
    assert sum(reply.body["phi"]["identifiers"].values()) >= 12
    is_clean(sandbox, gateway_process)


TOOL = {
    "name": "book_visit",
    "description": f"Books a visit for {NOTE}",
    "input_schema": {
        "type": "object",
        "description": "For Zephyrine Quillfeather",
        "properties": {"patient": {"type": "string", "enum": ["Zephyrine Quillfeather"]}},
        "additionalProperties": False,
    },
}
EVERYWHERE: dict[str, dict[str, Any]] = {
    "messages": {"messages": [{"role": "user", "content": [{"type": "text", "text": NOTE}]}]},
    "earlier turns": {
        "messages": [
            {"role": "user", "content": NOTE},
            {"role": "assistant", "content": f"About {NOTE}"},
            {"role": "user", "content": "And now?"},
        ]
    },
    "search results": {
        "messages": [
            {
                "role": "user",
                "content": [
                    {
                        "type": "search_result",
                        "source": f"https://records.example/{NOTE}",
                        "title": NOTE,
                        "content": [{"type": "text", "text": NOTE}],
                        "citations": {"enabled": True},
                    },
                    {"type": "text", "text": "Summarize."},
                ],
            }
        ]
    },
    "system": {"prompt": "Summarize.", "system": NOTE},
    "system blocks": {"prompt": "Summarize.", "system": [{"type": "text", "text": NOTE}]},
    "context": {"prompt": "Summarize.", "context": {"Quillfeather": [PATIENT, NOTE, {"a": NOTE}]}},
    "tools": {"prompt": "Summarize.", "tools": [TOOL]},
    "tool calls": {
        "messages": [
            {"role": "user", "content": "Look her up."},
            {
                "role": "assistant",
                "content": [
                    {"type": "tool_use", "id": "toolu_1", "name": "book_visit", "input": PATIENT}
                ],
            },
            {
                "role": "user",
                "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": NOTE}],
            },
        ],
        "tools": [{**TOOL, "description": "Books.", "input_schema": {"type": "object"}}],
    },
    "stop sequences": {"prompt": "Summarize.", "stop_sequences": ["Zephyrine Quillfeather"]},
    "record only": {
        "prompt": "Summarize.",
        "metadata": {"note": NOTE, "user_id": "Zephyrine Quillfeather"},
        "session_id": "Zephyrine Quillfeather",
        "case_id": "MRN-7718203",
        "user": "z.quillfeather@example.org",
    },
    "words that name nothing": {"prompt": "Summarize.", "task_type": "Zephyrine Quillfeather"},
    "a model that is none": {"prompt": "Summarize.", "model": "Zephyrine Quillfeather"},
    "escapes": {"prompt": "".join(f"{c}\u200b" if c == "p" else c for c in NOTE)},
    "a long note": {"prompt": f"{NOTE}\n" * 12},
}


def test_search_results_leave_as_such_without_identifiers(
    practice: Practice, sandbox: Sandbox, gateway_process: Gateway
):
    reply = practice.pms.route(**EVERYWHERE["search results"], patient=PATIENT)
    assert reply.status == 200, reply.body
    found = json.loads(sandbox.requests()[-1]["body"])["messages"][0]["content"][0]
    assert found["type"] == "search_result"
    texts = (found["source"], found["title"], found["content"][0]["text"])
    assert all("PHI_NAME_" in text for text in texts)
    is_clean(sandbox, gateway_process)


@pytest.mark.parametrize("place", EVERYWHERE)
def test_identifiers_leave_from_nowhere(
    practice: Practice, sandbox: Sandbox, gateway_process: Gateway, place: str
):
    """Sent masked or refused; never sent, logged or written as they are."""
    reply = practice.pms.post("/api/v1/route", {**EVERYWHERE[place], "patient": PATIENT})
    assert reply.status in (200, 422), reply.body
    if reply.status != 200:
        assert traces(json.dumps(reply.body).encode()) == set()
        assert practice.sums == (0, 0, 0)
        assert sandbox.requests() == []
    is_clean(sandbox, gateway_process)


def test_key_that_holds_a_record_number_is_kept_nowhere(
    practice: Practice, sandbox: Sandbox, gateway_process: Gateway
):
    """An Idempotency-Key is the caller's own word."""
    headers = {"Idempotency-Key": "summary of MRN-7718203 Quillfeather"}
    for prompt, status in ((NOTE, 200), (NOTE, 200), ("another", 422)):
        reply = practice.pms.route(prompt, patient=PATIENT, headers=headers)
        assert reply.status == status
    is_clean(sandbox, gateway_process)


def test_arguments_of_a_tool_call_come_back_restored(practice: Practice, sandbox: Sandbox):
    """The PMS runs the tool for the patient, not for a token."""
    sandbox.script(next=1, echo=True)
    token = practice.pms.route("Zephyrine Quillfeather", patient=PATIENT, case_id="c1")
    sent = json.loads(sandbox.requests()[-1]["body"])["messages"][-1]["content"]
    assert token.body["text"] == "Zephyrine Quillfeather"
    sandbox.script(next=1, tool={"name": "book_visit", "input": {"patient": sent, "n": [sent, 1]}})
    reply = practice.pms.route(
        "Book for Zephyrine Quillfeather",
        patient=PATIENT,
        case_id="c1",
        tools=[{"name": "book_visit", "input_schema": {"type": "object"}}],
    )
    call = next(block for block in reply.body["content"] if block["type"] == "tool_use")
    assert call["input"] == {
        "patient": "Zephyrine Quillfeather",
        "n": ["Zephyrine Quillfeather", 1],
    }


def test_token_of_another_request_stays_inert(practice: Practice, sandbox: Sandbox):
    """Only tokens minted for this request turn back."""
    practice.pms.route("About Zephyrine Quillfeather", patient=PATIENT, case_id="c1")
    sent = sandbox.requests()[-1]["body"]
    token = next(w for w in sent.replace('"', " ").split() if w.startswith("PHI_"))
    for other in ({"case_id": "c2"}, {"session_id": "s"}, {}):
        reply = practice.pms.route(f"ECHO:{token}", **other)
        assert reply.body["text"] == token
    sandbox.script(next=1, text=f"{token} PHI_NAME_AAAAA PHI_SSN_7KQ2M")
    reply = practice.pms.route("Nobody at all.", case_id="c2")
    assert reply.body["text"] == f"{token} PHI_NAME_AAAAA PHI_SSN_7KQ2M"


def test_a_pdf_leaves_as_its_text_without_identifiers(
    practice: Practice, sandbox: Sandbox, gateway_process: Gateway
):
    """The file stays in the house; what the model says of its text is restored."""
    note = made([NOTE.replace(". ", ".\n"), ""])
    content = [{"type": "text", "text": "Sum this up."}, pdfs.block(note)]
    reply = practice.pms.route(messages=[{"role": "user", "content": content}], patient=PATIENT)
    assert reply.status == 200, reply.body
    assert [each["code"] for each in reply.body["warnings"]] == ["document-pages-without-text"]
    sent = json.loads(sandbox.requests()[-1]["body"])["messages"][0]["content"][1]["source"]
    assert (sent["type"], sent["media_type"]) == ("text", "text/plain")
    assert "PHI_NAME_" in sent["data"]
    assert "[No readable text on page 2.]" in sent["data"]
    is_clean(sandbox, gateway_process)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (made([""]), "document-without-text"),
        (pdfs.locked(made([NOTE]), "secret"), "document-encrypted"),
        (b"%PDF-1.7 broken", "document-malformed"),
    ],
    ids=["scanned", "locked", "broken"],
)
def test_a_pdf_that_cannot_be_read_is_refused(
    practice: Practice, sandbox: Sandbox, content: bytes, reason: str
):
    messages = [{"role": "user", "content": [pdfs.block(content)]}]
    reply = practice.pms.route(messages=messages)
    assert (reply.status, reply.problem) == (422, "phi-blocked")
    assert reply.body["reasons"] == [reason]
    assert sandbox.requests() == []


def test_refusal_at_the_door_holds_no_money_and_leaves_a_record(
    practice: Practice, sandbox: Sandbox, gateway_process: Gateway
):
    """What a policy blocks is written down as denied, in ledger and audit, without its text."""
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aQ"}}
    content = [{"type": "text", "text": NOTE}, image]
    reply = practice.pms.route(messages=[{"role": "user", "content": content}], patient=PATIENT)
    assert (reply.status, reply.problem) == (422, "phi-blocked")
    assert sandbox.requests() == []
    assert practice.sums == (0, 0, 0)
    assert practice.attempts() == []
    assert [(r.state, r.outcome) for r in practice.requests()] == [("denied", "phi-blocked")]
    assert [each.kind for each in practice.audited()][-1] == "request.recorded"
    is_clean(sandbox, gateway_process)


def test_dead_engine_refuses_and_the_next_request_works(
    practice: Practice, sandbox: Sandbox, gateway_process: Gateway
):
    """kill -9 of the process that masks long texts: nothing leaves, and it comes back."""
    long = {"prompt": f"{NOTE}\n" * 12, "patient": PATIENT}
    assert practice.pms.post("/api/v1/route", long).status == 200
    sandbox.reset()
    victims = engines_of(gateway_process)
    assert victims
    for victim in victims:
        os.kill(victim, signal.SIGKILL)
    gateway_process.wait_until(lambda: not set(victims) & set(engines_of(gateway_process)))
    reply = practice.pms.post("/api/v1/route", long)
    if reply.status != 200:
        assert (reply.status, reply.problem) == (422, "phi-blocked")
        assert reply.body["reasons"] == ["engine-died"]
        assert sandbox.requests() == []
        assert practice.pms.post("/api/v1/route", long).status == 200
    is_clean(sandbox, gateway_process)


def test_engine_that_dies_at_work_refuses(
    practice: Practice, sandbox: Sandbox, gateway_process: Gateway
):
    """Killed while it masks: the request it was for is refused."""

    async def ask_and_kill(text: str) -> Any:
        long = {"prompt": text, "patient": PATIENT}
        before = {engine: worked(engine) for engine in engines_of(gateway_process)}
        asking = asyncio.create_task(asyncio.to_thread(practice.pms.post, "/api/v1/route", long))
        while not asking.done():
            for victim in engines_of(gateway_process):
                if worked(victim) > before.get(victim, 1.0) + 0.05:  # a new one has to start first
                    os.kill(victim, signal.SIGKILL)
                    return await asking
            await asyncio.sleep(0.01)
        return await asking

    for number in range(8):  # a kill may come just after the masking
        before = len(sandbox.requests()), practice.sums
        reply = asyncio.run(ask_and_kill(f"{NOTE}\n" * 400 + f"Visit {number}."))
        if reply.status != 200:
            break
    assert (reply.status, reply.problem) == (422, "phi-blocked"), reply.body
    assert reply.body["reasons"] == ["engine-died"]
    assert (len(sandbox.requests()), practice.sums) == before
    assert practice.pms.route(f"ECHO:{NOTE}", patient=PATIENT).body["text"] == NOTE


def worked(pid: int) -> float:
    """Return how many seconds of processor time a process has had."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return float(psutil.Process(pid).cpu_times().user)
    return 0.0


def engines_of(gateway: Gateway) -> list[int]:
    """Return the router's worker processes for long texts."""
    found = []
    for child in psutil.Process(gateway.pid).children(recursive=True):
        with contextlib.suppress(psutil.ZombieProcess, psutil.NoSuchProcess):
            if "spawn_main" in " ".join(child.cmdline()):
                found.append(child.pid)
    return found


def test_practices_share_nothing(open_practice: Callable[..., Practice], sandbox: Sandbox):
    """The same patient in two practices has tokens that cannot be linked."""
    one, other = open_practice(), open_practice()
    for each in (one, other):
        each.pms.route("About Zephyrine Quillfeather", patient=PATIENT, case_id="c1")
    bodies = [json.loads(sent["body"])["messages"] for sent in sandbox.requests()]
    assert bodies[0] != bodies[1]
