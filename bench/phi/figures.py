"""The figures of the evaluation, each with its goal."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.phi import scoring
from bench.phi.cases import CLEAN, HARD, ORDINARY
from bench.phi.intervals import clustered, wilson
from bench.phi.scoring import Everything, Hipaa, OfRecord, Score, Structured, Want

AT_MOST, AT_LEAST = "<=", ">="


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value with its goal and its 95 % interval; shares in percent."""

    name: str
    value: float
    goal: float | None = None
    side: str = AT_MOST
    unit: str = "%"
    low: float | None = None
    high: float | None = None
    counted: str = ""

    @property
    def is_met(self) -> bool | None:
        """Whether the value reaches its goal."""
        if self.goal is None:
            return None
        return self.value <= self.goal if self.side == AT_MOST else self.value >= self.goal

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "is_met": self.is_met}


@dataclass(frozen=True, slots=True)
class Runs:
    """Every case judged, with and without the patient's record."""

    with_record: Sequence[Score]
    without_record: Sequence[Score]

    def of(self, difficulty: str, *, record: bool = True) -> list[Score]:
        """Return the scores of one difficulty."""
        scores = self.with_record if record else self.without_record
        return [one for one in scores if one.case.difficulty == difficulty]

    def identified(self, *, record: bool = True) -> list[Score]:
        """Return the scores of all texts with identifiers."""
        return [*self.of(ORDINARY, record=record), *self.of(HARD, record=record)]


def spans(
    name: str, groups: list[tuple[int, int]], goal: float | None, side: str = AT_MOST
) -> Figure:
    """Return a share of spans; the interval knows which fall together."""
    hits, total = sum(hit for hit, _ in groups), sum(size for _, size in groups)
    low, high = clustered(groups)
    return _share(name, hits, total, goal, side, low, high)


def documents(
    name: str,
    scores: Sequence[Score],
    is_hit: Callable[[Score], bool],
    goal: float | None,
    side: str = AT_MOST,
) -> Figure:
    """Return a share of texts."""
    hits = sum(map(is_hit, scores))
    return _share(name, hits, len(scores), goal, side, *wilson(hits, len(scores)))


def _share(
    name: str, hits: int, total: int, goal: float | None, side: str, low: float, high: float
) -> Figure:
    share = 100 * hits / total if total else 0.0
    return Figure(name, share, goal, side, "%", 100 * low, 100 * high, f"{hits}/{total}")


def leak(name: str, scores: Sequence[Score], wanted: Want, goal: float | None) -> Figure:
    """Return the share of identifiers of which any token survives."""
    return spans(name, scoring.leaks_by_text(scores, wanted), goal)


def all_figures(runs: Runs) -> list[Figure]:
    """Return the table."""
    ordinary, hard, clean = (runs.of(which) for which in (ORDINARY, HARD, CLEAN))
    both, bare = runs.identified(), (runs.of(ORDINARY, record=False), runs.of(HARD, record=False))
    table = [
        leak("HIPAA span leak, record known, ordinary", ordinary, Hipaa(), 0.3),
        leak("HIPAA span leak, record known, hard", hard, Hipaa(), 1.5),
        leak("leak of the patient's own record items, ordinary", ordinary, OfRecord(), 0),
        leak("leak of the patient's own record items, hard", hard, OfRecord(), None),
        _without_leak("texts without any HIPAA leak, record known, ordinary", ordinary, 98),
        _without_leak("texts without any HIPAA leak, record known, hard", hard, 93),
        leak("HIPAA span leak without the record, ordinary", bare[0], Hipaa(), 1.5),
        leak("HIPAA span leak without the record, hard", bare[1], Hipaa(), 6),
        _kept_in("all spans kept in, incl. clinicians, organizations, record known", both, 98.5),
        leak("structured identifiers leaked, record known, ordinary", ordinary, Structured(), 0),
        leak(
            "structured identifiers leaked, without the record, ordinary", bare[0], Structured(), 0
        ),
        spans("precision on texts with identifiers", scoring.precision(both), 97, AT_LEAST),
        spans(
            "characters removed that identify", scoring.character_precision(both), None, AT_LEAST
        ),
    ]
    at_the_door = [*_egress(ordinary, hard, clean), *_egress_without_record(*bare)]
    return [*table, *_over_removal(clean), *at_the_door, *_health(runs)]


def _without_leak(name: str, scores: Sequence[Score], goal: float) -> Figure:
    return documents(name, scores, lambda one: not one.leaks_hipaa, goal, AT_LEAST)


def _kept_in(name: str, scores: Sequence[Score], goal: float) -> Figure:
    groups = [(size - hit, size) for hit, size in scoring.leaks_by_text(scores, Everything())]
    return spans(name, groups, goal, AT_LEAST)


def _over_removal(clean: Sequence[Score]) -> list[Figure]:
    by_text = [(one.wrong_characters, one.characters) for one in clean]
    words = sum(one.words for one in clean)
    wrong = sum(one.wrong for one in clean)
    return [
        spans("characters wrongly removed from texts without PHI", by_text, 1.0),
        Figure(
            *("false positives on texts without PHI", 1000 * wrong / max(1, words), 3),
            unit="/1,000 words",
            counted=f"{wrong}/{words} words",
        ),
    ]


