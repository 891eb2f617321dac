"""Callers that keep what each answer said, and the sandbox's bill and script."""

import asyncio
import json
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import aiohttp

LEAVE_AFTER_EVENTS = 3
MOST_REPEATS = 30
REPEAT_SECONDS = 1.0
TIMEOUT = aiohttp.ClientTimeout(total=120)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one caller got; 0 is no status: it left, or its connection broke."""

    status: int
    body: Mapping[str, Any]
    repeats: int = 0  # while the router was too busy to answer, which costs nothing


async def ask_all(
    url: str, key: str, bodies: Iterable[Mapping[str, Any]], *, callers: int
) -> list[Answer]:
    """Send every body to `/api/v1/route`, so many at once; `leaves` in a body hangs up early."""
    waiting = iter(bodies)
    answers: list[Answer] = []
    headers = {"authorization": f"Bearer {key}"}
    connector = aiohttp.TCPConnector(limit=callers)
    async with aiohttp.ClientSession(
        url, headers=headers, timeout=TIMEOUT, connector=connector
    ) as session:

        async def caller() -> None:
            for body in waiting:
                answers.append(await _ask_patiently(session, body))

        await asyncio.gather(*(caller() for _ in range(callers)))
    return answers


async def _ask_patiently(session: aiohttp.ClientSession, body: Mapping[str, Any]) -> Answer:
    """Ask, and again as a client does that is told to come back."""
    answer, repeats = await _ask(session, dict(body)), 0
    while answer.status in (429, 503) and repeats < MOST_REPEATS:
        await asyncio.sleep(REPEAT_SECONDS)
        answer, repeats = await _ask(session, dict(body)), repeats + 1
    return replace(answer, repeats=repeats)


async def _ask(session: aiohttp.ClientSession, body: dict[str, Any]) -> Answer:
    leaves = body.pop("leaves", False)
    try:
        async with session.post("/api/v1/route", json=body) as answer:
            if leaves:
                await _read_events(answer, LEAVE_AFTER_EVENTS)
                answer.close()
                return Answer(0, {})
            text = await answer.read()
            is_json = "json" in answer.content_type
            return Answer(answer.status, json.loads(text) if is_json else {})
    except aiohttp.ClientError:
        return Answer(0, {})


async def _read_events(answer: aiohttp.ClientResponse, count: int) -> None:
    seen = b""
    async for chunk in answer.content.iter_any():
        seen += chunk
        if seen.count(b"\n\n") >= count:
            return


def scripted(sandbox: str, *rules: Mapping[str, Any]) -> dict[str, int]:
    """Set rules of the sandbox's script; return the totals of its bill."""
    if rules:
        control(sandbox, "script", list(rules))
    totals: dict[str, int] = control(sandbox, "book?limit=0")["totals"]
    return totals


def control(sandbox: str, name: str, document: Any = None, *, is_post: bool = False) -> Any:
    """Call the sandbox's control plane."""
    data = json.dumps(document).encode() if document is not None or is_post else None
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(f"{sandbox}/_sandbox/{name}", data=data)) as answer:
        return json.load(answer)
