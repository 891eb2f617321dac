"""Which places may answer, and in which order."""

from collections import Counter
from dataclasses import replace

import pytest

from phi.types import PhiPolicy
from routing.api.v1 import messages_errors
from routing.errors import InvalidRequest, UnknownModel
from tests.routing.select.cast import EASY, HARD, TABLE, USUAL, codes, decide, rule
from tests.routing.tables import HAIKU, NOW, OPUS, SONNET, catalog, place, routing_table

IMAGE = ({"role": "user", "content": [{"type": "image", "source": {"data": "x"}}]},)
NAMED = {"haiku": HAIKU, "sonnet": SONNET, "opus": OPUS}
LOCAL = PhiPolicy("local", 1, mode="local_only")
OPEN = PhiPolicy("open", 1, allowed_categories=frozenset({"date"}))


def with_places(**places):
    return routing_table(rules=(), catalog=catalog(**places))


def with_model(model_id, **changes):
    models = dict(TABLE.catalog.models)
    models[model_id] = replace(models[model_id], **changes)
    return replace(TABLE, catalog=replace(TABLE.catalog, models=models))


def slugs(decision):
    return [c.deployment.slug for c in decision.chain]


def test_fallbacks_come_from_the_task_type():
    """In its order, each model once."""
    assert slugs(decide(USUAL, task_type="feature"))[0] == "sonnet-direct"
    fallback = TABLE.task_types["feature"].fallback
    chain = decide(USUAL, task_type="feature").chain
    assert [c.tier for c in chain[1:]] == [t for t in fallback if t != "sonnet"]


def test_a_tier_below_the_task_types_own_falls_back_to_that():
    """Its chain may name no other than the tier that was chosen instead."""
    task = replace(
        TABLE.task_types["feature"], tier="opus", fallback=("sonnet",), real_time_tier="sonnet"
    )
    table = replace(TABLE, task_types={**TABLE.task_types, "feature": task})
    quick = decide(USUAL, table=table, task_type="feature", urgency="real_time")
    assert [c.tier for c in quick.chain] == ["sonnet", "opus"]


def test_without_a_type_the_tiers_above_come_before_one_below():
    """Up is dearer, down is worse."""
    assert slugs(decide(USUAL)) == ["sonnet-direct", "opus-direct", "haiku-direct"]
    assert slugs(decide(HARD, accuracy="critical")) == ["opus-direct"]


def test_no_fallback_crosses_the_floor():
    """However the task type lists it."""
    task = replace(TABLE.task_types["drug_interaction"], fallback=("opus", "haiku"))
    table = replace(TABLE, task_types={**TABLE.task_types, task.slug: task})
    assert "haiku" not in [c.tier for c in decide(USUAL, table, task_type=task.slug).chain]


def test_no_fallback_crosses_a_ceiling():
    """The caller's, a rule's or the task type's: who bounds the price pays no more."""
    down = {"haiku-direct": False}
    named = decide(EASY, model="claude-haiku-4-5", model_use="ceiling", health=down)
    assert slugs(named) == ["haiku-direct"]
    by_rule = replace(TABLE, rules=(rule(ceiling="sonnet"),))
    assert slugs(decide(USUAL, by_rule)) == ["sonnet-direct", "haiku-direct"]
    capped = replace(TABLE.task_types["feature"], ceiling="sonnet", fallback=("opus", "haiku"))
    table = replace(TABLE, task_types={**TABLE.task_types, "feature": capped})
    assert slugs(decide(USUAL, table, task_type="feature")) == ["sonnet-direct", "haiku-direct"]


def test_what_lies_above_a_ceiling_for_a_floor_or_by_right_falls_back_no_higher():
    capped = replace(TABLE.task_types["drug_interaction"], ceiling="haiku", fallback=("opus",))
    table = replace(TABLE, task_types={**TABLE.task_types, capped.slug: capped})
    assert slugs(decide(USUAL, table, task_type=capped.slug)) == ["sonnet-direct"]
    chosen = {"model": "opus", "may_override": True}
    assert slugs(decide(USUAL, table, task_type=capped.slug, **chosen))[0] == "opus-direct"


