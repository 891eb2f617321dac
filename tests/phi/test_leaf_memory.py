"""What was read before is not read again, and is protected exactly as if it were."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phi import offload
from phi.detect import registry
from phi.detect.recognizer import Hit
from phi.document import Leaf
from phi.leaf_memory import LeafMemory
from phi.sanitize import Sanitized, sanitize
from phi.types import PhiPolicy
from tests.phi.cast import KEY, KNOWN, OTHER_KEY, POLICY

NOTE = "Robert Garcia was seen on 03/02/2026, MRN 482913, call (555) 234-9999. BP 120/80."
LATER = "Dr. Wilhelmina Cross called; she will see the patient in the coming week."
EARLIER = "A Red Cross parcel came in, no fever, strength 5/5, metformin 500 mg."


def conversation(*texts: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text} for text in texts]}


def asked(
    memory: LeafMemory, *texts: str, key: bytes = KEY, policy: PhiPolicy = POLICY
) -> Sanitized:
    case = memory.of_case(key, KNOWN, policy)
    return sanitize(conversation(*texts), known=KNOWN, policy=policy, key=key, memory=case)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that recognizers had to read."""
    texts: list[str] = []
    scan = registry.scan

    def counted(view: Any) -> list[Hit]:
        texts.append(view.text)
        return scan(view)

    monkeypatch.setattr(registry, "scan", counted)
    return texts


def test_a_text_is_read_once(read: list[str]) -> None:
    memory = LeafMemory()
    first = asked(memory, NOTE)
    assert asked(memory, NOTE) == first
    assert asked(memory, NOTE, LATER).vault.values.items() >= first.vault.values.items()
    assert read == [NOTE, LATER]


def test_a_name_of_a_later_text_is_replaced_in_a_remembered_one(read: list[str]) -> None:
    memory = LeafMemory()
    assert "Cross" in asked(memory, EARLIER).document["messages"][0]["content"]
    both = asked(memory, EARLIER, LATER)
    assert "Cross" not in str(both.document)
    assert both == sanitize(conversation(EARLIER, LATER), known=KNOWN, policy=POLICY, key=KEY)
    assert read.count(EARLIER) == 2  # the second time without a memory


@pytest.mark.parametrize(
    "policy",
    [
        replace(POLICY, allowed_categories=frozenset({"date", "mrn"})),
        replace(POLICY, allow_list=frozenset({"482913", "oak"})),
        replace(POLICY, version=2),
    ],
)
def test_another_policy_reads_again(policy: PhiPolicy, read: list[str]) -> None:
    memory = LeafMemory()
    asked(memory, NOTE)
    again = asked(memory, NOTE, policy=policy)
    assert again == sanitize(conversation(NOTE), known=KNOWN, policy=policy, key=KEY)
    assert len(read) == 3


def test_other_known_identifiers_read_again() -> None:
    memory, case = LeafMemory(), LeafMemory().of_case(KEY, KNOWN, POLICY)
    asked(memory, NOTE)
    case = memory.of_case(KEY, KNOWN[1:], POLICY)
    assert case.hits(Leaf(NOTE)) is None


def test_another_case_finds_nothing_and_cannot_open_what_it_is_shown() -> None:
    memory = LeafMemory()
    asked(memory, NOTE)
    other = memory.of_case(OTHER_KEY, KNOWN, POLICY)
    assert other.hits(Leaf(NOTE)) is None
    assert asked(memory, NOTE, key=OTHER_KEY).vault.values != asked(memory, NOTE).vault.values


def test_the_member_a_text_stands_in_counts() -> None:
    case = LeafMemory().of_case(KEY, KNOWN, POLICY)
    text = "Meadowlark of the valley beyond the river and hills"
    case.keep(Leaf(text, "comment"), [])
    assert case.hits(Leaf(text, "comment")) == []
    assert case.hits(Leaf(text, "last_name")) is None


def test_no_identifier_can_be_read_in_the_memory() -> None:
    memory = LeafMemory()
    asked(memory, NOTE, LATER)
    kept = repr(vars(memory)).lower()
    assert memory.size > 0
    assert not [w for w in ("robert", "garcia", "482913", "ostrander", "5552349999") if w in kept]


def test_bytes_are_bounded_and_the_longest_unused_goes_first(read: list[str]) -> None:
    texts = [f"{NOTE} Visit {number}." for number in range(20)]
    memory = LeafMemory(most_bytes=4_000)
    for text in texts:
        asked(memory, texts[0], text)
        assert memory.size <= 4_000
    read.clear()
    asked(memory, texts[0], texts[1])
    assert read == [texts[1]]


def test_what_cannot_be_written_down_is_not_kept() -> None:
    """A lone surrogate is no fault: such a text is read again each time."""
    case = LeafMemory().of_case(KEY, KNOWN, POLICY)
    case.keep(Leaf(NOTE), [Hit(0, 6, "name", "NAME", "known", 1.0, "robert \ud800")])
    assert case.hits(Leaf(NOTE)) is None


@settings(max_examples=60)
@given(
    st.lists(
        st.lists(
            st.sampled_from(
                [NOTE, LATER, EARLIER, "Mr. Fenwick Oakhurst", "Oakhurst said", "7718203", "4/5/26"]
            ),
            min_size=1,
            max_size=4,
        ).map(" ".join),
        min_size=1,
        max_size=5,
    )
)
def test_every_turn_is_as_without_a_memory(texts: list[str]) -> None:
    memory = LeafMemory()
    for turns in range(1, len(texts) + 1):
        expected = sanitize(conversation(*texts[:turns]), known=KNOWN, policy=POLICY, key=KEY)
        assert asked(memory, *texts[:turns]) == expected


async def test_a_long_text_seen_before_needs_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker reads it once and hands over what it learned."""
    monkeypatch.setattr(offload, "MEMORY", LeafMemory())
    note = conversation(" ".join(f"{NOTE} Line {n}." for n in range(60)))

    async def ask() -> Sanitized:
        return await offload.sanitize(note, known=KNOWN, policy=POLICY, key=KEY, size=6_000)

    first = await ask()
    offload.close()
    monkeypatch.setattr(offload, "_current", _no_worker)
    assert await ask() == first


async def test_many_short_new_texts_still_go_to_the_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(offload, "MEMORY", LeafMemory())
    monkeypatch.setattr(offload, "_current", _no_worker)
    with pytest.raises(AssertionError):
        await asyncio.wait_for(
            offload.sanitize(
                conversation(*(["MRN 482913"] * 500)),
                known=KNOWN,
                policy=POLICY,
                key=KEY,
                size=20_000,
            ),
            timeout=5,
        )


def _no_worker() -> Any:
    raise AssertionError
