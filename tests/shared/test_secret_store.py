"""Secrets that Vault and AWS keep, over a socket: read, renewed, and never shown."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from aiohttp import web
from structlog.testing import capture_logs
from yarl import URL

from routerproject.shared import references, secret_store
from routerproject.shared.outbound import Outbound
from routerproject.shared.references import RefusedReference
from routerproject.shared.secret_store import SecretStore
from routing.errors import ProviderUnreachable
from routing.providers.clients import Clients
from routing.providers.wire import Wire
from tests.routing.tables import HAIKU, place
from tests.sandbox_server import Sandbox
from usage.admin.references import state_of

VAULT, AWS = "vault:secret/data/router/anthropic#key", "aws-sm:router/anthropic#key"
PLAIN = "aws-sm:router/plain"
IDENTITY = {"access_key_id": "A", "secret_access_key": "of-aws", "region": "eu-west-1"}


class Keepers:
    """A Vault and a Secrets Manager on loopback."""

    def __init__(self) -> None:
        self.value = "first"
        self.status = 200
        self.asked: list[Any] = []
        self.url = ""

    async def vault(self, request: web.Request) -> web.Response:
        self.asked.append(request.headers)
        if request.path != "/v1/secret/data/router/anthropic":
            return web.json_response({"errors": []}, status=404)
        inner = {"data": {"key": self.value}, "metadata": {"version": 1}}
        return web.json_response({"data": inner}, status=self.status)

    async def aws(self, request: web.Request) -> web.Response:
        self.asked.append(request.headers)
        name = json.loads(await request.read())["SecretId"]
        text = self.value if name.endswith("plain") else json.dumps({"key": self.value})
        return web.json_response({"Name": name, "SecretString": text}, status=self.status)


@pytest.fixture
async def keepers(settings: Any) -> AsyncIterator[Keepers]:
    found = Keepers()
    app = web.Application()
    app.router.add_get("/v1/{path:.*}", found.vault)
    app.router.add_post("/", found.aws)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    settings.VAULT_ADDR, settings.VAULT_TOKEN = found.url, "of-vault"
    settings.AWS_SECRETS_URL = f"{found.url}/"
    settings.AWS_SECRETS_CREDENTIAL = json.dumps(IDENTITY)
    yield found
    await runner.cleanup()


@pytest.fixture
def in_use() -> list[str]:
    return [VAULT, AWS, PLAIN]


@pytest.fixture
async def store(keepers: Keepers, in_use: list[str]) -> AsyncIterator[SecretStore]:
    found = SecretStore(lambda: in_use, secret_store.outbound())
    await found.start()
    yield found
    await found.close()


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    references._values.clear()


async def test_each_reference_stands_for_its_value(store: SecretStore, keepers: Keepers):
    assert [references.resolve(each) for each in (VAULT, AWS, PLAIN)] == ["first"] * 3
    assert keepers.asked[0]["x-vault-token"] == "of-vault"
    signed = next(each for each in keepers.asked if "x-amz-target" in each)
    assert "/eu-west-1/secretsmanager/aws4_request" in signed["authorization"]


async def test_new_value_is_taken_and_calls_are_made_with_it(
    store: SecretStore, keepers: Keepers, sandbox: Sandbox, settings: Any, tmp_path: Any
):
    settings.USES_SANDBOX, settings.REFERENCE_FOLDER = False, tmp_path
    (tmp_path / "url").write_text(sandbox.base_url)
    there = place("there", HAIKU, base_url_ref=f"file:{tmp_path}/url", credential_ref=VAULT)
    clients, body = Clients(), b'{"model":"m","messages":[]}'
    for value in ("first", "second"):
        keepers.value = value
        await store.refresh()
        with pytest.raises(Exception, match="refused"):
            await clients.of(there).send(body, model_id=HAIKU)
        assert sandbox.requests()[-1]["headers"]["authorization"] == f"Bearer {value}"
        assert clients.of(there) is clients.of(there)
    await clients.close()


async def test_file_that_was_written_anew_is_read_anew(
    store: SecretStore, in_use: list[str], settings: Any, tmp_path: Any
):
    settings.REFERENCE_FOLDER = tmp_path
    in_use.append(f"file:{tmp_path}/token")
    (tmp_path / "token").write_text("first")
    await store.refresh()
    before = store.generation
    await store.refresh()
    assert store.generation == before
    (tmp_path / "token").write_text("second")
    await store.refresh()
    assert store.generation == before + 1


async def test_file_that_changed_before_it_was_first_looked_at_is_read_anew(
    store: SecretStore, in_use: list[str], settings: Any, tmp_path: Any
):
    """A call may have used the value that it had when the reference was entered."""
    settings.REFERENCE_FOLDER = tmp_path
    (tmp_path / "token").write_text("first")
    in_use.append(f"file:{tmp_path}/token")
    before = store.generation
    assert store._has_new()
    assert references.resolve(in_use[-1]) == "first"
    (tmp_path / "token").write_text("second")
    await store.refresh()
    assert store.generation == before + 1
    assert not store._has_new()


async def test_reference_that_is_not_allowed_keeps_no_other_from_being_read(
    store: SecretStore, in_use: list[str], settings: Any, tmp_path: Any
):
    settings.REFERENCE_FOLDER = tmp_path
    in_use += ["env:SECRET_KEY", "file:/etc/hostname", f"file:{tmp_path}/token"]
    for value in ("first", "second"):
        (tmp_path / "token").write_text(value)
        before = store.generation
        with capture_logs() as logs:
            await store.refresh()
        assert store.generation > before
        assert logs == []


async def test_last_value_holds_while_the_keeper_is_away(store: SecretStore, keepers: Keepers):
    keepers.status = 503
    with capture_logs() as logs:
        await store.refresh()
    assert references.resolve(VAULT) == "first"
    assert store.held(VAULT).trouble == "status-503"
    assert state_of(VAULT).endswith("last attempt failed: status-503")
    assert {each["reason"] for each in logs} == {"status-503"}
    assert "first" not in f"{logs} {store.held(VAULT)} {state_of(VAULT)}"


@pytest.mark.parametrize(
    ("reference", "trouble"),
    [
        ("vault:secret/data/router/none#key", "status-404"),
        ("vault:secret/data/router/anthropic#other", "no-such-field"),
        ("aws-sm:router/plain#key", "not-json"),
        ("aws-sm:router/anthropic#other", "no-such-field"),
    ],
)
async def test_secret_that_is_not_there_is_told_by_a_code(
    store: SecretStore, in_use: list[str], reference: str, trouble: str
):
    in_use.append(reference)
    await store.refresh()
    assert references.resolve(reference) == ""
    assert store.held(reference).trouble == trouble
    assert state_of(reference) == f"never read, last attempt failed: {trouble}"


async def test_keeper_that_is_not_set_up_is_said(
    store: SecretStore, in_use: list[str], settings: Any
):
    settings.VAULT_TOKEN = settings.AWS_SECRETS_CREDENTIAL = ""
    await store.refresh()
    assert store.held(VAULT).trouble == "vault-not-configured"
    assert store.held(AWS).trouble == "aws-not-configured"


async def test_no_other_address_is_asked(keepers: Keepers, in_use: list[str], settings: Any):
    store = SecretStore(lambda: in_use, Outbound(["http://127.0.0.1:9"]))
    await store.refresh()
    assert store.held(VAULT).trouble == "address-not-allowed"
    assert keepers.asked == []
    await store.close()


@pytest.mark.parametrize(
    "reference",
    [
        "vault:secret/data/other#key",
        "vault:secret/data/router/../other#key",
        "vault:secret/data/router/anthropic",
        "vault:secret/data/router/a?version=1#key",
        "aws-sm:other#key",
        "aws-sm:router/a b",
        "gcp-sm:router/a",
    ],
)
def test_secret_that_the_site_does_not_list_is_refused(reference: str):
    with pytest.raises(RefusedReference):
        references.check(reference)


def test_variable_and_file_say_only_whether_they_hold_something(settings: Any, tmp_path: Any):
    settings.REFERENCE_FOLDER, settings.OPENAI_API_KEY = tmp_path, "of-openai"
    assert state_of("env:OPENAI_API_KEY") == "found"
    assert state_of(f"file:{tmp_path}/none") == "empty or missing"
    assert state_of("env:SECRET_KEY") == "not allowed here"
    assert state_of("") == "none given"


@pytest.mark.parametrize("address", ["169.254.169.254", "[fe80::1]", "0.0.0.0"])  # noqa: S104
async def test_no_call_goes_to_the_metadata_service_of_a_cloud(address: str):
    """Wherever a name of the catalog leads all of a sudden."""
    wire = Wire({})
    with pytest.raises(ProviderUnreachable):
        async with wire.post(URL(f"http://{address}:80/latest"), b"{}"):
            pass
    await wire.close()
