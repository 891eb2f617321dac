"""The lexicons as one automaton: every phrase of both languages is found in one pass."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from ahocorasick_rs import AhoCorasick

from routing.classify import lexicon_en, lexicon_es
from routing.classify.lexicon_danger import DANGERS
from routing.classify.lexicon_drugs import DRUGS
from routing.classify.normal import Speller, words_of
from routing.classify.real_words import REAL_WORDS

# Cues that tell what is asked for; the first one in a request is its lead.
ASKS: Final = frozenset(
    {*lexicon_en.CUES}
    - {"short_answer", "brief", "code", "bug", "legal", "why", "chitchat"}
    - {"simple_verb", "simple_object", "routine_care", "self_report"}
)
CLINICAL_WORK: Final = frozenset({"clinical_extract", "write_note"})  # whatever verb goes before
DANGER: Final = "danger_"
GENERIC: Final = frozenset({"write", "explain", "lookup"})
EXACT: Final = frozenset(
    {"summarize", "reply", "translate", "billing_code", "code_mapping", "fhir", "code_make"}
    | {"code_small", "code_docs", "refactor", "remind", "count", "decision_record"}
)


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found: distinct phrases by cue or fact, and the cue that comes first."""

    counts: Mapping[str, int] = field(default_factory=dict)
    lead: str = ""
    words: tuple[str, ...] = ()  # in plain spelling, misspelt lexicon words repaired

    def __getitem__(self, name: str) -> int:
        return self.counts.get(name, 0)


def find(text: str) -> Hits:
    """Return the cues and facts of a text, after repairing misspelt lexicon words."""
    words = _SPELLER.repair(words_of(text))
    matches = _AUTOMATON.find_matches_as_indexes(f" {' '.join(words)} ", overlapping=True)
    counts: dict[str, int] = {}
    for pattern in dict.fromkeys(m[0] for m in matches):
        for name in _NAMES[pattern]:
            counts[name] = counts.get(name, 0) + 1
    counts["drug"] = counts.get("drug", 0) + _unlisted(words, _DRUG_ENDINGS)
    counts["finding"] = _unlisted(words, _FINDING_ENDINGS)
    return Hits(counts, _lead(matches), tuple(words))


def _lead(matches: list[tuple[int, int, int]]) -> str:
    """Return the ask that comes first, the longest phrase of those that start together.

    A verb that goes with anything (write, find, explain) leads only when nothing more exact does:
    "write one simple test" asks for a test.
    """
    asks = sorted(
        ((start, -end, name) for p, start, end in matches for name in _NAMES[p] if name in ASKS),
    )
    names = [name for _, _, name in asks]
    clinical_work = next((name for name in names if name in CLINICAL_WORK), "")
    if clinical_work:
        return clinical_work
    if not names or names[0] not in GENERIC:
        return names[0] if names else ""
    return next((name for name in names if name in EXACT), names[0])


def phrases(block: str) -> Iterator[str]:
    """Yield the phrases of a lexicon block: plain words, with the star of an open ending kept."""
    for phrase in block.replace("\n", ",").split(","):
        plain = " ".join(words_of(phrase))
        if plain:
            yield f"{plain}*" if phrase.strip().endswith("*") else plain


def _unlisted(words: list[str], endings: tuple[str, ...]) -> int:
    """Return how many different words are built like a drug's or a finding's name."""
    return len({w for w in words if len(w) > 6 and w.endswith(endings) and w not in _LISTED})


_DRUG_ENDINGS: Final = (
    *("pril", "sartan", "olol", "oxacin", "oxacino", "mycin", "micina", "cillin", "cilina"),
    *(
        "conazole",
        "conazol",
        "gliptin",
        "gliptina",
        "gliflozin",
        "gliflozina",
        "glutide",
        "glutida",
    ),
    *("tinib", "zumab", "ximab", "umab", "xaban", "parin", "parina", "statin", "statina", "vir"),
    *("prazole", "prazol", "triptan", "dipine", "dipino", "thiazide", "tiazida", "barbital"),
)

_FINDING_ENDINGS: Final = (
    *("emia", "aemia", "itis", "uria", "opathy", "opatia", "algia", "penia", "megaly", "megalia"),
    *("pnea", "rrhea", "rrea", "plegia", "paresis", "cardia", "philia", "filia", "cytosis"),
    *("thrombosis", "trombosis", "stenosis", "fibrosis", "necrosis", "acidosis", "alkalosis"),
    *(
        "toxicity",
        "carcinoma",
        "rrhage",
        "rragia",
        "ectasia",
        "ptysis",
        "ptisis",
        "phagia",
        "fagia",
    ),
)


def _patterns() -> dict[str, tuple[str, ...]]:
    """Return for each phrase the cues and facts it stands for; what stands for the same shares."""
    found: dict[str, tuple[str, ...]] = {}
    shared: dict[tuple[str, ...], tuple[str, ...]] = {}
    sources = [*lexicon_en.CUES.items(), *lexicon_es.CUES.items(), ("drug", DRUGS)]
    for lexicon in (lexicon_en, lexicon_es):
        sources += [
            ("clinical", lexicon.CLINICAL),
            ("people", lexicon.PEOPLE),
            ("acute", lexicon.ACUTE),
            ("organ", lexicon.ORGAN),
        ]
    sources += [(f"{DANGER}{kind}", block) for kind, block in DANGERS.items()]
    for name, block in sources:
        for phrase in phrases(block):
            names = tuple(dict.fromkeys((*found.get(phrase, ()), name)))
            found[phrase] = shared.setdefault(names, names)
    return found


_PATTERNS: Final = _patterns()
_NAMES: Final = list(_PATTERNS.values())
_LISTED: Final = frozenset(phrases(DRUGS)) | {"academia"}
_AUTOMATON: Final = AhoCorasick(
    [f" {p[:-1]}" if p.endswith("*") else f" {p} " for p in _PATTERNS],
    store_patterns=False,
)
_SPELLER: Final = Speller(
    frozenset(
        w.rstrip("*")
        for phrase in (*_PATTERNS, *phrases(lexicon_en.SPELLINGS), *phrases(lexicon_es.SPELLINGS))
        for w in phrase.split()
    ),
    frozenset(REAL_WORDS.split()),
)
