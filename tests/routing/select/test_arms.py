"""A/B splits: who is dealt which arm, and who is left out."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.errors import RouterError
from routing.models.experiment_flaws import crowded_subjects, experiment_flaws
from routing.select.experiments import dealt
from routing.types import BudgetPressure, Experiment, Variant
from tests.routing.select.cast import EASY, HARD, RANK, USUAL, codes, decide, rule
from tests.routing.select.test_properties import requests, verdicts
from tests.routing.tables import HAIKU, OPUS, SONNET, catalog, place, price, routing_table

CANDIDATE = "claude-sonnet-5"
TIERS = ("haiku", "sonnet", "opus")


def arms(**shares: int) -> tuple[Variant, ...]:
    """Return arms named for the tiers that answer."""
    return tuple(Variant(tier, tier, percent) for tier, percent in shares.items())


HALVES = arms(sonnet=50, opus=50)


def experiment(variants=HALVES, **fields) -> Experiment:
    subject = {} if "rule" in fields else {"task_type": "summarization"}
    return Experiment(**{"slug": "trial", "version": 1, **subject, "variants": variants, **fields})


def table_with(*experiments, **changes):
    return routing_table(**{"rules": (), "experiments": experiments, **changes})


def with_candidate():
    """Return the starter catalog with a priced model that is no live one."""
    known = catalog()
    card = replace(known.models[SONNET], model_id=CANDIDATE, is_live=False, is_tier_default=False)
    return replace(
        known,
        models={**known.models, CANDIDATE: card},
        deployments={**known.deployments, CANDIDATE: (place("new-direct", CANDIDATE),)},
        prices={**known.prices, CANDIDATE: (price(9, CANDIDATE, "3", "15"),)},
    )


def tried(table, *, seen=USUAL, task_type="summarization", **fields):
    return decide(seen, table, task_type=task_type, **fields)


def unit_for(arm: str, of: Experiment) -> str:
    """Return a conversation that is dealt an arm."""
    names = (f"unit-{n}" for n in range(1000))
    return next(name for name in names if dealt(of, "demo", "pms", name).name == arm)


def test_shares_follow_the_percentages():
    """Within the chance of 4,000 draws, which are the same each time."""
    trial = experiment(arms(haiku=20, sonnet=70, opus=10))
    found = Counter(dealt(trial, "demo", "pms", f"u{n}").name for n in range(4_000))
    for name, percent in (("haiku", 20), ("sonnet", 70), ("opus", 10)):
        assert found[name] / 40 == pytest.approx(percent, abs=2.5)


def test_a_conversation_keeps_its_arm_and_another_seed_deals_anew():
    """So that nobody's turns are answered by two arms."""
    trial = experiment()
    drawn = {dealt(trial, "demo", "pms", "case-7").name for _ in range(10)}
    assert len(drawn) == 1
    others = {dealt(replace(trial, seed=str(n)), "demo", "pms", "case-7").name for n in range(20)}
    assert others == {"sonnet", "opus"}


def test_changed_shares_move_only_what_they_must():
    """From 90/10 to 80/20 nobody goes from the grown arm to the other."""
    before, after = experiment(arms(sonnet=90, opus=10)), experiment(arms(sonnet=80, opus=20))
    pairs = [
        (dealt(before, "d", "c", f"{n}").name, dealt(after, "d", "c", f"{n}").name)
        for n in range(2_000)
    ]
    assert ("opus", "sonnet") not in pairs
    assert ("sonnet", "opus") in pairs


def test_sticky_by_client_gives_all_of_its_requests_one_arm():
    """Whatever their conversations are."""
    trial = experiment(sticky_by="client")
    assert len({dealt(trial, "demo", "pms", f"u{n}").name for n in range(50)}) == 1
    assert len({dealt(trial, "demo", f"c{n}", "u").name for n in range(50)}) == 2


