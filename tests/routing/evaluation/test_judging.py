"""Labelled requests under a table of the clinic's own: more tiers, and rules that deny."""

from dataclasses import replace

from routing.classify.training.labelled import LabelledRequest
from routing.evaluation.judging import GIVEN, judged
from tests.routing.select.cast import TABLE, rule
from tests.routing.tables import NOW
from usage.catalog import Tier

EXAMPLE = LabelledRequest("Is this note positive or negative?", "sonnet", ("sonnet",), "feature")


def chosen(table, **more) -> list[str]:
    return [each.chosen for each in judged([EXAMPLE], table, model=None, now=NOW, **more)]


def test_what_is_denied_is_judged_all_the_same():
    """A frozen set never changes: a rule that met one example would close every gate for good."""
    table = replace(TABLE, rules=(rule(conditions={"keywords": ["note"]}, deny=True),))
    assert chosen(table) == chosen(TABLE)
    off = replace(TABLE.task_types["feature"], is_enabled=False)
    table = replace(TABLE, task_types={**TABLE.task_types, "feature": off})
    assert chosen(table, how=GIVEN) == chosen(TABLE, how=GIVEN)


def test_a_tier_between_two_counts_as_the_lower_one():
    tiers = {**TABLE.catalog.tiers, "mid": Tier("mid", "Mid", "generate", 15)}
    card = next(m for m in TABLE.catalog.models.values() if m.tier == "haiku")
    models = {**TABLE.catalog.models, card.model_id: replace(card, tier="mid")}
    catalog = replace(TABLE.catalog, tiers=tiers, models=models)
    task = replace(TABLE.task_types["feature"], tier="mid", floor=None)
    table = replace(TABLE, catalog=catalog, task_types={**TABLE.task_types, "feature": task})
    table = replace(table, rules=(rule(tier="mid"),))
    (found,) = judged([EXAMPLE], table, model=None, now=NOW, how=GIVEN)
    assert (found.chosen, found.gap, found.is_under) == ("haiku", -1, True)


def test_a_rules_answer_is_no_tier_of_a_model():
    given = replace(EXAMPLE, task_type="comorbidity_detection")
    (found,) = judged([given], TABLE, model=None, now=NOW, how=GIVEN)
    assert found.is_under
