"""What is built from identifiers is built once, and forgotten within a minute."""

import pytest

from phi import briefly, egress
from phi.briefly import KeptBriefly
from phi.types import KnownIdentifier
from tests.patience import wait_until
from tests.phi.cast import KNOWN, POLICY


def test_what_is_asked_again_is_made_once() -> None:
    made: list[str] = []
    memory: KeptBriefly[str, int] = KeptBriefly(lambda key: made.append(key) or len(made))  # type: ignore[func-returns-value]
    assert [memory("a"), memory("b"), memory("a")] == [1, 2, 1]
    assert made == ["a", "b"]


def test_it_is_forgotten_though_nobody_asks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(briefly, "KEPT_SECONDS", 0.05)
    memory: KeptBriefly[str, str] = KeptBriefly(str.upper)
    assert memory("a") == "A"
    assert memory("b") == "B"
    wait_until(lambda: len(memory) == 0)


def test_being_asked_for_prolongs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(briefly, "KEPT_SECONDS", 0.1)
    made: list[str] = []
    memory: KeptBriefly[str, str] = KeptBriefly(lambda key: made.append(key) or key)  # type: ignore[func-returns-value]
    wait_until(lambda: memory("a") and len(made) > 1)


def test_only_so_many_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(briefly, "MOST_KEPT", 3)
    memory: KeptBriefly[int, int] = KeptBriefly(abs)
    for number in range(10):
        memory(number)
    assert len(memory) == 3


def test_a_minute_is_the_longest() -> None:
    assert briefly.KEPT_SECONDS <= 60


def test_many_identifiers_are_no_work_for_the_event_loop() -> None:
    many = tuple(KnownIdentifier("phone", f"555{n:07d}") for n in range(101))
    assert egress.is_quick(b"{}", KNOWN, policy=POLICY)
    assert not egress.is_quick(b"{}", many, policy=POLICY)
    assert not egress.is_quick(b" " * 50_001, (), policy=POLICY)
