"""Frozen values with a few fields changed."""

from dataclasses import FrozenInstanceError, dataclass, replace

import pytest

from routerproject.shared.changing import Changing


@dataclass(frozen=True)
class Visit(Changing):
    room: str
    minutes: int = 15


def test_change_leaves_the_first_value_as_it_was():
    first = Visit("A", 30)
    second = first.changed(room="B")
    assert (first, second) == (Visit("A", 30), Visit("B", 30))


def test_change_is_what_dataclasses_make_of_it():
    assert Visit("A").changed(minutes=20) == replace(Visit("A"), minutes=20)


def test_changed_value_is_as_frozen_as_the_first():
    with pytest.raises(FrozenInstanceError):
        Visit("A").changed(room="B").room = "C"  # type: ignore[misc]


def test_change_of_what_is_no_field_is_refused():
    with pytest.raises(TypeError, match="Visit"):
        Visit("A").changed(floor=2)
