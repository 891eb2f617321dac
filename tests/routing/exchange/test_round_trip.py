"""An export says all there is: imported again it changes nothing, and it undoes edits."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from routerproject.shared import clock, yaml_text
from routing.exchange import document
from routing.exchange.tables import TABLES
from routing.models import ComorbidityPair, Experiment, Loss, Rule, TaskType
from usage.exchange.values import looks_secret
from usage.models import ConfigVersion, Deployment, ModelCard, Price, Provider, Tier

pytestmark = [pytest.mark.service, pytest.mark.django_db]
# What PostgreSQL keeps: anything but NUL and halves of characters.
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
tricky = st.sampled_from(
    [
        "no",
        "null",
        "~",
        "1e3",
        "0189",
        "2027-01-01",
        "12:30",
        "- a",
        "# b",
        "a: b",
        "'",
        '"',
        "\n",
        " x ",
        "<<",
        "*a",
        "&a",
        "!!str",
        "%",
        "@",
        "`",
        "\u2028",
        "\x85",
        "\ufeff",
        "true",
        "0x1F",
    ]
)
texts = (words | tricky).filter(lambda text: not looks_secret(text))
names = texts.filter(lambda text: text.strip() != "")
counts = st.integers(1, 2_000_000_000)
dollars = st.decimals(Decimal("0.000001"), Decimal(99_999), places=6)
slugs = st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True)
json_texts = st.lists(texts.filter(bool), min_size=1, max_size=4)


def rows_of_all() -> dict[str, object]:
    """Return every column of every row, versions too."""
    return {
        table.section: list(table.model._default_manager.order_by("pk").values())
        for table in TABLES
    }


def test_the_starter_data_come_back_as_they_were():
    """Not a row is touched, so no version grows and no process reloads."""
    before, version = rows_of_all(), ConfigVersion.objects.get().version
    done = document.apply(document.exported(), by=None)
    assert done.changes == ()
    assert rows_of_all() == before
    assert ConfigVersion.objects.get().version == version


def test_each_section_and_row_is_in_the_export():
    """By the name that people know it by."""
    root: Any = yaml_text.read(document.exported())
    assert list(root.values) == ["format", *(table.section for table in TABLES)]
    for table in TABLES:
        found = root.values[table.section].values
        assert set(found) == {key[0] for key in table.rows()}
    assert root.values["routing"].values["clinical_extraction"].values["primary"].is_null


def _edited(data: st.DataObject) -> None:
    """Give rows of every table columns of any content that they may have."""
    draw = data.draw
    Tier.objects.filter(slug="haiku").update(
        name=draw(names),
        ttft_target_ms=draw(st.none() | counts),
        availability_target_percent=draw(st.none() | st.decimals(0, 100, places=2)),
    )
    Provider.objects.filter(slug="anthropic").update(
        name=draw(names), credential_ref=draw(st.sampled_from(["", "env:ANTHROPIC_API_KEY"]))
    )
    ModelCard.objects.filter(is_live=True).update(
        note=draw(texts),
        best_for=draw(texts),
        context_window_tokens=draw(counts),
        default_temperature=draw(st.none() | st.decimals(0, 2, places=2)),
        retires_on=draw(st.none() | st.dates()),
    )
    ModelCard.objects.filter(model_id="claude-opus-4-6").update(aliases=draw(st.lists(names)))
    Deployment.objects.update(weight=draw(st.integers(0, 1000)), max_concurrency=draw(counts))
    model = ModelCard.objects.order_by("pk")[0]
    Price.objects.create(
        model=model,
        valid_from=clock.now() + draw(st.timedeltas(timedelta(1), timedelta(900))),
        **{
            f"{kind}_usd": draw(dollars)
            for kind in ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")
        },
        note=draw(texts),
    )
    TaskType.objects.filter(slug="debugging").update(
        description=draw(texts),
        name=draw(names),
        escalate_below=draw(st.floats(0, 1)),
        expected_cost_usd=draw(st.none() | st.decimals(0, 1000, places=6)),
        fallback=draw(st.lists(names)),
    )
    Rule.objects.update(
        description=draw(texts),
        conditions={
            "keywords": draw(json_texts),
            "min_characters": draw(counts),
            "patient_facing": draw(st.booleans()),
            draw(names): draw(texts),
        },
    )
    Experiment.objects.create(
        slug=draw(slugs),
        name=draw(names),
        task_type="debugging",
        seed=draw(texts),
        variants=[{"name": draw(texts), "target": draw(texts), "percent": draw(counts)}],
    )
    ComorbidityPair.objects.filter(first__startswith="E").update(
        name=draw(names), watch=draw(texts), is_published=draw(st.booleans())
    )
    Loss.objects.filter(needed="opus", chosen="haiku").update(
        loss=draw(st.decimals(0, 1000, places=3))
    )


@settings(max_examples=10, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.data())
def test_whatever_a_catalog_holds_an_export_changes_nothing(data):
    """Even what no form would have saved: an export is of what is, not of what should be."""
    with transaction.atomic():
        _edited(data)
        text = document.exported()
        assume(len(text) < yaml_text.MOST_CHARACTERS)
        assert document.plan(text).differences == []
        transaction.set_rollback(True)


def test_an_import_undoes_what_was_edited_since_the_export():
    """Rows that are newer than it stay, and are named."""
    text = document.exported()
    TaskType.objects.filter(slug="debugging").update(tier="opus", fallback=["haiku"])
    ModelCard.objects.filter(model_id="claude-opus-4-6").update(vision=False, aliases=["x"])
    Loss.objects.filter(needed="opus", chosen="haiku").update(loss=99)
    Rule.objects.create(slug="new", name="New", conditions={}, actions={"ceiling": "sonnet"})
    plan = document.plan(text)
    assert "rule new" in plan.others
    changed = {(each.what, each.field) for each in plan.differences}
    assert ("task type debugging", "fallback") in changed
    assert ("model claude-opus-4-6", "vision") in changed
    document.apply(text, by=None)
    assert not document.plan(text).changes
    assert Rule.objects.filter(slug="new").exists()


def test_an_import_makes_what_is_not_there_yet():
    """With the defaults of a new row where it says nothing."""
    text = """
