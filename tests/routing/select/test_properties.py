"""What holds for every request, verdict and task type."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from routing.errors import TaskTypeDisabled, UnknownModel
from routing.loss_matrix import validate_matrix
from routing.select.loss import DEFAULT_LOSS
from routing.select.size import measure
from tests.routing.select.cast import RANK, TABLE, decide, request, verdict
from tests.routing.tables import HAIKU, OPUS

TIERS = ("haiku", "sonnet", "opus")
weights = st.tuples(*[st.floats(0.01, 1.0)] * 3)
blocks = st.sampled_from(
    [
        {"type": "text", "text": "hello"},
        {"type": "image", "source": {"data": "x"}},
        {"type": "tool_result", "content": "ok"},
    ]
)


@st.composite
def verdicts(draw):
    parts = draw(weights)
    shares = [part / sum(parts) for part in parts]
    clinical = {"clinical": draw(st.sampled_from([0.0, 1.0]))}
    return verdict(*shares, features=clinical, asks_clinical_question=draw(st.booleans()))


requests = st.fixed_dictionaries(
    {
        "task_type": st.sampled_from([None, *TABLE.task_types]),
        "urgency": st.sampled_from(["real_time", "interactive", "background"]),
        "accuracy": st.sampled_from(["standard", "high", "critical"]),
        "patient_facing": st.booleans(),
        "model": st.sampled_from([None, *TIERS, HAIKU, OPUS, "no-such-model"]),
        "model_use": st.sampled_from(["pin", "ceiling", "route"]),
        "may_override": st.booleans(),
        "max_tokens": st.none() | st.integers(1, 300_000),
        "tools": st.sampled_from([(), ({"name": "find"},)]),
        "messages": st.lists(blocks, min_size=1).map(lambda b: ({"role": "user", "content": b},)),
        "session_floor": st.sampled_from([None, *TIERS]),
        "health": st.dictionaries(st.sampled_from([f"{t}-direct" for t in TIERS]), st.booleans()),
    }
)
without_luck = requests.map(lambda fields: {**fields, "model": None, "health": {}})


def tier_of(seen, fields):
    return RANK[decide(seen, **fields).tier]


@given(verdicts(), requests)
def test_every_decision_has_reasons_and_a_chain_that_fits(seen, fields):
    """Only the named errors come instead."""
    try:
        decision = decide(seen, **fields)
    except (UnknownModel, TaskTypeDisabled):
        return
    assert decision.reasons
    assert 0.0 <= decision.confidence <= 1.0
    assert decision.tier == "rule" or decision.chain
    for candidate in decision.chain:
        assert candidate.model.vision or not measure(request(messages=fields["messages"])).images
        assert candidate.deployment.model_id == candidate.model.model_id
        assert RANK[candidate.tier] >= RANK.get(decision.floor or "", 0)


@given(verdicts(), requests)
def test_nothing_answers_below_the_task_types_floor(seen, fields):
    """Whatever the caller, the text, the budget or an outage says."""
    task = TABLE.task_types.get(fields["task_type"] or "")
    try:
        decision = decide(seen, **fields)
    except (UnknownModel, TaskTypeDisabled):
        return
    if task is not None and task.floor:
        assert RANK[decision.tier] >= RANK[task.floor]


@given(verdicts(), without_luck)
def test_more_accuracy_never_lowers_the_tier(seen, fields):
    """Standard, high, critical."""
    ranks = [tier_of(seen, {**fields, "accuracy": a}) for a in ("standard", "high", "critical")]
    assert ranks == sorted(ranks)


@given(verdicts(), without_luck)
def test_a_patient_who_reads_along_never_lowers_the_tier(seen, fields):
    """Nor does an earlier, higher tier of the conversation."""
    assert tier_of(seen, {**fields, "patient_facing": True}) >= tier_of(
        seen, {**fields, "patient_facing": False}
    )
    assert tier_of(seen, fields) >= tier_of(seen, {**fields, "session_floor": None})


@given(verdicts(), without_luck)
def test_the_same_request_gets_the_same_decision(seen, fields):
    """Nothing is drawn by lot."""
    assert decide(seen, **fields) == decide(seen, **fields)


@given(weights, st.floats(0.0, 1.0))
def test_a_harder_text_never_gets_a_lower_tier(parts, moved):
    """Probability moved from the lowest tier to the highest."""
    low, middle, high = (part / sum(parts) for part in parts)
    shifted = verdict(low * (1 - moved), middle, high + low * moved)
    assert RANK[decide(shifted).tier] >= RANK[decide(verdict(low, middle, high)).tier]


def test_the_default_losses_keep_these_promises():
    """An edited matrix is checked for the same."""
    assert validate_matrix(DEFAULT_LOSS, list(TIERS)) == []
    rising = {**DEFAULT_LOSS, "opus": {"haiku": 1.0, "sonnet": 5.0, "opus": 0.0}}
    assert validate_matrix(rising, list(TIERS)) == [
        "The row for opus must rise toward lower tiers."
    ]


def test_an_empty_catalog_is_one_of_the_named_errors():
    """Not a crash."""
    empty = replace(TABLE.catalog, tiers={}, models={}, default_models={})
    try:
        decide(table=replace(TABLE, catalog=empty))
    except UnknownModel:
        return
    raise AssertionError
