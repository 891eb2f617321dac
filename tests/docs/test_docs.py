"""What the documentation says of settings, problems, the API and its own links."""

import json
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib import admin

from routerproject import settings as site
from routerproject.local.folders import PROJECT
from routing.api import body, problems, serializers
from routing.errors import RouterError
from usage.models import AttemptKind, EntryKind, RequestState

DOCS = PROJECT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *PROJECT.glob("*.md")])
OWN_APPS = ("usage", "phi", "routing")


def text_of(name: str) -> str:
    return (DOCS / name).read_text()


def relative(page: Path) -> str:
    return str(page.relative_to(PROJECT))


def anchors_of(page: Path) -> set[str]:
    """Return the anchors that a page's headings have when it is rendered."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def problem_types() -> dict[str, int]:
    """Return each problem type with its status, wherever its class is defined."""
    waiting, found = [RouterError, problems.NotFound], {}
    while waiting:
        kind = waiting.pop()
        found[kind.problem] = kind.status
        waiting += kind.__subclasses__()
    return found


def fields_of(kind) -> set[str]:
    return set(kind().get_fields())


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_links_resolve(page):
    """Every relative link leads to a file, and to a heading in it."""
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        other = (page.parent / name).resolve() if name else page
        if not other.exists() or (anchor and anchor not in anchors_of(other)):
            broken.append(target)
    assert not broken


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_page_names_no_place_of_one_machine(page):
    """Paths are the project's, addresses are loopback."""
    assert not re.search(r"/(?:home|Users|root|work|opt)/\w", page.read_text())


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_page_is_in_the_index(page):
    """A page that nobody finds is not written."""
    assert page.name == "README.md" or f"({page.name})" in text_of("README.md")


@pytest.mark.parametrize("name", sorted(site.env.scheme))
def test_each_setting_has_its_row_with_its_default(name):
    """The table says what the scheme says."""
    kind, default = site.env.scheme[name]
    row = re.search(rf"^\| `{name}` \|(.*?)\| (.+) \|$", text_of("settings.md"), re.MULTILINE)
    assert row, f"{name} has no row in docs/settings.md"
    if kind in (int, bool) or (default and kind is str and name != "DATA_DIR"):
        assert row[1].strip() == f"`{default}`"


def test_only_settings_that_exist_are_described():
    rows = set(re.findall(r"^\| `([A-Z_]+)` \|", text_of("settings.md"), re.MULTILINE))
    assert rows == set(site.env.scheme)


@pytest.mark.parametrize(("problem", "status"), sorted(problem_types().items()))
def test_each_problem_has_its_heading_with_its_status(problem, status):
    """A caller who meets one finds what to do."""
    page = text_of("problems.md")
    assert f"\n### {problem}\n" in page
    assert page.split(f"\n### {problem}\n")[1].strip().startswith(str(status))


@pytest.mark.parametrize("name", sorted(body.CHECKS))
def test_each_request_field_has_its_row(name):
    assert re.search(rf"^\| .*`{name}`", text_of("api.md"), re.MULTILINE)


@pytest.mark.parametrize("name", sorted(body.PATIENT_FIELDS))
def test_each_patient_field_has_its_row(name):
    section = text_of("api.md").split("### Patient")[1].split("\n### ")[0]
    assert f"`{name}`" in section


def test_example_answer_is_one_of_the_api():
    """The answer shown has exactly the members that the API gives."""
    shown = json.loads(re.findall(r"```json\n(.*?)```", text_of("api.md"), re.DOTALL)[0])
    assert set(shown) == fields_of(serializers.RouteReplySerializer)
    assert set(shown["routing"]) == fields_of(serializers.RoutingSerializer)
    assert set(shown["cost"]) == fields_of(serializers.CostSerializer)


@pytest.mark.parametrize("page", ["api.md", "problems.md", "../README.md"])
def test_json_in_examples_is_json(page):
    for example in re.findall(r"```json\n(.*?)```", text_of(page), re.DOTALL):
        json.loads(example)


@pytest.mark.parametrize("name", sorted(fields_of(serializers.UsageSummarySerializer)))
def test_each_member_of_the_summary_has_its_row(name):
    section = text_of("api.md").split("\n## GET /api/v1/usage/summary")[1]
    assert f"`{name}`" in section.split("\n## ")[0]


@pytest.mark.parametrize("word", [*RequestState.values, *AttemptKind.values, *EntryKind.values])
def test_each_state_and_kind_of_the_ledger_is_described(word):
    assert f"`{word}`" in text_of("ledger.md")


def test_boxes_of_the_architecture_name_files_that_exist():
    """The drawing and the house are the same."""
    page = text_of("architecture.md")
    named = set(re.findall(r"\b(?:routing|phi|usage|routerproject)/[\w/]+\.py\b", page))
    assert len(named) >= 12
    assert not [name for name in named if not (PROJECT / name).exists()]


def described_tables() -> set[str]:
    """Return the names of tables that the architecture page lists, in small letters."""
    section = text_of("architecture.md").split("\n## What is kept\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \|", section, re.MULTILINE)
    return {name.lower() for row in rows for name in row.split(", ")}


@pytest.mark.parametrize(
    "model",
    [model for app in OWN_APPS for model in apps.get_app_config(app).get_models()],
    ids=lambda model: model._meta.label,
)
def test_each_table_is_described(model):
    """What is kept stands on one page; histories of edits are described together."""
    name = str(model._meta.verbose_name).lower()
    assert name.endswith(" event") or name in described_tables()


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model._meta.label)
def test_each_table_of_the_admin_is_described(model):
    """What an admin sees is among them."""
    is_own = model._meta.app_label in OWN_APPS
    assert not is_own or str(model._meta.verbose_name).lower() in described_tables()