def test_what_no_model_up_to_the_ceiling_can_serve_is_refused():
    """Rather than answered by a dearer one."""
    below = {"model": "haiku", "model_use": "ceiling"}
    with pytest.raises(UnknownModel, match="ceiling haiku"):
        decide(EASY, with_model(HAIKU, vision=False), messages=IMAGE, **below)
    table = with_model(OPUS, context_window_tokens=1_000_000)
    with pytest.raises(UnknownModel, match="may answer has 200,000"):
        decide(EASY, table, text="word " * 200_000, **below)


def test_a_place_that_is_down_goes_last():
    """It stays as the last resort, since a breaker may be wrong."""
    decision = decide(USUAL, health={"sonnet-direct": False})
    assert slugs(decision) == ["opus-direct", "haiku-direct", "sonnet-direct"]
    assert (decision.tier, codes(decision)[-1]) == ("opus", "fallback_up")
    assert slugs(decide(USUAL, health=dict.fromkeys(slugs(decision), False)))[0] == "sonnet-direct"


def test_a_place_that_is_frozen_goes_behind_all_others():
    """The gate lets nothing through to it; the reason says why another one answers."""
    frozen = (place("held", SONNET, is_frozen=True, weight=900), place("other", SONNET))
    for number in range(5):
        decision = decide(USUAL, with_places(sonnet=frozen), id=f"r-{number}")
        assert (slugs(decision)[0], slugs(decision)[-1]) == ("other", "held")
        assert (decision.tier, codes(decision)[-2:]) == (
            "sonnet",
            ["deployment_frozen", "deployment_chosen"],
        )


def test_house_is_the_last_resort_of_critical_work():
    """Unless it is what the tier itself runs on."""
    two = (place("first", SONNET), place("here", SONNET, is_on_premise=True))
    table = with_places(sonnet=two)
    for number in range(20):
        chain = slugs(decide(USUAL, table, accuracy="critical", id=f"r-{number}"))
        assert chain.index("here") in (0, len(chain) - 1)


def test_a_downward_fallback_is_marked():
    """Silent under-routing is the worst kind."""
    decision = decide(HARD, health={"opus-direct": False})
    assert decision.tier == "sonnet"
    assert "fallback-down" in [w.code for w in decision.warnings]


def test_weights_share_the_load_and_conversations_stay():
    """Three quarters and one quarter; one conversation, one place."""
    places = (place("direct", SONNET, weight=75), place("bedrock", SONNET, weight=25))
    table = with_places(sonnet=places)
    chosen = Counter(slugs(decide(USUAL, table, session_id=f"s-{n}"))[0] for n in range(2000))
    assert 0.71 < chosen["direct"] / 2000 < 0.79
    assert len({slugs(decide(USUAL, table, session_id="s", text=t))[0] for t in "abcdef"}) == 1


def test_a_place_without_weight_is_only_a_fallback():
    """Zero drains a deployment."""
    places = (place("drained", SONNET, weight=0), place("direct", SONNET))
    assert slugs(decide(USUAL, with_places(sonnet=places)))[:2] == ["direct", "drained"]


@pytest.mark.parametrize(
    ("policy", "fields"),
    [(OPEN, {"contains_identifiers": True}), (PhiPolicy("p", 1), {"messages": IMAGE})],
)
def test_bare_identifiers_and_images_need_an_agreement(policy, fields):
    """Tokens do not."""
    places = (place("no-baa", SONNET, has_baa=False), place("baa", SONNET))
    table = with_places(sonnet=places)
    assert "no-baa" not in slugs(decide(USUAL, table, policy=policy, **fields))
    assert "no-baa" in slugs(decide(USUAL, table))


