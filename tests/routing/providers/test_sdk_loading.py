"""The vendor's SDK is loaded as far as it is used, and is the same SDK."""

import json
import subprocess
import sys
from typing import Any

# A process of its own: what this one has loaded says nothing.
BEGINNING = """
import asyncio, json, os, sys
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "routerproject.settings"
django.setup()
from routing.errors import ProviderFailed
from routing.providers.clients import client_class

def loaded():
    return sorted(name for name in sys.modules if name.partition(".")[0] == "anthropic")
"""
CALLS = """
ANSWERS = [b"HTTP/1.1 429 Busy", b"HTTP/1.1 200 OK"]

async def answer(reader, writer):
    await reader.readuntil(b"{}")
    writer.write(ANSWERS.pop() + b"\\r\\ncontent-length: 2\\r\\n\\r\\n{}")
    writer.close()

async def call(kind):
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = kind(base_url=f"http://127.0.0.1:{port}", api_key="hidden")
    for _ in range(2):
        try:
            await client.send(b"{}", model_id="m")
        except ProviderFailed:
            pass
    await client.close()
    server.close()

kind = client_class("anthropic")
before = loaded()
asyncio.run(call(kind))
print(json.dumps([before, sorted({*loaded()} - {*before}), len(ANSWERS)]))
"""
NAMES = """
client_class("anthropic")
import anthropic
few = len(loaded())
message = anthropic.types.Message
every = {name: repr(getattr(anthropic, name)) for name in anthropic.__all__}
from anthropic.types.message import Message
print(json.dumps([few, len(loaded()), "AsyncAnthropic" in every, message is Message,
                  hasattr(anthropic, "no_such_name"), hasattr(anthropic, "AnthropicBedrock")]))
"""


def said(script: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", BEGINNING + script], capture_output=True, check=True, timeout=60
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_client_loads_what_it_uses_and_no_call_loads_more():
    """Whatever a first call loaded, all requests of the process would wait for."""
    before, later, unused_answers = said(CALLS)
    assert len(before) < 1_000
    assert not [name for name in before if name.startswith("anthropic.resources")]
    assert (later, unused_answers) == ([], 0)


def test_every_name_of_the_sdk_is_there_for_who_asks_for_it():
    few, all_of_them, has_client, is_same, has_unknown, has_platform = said(NAMES)
    assert few < 1_000 < all_of_them
    assert (has_client, is_same, has_unknown, has_platform) == (True, True, False, True)
