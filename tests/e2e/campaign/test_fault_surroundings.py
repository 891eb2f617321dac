"""The fault table, continued: faults of what lies around the router rather than of an answer.

A provider whose name or certificate is no good, and a Redis that is full, read-only or slow.
"""

import os
import signal
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
import redis
from pytest_django import DjangoDbBlocker

from routerproject.local import children
from routerproject.local import redis as local_redis
from tests.e2e.campaign.test_fault_table import (
    REFUSED,
    TEXT,
    WHOLE,
    Outcome,
    ask,
    audited,
    told,
    written,
)
from tests.gateway_server import ROUTE, Gateway, free_port, refusing_port
from tests.patience import USUAL
from tests.practice import Practice
from tests.routing.providers.test_sdk_carrier import hostile
from tests.sandbox_server import Sandbox
from tests.tcp_line import Line
from tests.tls_front import Authority, TlsFront
from usage import accounts
from usage.models import ApiKey, Deployment

pytestmark = pytest.mark.service
FIRST: Final = "anthropic-direct-sonnet"  # is asked first
HANDSHAKE: Final = b"\x16"  # RFC 8446, 5.1: what TLS begins with
# Nothing was sent: asked once more, then another model.
UNREACHABLE: Final = Outcome(("void", "void", "settled"), last="fallback")
both = pytest.mark.parametrize("is_stream", [False, True], ids=["plain", "streamed"])