format: 1
providers:
  clinic: {name: Our servers, protocol: openai, base_url_ref: env:ON_PREMISE_BASE_URL,
           is_on_premise: true}
models:
  gemma-in-house: {name: Gemma, tier: haiku, provider: clinic, is_live: true,
                   aliases: [gemma]}
deployments:
  gemma-here: {model: gemma-in-house, provider: clinic, is_on_premise: true}
prices:
  gemma-in-house:
    2026-01-01T00:00:00Z: {input_usd: 0, output_usd: 0, cache_write_5m_usd: 0,
                           cache_write_1h_usd: 0, cache_read_usd: 0}
losses:
  opus: {haiku: 40}
routing:
  intent_label: {fallback: [gemma, sonnet]}
"""
    done = document.apply(text, by=None)
    assert done.has_drafts
    assert ModelCard.objects.get(model_id="gemma-in-house").max_output_tokens == 64_000
    assert TaskType.objects.get(slug="intent_label").fallback == ["gemma", "sonnet"]
    assert document.plan(text).changes == ()


def test_a_default_moves_from_one_model_to_another_whatever_comes_first():
    """Rows in each other's way are saved in the order that works."""
    ModelCard.objects.filter(model_id="claude-opus-4-6").update(aliases=["best"])
    text = """
format: 1
models:
  claude-haiku-4-5-20251001: {aliases: [best]}
  claude-opus-4-6: {aliases: []}
"""
    document.apply(text, by=None)
    assert ModelCard.objects.get(aliases__contains=["best"]).tier.slug == "haiku"


def test_a_route_with_shares_becomes_an_experiment():
    """As other registries write it; one open arm is no split."""
    text = """
format: 1
routing:
  intent_classification:
    primary: claude-haiku-4-5
    fallback: [sonnet]
    ab_split: {claude-haiku-4-5: 80, sonnet: 20}
  match_explanation:
    ab_split: {claude-haiku-4-5: 100, sonnet: 0}
"""
    document.apply(text, by=None)
    [made] = Experiment.objects.all()
    assert (made.slug, made.task_type, made.is_published) == (
        "intent_classification",
        "intent_classification",
        True,
    )
    assert [(arm["target"], arm["percent"]) for arm in made.variants] == [
        ("claude-haiku-4-5", 80),
        ("sonnet", 20),
    ]
    assert document.plan(text).changes == ()
    ended = text.replace("haiku-4-5: 80, sonnet: 20", "haiku-4-5: 100, sonnet: 0")
    document.apply(ended, by=None)
    assert [arm["percent"] for arm in Experiment.objects.get().variants] == [100, 0]


def test_comorbidity_pairs_travel_too():
    """All of them, by both codes; what changed becomes a draft like a rule."""
    text = document.exported()
    pairs = ComorbidityPair.objects.count()
    ComorbidityPair.objects.all().delete()
    done = document.apply(text, by=None)
    assert (len(done.changes), done.has_drafts) == (pairs, True)
    assert ComorbidityPair.objects.count() == pairs
    assert document.plan(text).changes == ()


def test_a_truth_value_is_not_a_number():
    """Though Python takes one for the other."""
    Rule.objects.create(slug="r", name="R", conditions={"has_tools": 1}, actions={"floor": "haiku"})
    text = "format: 1\nrules:\n  r: {conditions: {has_tools: true}}\n"
    assert len(document.plan(text).changes) == 1
    document.apply(text, by=None)
    assert Rule.objects.get(slug="r").conditions == {"has_tools": True}


def test_sections_that_a_document_lacks_are_not_counted_as_left_out():
    """What stays is said of the sections that are there."""
    plan = document.plan("format: 1\nrouting:\n  feature: {}\n")
    assert plan.others
    assert all(other.startswith("task type ") for other in plan.others)


def test_the_commands_export_plan_and_apply(tmp_path):
    """From a shell, as from the admin."""
    file, told = tmp_path / "router.yaml", StringIO()
    call_command("export_config", output=file)
    text = file.read_text()
    TaskType.objects.filter(slug="debugging").update(max_output_tokens=1)
    call_command("import_config", str(file), stdout=told)
    assert "task type debugging: max output tokens: 1 -> 2048" in told.getvalue()
    assert TaskType.objects.get(slug="debugging").max_output_tokens == 1
    call_command("import_config", str(file), "--apply", stdout=told)
    assert "drafts until published" in told.getvalue()
    call_command("export_config", stdout=(again := StringIO()))
    assert again.getvalue() == text
