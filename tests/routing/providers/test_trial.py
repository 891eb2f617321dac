"""What an admin is told who tries a deployment: whether it answers, and takes its credential."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from routing.providers.trial import tried
from tests.factories.people import make_member
from tests.gateway_server import refusing_port
from tests.sandbox_server import Sandbox
from tests.tls_front import Authority, TlsFront
from usage.catalog import Deployment
from usage.models import Deployment as DeploymentRow

HAIKU, MINI, GEMMA = "claude-haiku-4-5-20251001", "gpt-4o-mini", "gemma3:27b"
SECRET = "key-of-the-clinic"
Place = Callable[..., Deployment]


@pytest.fixture
def place(tmp_path: Path, settings: Any) -> Place:
    """Return deployments whose references lead to an address and a credential."""
    settings.REFERENCE_FOLDER = str(tmp_path)

    def made(address: str, *, key: str = SECRET, **fields: Any) -> Deployment:
        (tmp_path / "address").write_text(address)
        (tmp_path / "key").write_text(key)
        usual = {"slug": "there", "model_id": HAIKU, "provider": "p", "protocol": "anthropic"}
        references = {
            "base_url_ref": f"file:{tmp_path}/address",
            "credential_ref": f"file:{tmp_path}/key",
        }
        return Deployment(**{**usual, **references, "is_on_premise": True, **fields})

    return made


@pytest.mark.parametrize(
    ("protocol", "path", "model"),
    [("anthropic", "", HAIKU), ("openai", "/openai/v1", MINI), ("bedrock", "", HAIKU)],
)
async def test_deployment_that_is_set_up_works(
    place: Place, sandbox: Sandbox, protocol: str, path: str, model: str
):
    """Nothing is billed, and nothing is said but who asks."""
    asked = place(f"{sandbox.base_url}{path}", protocol=protocol, model_id=model)
    found = await tried(asked)
    assert found.is_good, found.text
    assert sandbox.book() == []
    assert all(request["method"] == "GET" and not request["body"] for request in sandbox.requests())


@pytest.mark.parametrize("path", ["", "/v1", "/openai/v1"])
async def test_servers_in_the_house_are_asked_in_their_dialect(
    place: Place, sandbox: Sandbox, path: str
):
    """Wherever their address ends: nothing but the lack of Anthropic's headers tells it there."""
    found = await tried(place(f"{sandbox.base_url}{path}", protocol="openai", model_id=GEMMA))
    assert found.is_good, found.text


async def test_model_that_is_not_on_the_list_is_told(place: Place, sandbox: Sandbox):
    found = await tried(place(sandbox.base_url, provider_model_id="claude-none"))
    assert not found.is_good
    assert "does not list claude-none" in found.text


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ({"status": 401}, "does not take the credential"),
        ({"status": 307, "headers": {"location": "http://127.0.0.1:9/"}}, "redirect"),
        ({"status": 404}, "404"),
        ({"status": 200, "body": "<html>"}, "no list of models"),
        ({"cut": {"after_bytes": 0, "how": "rst"}}, "broke"),
    ],
    ids=str,
)
async def test_what_is_wrong_is_told_without_the_credential(
    place: Place, sandbox: Sandbox, script: dict[str, Any], words: str
):
    sandbox.script(path="/v1/models", next=9, **script)
    found = await tried(place(sandbox.base_url))
    assert not found.is_good
    assert words in found.text
    assert SECRET not in found.text


async def test_certificate_that_nobody_trusts_is_told(
    place: Place, sandbox: Sandbox, tmp_path: Path
):
    certificate = Authority.new().issue(tmp_path)
    host, _, port = sandbox.base_url.removeprefix("http://").partition(":")
    with TlsFront(certificate, (host, int(port))) as front:
        found = await tried(place(front.url))
        assert (found.is_good, front.heard) == (False, b"")
    assert "certificate" in found.text


async def test_address_that_leads_nowhere_is_told(place: Place, sandbox: Sandbox):
    with refusing_port() as port:
        assert "Nobody answers" in (await tried(place(f"http://127.0.0.1:{port}"))).text
    assert "no TLS" in (await tried(place(sandbox.base_url.replace("http:", "https:")))).text
    assert "name" in (await tried(place("https://provider.invalid"))).text
    assert "no address" in (await tried(place(""))).text
    outside = place("http://x", base_url_ref="file:/etc/hostname")
    assert not (await tried(outside)).is_good


@pytest.mark.django_db
def test_page_tries_for_those_who_may_change_deployments(client: Any):
    """By a button, not by a link that a page elsewhere could have followed."""
    row = DeploymentRow.objects.all()[0]
    DeploymentRow.objects.filter(pk=row.pk).update(base_url_ref="env:NOT_LISTED")
    url = reverse("routing:try-deployment", args=[row.pk])
    client.force_login(make_member("developer"))
    assert client.post(url).status_code == 403
    client.force_login(make_member("clinic_admin"))
    assert "It does not work" not in client.get(url).content.decode()
    assert "It does not work" in client.post(url).content.decode()
    assert client.get(reverse("routing:try-deployment", args=[0])).status_code == 404
    led = client.get(reverse("admin:usage_deployment_try_it", args=[row.pk]))
    assert led.headers["Location"] == url
