"""YAML as configuration files have it: bounded, with places, nothing built from a tag."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routerproject.shared.yaml_text import (
    MOST_CHARACTERS,
    MOST_DEEP,
    MOST_VALUES,
    Items,
    Members,
    RefusedDocument,
    Scalar,
    read,
    write,
)

LAUGHS = "\n".join(
    ["a0: &a0 [lol, lol, lol]"]
    + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
)
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
names = words.filter(bool)
values = st.recursive(
    words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=8,
)


def flaws(text: str) -> list[str]:
    with pytest.raises(RefusedDocument) as refused:
        read(text)
    return [str(flaw) for flaw in refused.value.flaws]


def texts(node):
    """Return what was read as plain lists, mappings and texts."""
    if isinstance(node, Members):
        return {name: texts(value) for name, value in node.values.items()}
    if isinstance(node, Items):
        return [texts(value) for value in node.values]
    return node.text


@settings(max_examples=40)
@given(st.dictionaries(names, values, max_size=4))
def test_what_is_written_is_read_again(document):
    """Whatever characters are in it: line ends, quotes, colons, controls, other scripts."""
    if document:
        assert texts(read(write(document))) == document


@given(words)
def test_a_text_is_never_taken_for_something_else(word):
    """Quotes tell `no`, `1e3` and `2027-01-01` as texts from what looks like them."""
    node = read(write({"x": word})).values["x"]
    assert isinstance(node, Scalar)
    assert node.text == word
    assert not node.is_null


def test_each_value_knows_its_line_and_path():
    """For the messages of whoever reads it."""
    root: Any = read("models:\n  haiku:\n    aliases:\n      - one\n      - two\n")
    haiku = root.values["models"].values["haiku"]
    last = haiku.values["aliases"].values[1]
    assert (last.line, last.path, last.text) == (5, "models.haiku.aliases[1]", "two")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (LAUGHS, "line 1, a0: Anchors are not taken"),
        ("a: *b", "line 1, a: Aliases are not taken"),
        ("a: !!python/object/apply:os.system [ls]", "line 1, a: Tags are not taken"),
        ("a: !secret x", "Tags are not taken"),
        ("a: 1\nb: 2\na: 3", "line 3, a: This name comes twice"),
        ("a: {b: 1, b: 2}", "line 1, a.b: This name comes twice"),
        ("a: 1\n---\nb: 2", "There is a second document"),
        ("a: [1, 2", "From here it is not YAML"),
        ("a: \t- x: [", "From here it is not YAML"),
        ("? [a, b]\n: 1", "A name is a single word"),
        ("? {a: b}\n: 1", "A name is a single word"),
        ("? ''\n: 1", "A name is missing"),
        ("- 1\n- 2", "It has no named values"),
        ("", "It has no named values"),
        ("just words", "It has no named values"),
        ("a: \x00", "From here it is not YAML"),
        ("a: " + "[" * 100_000, f"more than {MOST_DEEP} deep"),
        ("a:\n" + "".join(" " * n + "b:\n" for n in range(1, 40)), f"more than {MOST_DEEP} deep"),
        ("a: [" + "1," * MOST_VALUES + "1]", "more than 100,000 values"),
        ("#" * (MOST_CHARACTERS + 1), "more than 2,000,000 characters"),
    ],
    ids=lambda value: value[:40],
)
def test_what_is_no_sound_document_is_refused_with_its_place(text, words):
    """Before anything is built from it."""
    assert words in " ".join(flaws(text))


def test_a_message_quotes_no_value():
    """It may be read by others than whoever wrote the document."""
    found = flaws("key: canary-4711\nkey: canary-4711\nother: *canary-4711")
    assert "canary" not in " ".join(found)
