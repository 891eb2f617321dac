"""Experiments among the drafts: published with the rest, approved where clinical, tried before."""

import random
from dataclasses import replace

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import snapshot
from routing.models import Experiment, RulebookProposal
from routing.rulebook.publishing import publish
from routing.rulebook.replay import Replay
from routing.rulebook.tallies import Tallies
from routing.select.facts import Recorded, facts_of
from routing.snapshot import InvalidConfiguration
from tests.factories.people import make_admin
from tests.factories.requests import make_request
from tests.routing.select.cast import USUAL, situate
from tests.routing.select.cast import verdict as verdict_of
from tests.routing.select.test_arms import arms, experiment, table_with
from tests.routing.select.test_properties import requests
from tests.routing.tables import NOW
from usage import arms as ledger_arms
from usage.models import ConfigVersion

CODE, CLINICAL = "debugging", "drug_interaction"


def trial_row(**fields) -> Experiment:
    usual = {
        "slug": "trial",
        "name": "Trial",
        "task_type": CODE,
        "is_published": True,
        "variants": [
            {"name": "usual", "target": "sonnet", "percent": 80},
            {"name": "dear", "target": "opus", "percent": 20},
        ],
    }
    return Experiment.objects.create(**{**usual, **fields})


def recorded(table, number: int, *, unit: str, seen=USUAL, **fields) -> Recorded:
    situation = situate(seen, table, id=f"r-{number}", unit=unit, **fields)
    request = situation.request
    return Recorded(
        id=request.id,
        tenant=request.tenant,
        client=request.client,
        task_type=request.task_type,
        urgency=request.urgency,
        accuracy=request.accuracy,
        patient_facing=request.patient_facing,
        facts=orjson.loads(orjson.dumps(facts_of(situation))),
    )


def test_a_what_if_moves_the_share_of_the_arm():
    """Of records that stand alone as of those in conversations."""
    live, draft = table_with(), table_with(experiment(arms(sonnet=75, opus=25)))
    tallies = Tallies(Replay(live, draft, now=NOW))
    for n in range(400):
        unit = f"conversation-{n}" if n % 2 else ""
        tallies.add(recorded(live, n, unit=unit, task_type="summarization"), (1000, 0, 0, 0, 0))
    found = tallies.result()
    assert found["judged"] == 400
    assert found["moved"] == pytest.approx(100, abs=25)


@settings(max_examples=30)
@given(requests, st.integers(0, 2**32))
def test_deciding_each_kind_once_holds_with_arms(fields, seed):
    """Records of different arms are of different kinds."""
    chance = random.Random(seed)
    trials = [
        experiment(arms(haiku=30, sonnet=30, opus=40), slug=f"t-{slug}", task_type=slug)
        for slug in ("summarization", "feature", fields["task_type"] or "formatting")
    ]
    replay = Replay(table_with(), table_with(*trials[1:]), now=NOW)
    base = recorded(table_with(), 1, unit="", seen=verdict_of(0.5, 0.3, 0.2), **fields)
    for n in range(40):
        unit = {"unit": f"{chance.random()}"} if n % 2 else {}
        kept = replace(base, id=f"r-{n}", facts={**base.facts, **unit})
        assert replay.compare(kept)[1] == replay.decided(kept)


@pytest.mark.service
@pytest.mark.django_db
def test_an_experiment_decides_once_it_is_published():
    """Every edit of it counts, and reaches the snapshot with the publication."""
    before = ConfigVersion.objects.get().version
    trial_row()
    assert ConfigVersion.objects.get().version > before
    assert snapshot.build().table.experiments == ()
    publish(note="Try Opus", by=make_admin())
    [live] = snapshot.build().table.experiments
    assert (live.task_type, [arm.percent for arm in live.variants]) == (CODE, [80, 20])


@pytest.mark.service
@pytest.mark.django_db
def test_a_split_that_does_not_add_up_is_not_published():
    """The last good rulebook stays."""
    trial_row(variants=[{"name": "a", "target": "sonnet", "percent": 90}])
    with pytest.raises(InvalidConfiguration, match="90 percent, not to 100"):
        publish(note="Short", by=make_admin())


@pytest.mark.service
@pytest.mark.django_db
def test_an_experiment_on_clinical_work_waits_for_a_second_person():
    """As any change of it does."""
    same = [{"name": "a", "target": "sonnet", "percent": 100}]
    trial_row(task_type=CLINICAL, variants=same)
    assert isinstance(publish(note="Clinical", by=make_admin()), RulebookProposal)


@pytest.mark.service
@pytest.mark.django_db
def test_what_an_arm_has_done_is_counted_from_the_ledger():
    """Explanations ask for no answer, so they are no trial."""
    for outcome, variant in (
        ("end_turn", "trial:usual"),
        ("end_turn", "trial:usual"),
        ("explained", "trial:usual"),
        ("end_turn", "trial:dear"),
        ("end_turn", "trial-2:dear"),
    ):
        made = make_request(outcome=outcome, decision={"variant": variant})
    found = {each.arm: each.requests for each in ledger_arms.figures_of("trial", made.created_at)}
    assert found == {"usual": 2, "dear": 1}
