"""The worker asks vendors which models they have, through their own SDK."""

import json
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import structlog
from django.conf import LazySettings

from routerproject.shared import references
from routing.providers.listing import NoList, compare, listed_models
from tests.gateway_server import refusing_port
from tests.sandbox_server import Sandbox
from usage.models import Deployment, ModelCard

pytestmark = pytest.mark.service
TODAY = date(2026, 9, 1)
HAIKU = "claude-haiku-4-5-20251001"


def at_sandbox(settings: LazySettings, url: str) -> None:
    settings.USES_SANDBOX, settings.SANDBOX_URL, settings.ANTHROPIC_BASE_URL = True, url, url


def test_list_of_the_simulated_provider_is_read(sandbox: Sandbox):
    assert HAIKU in listed_models(base_url=sandbox.base_url, api_key="sandbox")


def test_long_list_is_read_page_by_page(sandbox: Sandbox):
    first = {"data": [{"id": "a"}, {"id": "b"}], "has_more": True, "last_id": "b"}
    sandbox.script(path="/v1/models", status=200, body=first)
    assert {"a", "b", HAIKU} <= listed_models(base_url=sandbox.base_url, api_key="sandbox")
    assert [each["query"] for each in sandbox.requests()][1].endswith("&after_id=b")


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"status": 401}, "401-authentication_error"),
        ({"status": 404}, "404-not_found_error"),
        ({"status": 302, "headers": {"location": "http://127.0.0.1:1/"}}, "302-unreadable"),
        ({"status": 200, "body": {"data": [], "has_more": False}}, "empty"),
        ({"status": 200, "body": {"data": {}}}, "unreadable"),
        ({"status": 200, "body": "<html>"}, "unreadable"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_vendor_that_gives_no_list_is_told_of_by_a_code(sandbox: Sandbox, rule, reason):
    sandbox.script(path="/v1/models", **rule)
    with pytest.raises(NoList) as failed:
        listed_models(base_url=sandbox.base_url, api_key="sandbox")
    assert failed.value.reason == reason


@pytest.mark.django_db
def test_live_models_are_held_beside_the_list(sandbox: Sandbox, settings: LazySettings):
    """What is listed is not spoken of; what is not has a day, under any of its names."""
    at_sandbox(settings, sandbox.base_url)
    ModelCard.objects.filter(model_id=HAIKU).update(aliases=[])
    Deployment.objects.filter(model__model_id=HAIKU).update(provider_model_id="")
    compare(TODAY)
    assert not ModelCard.objects.exclude(unlisted_since=None).exists()
    ModelCard.objects.filter(model_id=HAIKU).update(model_id="claude-haiku-none")
    compare(TODAY)
    gone = ModelCard.objects.exclude(unlisted_since=None)
    assert [(each.model_id, each.unlisted_since) for each in gone] == [("claude-haiku-none", TODAY)]


@pytest.fixture
def vault(settings: LazySettings) -> Iterator[str]:
    """A reference to a secret of a Vault on loopback, which holds "of-vault"."""

    class Vault(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"data": {"key": "of-vault"}}).encode())

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Vault) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.VAULT_ADDR = f"http://127.0.0.1:{server.server_port}"
        settings.VAULT_TOKEN = "token"
        yield "vault:secret/data/router/anthropic#key"
        server.shutdown()
    references._values.clear()


@pytest.mark.django_db
def test_key_that_vault_keeps_is_read_by_the_worker_too(
    sandbox: Sandbox, settings: LazySettings, vault: str
):
    """No process of the worker reads secrets all the time, as those of the web do."""
    at_sandbox(settings, sandbox.base_url)
    Deployment.objects.all().update(credential_ref=vault)
    compare(TODAY)
    (asked, *_) = sandbox.requests()
    assert asked["path"] == "/v1/models"
    assert "of-vault" in str(asked["headers"])


@pytest.mark.django_db
def test_list_that_cannot_be_had_changes_nothing(settings: LazySettings):
    with refusing_port() as port, structlog.testing.capture_logs() as logs:
        at_sandbox(settings, f"http://127.0.0.1:{port}")
        compare(TODAY)
    assert not ModelCard.objects.exclude(unlisted_since=None).exists()
    assert {line["reason"] for line in logs if line["event"] == "models.no_list"} == {
        "ClientConnectorError"
    }
