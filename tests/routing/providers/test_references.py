"""What an admin's reference may lead to: nothing that the site keeps for itself."""

import os
import subprocess
import sys

import pytest
from structlog.testing import capture_logs

from routerproject.shared import references
from routerproject.shared.references import RefusedReference
from routing.errors import ProviderUnreachable
from routing.providers.clients import Clients
from tests.routing.tables import SONNET, place


@pytest.fixture
def folder(settings, tmp_path):
    """The folder of secrets, beside a file that is none of them."""
    (tmp_path / "secrets" / "inner").mkdir(parents=True)
    (tmp_path / "secrets" / "inner" / "key").write_text(" the-key\n")
    (tmp_path / "secrets" / "url").write_text("https://models.example.org")
    (tmp_path / "outside").write_text("another secret of the site")
    settings.REFERENCE_FOLDER = tmp_path / "secrets"
    return settings.REFERENCE_FOLDER


def real_provider(settings, *, url="https://models.example.org") -> None:
    settings.USES_SANDBOX = False
    settings.ANTHROPIC_API_KEY = "key"
    settings.ANTHROPIC_BASE_URL = url


@pytest.mark.parametrize(
    "name", ["KEY_ENCRYPTION_KEY", "SECRET_KEY", "DATABASE_URL", "AUDIT_SIGNING_KEY", "PATH"]
)
def test_variable_that_is_not_listed_is_refused(name):
    with pytest.raises(RefusedReference, match=name):
        references.resolve(f"env:{name}")


def test_listed_variable_is_read(settings, monkeypatch):
    """From the settings, which know files too, else from the environment."""
    settings.ANTHROPIC_API_KEY = "of the settings"
    monkeypatch.setenv("ON_PREMISE_API_KEY", "of the environment")
    assert references.resolve("env:ANTHROPIC_API_KEY") == "of the settings"
    assert references.resolve("env:ON_PREMISE_API_KEY") == "of the environment"
    assert references.resolve("env:MISTRAL_API_KEY") == ""
    assert references.resolve("") == ""


def test_list_of_variables_is_the_sites(settings, monkeypatch):
    settings.REFERENCE_ENVIRONMENT = frozenset({"OTHER_KEY"})
    monkeypatch.setenv("OTHER_KEY", "x")
    assert references.resolve("env:OTHER_KEY") == "x"
    with pytest.raises(RefusedReference):
        references.resolve("env:ANTHROPIC_API_KEY")


def test_file_of_the_sites_own_secret_is_refused(folder, settings):
    """In containers all secrets lie in one folder, the key that seals everything among them."""
    own = folder / "key_encryption_key"
    own.write_text("seals everything")
    settings.OWN_FILES = frozenset({own, folder / "gone"})
    (folder / "link").symlink_to(own)
    os.link(own, folder / "inner" / "twin")
    for name in ("key_encryption_key", "link", "inner/twin", "inner/../key_encryption_key"):
        with pytest.raises(RefusedReference):
            references.check(f"file:{folder / name}")
    assert references.resolve(f"file:{folder / 'inner' / 'key'}") == "the-key"


def test_own_files_are_those_that_no_reference_may_name(tmp_path):
    """A provider's key that came from a file may be named by that file, or by its variable."""
    names = ("PMS_API_KEY", "ANTHROPIC_API_KEY", "REDIS_URL")
    for name in names:
        (tmp_path / name).write_text(os.environ.get(name) or "key")
    files = {f"{name}_FILE": str(tmp_path / name) for name in names}
    show = "from routerproject import settings; print(*sorted(p.name for p in settings.OWN_FILES))"
    done = _started(show, **files)
    assert done.stdout.split() == ["PMS_API_KEY", "REDIS_URL"], done.stderr


def test_site_does_not_start_with_its_own_secrets_listed():
    done = _started("import routerproject.settings", REFERENCE_ENVIRONMENT="HASHING_KEY,OTHER_KEY")
    assert "REFERENCE_ENVIRONMENT must not list HASHING_KEY." in done.stderr


