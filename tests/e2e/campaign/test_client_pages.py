"""What the pages for clients say, done as they say it."""

import json
import re
from collections.abc import Callable
from typing import Any, Final

import pytest

from routerproject.local.folders import PROJECT
from tests.practice import Practice
from tests.sandbox_server import Sandbox

pytestmark = pytest.mark.service
HERE: Final = "http://127.0.0.1:8000"
KEY: Final = "cmr_..."


@pytest.fixture
def example(practice: Practice) -> Callable[[str, str], str]:
    """Return a function that gives the first block of a language of a page, with this router's
    address and key."""

    def block(page: str, language: str) -> str:
        found = re.search(rf"```{language}\n(.*?)```", (PROJECT / "docs" / page).read_text(), re.S)
        assert found, page
        said = found[1].replace(HERE, practice.pms.url).replace(KEY, practice.pms.key)
        assert HERE not in said
        return said

    return block


@pytest.mark.parametrize("page", ["anthropic-sdk.md", "openai-sdk.md"])
def test_program_of_an_sdk_runs(practice: Practice, sandbox: Sandbox, example, page: str):
    said: dict[str, Any] = {}
    exec(example(page, "python"), said)  # noqa: S102 (the documentation's own program)
    answered = said.get("message") or said["completion"]
    said["client"].close()
    assert "knee" in str(answered)
    (request,) = practice.requests()
    assert (request.state, request.task_type) == ("completed", "encounter_summary")


def test_variables_of_claude_code_lead_here(practice: Practice, sandbox: Sandbox, example):
    """The trial without the program is answered with nothing but what the variables say."""
    variables = dict(re.findall(r"export (\w+)=(\S+)", example("claude-code.md", "sh")))
    page = (PROJECT / "docs" / "claude-code.md").read_text()
    assert not [name for name in variables if f"| `{name}` |" not in page]
    trial = re.search(r"-d '(.*)'\n", page)
    assert trial
    reply = practice.pms.client.post(
        f"{variables['ANTHROPIC_BASE_URL']}/v1/messages?beta=true",
        headers={
            "Authorization": f"Bearer {variables['ANTHROPIC_AUTH_TOKEN']}",
            "anthropic-version": "2023-06-01",
        },
        json=json.loads(trial[1]),
    )
    assert reply.status_code == 200, reply.text
    assert reply.json()["type"] == "message"
