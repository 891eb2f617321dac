"""What a change of the rulebook would have done to recorded decisions."""

import random
from dataclasses import replace

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.kinds_of_work import ASKS_FOR_CHORE, KINDS, LOOKS_CRITICAL, PREFIX
from routing.rulebook.replay import REFUSED, Outcome, Replay, ReplayDisagrees
from routing.rulebook.tallies import Tallies
from routing.select.facts import Recorded, facts_of
from routing.select.loss import DEFAULT_LOSS
from tests.routing.select.cast import EASY, HARD, USUAL, rule, situate, verdict
from tests.routing.select.test_properties import requests
from tests.routing.tables import HAIKU, NOW, OPUS, SONNET, routing_table, rules

LIVE = routing_table()
# Names of features on which steps of the decision depend, beside the probabilities.
FEATURES = (LOOKS_CRITICAL, ASKS_FOR_CHORE, *(f"{PREFIX}{kind}" for kind in KINDS), "clinical")
TOKENS = (1_000_000, 0, 0, 0, 0)
NIGHTS = {"time_window": {"from": "22:00", "to": "06:00"}}
CAREFUL = {**DEFAULT_LOSS, "opus": {"haiku": 30.0, "sonnet": 20.0, "opus": 0.0}}
DRAFT = routing_table(
    rules=(
        *rules(),
        rule("long", 5, {"min_characters": 5, "patient_facing": False}, floor="sonnet"),
        rule("nights", 6, NIGHTS, ceiling="sonnet"),
        rule("quiet", 7, {"client": "pms", "urgency": "background"}, tier="haiku"),
    ),
    loss_matrix=CAREFUL,
)


def recorded(seen=USUAL, table=LIVE, **fields) -> Recorded:
    """Return a decision as the database gives it back."""
    situation = situate(seen, table, **fields)
    request = situation.request
    return Recorded(
        id=request.id,
        tenant=request.tenant,
        client=request.client,
        task_type=request.task_type,
        urgency=request.urgency,
        accuracy=request.accuracy,
        patient_facing=request.patient_facing,
        facts=orjson.loads(orjson.dumps(facts_of(situation), option=orjson.OPT_SORT_KEYS)),
    )


def tried(draft, *records: Recorded, tokens=TOKENS):
    """Return the figures of a draft on some records."""
    tallies = Tallies(Replay(LIVE, draft, now=NOW))
    for each in records:
        tallies.add(each, tokens)
    return tallies.result()


@settings(max_examples=60)
@given(requests, st.booleans(), st.integers(0, 2**32))
def test_deciding_each_kind_once_is_the_same_as_deciding_each_record(fields, asks, seed):
    """Whatever lies on the same side of every bound comes out alike: one request, many texts."""
    chance, replay = random.Random(seed), Replay(LIVE, DRAFT, now=NOW)
    base = recorded(verdict(0.5, 0.3, 0.2, asks_clinical_question=asks), **fields)
    for _ in range(60):
        low, middle, high = (chance.expovariate(1) for _ in range(3))
        total = low + middle + high
        shares = {"haiku": low / total, "sonnet": middle / total, "opus": high / total}
        beside = {
            name: round(chance.random() ** 3, 3) for name in FEATURES if chance.random() < 0.5
        }
        kept = replace(base, facts={**base.facts, "probabilities": shares, "features": beside})
        assert replay.compare(kept)[1] == replay.decided(kept)


def test_a_bound_that_the_kinds_do_not_know_stops_the_run(monkeypatch):
    """No figure is better than a wrong one."""
    monkeypatch.setattr("routing.rulebook.replay.CHECKED_EVERY", 1)
    monkeypatch.setattr("routing.rulebook.likeness._of_kind", lambda *_: ())
    monkeypatch.setattr("routing.rulebook.likeness.ENOUGH_BOUNDS", [])
    hard = recorded(verdict(0.05, 0.60, 0.35), task_type="summarization")
    hardest = recorded(verdict(0.05, 0.43, 0.52), task_type="summarization")
    replay = Replay(LIVE, LIVE, now=NOW)
    replay.compare(hard)
    with pytest.raises(ReplayDisagrees):
        replay.compare(hardest)


def test_a_prefilled_request_is_of_a_kind_of_its_own():
    """Few models go on from one, so that it is refused where a plain one is answered."""
    models = {m: replace(c, prefill=m == HAIKU) for m, c in LIVE.catalog.models.items()}
    table = replace(LIVE, catalog=replace(LIVE.catalog, models=models))
    said = tuple({"role": r, "content": "Mood: {"} for r in ("user", "assistant"))
    plain = recorded(task_type="summarization", messages=(*said, said[0]))
    begun = recorded(task_type="summarization", messages=(*said, *said))
    replay = Replay(table, table, now=NOW)
    assert replay.compare(plain)[1].after == Outcome("sonnet", SONNET)
    assert replay.compare(begun)[1].after == Outcome(REFUSED)