def _started(code: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_file_of_the_folder_is_read(folder):
    assert references.resolve(f"file:{folder}/inner/key") == "the-key"
    assert references.resolve(f"file:{folder}/none") == ""
    assert references.resolve(f"file:{folder}/inner") == ""


def test_file_outside_the_folder_is_refused(folder):
    """However the way to it is spelled."""
    (folder / "link").symlink_to(folder.parent / "outside")
    (folder / "away").symlink_to(folder.parent)
    for path in (
        folder.parent / "outside",
        folder / "link",
        folder / "away" / "outside",
        f"{folder}/../outside",
        f"{folder}/inner/../inner/key",
        f"{folder}-not/key",
        "/etc/passwd",
        "relative",
    ):
        with pytest.raises(RefusedReference, match="is not in"):
            references.resolve(f"file:{path}")


def test_link_within_the_folder_is_followed(folder):
    """Mounted secrets are links to the files of their present version."""
    (folder / "current").symlink_to(folder / "inner")
    assert references.resolve(f"file:{folder}/current/key") == "the-key"


@pytest.mark.parametrize("reference", ["https://evil.example", "ENV:ANTHROPIC_API_KEY", "x"])
def test_what_is_no_reference_is_refused(reference):
    with pytest.raises(RefusedReference, match="env:NAME"):
        references.check(reference)


@pytest.mark.parametrize(
    ("url", "is_on_premise", "is_allowed"),
    [
        ("https://models.example.org", False, True),
        ("https://models.example.org:8443/anthropic", False, True),
        ("http://models.example.org", False, False),
        ("http://models.example.org", True, True),
        ("http://127.0.0.1:8001", False, True),
        ("http://[::1]:8001", False, True),
        ("http://localhost:8001", False, True),
        ("http://127.0.0.1.example.org", False, False),
        ("https://user:secret@models.example.org", False, False),
        ("https://models.example.org/?to=x", False, False),
        ("https://models.example.org/#x", False, False),
        ("ftp://models.example.org", True, False),
        ("models.example.org", True, False),
        ("https://", True, False),
        ("https://[", True, False),
    ],
)
def test_address_is_https_unless_nobody_can_listen(settings, url, is_on_premise, is_allowed):
    settings.ANTHROPIC_BASE_URL = url
    reference = "env:ANTHROPIC_BASE_URL"
    if is_allowed:
        assert references.address(reference, is_on_premise=is_on_premise) == url
    else:
        with pytest.raises(RefusedReference):
            references.address(reference, is_on_premise=is_on_premise)


def test_trial_may_speak_plainly(settings):
    settings.DEBUG = True
    settings.ANTHROPIC_BASE_URL = "http://sandbox:8001"
    assert references.address("env:ANTHROPIC_BASE_URL", is_on_premise=False)


@pytest.mark.parametrize(
    ("base_url_ref", "credential_ref"),
    [
        ("env:ANTHROPIC_BASE_URL", "env:KEY_ENCRYPTION_KEY"),
        ("env:ANTHROPIC_BASE_URL", "file:/etc/hostname"),
        ("env:DATABASE_URL", "env:ANTHROPIC_API_KEY"),
        ("env:ANTHROPIC_BASE_URL", ""),
        ("", "env:ANTHROPIC_API_KEY"),
    ],
)
def test_place_with_a_refused_reference_is_never_called(settings, base_url_ref, credential_ref):
    """The request goes on to the next place; the log says why."""
    real_provider(settings)
    bad = place("bad", SONNET, base_url_ref=base_url_ref, credential_ref=credential_ref)
    with capture_logs() as logs, pytest.raises(ProviderUnreachable) as failed:
        Clients().of(bad)
    assert failed.value.extra["outcome"] == "deployment-not-configured"
    is_refused = bool(base_url_ref and credential_ref)
    assert [line["event"] for line in logs] == ["provider.reference_refused"] * is_refused


async def test_what_is_set_up_is_opened_before_anybody_asks(settings):
    """A place that is not set up stands in nobody's way."""
    real_provider(settings)
    refs = {"base_url_ref": "env:ANTHROPIC_BASE_URL", "credential_ref": "env:ANTHROPIC_API_KEY"}
    good = place("good", SONNET, **refs)
    clients = Clients()
    clients.open([place("bad", SONNET), good])
    opened = dict(clients._open)
    assert list(opened.values()) == [clients.of(good)]
    assert clients._open == opened
    await clients.close()


async def test_place_on_premise_does_not_open_the_way_for_another(settings):
    """Two places may share their references and differ in where they are."""
    real_provider(settings, url="http://models.clinic.example")
    refs = {"base_url_ref": "env:ANTHROPIC_BASE_URL", "credential_ref": "env:ANTHROPIC_API_KEY"}
    clients = Clients()
    assert clients.of(place("here", SONNET, is_on_premise=True, **refs))
    with pytest.raises(ProviderUnreachable):
        clients.of(place("away", SONNET, **refs))
    await clients.close()


def test_trial_sends_nothing_to_a_vendor_without_a_key(settings):
    """The sandbox takes any key, so one is made up for it, and for it alone."""
    settings.USES_SANDBOX, settings.OPENAI_API_KEY = True, ""
    settings.OPENAI_BASE_URL = "https://api.openai.com/v1"
    there = place(
        "openai-mini",
        "gpt-4o-mini",
        protocol="openai",
        base_url_ref="env:OPENAI_BASE_URL",
        credential_ref="env:OPENAI_API_KEY",
    )
    with pytest.raises(ProviderUnreachable, match="not set up"):
        Clients().of(there)


@pytest.mark.parametrize(
    "given",
    [
        {"VAULT_ADDR": "https://vault.example"},
        {"OPENAI_API_KEY": "k"},
        {"ON_PREMISE_BASE_URL": "http://ollama:11434"},
    ],
)
def test_site_whose_keys_are_elsewhere_starts_without_the_usual_one(given: dict[str, str]):
    """And asks the vendor, never a sandbox."""
    environment = {
        **{name: value for name, value in os.environ.items() if name != "SANDBOX_URL"},
        **{"DEBUG": "False", "SANDBOX_URL": "http://127.0.0.1:1", "ALLOWED_HOSTS": "x", **given},
    }
    show = "from routerproject import settings as s; print(s.ANTHROPIC_BASE_URL, s.USES_SANDBOX)"
    shown = subprocess.run(
        [sys.executable, "-c", show], env=environment, capture_output=True, text=True, check=True
    )
    assert shown.stdout.split() == ["https://api.anthropic.com", "False"]
