"""Puts tokens where identifiers were, or refuses. What does not pass here does not leave.

Every failure, foreseen or not, becomes PhiBlocked with a reason code and without the text.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from phi.detect import custom, registry
from phi.detect.allowed import without_allowed
from phi.detect.bare_number import beside_names
from phi.detect.canonical import canonical, usual
from phi.detect.consistency import Echoes
from phi.detect.encoded import hidden
from phi.detect.fields import decided_by, whole_value
from phi.detect.growth import grown, without_remnants
from phi.detect.json_text import hits_in_json
from phi.detect.known import KnownMatcher, matcher
from phi.detect.nobody import speaks_of_somebody, without_weak
from phi.detect.overlap import resolved
from phi.detect.recognizer import Hit
from phi.detect.view import View, view_of
from phi.document import BLOB, SEALED, TEXT, WORD, Leaf, number_of, walk
from phi.doubt.look import doubts, names_of
from phi.doubt.reading import masked
from phi.errors import PhiBlocked
from phi.leaf_memory import CaseMemory
from phi.rehydrate import rehydrate
from phi.tokens import Mint, TokenVault, free_prefixes, without_tokens
from phi.types import Finding, KnownIdentifier, PhiPolicy

DOUBT_SCORE: Final = 0.25  # of what only the second reading takes for an identifier
FOREIGN_TOKEN = "foreign-token-in-input"  # noqa: S105 - a warning code


@dataclass(frozen=True, slots=True)
class Sanitized:
    """A document without identifiers, and what is needed to put them back."""

    document: Any
    vault: TokenVault
    counts: Mapping[str, int] = field(default_factory=dict)  # category -> distinct identifiers
    warnings: tuple[str, ...] = ()  # codes
    doubts: Mapping[str, int] = field(default_factory=dict)  # reason -> distinct values


def sanitize(
    document: Any,
    *,
    known: Iterable[KnownIdentifier],
    policy: PhiPolicy,
    key: bytes,
    memory: CaseMemory | None = None,
) -> Sanitized:
    """Return a JSON document with every identifier replaced by its token.

    Protocol fields stay as they are unless a known identifier stands in them; what a provider
    signed stays, or refuses the request. Texts that `memory` knows are not read again. Raises
    PhiBlocked with a reason code (never a value) when the policy blocks, a block cannot be
    examined, or anything goes wrong.
    """
    try:
        return _sanitize(document, tuple(known), policy, key, memory)
    except PhiBlocked:
        raise
    except Exception:  # noqa: BLE001 - any fault closes the gate, and its text may quote PHI
        raise PhiBlocked(reasons=["engine-failure"]) from None


def unread_characters(document: Any, *, policy: PhiPolicy, memory: CaseMemory) -> int:
    """Return how many characters of a document stand in texts that `memory` does not know.

    Raises PhiBlocked where `sanitize` would, before any text is read.
    """
    try:
        leaves = _leaves(document, policy)
        return sum(len(leaf.text) for leaf in leaves if not memory.knows(leaf))
    except PhiBlocked:
        raise
    except Exception:  # noqa: BLE001 - as above
        raise PhiBlocked(reasons=["engine-failure"]) from None


FoundText = tuple[str, tuple[Finding, ...], TokenVault]


def sanitize_text(
    text: str, *, known: Iterable[KnownIdentifier], policy: PhiPolicy, key: bytes
) -> FoundText:
    """Return a text with tokens, what was found (offsets in the original), and the vault.

    Mode `block` reports here instead of refusing, since nothing leaves.
    """
    try:
        work = _Work((Leaf(text),), tuple(known), policy, key)
        (safe,) = work.replacements()
        return str(safe), work.findings(0), work.vault
    except PhiBlocked:
        raise
    except Exception:  # noqa: BLE001 - as above
        raise PhiBlocked(reasons=["engine-failure"]) from None


def _leaves(document: Any, policy: PhiPolicy) -> tuple[Leaf, ...]:
    leaves: list[Leaf] = []
    walk(document, policy, lambda leaf: leaves.append(leaf) or leaf.text)  # type: ignore[func-returns-value]
    return tuple(leaves)


def _sanitize(
    document: Any,
    known: tuple[KnownIdentifier, ...],
    policy: PhiPolicy,
    key: bytes,
    memory: CaseMemory | None,
) -> Sanitized:
    work = _Work(_leaves(document, policy), known, policy, key, memory)
    if policy.mode == "block" and work.has_hits:
        raise PhiBlocked(reasons=["identifiers-found"], categories=sorted(work.counts()))
    replacements = iter(work.replacements())
    return Sanitized(
        document=walk(document, policy, lambda leaf: next(replacements)),
        vault=work.vault,
        counts=work.counts(),
        warnings=(FOREIGN_TOKEN,) if work.foreign_tokens else (),
        doubts=work.doubts(),
    )


class _Work:
    """The texts of one request, what was found in each, and the tokens made for it."""

    def __init__(
        self,
        leaves: tuple[Leaf, ...],
        known: tuple[KnownIdentifier, ...],
        policy: PhiPolicy,
        key: bytes,
        memory: CaseMemory | None = None,
    ) -> None:
        self._policy = policy
        self._memory = memory
        self._names = names_of(known) if policy.on_doubt == "tokenize" else frozenset()
        self._leaves = leaves
        self._leads = [f"{leaf.field}: " if leaf.field else "" for leaf in leaves]
        self._views = [
            view_of(lead + _examined(leaf)) for lead, leaf in zip(self._leads, leaves, strict=True)
        ]
        self._hits = self._found(matcher(known))
        self._check_unalterable()
        self._prefixes, self.foreign_tokens = free_prefixes(
            leaf.text for leaf in leaves if leaf.use in {TEXT, WORD}
        )
        self._mint = Mint(key, self._prefixes[0])
        self._key = key

    @property
    def vault(self) -> TokenVault:
        return self._mint.vault

    @property
    def has_hits(self) -> bool:
        return any(self._hits)

    def _found(self, known: KnownMatcher) -> list[list[Hit]]:
        """Return the hits of each text, after what one text gave away was looked for in all."""
        first = [self._own_hits(known, index) for index in range(len(self._leaves))]
        texts = [view.text for view in self._views]
        if not speaks_of_somebody(texts, (hit for hits in first for hit in hits)):
            first = [without_weak(hits) for hits in first]
        echoes = Echoes(
            (view, hit) for view, hits in zip(self._views, first, strict=True) for hit in hits
        )
        return [
            self._with_echoes(
                hits, self._wanted(view, _fitting(leaf, _behind(lead, echoes.hits(view))))
            )
            for hits, (leaf, view, lead) in zip(first, self._parts(), strict=True)
        ]

    def _check_unalterable(self) -> None:
        """Refuse what may not leave and cannot be replaced where it stands."""
        for leaf, hits in zip(self._leaves, self._hits, strict=True):
            if hits and leaf.use in {SEALED, BLOB}:
                raise PhiBlocked(reasons=["identifier-in-signed-block"])
            if hits and leaf.use == WORD and self._policy.mode == "redact":
                raise PhiBlocked(reasons=["identifier-in-protocol-field"])

    def _parts(self) -> Iterator[tuple[Leaf, View, int]]:
        return zip(self._leaves, self._views, map(len, self._leads), strict=True)

    def _own_hits(self, known: KnownMatcher, index: int) -> list[Hit]:
        """Return the hits of one text, remembered ones if it was read before."""
        leaf = self._leaves[index]
        remembered = self._memory.hits(leaf) if self._memory else None
        if remembered is not None:
            return remembered
        found = _fitting(leaf, self._first(known, index))
        view = self._views[index]
        hits = [  # what is asked of each hit three times is worked out once, and remembered
            hit if hit.canonical else hit._replace(canonical=_canonical(view, hit))
            for hit in _settled(view, self._wanted(view, found))
        ]
        if self._policy.on_doubt == "tokenize" and leaf.use == TEXT and not leaf.is_number:
            hits = resolved([*hits, *self._doubtful(index, hits)])
        if self._memory:
            self._memory.keep(leaf, hits)
        return hits

    def _doubtful(self, index: int, hits: list[Hit]) -> list[Hit]:
        """Return what the second reading takes for an identifier beside what was found."""
        view, lead = self._views[index], len(self._leads[index])
        text = masked(view.text, ((hit.start, hit.end, hit.kind) for hit in hits))
        found = [
            Hit(*one[:4], one.reason, DOUBT_SCORE)
            for one in doubts(text, names=self._names, allowed=self._policy.allow_list)
        ]
        wanted = self._wanted(view, _behind(lead, found))
        return [hit._replace(canonical=_canonical(view, hit)) for hit in wanted]

    def _first(self, known: KnownMatcher, index: int) -> list[Hit]:
        """Return what one text gives away by itself."""
        leaf, view, lead = self._leaves[index], self._views[index], len(self._leads[index])
        hits = _behind(lead, known.hits(view))
        if leaf.use not in {TEXT, SEALED}:
            return hits
        own = custom.scan(self._policy.recognizers, view)
        hits += [*_read(leaf, view, lead), *_behind(lead, [*own, *_hidden(known, view)])]
        return [*hits, *beside_names(view, hits)]

    def _with_echoes(self, hits: list[Hit], echoes: list[Hit]) -> list[Hit]:
        return resolved([*hits, *echoes]) if echoes else hits

    def _wanted(self, view: View, hits: list[Hit]) -> list[Hit]:
        """Return the hits the policy does not let pass."""
        allowed, listed = self._policy.allowed_categories, self._policy.allow_list
        if allowed:
            hits = [hit for hit in hits if hit.category not in allowed]
        return without_allowed(view, hits, listed) if listed else hits

    def replacements(self) -> list[str | int | float]:
        """Return what stands in the place of each leaf.

        What was replaced is restored once to see that it comes back byte for byte: text around a
        token could read as a part of it. Under another prefix it will not.
        """
        for prefix in self._prefixes:
            self._mint = Mint(self._key, prefix)
            replaced = [self._replaced(index) for index in range(len(self._leaves))]
            if self._policy.mode == "redact" or self._come_back(replaced):
                return replaced
        raise PhiBlocked(reasons=["not-restorable"])

    def _come_back(self, replaced: list[str | int | float]) -> bool:
        vault = self.vault
        return all(
            rehydrate(text, vault)[0] == _original(leaf)
            for text, leaf, hits in zip(replaced, self._leaves, self._hits, strict=True)
            if hits
        )

    def _replaced(self, index: int) -> str | int | float:
        leaf, hits = self._leaves[index], self._hits[index]
        if not hits:
            return _original(leaf)
        view = self._views[index]
        pieces: list[str] = []
        at = len(self._leads[index])
        if leaf.is_number:  # a number is replaced as a whole
            whole = hits[0]._replace(start=at, end=len(view.text))
            return self._replacement(view, whole, leaf.text, is_number=True)
        for hit in hits:
            start, end = view.original_span(hit.start, hit.end)
            start = max(start, at)  # two hits may share one escape sequence
            if start < end:
                token = self._replacement(view, hit, view.original[start:end])
                pieces += (view.original[at:start], token)
                at = end
        pieces.append(view.original[at:])
        return "".join(pieces)

    def _replacement(self, view: View, hit: Hit, spelling: str, *, is_number: bool = False) -> str:
        if self._policy.mode == "redact":
            return f"[{hit.kind}]"
        value = _canonical(view, hit)
        common = hit.usual or usual(hit.kind, value)
        return self._mint.token(hit.kind, value, spelling, common, is_number=is_number)

    def findings(self, index: int) -> tuple[Finding, ...]:
        """Return what was found in one text."""
        view = self._views[index]
        return tuple(
            Finding(
                *view.original_span(hit.start, hit.end), hit.category, hit.recognizer, hit.score
            )
            for hit in self._hits[index]
        )

    def counts(self) -> dict[str, int]:
        """Return how many distinct identifiers of each category were found, doubtful ones too."""
        return self._distinct((view, hit, hit.category) for view, hit in self._all_hits())

    def doubts(self) -> dict[str, int]:
        """Return how many distinct values of each doubt are among them."""
        doubtful = ((view, hit) for view, hit in self._all_hits() if hit.score == DOUBT_SCORE)
        return self._distinct((view, hit, hit.recognizer) for view, hit in doubtful)

    def _all_hits(self) -> Iterator[tuple[View, Hit]]:
        for view, hits in zip(self._views, self._hits, strict=True):
            yield from ((view, hit) for hit in hits)

    def _distinct(self, found: Iterable[tuple[View, Hit, str]]) -> dict[str, int]:
        values: dict[str, set[str]] = {}
        for view, hit, group in found:
            values.setdefault(group, set()).add(_canonical(view, hit))
        return {group: len(each) for group, each in values.items()}


def _settled(view: View, hits: list[Hit]) -> list[Hit]:
    """Return the hits without overlaps, each with what goes on beside it."""
    return without_remnants(view, resolved(grown(view, resolved(hits))))


def _examined(leaf: Leaf) -> str:
    """Return what is looked through: of a number written 482913.0 the figures that count, and of
    signed words what is left beside tokens, which are no find."""
    if leaf.is_number:
        return leaf.text.removesuffix(".0")
    return without_tokens(leaf.text) if leaf.use == SEALED else leaf.text


def _original(leaf: Leaf) -> str | int | float:
    return number_of(leaf.text) if leaf.is_number else leaf.text


def _fitting(leaf: Leaf, hits: list[Hit]) -> list[Hit]:
    """Return the hits that count here: a few letters of an id or a signature are chance."""
    shortest = _SHORTEST_HITS.get(leaf.use, 0)
    return [hit for hit in hits if hit.end - hit.start >= shortest] if shortest else hits


_SHORTEST_HITS = {WORD: 4, BLOB: 6}


def _read(leaf: Leaf, view: View, lead: int) -> list[Hit]:
    """Return the hits in a leaf; the member name before it is context only."""
    hits = registry.scan(view)
    hits.extend(hits_in_json(view))
    if not lead:
        return hits
    decided = decided_by(leaf.field)
    whole = whole_value(view, lead, *decided) if decided else None
    return [*_behind(lead, hits), *([whole] if whole else ())]


def _hidden(known: KnownMatcher, view: View) -> list[Hit]:
    """Return the short encoded runs in which an identifier stands."""
    return [
        Hit(one.start, one.end, "other", "ID", "encoded-identifier", 1.0)
        for one in hidden(view)
        if known.hits(one.inner) or (one.is_sure and registry.scan(one.inner))
    ]


def _behind(lead: int, hits: list[Hit]) -> list[Hit]:
    if not lead:
        return hits
    return [hit._replace(start=max(hit.start, lead)) for hit in hits if hit.end > lead]


def _canonical(view: View, hit: Hit) -> str:
    return hit.canonical or canonical(hit.kind, view.text[hit.start : hit.end])
