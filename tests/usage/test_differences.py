"""What a publication changes, as people read it."""

import pytest

from routerproject.shared.admin.differences import between, in_words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        ("", "-"),
        (0, "0"),
        (True, "yes"),
        (False, "no"),
        ([], "none"),
        ({}, "none"),
        (("opus", "haiku"), "opus, haiku"),
        ({"task_type": ["a", "b"], "has_tools": False}, "task type: a, b; has tools: no"),
    ],
)
def test_values_are_told_in_words(value, text):
    """No brackets and no program's spelling."""
    assert in_words(value) == text


def test_only_what_differs_is_listed():
    """A list and a tuple of the same names are the same."""
    old = {"x": {"tier": "haiku", "fallback": ["opus"]}}
    new = {"x": {"tier": "sonnet", "fallback": ("opus",)}}
    [found] = between("task type", old, new)
    assert (found.what, found.field, found.now, found.then) == (
        "task type x",
        "tier",
        "haiku",
        "sonnet",
    )
