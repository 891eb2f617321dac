"""Tokens become identifiers again, however the model or the network mangled them."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phi.rehydrate import StreamRehydrator, rehydrate
from phi.tokens import (
    ALPHABET,
    HOLD_BACK,
    MAX_TOKEN_LENGTH,
    TYPES,
    Mint,
    TokenVault,
    check_character,
)
from tests.phi.cast import KEY, OTHER_KEY

MINT = Mint(KEY)
NAME = MINT.token("NAME", "robert garcia", "Robert Garcia", "Robert Garcia")
FIRST = MINT.token("NAME", "robert garcia", 'Robert "Bob"\n', "Robert Garcia")
DATE = MINT.token("DATE", "2020-03-04", "March 4, 2020", "03/04/2020")
PLAN = MINT.token("DEVICE", "X1", "X-1", "X1")
VAULT = MINT.vault


def test_the_hold_back_is_at_most_forty() -> None:
    assert HOLD_BACK == 40
    assert max(map(len, VAULT.values)) <= MAX_TOKEN_LENGTH
    assert max(map(len, TYPES)) <= 6


@pytest.mark.parametrize(
    "mutate",
    [
        lambda token: token.replace("_", "\\_"),
        str.lower,
        str.title,
        lambda token: token.replace("_", "_ ", 1),
        lambda token: token.replace("_", " _", 1),
        lambda token: token.replace("_", "_\n"),
        lambda token: token[:-8] + token[-8:].replace("0", "O").replace("1", "l"),
    ],
)
@pytest.mark.parametrize("token", [NAME, FIRST, DATE, PLAN])
def test_mutated_tokens_are_restored(mutate, token: str) -> None:
    value = VAULT.lookup(token)
    for frame in ("{}", "**{}**", "({})", "{}'s", "_{}_", "{}s", "a {}, b"):
        text = frame.format(mutate(token))
        assert rehydrate(text, VAULT) == (frame.format(value), 0)


@settings(max_examples=300)
@given(st.sampled_from(TYPES), st.text(ALPHABET, min_size=4, max_size=4))
def test_forged_tokens_are_never_restored(kind: str, body: str) -> None:
    forged = f"PHI_{kind}_{body}{check_character(kind, body)}"
    if forged not in VAULT.values:
        assert rehydrate(f"Who is {forged}?", VAULT) == (f"Who is {forged}?", 1)


def test_another_conversations_tokens_stay() -> None:
    foreign = Mint(OTHER_KEY).token("NAME", "robert garcia", "Robert Garcia", "Robert Garcia")
    assert foreign != NAME
    assert rehydrate(foreign, VAULT) == (foreign, 1)


@settings(max_examples=200)
@given(st.integers(9, len(NAME) - 1), st.sampled_from(ALPHABET))
def test_a_wrong_character_restores_nothing(at: int, character: str) -> None:
    wrong = NAME[:at] + character + NAME[at + 1 :]
    assert rehydrate(wrong, VAULT)[0] == ("Robert Garcia" if wrong == NAME else wrong)


def test_signed_blocks_are_untouched() -> None:
    block = {"type": "thinking", "thinking": f"about {NAME}", "signature": NAME}
    assert rehydrate([block], VAULT) == ([block], 0)


def test_tool_arguments_get_values() -> None:
    block = {"type": "tool_use", "id": "t", "name": "n", "input": {"who": FIRST, NAME: [DATE, 1]}}
    restored, _ = rehydrate(block, VAULT)
    assert restored["input"] == {"who": 'Robert "Bob"\n', "Robert Garcia": ["March 4, 2020", 1]}


def test_json_in_a_string_still_parses() -> None:
    restored, _ = rehydrate(json.dumps({"who": FIRST}), VAULT)
    assert json.loads(restored) == {"who": 'Robert "Bob"\n'}


def test_vaults_that_disagree_resolve_nothing() -> None:
    merged = TokenVault({"A": "1", "B": "2"}).merged(TokenVault({"A": "1", "B": "3", "C": "4"}))
    assert merged.values == {"A": "1", "C": "4"}


PIECES = st.lists(
    st.sampled_from(
        [
            *(NAME, FIRST, DATE, PLAN, NAME.lower(), NAME.replace("_", "\\_"), "PHI_NAME_ABCDE"),
            *(
                "P",
                "PH",
                "PHI",
                "PHI_",
                "PHI_NAME",
                "_",
                " ",
                "\n",
                "Phil",
                "text ",
                "_v2",
                "'s",
                "é",
            ),
        ]
    ),
    max_size=10,
).map("".join)


@settings(max_examples=300)
@given(PIECES, st.data())
def test_any_cut_of_a_stream_gives_the_whole(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    stream = StreamRehydrator(VAULT)
    shown = ""
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        shown += stream.feed(text[start:end])
    assert shown + stream.flush() == rehydrate(text, VAULT)[0]


def test_every_pair_of_cuts_of_a_body_is_right() -> None:
    text = f"Hi {NAME}, on {DATE.replace('_', chr(92) + '_')} P {PLAN}PHI_ end"
    whole = rehydrate(text, VAULT)[0]
    for first in range(len(text)):
        for second in range(first, len(text)):
            stream = StreamRehydrator(VAULT)
            parts = (text[:first], text[first:second], text[second:])
            assert "".join(map(stream.feed, parts)) + stream.flush() == whole


@settings(max_examples=300)
@given(PIECES, st.data())
def test_streamed_tool_arguments_always_parse(text: str, data: st.DataObject) -> None:
    raw = json.dumps({"q": text, "n": [text]})
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=8)))
    stream = StreamRehydrator(VAULT, mode="json")
    shown = ""
    for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True):
        shown += stream.feed(raw[start:end])
    parsed = json.loads(shown + stream.flush())
    if "\\" not in text and "\n" not in text:
        assert parsed == rehydrate({"q": text, "n": [text]}, VAULT)[0]


def test_no_more_than_the_bound_is_held_back() -> None:
    stream = StreamRehydrator(VAULT)
    text = "PHI_" + " and so on" * 20
    shown = ""
    for index, character in enumerate(text):
        shown += stream.feed(character)
        assert index + 1 - len(shown) <= HOLD_BACK


@pytest.mark.parametrize("before", ["PHI_NAME_0A", "PHI_", "PHI_DATE_P1_", "PHI_NAME_0APHI_SSN_"])
def test_what_only_begins_like_a_token_hides_none_behind_it(before: str) -> None:
    """Text of the request may end like the beginning of a token, right before a real one."""
    text = f"{before}{DATE} and {before}{NAME}"
    whole, _ = rehydrate(text, VAULT)
    assert whole == f"{before}March 4, 2020 and {before}Robert Garcia"
    for cut in range(len(text)):
        stream = StreamRehydrator(VAULT)
        assert stream.feed(text[:cut]) + stream.feed(text[cut:]) + stream.flush() == whole
