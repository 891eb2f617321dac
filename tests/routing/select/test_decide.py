"""The order of the decision, step by step."""

from dataclasses import replace

import pytest

from routing.errors import TaskTypeDisabled, UnknownModel, UnknownTaskType
from routing.kinds_of_work import CRITICAL_FROM, LOOKS_CRITICAL
from routing.select import alternatives
from routing.types import BudgetPressure
from tests.routing.select.cast import EASY, HARD, TABLE, USUAL, codes, decide, rule, verdict
from tests.routing.tables import HAIKU, OPUS, SONNET, place, price, routing_table


def table_with(slug, **changes):
    """Return the starter table with one task type changed."""
    changed = replace(TABLE.task_types[slug], **changes)
    return replace(TABLE, task_types={**TABLE.task_types, slug: changed})


def test_an_unknown_task_type_is_refused():
    """A misspelt slug is an error, not a guess."""
    with pytest.raises(UnknownTaskType):
        decide(task_type="formating")


def test_a_task_type_that_is_off_is_refused():
    """Before anything else is looked at."""
    with pytest.raises(TaskTypeDisabled):
        decide(table=table_with("formatting", is_enabled=False), task_type="formatting")


def test_a_rule_handler_calls_no_model():
    """Tier `rule`, $0, an empty chain."""
    decision = decide(task_type="comorbidity_detection", model="opus", may_override=True)
    assert (decision.tier, decision.chain, decision.confidence) == ("rule", (), 1.0)
    assert codes(decision) == ["task_type_known", "rule_handler"]


@pytest.mark.parametrize(
    ("name", "model"),
    [("opus", OPUS), (OPUS, OPUS), ("claude-haiku-4-5", HAIKU), ("sonnet", SONNET)],
)
def test_an_override_takes_a_tier_an_id_or_an_alias(name, model):
    """By right of the client."""
    decision = decide(model=name, may_override=True)
    assert (decision.chosen.model.model_id, decision.source) == (model, "override")


def test_a_pinned_model_has_no_fallback_to_another():
    """Who pins a model wants no other."""
    decision = decide(model=OPUS, may_override=True)
    assert {c.model.model_id for c in decision.chain} == {OPUS}


def test_an_override_without_the_right_is_ignored_aloud():
    """The answer comes, with a warning."""
    decision = decide(EASY, model="opus")
    assert decision.tier == "haiku"
    assert [w.code for w in decision.warnings] == ["override-ignored"]


@pytest.mark.parametrize("name", ["gpt-9", "rule", ""])
def test_an_unknown_override_is_refused(name):
    """It is not replaced by something else."""
    with pytest.raises(UnknownModel):
        decide(model=name, may_override=True)


def test_an_override_does_not_cross_a_floor():
    """Floors hold for everybody."""
    decision = decide(task_type="drug_interaction", model="haiku", may_override=True)
    assert decision.tier == "sonnet"
    assert "override-raised" in [w.code for w in decision.warnings]


def test_a_named_model_may_be_a_ceiling():
    """What clients of other gateways send needs no right to choose."""
    assert decide(HARD, model=SONNET, model_use="ceiling").tier == "sonnet"
    assert decide(EASY, model=SONNET, model_use="ceiling").tier == "haiku"
    assert decide(HARD, model=HAIKU, model_use="ceiling", accuracy="critical").tier == "opus"


def test_the_task_type_decides_where_the_text_agrees():
    """An admin's table comes first."""
    decision = decide(EASY, task_type="extraction")
    assert (decision.tier, decision.source) == ("haiku", "task_type")
    assert decision.confidence == pytest.approx(0.985)


def test_real_time_takes_the_real_time_tier_and_keeps_it():
    """Somebody waits: the admin said Sonnet, and the type was declared rightly."""
    decision = decide(HARD, task_type="clinical_decision_support", urgency="real_time")
    assert decision.tier == "sonnet"
    assert decide(HARD, task_type="clinical_decision_support").tier == "opus"


def test_a_text_that_asks_for_more_than_the_type_does_not_lower_the_real_time_tier():
    table = table_with("formatting", tier="haiku", real_time_tier="opus")
    quick = decide(verdict(0.05, 0.90, 0.05), table, task_type="formatting", urgency="real_time")
    assert (quick.tier, "mismatch_up" in codes(quick)) == ("opus", False)


def test_a_hard_text_under_an_easy_type_rises():
    """A wrong declared type is the worst trap."""
    decision = decide(HARD, task_type="formatting")
    assert decision.tier == "opus"
    assert "task-type-mismatch" in [w.code for w in decision.warnings]


