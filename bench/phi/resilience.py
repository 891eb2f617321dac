"""What must hold whatever the text: tokens stay equal, streams and mangled tokens come back."""

import json
from collections.abc import Callable, Iterator, Sequence
from random import Random

from bench.phi.cases import Case
from bench.phi.engine import POLICY, judge, key_of
from bench.phi.figures import AT_LEAST, Figure
from bench.phi.intervals import wilson
from bench.phi.marked import Marked
from phi.known import identifiers_of
from phi.rehydrate import StreamRehydrator, rehydrate_text
from phi.sanitize import Sanitized, sanitize
from phi.tokens import ALPHABET, TYPES, TokenVault, check_character

TURNS = 10
LONGEST_STREAM = 700  # characters of a text of which every cut is tried
MUTATIONS: tuple[Callable[[str], str], ...] = (
    lambda token: token.replace("_", "\\_"),
    str.lower,
    str.title,
    lambda token: f"{token}'s",
    lambda token: token.replace("_", "_\n", 1),
    lambda token: token.replace("_", " _", 1),
    lambda token: f"**{token}**",
    lambda token: f"`{token}`,",
)


def figures_of(cases: Sequence[Case]) -> list[Figure]:
    """Return the figures of tokens and streams on texts of the corpus."""
    notes = [
        case
        for case in cases
        if isinstance(case.content, Marked) and not judge(case, with_record=True).is_refused
    ]
    safe = [_sanitized(case, key_of(case)) for case in notes]
    foreign = [_sanitized(case, bytes(32)) for case in notes]
    return [
        _share("same value, same token over 10 turns", _turns(notes)),
        _share("tokens not shared by another conversation", _unshared(safe, foreign)),
        _share("streams of text: every cut gives the whole", _text_cuts(safe)),
        _share("streams of tool arguments: every cut parses to the whole", _json_cuts(safe)),
        _share("mutated tokens restored", _mutated(safe), 99),
        _share("forged and foreign tokens left alone", _forged(safe, foreign)),
    ]


def _share(name: str, results: Iterator[bool], goal: float = 100) -> Figure:
    seen = list(results)
    low, high = wilson(sum(seen), len(seen))
    share = 100 * sum(seen) / max(1, len(seen))
    counted = f"{sum(seen)}/{len(seen)}"
    return Figure(name, share, goal, AT_LEAST, "%", 100 * low, 100 * high, counted)


def _sanitized(case: Case, key: bytes, before: str = "") -> Sanitized:
    request = case.request()
    request["messages"][0]["content"] = before + request["messages"][0]["content"]
    return sanitize(request, known=identifiers_of(case.records), policy=POLICY, key=key)


def _text(safe: Sanitized) -> str:
    return str(safe.document["messages"][0]["content"])


def _turns(cases: Sequence[Case]) -> Iterator[bool]:
    """Every value of the first turn has its token in each later one."""
    for case in cases:
        turns = [
            _sanitized(case, key_of(case), f"Question {turn} about the visit.\n")
            for turn in range(TURNS)
        ]
        for token, value in turns[0].vault.values.items():
            yield all(turn.vault.values.get(token) == value for turn in turns)


def _unshared(safe: Sequence[Sanitized], foreign: Sequence[Sanitized]) -> Iterator[bool]:
    for own, other in zip(safe, foreign, strict=True):
        for token in own.vault.values:
            yield token not in other.vault.values


def _text_cuts(safe: Sequence[Sanitized]) -> Iterator[bool]:
    for one in safe:
        text = _text(one)[:LONGEST_STREAM]
        whole = rehydrate_text(text, one.vault)[0]
        for cut in range(len(text)):
            yield _streamed(text, cut, one.vault, "text") == whole


def _json_cuts(safe: Sequence[Sanitized]) -> Iterator[bool]:
    for one in safe:
        text = _text(one)[:LONGEST_STREAM]
        whole = rehydrate_text(text, one.vault)[0]
        raw = json.dumps({"note": text})
        for cut in range(len(raw)):
            yield _parsed(_streamed(raw, cut, one.vault, "json")) == {"note": whole}


def _streamed(text: str, cut: int, vault: TokenVault, mode: str) -> str:
    stream = StreamRehydrator(vault, mode="json" if mode == "json" else "text")
    return stream.feed(text[:cut]) + stream.feed(text[cut:]) + stream.flush()


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _mutated(safe: Sequence[Sanitized]) -> Iterator[bool]:
    for one in safe:
        for token, value in one.vault.values.items():
            for mutate in MUTATIONS:
                yield str(value) in rehydrate_text(f"See {mutate(token)} today", one.vault)[0]


def _forged(safe: Sequence[Sanitized], foreign: Sequence[Sanitized]) -> Iterator[bool]:
    rng = Random(7)
    for own, other in zip(safe, foreign, strict=True):
        invented = [_invented(rng) for _ in range(20)]
        for token in [*invented, *other.vault.values]:
            if token not in own.vault.values:
                text = f"Who is {token}?"
                yield rehydrate_text(text, own.vault)[0] == text


def _invented(rng: Random) -> str:
    kind = rng.choice(TYPES)
    body = "".join(rng.choice(ALPHABET) for _ in range(4))
    return f"PHI_{kind}_{body}{check_character(kind, body)}"