def _egress(
    ordinary: Sequence[Score], hard: Sequence[Score], clean: Sequence[Score]
) -> list[Figure]:
    table = []
    for policy, is_denied in (
        ("doubt tokenized", lambda one: one.outcome.is_denied),
        ("denies on doubt", lambda one: one.outcome.is_denied_in_doubt),
    ):
        left = _left(is_denied)
        is_goal = policy == "doubt tokenized"
        table += [
            documents(
                f"leaked and not denied, ordinary ({policy})",
                ordinary,
                left,
                0.5 if is_goal else None,
            ),
            documents(
                f"leaked and not denied, hard ({policy})", hard, left, 2 if is_goal else None
            ),
            documents(f"texts without PHI denied ({policy})", clean, is_denied, 1.0),
        ]
    return table


def _egress_without_record(ordinary: Sequence[Score], hard: Sequence[Score]) -> list[Figure]:
    left = _left(lambda one: one.outcome.is_denied)
    return [
        documents(
            "leaked and not denied without the record, ordinary (doubt)", ordinary, left, None
        ),
        documents("leaked and not denied without the record, hard (doubt)", hard, left, None),
    ]


def _left(is_denied: Callable[[Score], bool]) -> Callable[[Score], bool]:
    return lambda one: one.leaks_hipaa and not is_denied(one) and not one.outcome.is_refused


def _health(runs: Runs) -> list[Figure]:
    every = [*runs.with_record, *runs.without_record]
    passed = [one for one in every if not one.outcome.is_refused and not one.outcome.is_broken]
    return [
        documents(
            "round trip byte exact", passed, lambda one: one.outcome.is_restored, 100, AT_LEAST
        ),
        documents("requests refused by sanitize", every, lambda one: one.outcome.is_refused, 0),
        documents("exceptions", every, lambda one: one.outcome.is_broken, 0),
    ]


def by_category(scores: Sequence[Score]) -> list[dict[str, Any]]:
    """Return recall of each category, the worst first."""
    rows = []
    for category in sorted({span.label.category for one in scores for span in one.spans}):
        groups = scoring.leaks_by_text(scores, scoring.Category(category))
        hits, total = sum(hit for hit, _ in groups), sum(size for _, size in groups)
        low, high = clustered([(size - hit, size) for hit, size in groups])
        rows.append(
            {
                "category": category,
                "spans": total,
                "leaked": hits,
                "recall": round(100 * (total - hits) / total, 2),
                "interval": [round(100 * low, 2), round(100 * high, 2)],
            }
        )
    return sorted(rows, key=lambda row: row["recall"])


def by_kind(scores: Sequence[Score]) -> list[dict[str, Any]]:
    """Return precision of each token type, the worst first."""
    right = Counter(kind for one in scores for kind in one.right_kinds)
    wrong = Counter(kind for one in scores for kind, _ in one.wrong_texts)
    rows = [
        {
            "type": kind,
            "right": right[kind],
            "wrong": wrong[kind],
            "precision": round(100 * right[kind] / (right[kind] + wrong[kind]), 2),
        }
        for kind in sorted(right | wrong)
    ]
    return sorted(rows, key=lambda row: row["precision"])


def by_style(scores: Sequence[Score]) -> list[dict[str, Any]]:
    """Return leak and precision of each kind of text, the worst first."""
    rows = []
    for style in sorted({(one.case.difficulty, one.case.style) for one in scores}):
        own = [one for one in scores if (one.case.difficulty, one.case.style) == style]
        groups = scoring.leaks_by_text(own, Hipaa())
        right, wrong = sum(one.right for one in own), sum(one.wrong for one in own)
        rows.append(
            {
                "style": f"{style[1]} ({style[0]})",
                "texts": len(own),
                "spans": sum(size for _, size in groups),
                "leaked": sum(hit for hit, _ in groups),
                "leak": round(
                    100 * sum(hit for hit, _ in groups) / max(1, sum(s for _, s in groups)), 2
                ),
                "precision": round(100 * right / max(1, right + wrong), 2),
                "wrong_per_1000_words": round(
                    1000 * wrong / max(1, sum(one.words for one in own)), 2
                ),
            }
        )
    return sorted(rows, key=lambda row: -row["leak"])


def by_owner(scores: Sequence[Score]) -> Mapping[str, str]:
    """Return leaked/all of each owner's identifiers."""
    owners: dict[str, list[int]] = {}
    for one in scores:
        for span in one.spans:
            counts = owners.setdefault(f"{span.label.whose} {span.label.category}", [0, 0])
            counts[0] += span.is_leaked
            counts[1] += 1
    worst = sorted(owners.items(), key=lambda item: -item[1][0])
    return {name: f"{leaked}/{total}" for name, (leaked, total) in worst}


def shown(figures: Iterable[Figure]) -> str:
    """Return the table as text."""
    lines = [f"{'figure':69} {'value':>12} {'goal':>10}  {'95 % interval':16} counted"]
    for one in figures:
        goal = "" if one.goal is None else f"{one.side} {one.goal:g}"
        interval = "" if one.low is None else f"{one.low:.2f}-{one.high:.2f}"
        flag = {True: " ", False: "!", None: " "}[one.is_met]
        value = f"{one.value:.2f} {one.unit if one.unit != '/1,000 words' else '/kw'}"
        lines.append(f"{one.name:69} {value:>12} {goal:>10} {flag}{interval:16} {one.counted}")
    return "\n".join(lines)