def test_a_change_shows_who_moves_and_what_it_costs():
    """From the tokens metered then, at the prices of now."""
    draft = routing_table(rules=(rule(tier="opus"),))
    kept = [recorded(task_type="summarization")] * 3
    found = tried(draft, *kept)
    assert (found["requests"], found["judged"], found["moved"]) == (3, 3, 3)
    [move] = found["moves"]
    assert move["from"] == {"tier": "sonnet", "model": SONNET}
    assert move["to"] == {"tier": "opus", "model": OPUS}
    assert (move["before_usd"], move["after_usd"]) == ("9.000000000", "15.000000000")
    assert found["cost"]["change_usd"] == "6.000000000"
    assert found["task_types"] == [{"task_type": "summarization", "requests": 3}]


def test_a_change_that_moves_nothing_says_so():
    """With an interval of nothing."""
    found = tried(LIVE, recorded(), recorded(HARD))
    assert (found["judged"], found["moved"], found["moves"]) == (2, 0, [])
    assert found["cost"]["change_usd"] == "0.000000000"
    under = found["under_routing"]
    assert (under["change"], under["low"], under["high"]) == (0.0, 0.0, 0.0)


def test_under_routing_is_expected_from_the_probabilities():
    """Haiku for what needs Sonnet with 0.3 and Opus with 0.1 is too low four times in ten."""
    draft = routing_table(rules=(rule(tier="haiku"),))
    kept = recorded(verdict(0.6, 0.3, 0.1), task_type="summarization")
    under = tried(draft, *[kept] * 100)["under_routing"]
    assert under["before"] == pytest.approx(0.1)
    assert under["change"] == pytest.approx(0.3)
    assert under["low"] == pytest.approx(0.3 - 1.96 * (0.3 * 0.7 / 100) ** 0.5)
    assert under["high"] == pytest.approx(0.3 + 1.96 * (0.3 * 0.7 / 100) ** 0.5)


def test_the_interval_holds_no_share_that_cannot_be():
    """Of two decisions the normal interval would go beyond all and below none."""
    draft = routing_table(rules=(rule(tier="haiku"),))
    kept = recorded(verdict(0.6, 0.3, 0.1), task_type="summarization")
    under = tried(draft, kept, kept)["under_routing"]
    assert (under["low"], under["high"]) == (pytest.approx(-0.1), pytest.approx(0.9))


def test_what_a_rule_about_words_would_do_needs_the_text():
    """It is counted, not guessed; where the words change nothing it is judged."""
    asks = rule("sepsis", conditions={"keywords": ["sepsis"]}, tier="opus")
    draft = routing_table(rules=(asks,))
    usual = recorded(task_type="summarization")
    at_the_top = recorded(HARD, model="opus", may_override=True)
    found = tried(draft, usual, at_the_top)
    assert (found["judged"], found["moved"]) == (1, 0)
    assert found["not_judged"] == {"needs_text": 1, "old_record": 0}
    assert found["rules"] == [{"rule": "sepsis", "matches": 0, "unknown": 2}]


def test_words_that_a_live_rule_asked_for_are_known():
    """Their outcome is in the record."""
    live = routing_table(rules=(rule(conditions={"keywords": ["sepsis"]}, tier="opus"),))
    draft = routing_table(rules=(rule(conditions={"keywords": ["sepsis"]}, tier="sonnet"),))
    tallies = Tallies(Replay(live, draft, now=NOW))
    tallies.add(recorded(EASY, live, text="Sepsis?", task_type="formatting"), TOKENS)
    tallies.add(recorded(EASY, live, text="A note.", task_type="formatting"), TOKENS)
    found = tallies.result()
    assert (found["judged"], found["moved"]) == (2, 1)
    assert found["rules"] == [{"rule": "r", "matches": 1, "unknown": 0}]


def test_a_request_that_would_be_refused_costs_nothing_and_is_not_under_routed():
    """Nor the other way round."""
    denies = routing_table(rules=(rule(conditions={"urgency": "background"}, deny=True),))
    found = tried(denies, recorded(urgency="background"), recorded())
    assert found["moved"] == 1
    [move] = found["moves"]
    assert move["to"] == {"tier": REFUSED, "model": ""}
    assert move["after_usd"] == "0.000000000"
    assert found["under_routing"]["change"] == 0.0


def test_a_task_type_that_is_gone_is_refused():
    """As its callers would see."""
    fewer = {slug: task for slug, task in LIVE.task_types.items() if slug != "summarization"}
    found = tried(replace(LIVE, task_types=fewer), recorded(task_type="summarization"))
    assert found["moves"][0]["to"]["tier"] == REFUSED


def test_records_of_before_cannot_be_judged():
    """They lack what a replay looks at."""
    old = replace(recorded(), facts={"probabilities": {"haiku": 1.0}, "features": {}})
    found = tried(LIVE, old)
    assert (found["requests"], found["judged"]) == (1, 0)
    assert found["not_judged"] == {"needs_text": 0, "old_record": 1}


def test_prices_and_models_are_those_of_now():
    """A model that has retired since answers nothing; one that came since has its price."""
    cards = {
        **LIVE.catalog.models,
        HAIKU: replace(LIVE.catalog.models[HAIKU], retires_on=NOW.replace(hour=1)),
    }
    after = replace(LIVE, catalog=replace(LIVE.catalog, models=cards))
    replay = Replay(LIVE, after, now=NOW)
    kept = recorded(EASY, task_type="formatting", now=NOW.replace(year=2025))
    comparison = replay.decided(kept)
    assert comparison.before == Outcome("haiku", HAIKU)
    assert comparison.after == Outcome("sonnet", SONNET)
