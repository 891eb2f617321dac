"""Ways to poison a configuration past every form; none of them is served from."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal

import pytest

from routing.models import RulebookVersion
from routing.snapshot import InvalidConfiguration, Snapshot, build, validate
from routing.snapshot.building import table_of
from routing.types import Json, Rule
from tests.factories.accounts import make_client
from usage.catalog import Catalog

pytestmark = [pytest.mark.service, pytest.mark.django_db]

HAIKU = "claude-haiku-4-5-20251001"
Poison = Callable[[Snapshot], Snapshot]


def table(**changes) -> Poison:
    return lambda s: replace(s, table=replace(s.table, **changes))


def catalog(change: Callable[[Catalog], Mapping[str, Json]]) -> Poison:
    return lambda s: table(catalog=replace(s.table.catalog, **change(s.table.catalog)))(s)


def price(**changes) -> Poison:
    def poison(current: Catalog) -> Mapping[str, Json]:
        rows = tuple(replace(row, **changes) for row in current.prices[HAIKU])
        return {"prices": {**current.prices, HAIKU: rows}}

    return catalog(poison)


def model(**changes) -> Poison:
    return catalog(
        lambda c: {"models": {**c.models, HAIKU: replace(c.models[HAIKU], **changes)}},
    )


def task(**changes) -> Poison:
    def poison(s: Snapshot) -> Snapshot:
        coding = replace(s.table.task_types["clinical_coding"], **changes)
        return table(task_types={**s.table.task_types, "clinical_coding": coding})(s)

    return poison


def rule(conditions: Json, actions: Json) -> Poison:
    return lambda s: table(rules=(*s.table.rules, Rule("bad", 1, 1, conditions, actions)))(s)


def loss(needed: str, chosen: str, value: float) -> Poison:
    def poison(s: Snapshot) -> Snapshot:
        row = {**s.table.loss_matrix[needed], chosen: value}
        return table(loss_matrix={**s.table.loss_matrix, needed: row})(s)

    return poison


def allow_unknown_model(s: Snapshot) -> Snapshot:
    clients = {
        k: replace(c, allowed_model_ids=frozenset({"gpt-9"})) for k, c in s.accounts.clients.items()
    }
    return replace(s, accounts=replace(s.accounts, clients=clients))


POISONS: dict[str, tuple[Poison, str]] = {
    "price of zero": (price(input_usd=Decimal(0)), "costs nothing"),
    "output price of zero": (price(output_usd=Decimal(0)), "costs nothing"),
    "cache read for nothing": (price(cache_read_usd=Decimal(0)), "costs nothing"),
    "batch for nothing": (price(batch_multiplier=Decimal(0)), "costs nothing"),
    "negative price": (price(output_usd=Decimal(-1)), "not finite or is negative"),
    "price NaN": (price(input_usd=Decimal("NaN")), "not finite"),
    "price infinite": (price(cache_write_1h_usd=Decimal("Infinity")), "not finite"),
    "no prices": (catalog(lambda c: {"prices": {}}), "has no price"),
    "price of one model missing": (
        catalog(lambda c: {"prices": {k: v for k, v in c.prices.items() if k != HAIKU}}),
        f"{HAIKU} has no price",
    ),
    "price in the future only": (
        lambda s: price(valid_from=s.built_at.replace(year=9000))(s),
        "has no price",
    ),
    "no tiers": (catalog(lambda c: {"tiers": {}}), "There is no tier"),
    "two tiers of one rank": (
        catalog(lambda c: {"tiers": {k: replace(t, rank=1) for k, t in c.tiers.items()}}),
        "same rank",
    ),
    "default model missing": (catalog(lambda c: {"default_models": {}}), "no live default"),
    "default model unknown": (
        catalog(lambda c: {"default_models": {**c.default_models, "haiku": "gpt-9"}}),
        "no live default",
    ),
    "default model not live": (model(is_live=False), "no live default"),
    "no task types": (table(task_types={}), "There is no task type"),
    "unknown tier": (task(tier="gigantic"), "no tier gigantic"),
    "tier below floor": (task(tier="haiku"), "below the floor"),
    "unknown floor": (task(floor="basement"), "no tier basement"),
    "ceiling below floor": (task(ceiling="haiku"), "below the floor"),
    "real-time tier below floor": (task(real_time_tier="haiku"), "below the floor"),
    "unknown real-time tier": (task(real_time_tier="blitz"), "no tier blitz"),
    "loop in the chain": (task(fallback=("opus", "sonnet")), "comes back to sonnet"),
    "same fallback twice": (task(fallback=("opus", "opus")), "comes back to opus"),
    "same model by alias": (
        task(fallback=("claude-opus-4-6", "claude-opus-4.6")),
        "comes back to claude-opus-4.6",
    ),
    "unknown fallback": (task(fallback=("gpt-9",)), "no tier and no live model"),
    "candidate as fallback": (task(fallback=("gpt-4o",)), "no tier and no live model"),
    "fallback below floor": (task(fallback=("haiku",)), "below the floor"),
    "unknown primary model": (task(primary_model="gpt-9"), "no live model gpt-9"),
    "tier as primary model": (task(primary_model="opus"), "no live model opus"),
    "no output": (task(max_output_tokens=0), "at least one output token"),
    "negative lifetime": (task(cache_ttl_seconds=-1), "not negative"),
    "thinking without room": (
        task(thinking="extended", thinking_budget_tokens=9000),
        "extended thinking",
    ),
    "rule to an unknown tier": (rule({}, {"tier": "gigantic"}), "does not exist"),
    "rule to an unknown model": (rule({}, {"model": "gpt-9"}), "not live"),
    "rule with an unknown floor": (rule({}, {"floor": "basement"}), "does not exist"),
    "rule that denies everything": (rule({}, {"deny": True}), "denies everything"),
    "rule without action": (rule({}, {}), "at least one action"),
    "rule that is a list": (rule([], {"tier": "haiku"}), "malformed"),
    "rule for an unknown task": (rule({"task_type": "x"}, {"tier": "haiku"}), "does not exist"),
    "rule for a number": (rule({"task_type": 5}, {"tier": "haiku"}), "wants a name"),
    "rule for impossible hours": (
        rule({"time_window": {"from": "25:00"}}, {"tier": "haiku"}),
        "from and to as HH:MM",
    ),
    "rule on a clock of nowhere": (
        rule({"time_window": {"timezone": "Mars/Base"}}, {"tier": "haiku"}),
        "or a timezone",
    ),
    "rule for so many letters": (rule({"min_characters": "ten"}, {"tier": "haiku"}), "a number"),
    "rule on the moon": (rule({"phase_of_moon": "full"}, {"tier": "haiku"}), "no condition"),
    "same rule twice": (
        lambda s: table(rules=(s.table.rules[0], *s.table.rules))(s),
        "is there twice",
    ),
    "loss missing": (table(loss_matrix={}), "There is no loss"),
    "loss NaN": (loss("opus", "haiku", float("nan")), "cannot be nan"),
    "loss negative": (loss("opus", "haiku", -1.0), "cannot be -1.0"),
    "loss that falls": (loss("opus", "haiku", 1.0), "must rise toward lower tiers"),
    "right tier costs": (loss("opus", "opus", 1.0), "cannot be 1.0"),
    "client with an unknown model": (allow_unknown_model, "gpt-9, which does not exist"),
}


@pytest.fixture
def snapshot() -> Snapshot:
    make_client()
    return build()


@pytest.mark.parametrize("name", POISONS)
def test_poisoned_configuration_is_refused(name: str, snapshot: Snapshot):
    poison, sentence = POISONS[name]
    with pytest.raises(InvalidConfiguration, match=sentence):
        validate(poison(snapshot))


MALFORMED = [
    ("task_types", "effort", "enormous"),
    ("task_types", "escalation", "ten_tiers"),
    ("task_types", "thinking", 5),
    ("task_types", "is_critical", "no"),
    ("task_types", "escalate_below", None),
    ("task_types", "default_urgency", "yesterday"),
    ("task_types", "fallback", [None]),
    ("rules", "priority", "first"),
    ("rules", "slug", {}),
    ("comorbidity_pairs", "watch", None),
]


@pytest.mark.parametrize(("part", "name", "value"), MALFORMED)
def test_a_publication_of_other_types_is_refused(part, name, value, snapshot: Snapshot):
    """JSON that somebody wrote by SQL may hold anything; the row and its field are named."""
    content = deepcopy(RulebookVersion.objects.latest("id").content)
    content[part][0][name] = value
    with pytest.raises(InvalidConfiguration, match=f"its {name} is malformed"):
        table_of(content, snapshot.version, snapshot.table.catalog)