def test_a_hard_text_under_a_rule_for_its_type_rises_too():
    """A rule for routine notes was not made for this text."""
    table = replace(TABLE, rules=(rule(tier="haiku"),))
    assert decide(HARD, table, task_type="encounter_summary").tier == "opus"
    assert decide(USUAL, table, task_type="encounter_summary").tier == "haiku"


def test_an_easy_text_falls_one_tier_only_when_sure():
    """P above 0.85, one tier, and never below the floor."""
    assert decide(EASY, task_type="trade_off_analysis").tier == "sonnet"
    assert decide(verdict(0.5, 0.4, 0.1), task_type="trade_off_analysis").tier == "sonnet"
    assert decide(verdict(0.8, 0.04, 0.16), task_type="trade_off_analysis").tier == "opus"
    assert decide(EASY, task_type="patient_message_reply").tier == "sonnet"


@pytest.mark.parametrize(
    "fields", [{"task_type": "security_review"}, {"accuracy": "critical", "task_type": "feature"}]
)
def test_critical_work_never_falls(fields):
    """Whether the type or the caller says that it is critical."""
    usual = TABLE.task_types[fields["task_type"]].tier
    assert decide(EASY, **fields).tier == usual


def test_without_a_type_the_least_expected_loss_decides():
    """Under-routing is several times dearer than over-routing."""
    assert decide(EASY).tier == "haiku"
    assert decide(verdict(0.6, 0.3, 0.1)).tier == "sonnet"
    assert decide(verdict(0.1, 0.6, 0.3)).tier == "opus"


def test_an_unsure_choice_goes_up():
    """Where the loss table would leave a tier that is hardly likely to do."""
    free = {n: {c: 0.0 for c in ("haiku", "sonnet", "opus")} for n in ("haiku", "sonnet", "opus")}
    cheap = {**free, "haiku": {"haiku": 0.0, "sonnet": 9.0, "opus": 9.0}}
    decision = decide(verdict(0.5, 0.4, 0.1), routing_table(rules=(), loss_matrix=cheap))
    assert decision.tier == "sonnet"
    assert "unsure_goes_up" in codes(decision)


@pytest.mark.parametrize(
    ("seen", "accuracy", "tier"),
    [
        (verdict(0.79, 0.2, 0.01), "high", "sonnet"),
        (verdict(0.97, 0.02, 0.01), "high", "haiku"),
        (verdict(0.97, 0.02, 0.01), "critical", "sonnet"),
        (verdict(0.04, 0.70, 0.26), "critical", "opus"),
    ],
)
def test_accuracy_sets_floors(seen, accuracy, tier):
    """High: Sonnet unless surely easy. Critical: Sonnet, and Opus where it may be complex."""
    assert decide(seen, accuracy=accuracy).tier == tier


def test_a_clinical_answer_to_a_patient_has_a_floor():
    """A person outside the clinic reads it as it is."""
    clinical = replace(EASY, features={"clinical": 0.5})
    assert decide(clinical, patient_facing=True).tier == "sonnet"
    assert decide(EASY, patient_facing=True).tier == "haiku"
    assert decide(clinical, task_type="patient_conversation").tier == "sonnet"


def test_what_looks_critical_keeps_a_floor_under_any_ceiling():
    """A client that names a small model in all it sends gets no dangerous answer by it, and is told
    where its ceiling counts."""
    grave = replace(HARD, features={LOOKS_CRITICAL: CRITICAL_FROM})
    low = decide(grave, model=HAIKU, model_use="ceiling")
    assert low.tier == low.floor == "sonnet"
    assert {"critical_under_ceiling", "lowered_to_ceiling"} <= set(codes(low))
    assert "critical-lowered" in [warning.code for warning in low.warnings]
    by_admin = decide(grave, table_with("feature", ceiling="haiku"), task_type="feature")
    assert by_admin.tier == "sonnet"
    calm = decide(HARD, model=HAIKU, model_use="ceiling")
    assert (calm.tier, calm.warnings) == ("haiku", ())
    assert decide(grave, model=OPUS, model_use="ceiling").warnings == ()


def test_a_caller_who_chooses_too_low_for_a_patient_is_told():
    """The choice is theirs by right, and so is the warning."""
    grave = replace(HARD, features={LOOKS_CRITICAL: CRITICAL_FROM})
    chosen = decide(grave, model="haiku", model_use="pin", may_override=True)
    assert chosen.tier == "haiku"
    assert [warning.code for warning in chosen.warnings] == ["critical-lowered"]
    assert decide(grave, model="sonnet", model_use="pin", may_override=True).warnings == ()


def test_a_ceiling_caps_but_not_below_a_floor():
    """An admin's ceiling; safety first."""
    assert (
        decide(HARD, table_with("feature", ceiling="sonnet"), task_type="feature").tier == "sonnet"
    )
    capped = table_with("drug_interaction", ceiling="haiku")
    assert decide(HARD, capped, task_type="drug_interaction").tier == "sonnet"


