"""Who is drawn, and that the stated probability is the true one. Pure."""

from collections import Counter
from random import Random

import pytest

from routing.evaluation.sampling import OTHERS, Candidate, allocated, draw

BIG, SMALL, RARE = ("haiku", "task_type"), ("sonnet", "classifier"), ("opus", "llm")


def population(**sizes: int) -> list[Candidate]:
    """Return decisions of three strata; every fifth of them is in doubt."""
    strata = {"big": BIG, "small": SMALL, "rare": RARE}
    return [
        Candidate(f"{name}-{n}", strata[name], n % 5 == 0)
        for name, size in sizes.items()
        for n in range(size)
    ]


ALL = population(big=80, small=15, rare=2)


def test_each_stratum_has_a_place_and_the_rest_goes_by_size():
    assert allocated({BIG: 80, SMALL: 15, RARE: 2}, 14) == {BIG: 10, SMALL: 3, RARE: 1}
    assert allocated({BIG: 3, RARE: 1}, 20) == {BIG: 3, RARE: 1}
    assert allocated({}, 20) == {}


@pytest.mark.parametrize("in_doubt", [0.3, 0.9])
@pytest.mark.parametrize("wanted", [1, 2, 7, 20, 97, 200])
def test_no_more_are_drawn_than_wanted_and_all_when_there_are_no_more(wanted, in_doubt):
    taken = draw(ALL, wanted, in_doubt, Random(wanted)).taken
    assert len(taken) <= wanted
    assert len({d.candidate.id for d in taken}) == len(taken)
    assert all(0 < d.propensity <= 1 for d in taken)


def test_small_strata_share_a_place_where_there_are_too_few_places():
    drawn = draw(ALL, 2, 0.0, Random(1))
    assert set(drawn.sizes) == {BIG, OTHERS}
    assert sum(drawn.places.values()) == 2


def test_the_stated_probability_is_how_often_a_decision_is_drawn():
    """Also for those that both draws can take."""
    times, stated = 4_000, {}
    chance = Random(7)
    seen: Counter[object] = Counter()
    for _ in range(times):
        for drawn in draw(ALL, 20, 0.3, chance).taken:
            seen[drawn.candidate.id] += 1
            stated[drawn.candidate.id] = drawn.propensity
    assert len(stated) == len(ALL)
    for name, propensity in stated.items():
        assert abs(seen[name] / times - propensity) < 0.04


def test_weighted_by_the_inverse_an_estimate_is_of_all_decisions():
    """Though errors among the doubtful ones are drawn far more often."""
    errors = {c.id for c in ALL if c.is_in_doubt}
    chance, estimates = Random(11), []
    for _ in range(800):
        taken = draw(ALL, 20, 0.5, chance).taken
        estimates.append(sum(1 / d.propensity for d in taken if d.candidate.id in errors))
    assert abs(sum(estimates) / len(estimates) - len(errors)) < 0.6


def test_without_any_decision_nothing_is_drawn():
    assert draw([], 20, 0.3, Random(1)).taken == ()