def test_the_arm_answers_with_its_reason():
    """And the task type's own tier is what it falls back to."""
    trial = experiment(arms(sonnet=50, opus=50))
    decision = tried(table_with(trial), unit=unit_for("opus", trial))
    assert (decision.tier, decision.variant) == ("opus", "trial:opus")
    assert decision.chosen.model.model_id == OPUS
    assert decision.chain[1].tier == "sonnet"
    [reason] = [each for each in decision.reasons if each.step == "experiment"]
    assert (reason.code, reason.effect) == ("variant_taken", "opus")
    assert "50 %" in reason.text


def test_a_request_that_stands_alone_is_dealt_by_its_own_id():
    """Its share is right, though nothing holds it to an arm."""
    table = table_with(experiment())
    found = {tried(table, id=f"r-{n}").variant for n in range(40)}
    assert found == {"trial:sonnet", "trial:opus"}


def test_a_candidate_answers_only_where_an_experiment_tries_it():
    """With the live model of its tier as the first fallback."""
    trial = experiment((Variant("old", "sonnet", 50), Variant("new", CANDIDATE, 50)))
    table = table_with(trial, catalog=with_candidate())
    decision = tried(table, unit=unit_for("new", trial))
    assert [c.model.model_id for c in decision.chain[:2]] == [CANDIDATE, SONNET]
    assert tried(table, unit=unit_for("old", trial)).chosen.model.model_id == SONNET
    chains = [c.model.model_id for c in decide(USUAL, table).chain]
    assert CANDIDATE not in chains


def test_a_lower_arm_is_not_trusted_as_the_declared_tier_is():
    """The confidence of an answer is that of its own tier."""
    trial = experiment(arms(haiku=50, sonnet=50))
    table = table_with(trial)
    low = tried(table, unit=unit_for("haiku", trial))
    assert low.confidence < 0.2 < tried(table, unit=unit_for("sonnet", trial)).confidence


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"accuracy": "critical"}, "experiment_left_out"),  # a floor that one arm lies below
        ({"model": "sonnet", "model_use": "ceiling"}, "experiment_left_out"),
        ({"allowed_models": frozenset({SONNET})}, "experiment_left_out"),
        ({"pressure": BudgetPressure("month", "step_down")}, "experiment_paused"),
    ],
)
def test_who_cannot_be_given_every_arm_is_left_out(fields, code):
    """The arms would otherwise be compared on different work."""
    table = table_with(experiment(arms(haiku=34, sonnet=33, opus=33)))
    for n in range(12):
        decision = tried(table, id=f"r-{n}", **fields)
        assert decision.variant is None
        assert code in codes(decision)


@pytest.mark.parametrize(
    "fields",
    [
        {"model": "opus", "may_override": True},
        {"task_type": "feature"},
        {"task_type": None},
        {"seen": HARD},  # the text contradicts the type
    ],
)
def test_the_experiment_is_about_its_own_subject_only(fields):
    """A choice, another type, no type and a contradicted one have none."""
    decision = tried(table_with(experiment()), **fields)
    assert decision.variant is None
    assert not [each for each in decision.reasons if each.step == "experiment"]


def test_the_arm_stays_within_its_conversation():
    """An earlier answer of the higher arm is no reason to leave the experiment."""
    trial = experiment()
    table = table_with(trial)
    later = tried(table, unit=unit_for("opus", trial), session_floor="opus")
    assert (later.variant, later.tier) == ("trial:opus", "opus")
    risen = tried(table, unit=unit_for("sonnet", trial), session_floor="opus")
    assert (risen.variant, risen.tier) == (None, "opus")


def test_an_experiment_on_a_rule_deals_what_that_rule_sends():
    """And leaves what another rule or the task type decides."""
    deals = rule("night", 5, {"urgency": "background"}, tier="sonnet")
    trial = experiment(rule="night")
    table = table_with(trial, rules=(deals,))
    unit = unit_for("opus", trial)
    assert tried(table, urgency="background", unit=unit).variant == "trial:opus"
    assert tried(table, unit=unit).variant is None