class Surroundings:
    """A router with a Redis of its own, whose provider can be told to lie elsewhere."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox, self.folder = sandbox, folder
        self.authority = Authority.new()
        trusted = self.authority.show(folder / "authority.pem")
        (folder / "key").write_text("sandbox")
        password, port = {"REDIS_PASSWORD": "surroundings"}, free_port()
        self.engine = local_redis.start(folder / "engine", password, port, throwaway=True)
        self.store = redis.Redis(port=port, password=password["REDIS_PASSWORD"])
        self.elsewhere = socket.create_server(("127.0.0.1", 0))  # nobody is to call there
        self.gateway = Gateway(
            sandbox.base_url,
            folder / "web.log",
            environment={
                **led_astray(f"http://127.0.0.1:{self.elsewhere.getsockname()[1]}", folder),
                "REDIS_URL": local_redis.url(password, port),
                "REDIS_TIMEOUT_MS": USUAL["REDIS_TIMEOUT_MS"],
                "REFERENCE_FOLDER": str(folder),
                "SSL_CERT_FILE": str(trusted),
                "RES_OPTIONS": "timeout:1 attempts:1",  # of names: resolv.conf(5)
            },
        )

    def address(self, url: str) -> str:
        """Return a reference to an address, one that was never used."""
        path = self.folder / f"address-{len(list(self.folder.iterdir()))}"
        path.write_text(url)
        return f"file:{path}"

    def was_led_astray(self) -> bool:
        """Return whether anybody has called elsewhere, since somebody asked last."""
        self.elsewhere.setblocking(False)
        try:
            self.elsewhere.accept()[0].close()
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        self.gateway.stop()
        self.elsewhere.close()
        self.store.close()
        children.stop(self.engine)


def led_astray(elsewhere: str, folder: Path) -> dict[str, str]:
    """Return an environment that leads the vendors' tools elsewhere, and lets them say all.

    Without what the router itself reads.
    """
    own = {"ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"}
    found = hostile(elsewhere, folder)
    return {**{name: found[name] for name in found.keys() - own}, "ANTHROPIC_LOG": "debug"}


@pytest.fixture(scope="module")
def site(
    shared_database: None,
    django_db_blocker: DjangoDbBlocker,
    sandbox_process: Sandbox,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Surroundings]:
    running = Surroundings(sandbox_process, tmp_path_factory.mktemp("surroundings"))
    running.gateway.start()
    yield running
    running.close()


@pytest.fixture
def clinic(
    site: Surroundings, open_practice: Callable[..., Practice], sandbox: Sandbox
) -> Practice:
    site.store.flushall()  # breakers that an earlier test has opened
    site.gateway.wait_until(lambda: site.gateway.ready().get("breakers_open") == 0)
    return open_practice(site.gateway)


# -- the way to a provider ------------------------------------------------------------------------


def nobody(site: Surroundings, stack: ExitStack) -> str:
    return f"http://127.0.0.1:{stack.enter_context(refusing_port())}"


def no_such_name(site: Surroundings, stack: ExitStack) -> str:
    return "https://provider.invalid"  # RFC 6761, 6.4: never resolves


def metadata(site: Surroundings, stack: ExitStack) -> str:
    return "http://169.254.169.254"


def plain_text(site: Surroundings, stack: ExitStack) -> str:
    return site.sandbox.base_url.replace("http:", "https:")


def front(**wishes: Any) -> Callable[[Surroundings, ExitStack], str]:
    """Return what opens a front with a certificate of the authority that the router trusts."""

    def opened(site: Surroundings, stack: ExitStack) -> str:
        certificate = site.authority.issue(site.folder, **wishes)
        return stack.enter_context(TlsFront(certificate, sandbox_at(site))).url

    return opened


def of_nobody_known(site: Surroundings, stack: ExitStack) -> str:
    certificate = Authority.new().issue(site.folder)
    return stack.enter_context(TlsFront(certificate, sandbox_at(site))).url


def sandbox_at(site: Surroundings) -> tuple[str, int]:
    parts = urlsplit(site.sandbox.base_url)
    return str(parts.hostname), int(parts.port or 0)


WAYS: Final = {
    "a port that refuses": nobody,
    "a name that does not resolve": no_such_name,
    "an address of the machine's own cloud": metadata,
    "a certificate of nobody known": of_nobody_known,
    "a certificate for another name": front(name="another.example"),
    "a certificate that has expired": front(age=timedelta(days=30)),
    "a certificate of tomorrow": front(age=timedelta(days=-1)),
    "plain text where TLS is asked for": plain_text,
}


@pytest.fixture
def leads(site: Surroundings, clinic: Practice) -> Iterator[Callable[[str], None]]:
    """Return a function that puts the first choice at another address; it is put back."""
    place = Deployment.objects.get(slug=FIRST)

    def lead(url: str, key: str = "sandbox") -> None:
        (site.folder / "key").write_text(key)
        place.base_url_ref = site.address(url)
        place.credential_ref = f"file:{site.folder / 'key'}"
        place.save(update_fields=["base_url_ref", "credential_ref"])
        clinic.wait_for_configuration()

    yield lead
    place.base_url_ref = place.credential_ref = ""
    place.save(update_fields=["base_url_ref", "credential_ref"])


@both
@pytest.mark.parametrize("fault", WAYS)
def test_way_to_a_provider(
    clinic: Practice, site: Surroundings, sandbox: Sandbox, leads, fault: str, is_stream: bool
):
    """Nobody is told anything, nothing is owed, and another model answers."""
    with ExitStack() as stack:
        leads(WAYS[fault](site, stack))
        reply = ask(clinic, is_stream=is_stream)
        told(clinic, UNREACHABLE, reply, is_stream=is_stream)
        written(clinic, sandbox, UNREACHABLE)
        audited(clinic)
    assert len(sandbox.requests()) == 1
    assert "127.0.0.1" not in str([each.outcome for each in clinic.attempts()])


@both
def test_provider_with_a_good_certificate_is_asked(
    clinic: Practice, site: Surroundings, sandbox: Sandbox, leads, is_stream: bool
):
    """Of an authority of the clinic's own, say; and nothing goes there but TLS."""
    certificate = site.authority.issue(site.folder)
    with TlsFront(certificate, sandbox_at(site)) as safe:
        leads(safe.url)
        told(clinic, WHOLE, ask(clinic, is_stream=is_stream), is_stream=is_stream)
        written(clinic, sandbox, WHOLE)
        assert set(safe.first_bytes) == {HANDSHAKE}
        assert b"POST /v1/messages" in safe.heard


@both
def test_environment_leads_nobody_astray(
    clinic: Practice, site: Surroundings, sandbox: Sandbox, is_stream: bool
):
    """Addresses, headers, proxies and profiles for the vendors' tools, which also log bodies."""
    told(clinic, WHOLE, ask(clinic, is_stream=is_stream), is_stream=is_stream)
    written(clinic, sandbox, WHOLE)
    assert "evil" not in str(sandbox.requests()).lower()
    assert not site.was_led_astray()
    assert TEXT[:20] not in site.gateway.log.read_text()


def test_router_that_leads_to_itself_does_not_ask_without_end(
    clinic: Practice, site: Surroundings, sandbox: Sandbox, leads
):
    """Its own call is refused before it is a request, and nothing is owed."""
    leads(site.gateway.url, key=clinic.pms.key)
    told(clinic, REFUSED, ask(clinic, is_stream=False), is_stream=False)
    written(clinic, sandbox, REFUSED)
    assert len(clinic.requests()) == 1
    assert sandbox.requests() == []


@pytest.fixture
def second(clinic: Practice) -> Iterator[str]:
    """Another place of the same model, with three times the weight of the first."""
    first = Deployment.objects.select_related("model", "provider").get(slug=FIRST)
    place, _ = Deployment.objects.get_or_create(
        slug="second-place", model=first.model, provider=first.provider
    )
    Deployment.objects.filter(pk=place.pk).update(is_enabled=True, weight=first.weight * 3)
    clinic.wait_for_configuration()
    yield place.slug
    Deployment.objects.filter(pk=place.pk).update(is_enabled=False)


