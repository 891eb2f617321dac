"""A text is judged once."""

from dataclasses import replace

import pytest

from routing.classify import verdicts
from routing.classify.heuristics import judge
from routing.classify.shipped import SHIPPED
from routing.classify.verdicts import Verdicts

ASKED = "Could this be a pulmonary embolism? PHI_NAME_7KQ2M, 64, SpO2 88 %, sudden chest pain."
SYSTEM = "You assist a physician."


@pytest.fixture
def judged(monkeypatch) -> list[str]:
    """The texts that were really read, in order."""
    texts: list[str] = []

    def reading(text, **facts):
        texts.append(text.last_user)
        return judge(text, **facts)

    monkeypatch.setattr(verdicts, "judge", reading)
    return texts


def on(kept: Verdicts, asked: str = ASKED, system: str = SYSTEM, **changes):
    facts = {"has_tools": False, "has_images": False, "model": SHIPPED, **changes}
    return kept.on(asked, system, **facts)


def test_text_seen_before_gets_the_same_verdict_unread(judged: list[str]):
    kept = Verdicts()
    assert on(kept) == on(kept)
    assert len(judged) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"asked": f"{ASKED} "},
        {"system": ""},
        {"asked": ASKED + SYSTEM, "system": ""},
        {"has_tools": True},
        {"has_images": True},
        {"model": replace(SHIPPED, version="another")},
    ],
)
def test_whatever_a_verdict_depends_on_makes_another(judged: list[str], change):
    kept = Verdicts()
    on(kept)
    on(kept, **change)
    assert len(judged) == 2


def test_longest_unused_verdict_gives_way(judged: list[str]):
    kept = Verdicts(most=2)
    for asked in ("first", "second", "first", "third", "first", "second"):
        on(kept, asked=asked)
    assert judged == ["first", "second", "third", "second"]


def test_no_text_is_kept():
    kept = Verdicts()
    on(kept)
    held = repr(vars(kept))
    assert "embolism" not in held
    assert "PHI_NAME" not in held