def test_a_local_policy_never_leaves_the_house():
    """Not even as a fallback."""
    places = (place("cloud", SONNET), place("here", SONNET, is_on_premise=True))
    table = with_places(sonnet=places)
    assert slugs(decide(USUAL, table, policy=LOCAL, contains_identifiers=True)) == ["here"]
    with pytest.raises(UnknownModel, match="on premise"):
        decide(USUAL, policy=LOCAL, contains_identifiers=True)


def test_a_tier_that_cannot_serve_gives_way_upward():
    """Images need eyes."""
    decision = decide(EASY, with_model(HAIKU, vision=False), messages=IMAGE)
    assert decision.tier == "sonnet"
    assert "capability" in codes(decision)


PREFILLED = (*({"role": r, "content": "Mood: {"} for r in ("user", "assistant")),)


def test_a_prefill_is_for_models_that_go_on_from_it():
    """No weaker model than was decided answers for that, and no fallback refuses it."""
    assert slugs(decide(EASY, messages=PREFILLED))[0] == "haiku-direct"
    newer = with_model(SONNET, prefill=False)
    assert "sonnet-direct" not in slugs(decide(EASY, newer, messages=PREFILLED))
    assert decide(USUAL, newer, task_type="feature", messages=PREFILLED).tier == "opus"
    none = with_model(OPUS, prefill=False)
    models = {**none.catalog.models, SONNET: newer.catalog.models[SONNET]}
    none = replace(none, catalog=replace(none.catalog, models=models))
    with pytest.raises(InvalidRequest) as refusal:
        decide(USUAL, none, task_type="feature", messages=PREFILLED)
    assert refusal.value.extra == {"field": "messages"}
    assert decide(USUAL, none, task_type="feature").tier == "sonnet"


def test_a_text_beyond_the_window_goes_where_it_fits():
    """Length is a capability, never a difficulty."""
    table = with_model(OPUS, context_window_tokens=1_000_000)
    assert decide(EASY, table, text="word " * 200_000).tier == "opus"


def test_a_text_beyond_every_window_is_too_large():
    """And says so, with both lengths: no model is missing."""
    with pytest.raises(UnknownModel, match="largest context window") as refused:
        decide(EASY, text="word " * 200_000)
    assert (refused.value.problem, refused.value.status) == ("too-large", 413)
    assert messages_errors.respond(refused.value, "r").status_code == 413


def test_an_image_nobody_may_have_is_refused_with_the_reason():
    """The policy lets it go, the places' agreements do not."""
    bare = {tier: (place("x", model, has_baa=False),) for tier, model in NAMED.items()}
    with pytest.raises(UnknownModel, match="BAA"):
        decide(USUAL, with_places(**bare), messages=IMAGE)


@pytest.mark.parametrize("changes", [{"is_live": False}, {"retires_on": NOW}])
def test_a_model_out_of_service_is_not_called(changes):
    """A candidate is for experiments; a retired model is gone."""
    assert HAIKU not in [c.model.model_id for c in decide(EASY, with_model(HAIKU, **changes)).chain]


def test_a_client_is_served_by_its_models_only():
    """Neither as the first choice nor as a fallback."""
    chain = decide(EASY, allowed_models=frozenset({SONNET, OPUS})).chain
    assert [c.model.model_id for c in chain] == [SONNET, OPUS]
    chain = decide(EASY, TABLE, task_type="feature", allowed_models=frozenset({HAIKU})).chain
    assert [c.model.model_id for c in chain] == [HAIKU]


@pytest.mark.parametrize("name", [OPUS, "opus"])
def test_an_override_does_not_reach_beyond_the_clients_models(name):
    """A model is refused; a tier gives way to the nearest one that has a model for the client."""
    fields = {"model": name, "may_override": True, "allowed_models": frozenset({HAIKU})}
    if name == OPUS:
        with pytest.raises(UnknownModel, match="client may not be served"):
            decide(USUAL, **fields)
    else:
        assert [c.model.model_id for c in decide(USUAL, **fields).chain] == [HAIKU]