def test_the_tier_rises_within_a_conversation_and_does_not_fall():
    """A follow-up question is not easier than what it follows."""
    assert decide(EASY, session_floor="opus").tier == "opus"
    assert decide(HARD, session_floor="sonnet").tier == "opus"


def test_ceiling_takes_no_turn_below_what_its_conversation_got():
    """A follow-up is not easier than what it follows; a choice by right is a person's own."""
    held = decide(EASY, session_floor="opus", model="haiku", model_use="ceiling")
    assert held.tier == "opus"
    assert "floor_above_ceiling" in codes(held)
    pinned = decide(EASY, session_floor="opus", model="haiku", model_use="pin", may_override=True)
    assert pinned.tier == "haiku"


def test_an_agents_steps_are_judged_singly():
    """Tool results last: a program speaks, not a person."""
    step = {"role": "user", "content": [{"type": "tool_result", "content": "ok"}]}
    messages = ({"role": "user", "content": "Plan it."}, step)
    assert decide(EASY, session_floor="opus", messages=messages).tier == "haiku"


def test_a_tight_budget_steps_down_one_tier_to_the_floor_at_most():
    """And says so; critical work keeps its tier."""
    tight = BudgetPressure("pharmacy", "step_down")
    assert decide(HARD, pressure=tight).tier == "sonnet"
    assert decide(USUAL, pressure=tight, task_type="drug_interaction").tier == "sonnet"
    critical = decide(HARD, pressure=tight, accuracy="critical")
    assert (critical.tier, critical.may_step_down) == ("opus", False)


@pytest.mark.parametrize(
    "found", [{"features": {LOOKS_CRITICAL: 0.9}}, {"task_type": "security_review"}], ids=str
)
def test_what_looks_critical_is_not_lowered_though_no_type_was_declared(found):
    """By its look, or by the type that its text shows: neither by a budget nor by a fallback."""
    seen = replace(verdict(0.01, 0.30, 0.69), **found)
    tight = decide(seen, pressure=BudgetPressure("pharmacy", "step_down"))
    assert (tight.tier, tight.may_step_down) == ("opus", False)
    assert [c.tier for c in decide(seen).chain] == ["opus"]


@pytest.mark.parametrize(("counted", "tier"), [("opus", "sonnet"), ("haiku", "opus")])
def test_a_tight_budget_of_one_tier_concerns_no_other(counted, tier):
    tight = BudgetPressure("pharmacy", "step_down", counted)
    assert decide(HARD, pressure=tight).tier == tier


def test_alternatives_price_every_tier():
    """So that an explanation can be compared."""
    others = decide(USUAL).alternatives
    assert [a.tier for a in others] == ["haiku", "sonnet", "opus"]
    assert others[0].cost_nano_usd < others[1].cost_nano_usd < others[2].cost_nano_usd
    assert min(others, key=lambda a: a.expected_loss).tier == "sonnet"


def test_costs_are_worked_out_when_they_are_asked_for(monkeypatch):
    """Only explanations show them, and every request is decided."""
    monkeypatch.setattr(alternatives, "cost", None)
    assert decide(USUAL).tier == "sonnet"
    with pytest.raises(TypeError):
        _ = decide(USUAL).estimated_cost_nano_usd


def test_the_estimate_is_of_the_model_that_answers():
    """Not of its tier's default, which may cost a third of it."""
    book, dear_id = TABLE.catalog, "claude-sonnet-dear"
    card = replace(book.models[SONNET], model_id=dear_id, aliases=(), is_tier_default=False)
    dear = replace(
        book,
        models={**book.models, dear_id: card},
        deployments={**book.deployments, dear_id: (place("dear", dear_id),)},
        prices={**book.prices, dear_id: (price(9, dear_id, "9", "45"),)},
    )
    usual = decide(USUAL)
    pinned = decide(USUAL, replace(TABLE, catalog=dear), model=dear_id, may_override=True)
    assert pinned.estimated_cost_nano_usd == 3 * usual.estimated_cost_nano_usd > 0
    own = {each.tier: each for each in pinned.alternatives}["sonnet"]
    assert (own.model, own.cost_nano_usd) == (dear_id, pinned.estimated_cost_nano_usd)
    assert {each.tier: each for each in pinned.alternatives}["opus"].model == OPUS


def test_reasons_come_in_the_order_of_the_steps():
    """A clinic admin reads them from top to bottom."""
    seen = decide(HARD, task_type="formatting", accuracy="critical")
    assert codes(seen) == [
        "task_type_known",
        "own_tier",
        "manage",
        "mismatch_up",
        "critical_complex",
        "deployment_chosen",
    ]
