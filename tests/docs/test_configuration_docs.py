"""docs/catalog.md and docs/task-types.md say what the starter data and the tables are."""

import json

import pytest
from django.apps import apps

from routerproject.local.folders import PROJECT
from routing.rule_shapes import ACTIONS
from usage.accounts import Scope

CATALOG = (PROJECT / "docs" / "catalog.md").read_text()
TASK_TYPES = (PROJECT / "docs" / "task-types.md").read_text()
STARTER = json.loads((PROJECT / "routing" / "starter" / "task_types.json").read_text())
RULES = json.loads((PROJECT / "routing" / "starter" / "rules.json").read_text())
DESCRIBED = [
    *("Tenant", "Client", "ApiKey", "Tier", "Provider", "ModelCard", "Deployment", "Price"),
    *("TaskType", "Rule", "Loss", "Experiment", "ComorbidityPair", "RulebookVersion"),
]


@pytest.mark.parametrize("row", STARTER, ids=lambda row: row["slug"])
def test_each_task_type_has_its_heading_with_tier_and_floor(row):
    """A caller finds every slug, and what it gets."""
    section = TASK_TYPES.split(f"### {row['slug']}\n")[1].split("\n#")[0]
    assert f"Tier {row['tier']};" in section or f"Tier {row['tier']}." in section
    assert ("floor" in section) == bool(row.get("floor"))
    assert row["description"] in section


@pytest.mark.parametrize("name", DESCRIBED)
def test_each_table_an_admin_edits_has_its_heading(name):
    """The heading is the table's name in the admin."""
    app = "routing" if name in DESCRIBED[8:] else "usage"
    title = str(apps.get_model(app, name)._meta.verbose_name)
    assert f"\n## {title[0].upper()}{title[1:]}\n" in CATALOG


@pytest.mark.parametrize("word", [*Scope.values, *sorted(ACTIONS)])
def test_each_scope_and_action_is_described(word):
    """Nobody has to guess what can be written."""
    assert f"`{word}`" in CATALOG


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["slug"])
def test_each_starter_rule_is_described(rule):
    """An admin sees what came with the installation."""
    assert rule["slug"] in CATALOG