def test_a_rules_model_does_not_reach_beyond_the_clients_models():
    table = replace(TABLE, rules=(rule(model=OPUS),))
    with pytest.raises(UnknownModel, match="client may not be served"):
        decide(USUAL, table, allowed_models=frozenset({SONNET}))


def test_a_client_without_a_model_above_the_floor_is_refused():
    """A floor is a promise to the patient; it does not give way to the client's list."""
    with pytest.raises(UnknownModel, match="this client may be served by"):
        decide(HARD, accuracy="critical", allowed_models=frozenset({HAIKU}))


def test_a_model_without_a_price_is_not_called():
    """What cannot be billed cannot be bought."""
    prices = {m: p for m, p in TABLE.catalog.prices.items() if m != HAIKU}
    table = replace(TABLE, catalog=replace(TABLE.catalog, prices=prices))
    assert HAIKU not in [c.model.model_id for c in decide(EASY, table).chain]


def test_a_pinned_model_that_cannot_serve_is_refused():
    """It is not silently replaced."""
    with pytest.raises(UnknownModel):
        decide(
            USUAL,
            with_model(OPUS, tools=False),
            model=OPUS,
            may_override=True,
            tools=({"name": "find"},),
        )


def test_the_task_types_own_model_answers_in_its_tier():
    """And the tier's default where the tier changed."""
    task = replace(TABLE.task_types["feature"], primary_model="claude-sonnet-5")
    newer = replace(TABLE.catalog.models[SONNET], model_id="claude-sonnet-5", is_tier_default=False)
    book = TABLE.catalog
    newer_catalog = replace(
        book,
        models={**book.models, newer.model_id: newer},
        deployments={**book.deployments, newer.model_id: (place("new", newer.model_id),)},
        prices={**book.prices, newer.model_id: book.prices[SONNET]},
    )
    table = replace(TABLE, catalog=newer_catalog, task_types={**TABLE.task_types, "feature": task})
    assert decide(USUAL, table, task_type="feature").chosen.deployment.slug == "new"
    assert decide(HARD, table, task_type="feature").chosen.model.model_id == OPUS


@pytest.mark.parametrize("is_named", [True, False])
def test_unnamed_conversation_stays_where_it_is(is_named: bool):
    """Known by the caller's user id or by its first message: elsewhere nothing of it is cached."""
    table = with_places(sonnet=(place("one", SONNET), place("two", SONNET)))
    heads: list[str] = []
    for number in range(40):
        turns: list = [{"role": "user", "content": f"Visit {number}."}]
        chosen = set()
        for turn in range(4):
            answer = {"role": "assistant", "content": f"Answer {turn}."}
            turns += [answer, {"role": "user", "content": f"And {turn}?"}]
            asked = {"messages": tuple(turns), "id": f"r-{number}-{turn}"}
            named = {"metadata": {"user_id": f"session-{number}"}} if is_named else {}
            chosen.add(slugs(decide(USUAL, table, **asked, **named))[0])
        assert len(chosen) == 1
        heads += chosen
    assert set(heads) == {"one", "two"}


def test_request_that_belongs_to_no_conversation_goes_where_room_is_left():
    """A place without any room comes last for all; else conversations stay where they are."""
    table = with_places(sonnet=(place("one", SONNET), place("two", SONNET)))
    full = {"one": 0.0}
    assert slugs(decide(USUAL, table, headroom=full))[:2] == ["two", "one"]
    assert slugs(decide(USUAL, table, headroom=full, case_id="c"))[:2] == ["two", "one"]
    alone = [slugs(decide(USUAL, table, headroom={"one": 0.2}, id=f"r-{n}"))[0] for n in range(300)]
    assert 30 < alone.count("one") < 90
    for n in range(50):
        usual = decide(USUAL, table, case_id=f"case-{n}")
        assert slugs(usual) == slugs(
            decide(USUAL, table, case_id=f"case-{n}", headroom={"one": 0.2})
        )