@given(verdicts(), requests, st.permutations([20, 30, 50]), st.text(max_size=8))
def test_no_arm_passes_a_floor_or_a_ceiling(seen, fields, shares, unit):
    """Whatever is asked, and however the arms are dealt."""
    parts = dict(zip(TIERS, shares, strict=True))
    trials = [
        experiment(arms(**parts), slug=f"trial-{slug}", task_type=slug)
        for slug in routing_table().task_types
    ]
    try:
        plain = decide(seen, table_with(), **fields)
        decision = decide(seen, table_with(*trials), unit=unit, **fields)
    except RouterError:
        return
    assert decision.floor == plain.floor
    assert RANK[decision.tier] >= RANK.get(decision.floor or "", 0)
    if decision.variant is None:
        assert (decision.tier, decision.chain) == (plain.tier, plain.chain)
    elif decision.ceiling:
        assert RANK[decision.variant.rpartition(":")[2]] <= RANK[decision.ceiling]


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (experiment(arms(haiku=50, sonnet=40)), "90 percent, not to 100"),
        (experiment(arms(haiku=150, sonnet=-50)), "whole number of percent"),
        (experiment(()), "1 to 6 arms"),
        (experiment((Variant("a", "haiku", 50), Variant("a", "opus", 50))), "the same name"),
        (experiment((Variant("A b", "haiku", 100),)), "name of an arm"),
        (experiment((Variant("a", "gpt-9", 100),)), "neither a tier nor a model"),
        (experiment((Variant("a", "rule", 100),)), "neither a tier nor a model"),
        (experiment(task_type="juggling"), "no task type juggling"),
        (experiment(task_type="comorbidity_detection"), "calls no model"),
        (experiment(task_type=None), "one task type, or about one rule"),
        (experiment(rule="nobody"), "no published rule"),
        (experiment(rule="bound"), "chooses no tier"),
        (experiment(arms(haiku=50, opus=50), task_type="drug_interaction"), "below the floor"),
        (experiment(sticky_by="moon"), "sticky by conversation or by client"),
    ],
)
def test_what_cannot_be_served_is_said(broken, words):
    """One sentence for each flaw, with the experiment's name."""
    table = routing_table(rules=(rule("bound", floor="sonnet"),), experiments=(broken,))
    found = experiment_flaws(broken, table)
    assert words in " ".join(found)
    assert all(flaw.startswith("trial: ") for flaw in found)


def test_critical_work_is_not_tried_below_its_tier():
    """Patients are not what an experiment is paid with."""
    tasks = routing_table().task_types
    critical = next(t for t in tasks.values() if t.is_critical and t.tier == "opus")
    table = routing_table(rules=())
    trial = experiment(arms(sonnet=50, opus=50), task_type=critical.slug)
    assert "the task is critical" in " ".join(experiment_flaws(trial, table))
    decision = decide(EASY, table_with(trial), task_type=critical.slug)
    assert decision.variant is None


def test_a_sound_experiment_has_no_flaw_and_two_on_one_subject_have():
    """Or nobody would know which one decides."""
    twice = table_with(experiment(), experiment(slug="other"))
    assert experiment_flaws(experiment(), twice) == []
    assert list(crowded_subjects(twice)) == [
        "There are two experiments on the task type summarization."
    ]


def test_an_arm_of_nothing_is_never_dealt():
    """A share of 0 switches an arm off and keeps its name."""
    trial = experiment(arms(haiku=0, sonnet=100))
    assert {dealt(trial, "demo", "pms", f"{n}").name for n in range(50)} == {"sonnet"}
    assert tried(table_with(trial), accuracy="high").variant == "trial:sonnet"
    assert HAIKU not in [c.model.model_id for c in tried(table_with(trial)).chain[:1]]
