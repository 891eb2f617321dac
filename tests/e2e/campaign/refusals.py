"""What a refusal looks like to its caller, and that nothing came of it."""

import json

from tests.gateway_server import Reply
from tests.practice import Practice
from tests.sandbox_server import Sandbox

ROUTE = "/api/v1/route"
CANARY = "Zephyrine"
PROBLEM_MEMBERS = {
    *("type", "title", "status", "detail", "problem", "retryable", "billed", "request_id"),
}


def refused(reply: Reply, status: int, problem: str) -> Reply:
    """Assert that a reply is this problem, whole, in JSON."""
    assert reply.status == status, reply.body
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.problem == problem
    assert set(reply.body) >= PROBLEM_MEMBERS
    assert reply.body["billed"] is False
    assert reply.body["request_id"]
    assert CANARY not in json.dumps(reply.body)
    return reply


def nothing_left(practice: Practice, sandbox: Sandbox) -> None:
    """Assert that no byte left and no money was held."""
    assert sandbox.requests() == []
    assert practice.sums == (0, 0, 0)
    assert practice.attempts() == []
