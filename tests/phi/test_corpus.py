"""A seeded share of the evaluation's corpus: what was promised holds on texts of many hands.

The whole evaluation is `make bench ARGS=phi` (docs/phi-evaluation.md).
"""

import json
from functools import cache
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.phi import cases_of, judged
from bench.phi.cases import CLEAN, DIFFICULTIES, HARD, ORDINARY, Case
from bench.phi.development import AUTHORS
from bench.phi.engine import POLICY, key_of
from bench.phi.figures import Runs
from bench.phi.resilience import MUTATIONS
from bench.phi.scoring import Hipaa, OfRecord, Structured, Want, leaks_by_text
from phi.known import identifiers_of
from phi.rehydrate import StreamRehydrator, rehydrate, rehydrate_text
from phi.sanitize import Sanitized, sanitize
from phi.tokens import ALPHABET, TYPES, check_character

SEED = 7
TEXTS = 7  # per author and difficulty

# Not goals but floors: a change that leaks more than this has broken something.
MOST_LEAKED = {
    (ORDINARY, "record items"): 0.02,
    (ORDINARY, "hipaa"): 0.12,
    (ORDINARY, "structured"): 0.08,
    (HARD, "record items"): 0.10,
    (HARD, "hipaa"): 0.22,
}
WANTED: dict[str, Want] = {
    "record items": OfRecord(),
    "hipaa": Hipaa(),
    "structured": Structured(),
}
# Every way to pick one text of the corpus.
TEXT = st.builds(
    lambda author, difficulty, number: _text(author, difficulty, number),
    st.integers(0, len(AUTHORS) - 1),
    st.sampled_from((ORDINARY, HARD)),
    st.integers(0, 10_000),
)


def _text(author: int, difficulty: str, number: int) -> Case:
    writers = getattr(AUTHORS[author], difficulty) or getattr(AUTHORS[0], difficulty)
    style = sorted(writers)[number % len(writers)]
    case: Case = writers[style](Random(number))
    return case


@cache
def _runs() -> Runs:
    return judged(cases_of(AUTHORS, TEXTS, SEED))


def _sanitized(case: Case, key: bytes | None = None, document: object = None) -> Sanitized:
    known = identifiers_of(case.records)
    own = key_of(case) if key is None else key
    return sanitize(document or case.request(), known=known, policy=POLICY, key=own)


@pytest.mark.parametrize(("difficulty", "what"), MOST_LEAKED)
def test_no_more_leaks_than_the_floor(difficulty: str, what: str) -> None:
    groups = leaks_by_text(_runs().of(difficulty), WANTED[what])
    leaked, total = sum(hit for hit, _ in groups), sum(size for _, size in groups)
    assert total > 100
    assert leaked <= MOST_LEAKED[difficulty, what] * total


def test_clinical_words_stay() -> None:
    clean = _runs().of(CLEAN)
    assert sum(one.wrong_characters for one in clean) <= 0.02 * sum(one.characters for one in clean)


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_every_text_comes_back_and_none_is_an_exception(difficulty: str) -> None:
    outcomes = [one.outcome for one in _runs().of(difficulty)]
    assert all(outcome.is_restored for outcome in outcomes)
    assert not any(outcome.is_broken or outcome.is_refused for outcome in outcomes)


@settings(max_examples=25)
@given(TEXT)
def test_what_was_sanitized_comes_back(case: Case) -> None:
    safe = _sanitized(case)
    assert rehydrate(safe.document, safe.vault) == (case.request(), 0)


@settings(max_examples=8)
@given(TEXT)
def test_a_value_has_one_token_in_ten_turns_and_none_in_another_case(case: Case) -> None:
    first = _sanitized(case)
    request = case.request()
    for turn in range(9):
        question = {"role": "user", "content": f"Question {turn}: what does this mean?"}
        request = {**request, "messages": [*request["messages"], question]}
        later = _sanitized(case, document=request)
        assert first.vault.values.items() <= later.vault.values.items()
    assert not set(first.vault.values) & set(_sanitized(case, bytes(32)).vault.values)


@settings(max_examples=20)
@given(TEXT, st.sampled_from(MUTATIONS))
def test_a_mangled_token_is_restored(case: Case, mutate) -> None:
    safe = _sanitized(case)
    for token, value in safe.vault.values.items():
        restored, inert = rehydrate_text(f"See {mutate(token)} today", safe.vault)
        assert value in restored
        assert inert == 0


@settings(max_examples=25)
@given(TEXT, st.sampled_from(TYPES), st.text(ALPHABET, min_size=4, max_size=4))
def test_a_forged_token_is_inert(case: Case, kind: str, body: str) -> None:
    vault = _sanitized(case).vault
    forged = f"PHI_{kind}_{body}{check_character(kind, body)}"
    if vault.lookup(forged) is None:
        assert rehydrate_text(f"Who is {forged}?", vault) == (f"Who is {forged}?", 1)


@settings(max_examples=25)
@given(TEXT, st.data())
def test_a_stream_cut_anywhere_gives_the_whole(case: Case, data: st.DataObject) -> None:
    safe = _sanitized(case)
    text = json.dumps(safe.document, ensure_ascii=False)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=12)))
    stream = StreamRehydrator(safe.vault, mode="json")
    shown = ""
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        shown += stream.feed(text[start:end])
    assert json.loads(shown + stream.flush()) == case.request()
