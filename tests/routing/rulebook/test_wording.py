"""Rules in plain words."""

import pytest

from routing import rule_shapes
from routing.rulebook.wording import _ACTIONS, _CONDITIONS, in_words
from routing.select import conditions

NIGHT = {"from": "22:00", "to": "06:00", "days": ["sun", "sat"], "timezone": "America/New_York"}


@pytest.mark.parametrize(
    ("when", "then", "words"),
    [
        ({}, {"floor": "sonnet"}, "When any request comes, then nothing below sonnet answers."),
        (
            {"task_type": ["drug_interaction", "triage"], "max_characters": 1500},
            {"tier": "opus", "ceiling": "opus"},
            "When the request says that it is drug interaction or triage and it has at most 1,500"
            " characters, then opus answers and nothing above opus answers.",
        ),
        (
            {"keywords": ["renal", "qt", "liver"], "patient_facing": False},
            {"deny": True},
            "When no patient reads the answer and its latest message has"
            ' "renal", "qt" or "liver", then it is refused.',
        ),
        (
            {"time_window": NIGHT},
            {"model": "claude-opus-4-6"},
            "When it is between 22:00 and 06:00 on Sat or Sun (America/New_York), then the model"
            " claude-opus-4-6 answers.",
        ),
        (
            {"time_window": {"from": "09:00", "to": "09:00", "days": ["mon"]}},
            {"tier": "x"},
            "When it is within 24 hours from 09:00 on Mon (UTC), then x answers.",
        ),
        (
            {"time_window": {"from": "09:00", "to": "09:00"}},
            {"tier": "x"},
            "When it is any time (UTC), then x answers.",
        ),
        ({"time_window": {}}, {"tier": "x"}, "When it is any time (UTC), then x answers."),
        (
            {"moon": "full"},
            {"tier": "x"},
            "When something unknown holds (moon), then x answers.",
        ),
    ],
)
def test_a_rule_reads_as_one_sentence(when, then, words):
    assert in_words(when, then) == words


def test_every_condition_and_action_has_words():
    assert _CONDITIONS.keys() == conditions._CONDITIONS.keys()
    assert _ACTIONS.keys() == rule_shapes.ACTIONS