def test_load_goes_by_weight_and_past_a_place_that_is_down(
    clinic: Practice, site: Surroundings, sandbox: Sandbox, leads, second: str
):
    """Until its breaker opens a call is lost there now and then, but no request."""

    def asked(count: int) -> Counter[str]:
        """Return how many were decided for each place."""
        with ThreadPoolExecutor(4) as callers:
            replies = list(callers.map(lambda _: ask(clinic, is_stream=False), range(count)))
        assert {reply.status for reply in replies} == {200}
        return Counter(reply.body["routing"]["deployment"] for reply in replies)

    spread = asked(80)
    assert set(spread) == {FIRST, second}
    assert spread[second] > spread[FIRST] > 4, "three of four, give or take"
    with refusing_port() as port:
        leads(f"http://127.0.0.1:{port}")
        assert asked(80) == {second: 80}
        site.gateway.wait_until(lambda: site.gateway.ready()["breakers_open"] == 1)
        calls = sum(each.deployment == FIRST for each in clinic.attempts())
        assert asked(20) == {second: 20}
        later = sum(each.deployment == FIRST for each in clinic.attempts())
    assert later - calls < 10, "left alone but for a probe now and then"
    assert clinic.sums == (sandbox.totals()["nano_usd"], 0, 0)


def test_silent_stream_of_a_revoked_key_is_cut(
    clinic: Practice, site: Surroundings, sandbox: Sandbox, leads
):
    """Nobody waits for a next event; the call goes on, and what it costs is written."""
    sandbox.script(next=1, chunk_ms=20, chunk_chars=4)
    body = {"prompt": f"ECHO:{TEXT}", "task_type": "contract_analysis", "stream": True}
    headers, seen = {"Authorization": f"Bearer {clinic.pms.key}"}, b""
    with Line(*sandbox_at(site)) as line:
        leads(f"http://127.0.0.1:{line.port}")
        url = f"{clinic.pms.url}{ROUTE}"
        with clinic.pms.client.stream("POST", url, json=body, headers=headers) as answer:
            for chunk in answer.iter_raw():
                if not seen:
                    line.freeze()
                    accounts.revoke_key(key=ApiKey.objects.get(pk=clinic.key_id), by=None)
                seen += chunk
        assert b"authentication_error" in seen
        assert seen.count(b"event: error") == seen.count(b"event: router.summary") == 1
        line.mend()
        clinic.wait_until_settled()
    assert [each.state for each in clinic.requests()] == ["cancelled"]
    assert clinic.sums == (sandbox.totals()["nano_usd"], 0, 0)


# -- Redis ----------------------------------------------------------------------------------------


def fill(site: Surroundings) -> None:
    site.store.config_set("maxmemory", 1)


def make_read_only(site: Surroundings) -> None:
    site.store.replicaof("127.0.0.1", "1")


def stop_answering(site: Surroundings) -> None:
    """Let it take connections and commands, and answer none."""
    os.kill(site.engine.process.pid, signal.SIGSTOP)


def bring_back(site: Surroundings) -> None:
    """Restore every value as it was a moment ago, without the end of its life."""
    copy = {key: site.store.dump(key) or b"" for key in site.store.scan_iter("*")}
    site.store.flushall()
    for key, value in copy.items():
        site.store.restore(key, 0, value)


REDIS_FAULTS: Final = {
    "full": fill,
    "read-only": make_read_only,
    "slow": stop_answering,
    "restored from an old copy": bring_back,
}


@pytest.fixture
def mended(site: Surroundings) -> Iterator[None]:
    yield
    os.kill(site.engine.process.pid, signal.SIGCONT)
    site.store.replicaof("no", "one")
    site.store.config_set("maxmemory", 0)


@both
@pytest.mark.parametrize("fault", REDIS_FAULTS)
def test_redis(
    clinic: Practice, site: Surroundings, sandbox: Sandbox, mended, fault: str, is_stream: bool
):
    """Nobody waits for it, nobody is refused for it, and no cent depends on it."""
    ask(clinic, is_stream=is_stream)
    REDIS_FAULTS[fault](site)
    for _ in range(3):
        told(clinic, WHOLE, ask(clinic, is_stream=is_stream), is_stream=is_stream)
    assert clinic.sums == (sandbox.totals()["nano_usd"], 0, 0)
    assert [each.state for each in clinic.attempts()] == ["settled"] * 4
    audited(clinic)
