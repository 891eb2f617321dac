"""How much of what identifies a patient leaves: an evaluation independent of the engine.

make bench ARGS="phi"                                     both shares, the whole table
.venv/bin/python -m bench.phi --share development --misses 40
"""

import argparse
from collections.abc import Sequence
from typing import Any

from bench.phi import development, figures, fresh, heldback, presidio, resilience, setaside, speed
from bench.phi.cases import CLEAN, DIFFICULTIES, ORDINARY, Author, Case
from bench.phi.clinic import index_of
from bench.phi.engine import judge
from bench.phi.figures import Runs
from bench.phi.scoring import Score, score
from phi.patient_index import PatientIndex

SHARES: dict[str, Sequence[Author]] = {
    "development": development.AUTHORS,
    "heldback": heldback.AUTHORS,
    "setaside": setaside.AUTHORS,
    "fresh": fresh.AUTHORS,
}
TEXTS, SEED = 150, 20261


def main(arguments: Sequence[str]) -> dict[str, Any]:
    """Judge the shares asked for, print their tables and return their figures."""
    options = _options(arguments)
    wanted = ("development", "heldback") if options.share == "both" else (options.share,)
    names = [name for name in wanted if SHARES[name]]
    if options.misses and names != ["development"]:
        raise SystemExit("Examples are shown of the development share only: --share development")
    return {name: _judge_share(name, options) for name in names}


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.phi")
    parser.add_argument("--share", choices=[*SHARES, "both"], default="both")
    parser.add_argument("--texts", type=int, default=TEXTS, help="per author and difficulty")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument(
        "--misses", type=int, default=0, help="examples of leaks and false positives"
    )
    parser.add_argument("--quick", action="store_true", help="without speed, tokens, streams")
    parser.add_argument("--category", help="examples of this category only")
    parser.add_argument("--style", help="texts of this style only")
    parser.add_argument("--author", help="texts of this author only")
    parser.add_argument("--presidio", help="a Python with presidio-analyzer, to run beside")
    parser.add_argument("--record", action="store_true", help="write bench/results/phi.json")
    return parser.parse_args(arguments)


def cases_of(
    authors: Sequence[Author], texts: int, seed: int, author: str = "", style: str = ""
) -> list[Case]:
    """Return the cases of a share, of every difficulty."""
    return [
        case
        for one in authors
        if not author or one.name == author
        for difficulty in DIFFICULTIES
        for case in one.cases(difficulty, texts, seed)
        if not style or case.style == style
    ]


def judged(cases: Sequence[Case], patients: PatientIndex | None = None) -> Runs:
    """Return every case judged with the patient's record, and those with identifiers without."""
    with_record = [score(case, judge(case, patients, with_record=True)) for case in cases]
    without = [
        score(case, judge(case, patients, with_record=False))
        for case in cases
        if case.difficulty != CLEAN
    ]
    return Runs(with_record, without)


def _judge_share(name: str, options: argparse.Namespace) -> dict[str, Any]:
    cases = cases_of(
        SHARES[name], options.texts, options.seed, options.author or "", options.style or ""
    )
    runs = judged(cases, index_of(cases))
    table = figures.all_figures(runs)
    if not options.quick:
        ordinary = [case for case in cases if case.difficulty == ORDINARY]
        table += speed.figures_of(ordinary[:: max(1, len(ordinary) // 100)])
        table += resilience.figures_of(ordinary[:: max(1, len(ordinary) // 40)])
    identified, bare = runs.identified(), runs.identified(record=False)
    print(f"\n{name}: {len(cases)} texts, seed {options.seed}\n")
    print(figures.shown(table))
    result: dict[str, Any] = {"texts": len(cases), "table": [one.as_json() for one in table]}
    for title, rows in (
        ("recall by category, record known", figures.by_category(identified)),
        ("recall by category, without the record", figures.by_category(bare)),
        ("precision by token type, record known", figures.by_kind(identified)),
        ("by style, record known", figures.by_style(identified)),
        ("by style, without the record", figures.by_style(bare)),
        ("by style, without PHI", figures.by_style(runs.of(CLEAN))),
    ):
        result[title] = rows
        print(f"\n{title}")
        for row in rows:
            print("   ", "  ".join(f"{key} {value}" for key, value in row.items()))
    if options.presidio and (name == "heldback" or options.share == name):
        result["presidio"] = presidio.beside(options.presidio, cases, runs)
    if options.misses:
        _show_misses(runs, options.misses, options.category)
    return result


def _show_misses(runs: Runs, count: int, category: str | None) -> None:
    for title, scores in (
        ("leaked, record known", runs.identified()),
        ("leaked, without the record", runs.identified(record=False)),
    ):
        print(f"\n{title}")
        for line in _leaks(scores, category)[:count]:
            print("   ", line)
    print("\nwrongly removed")
    for line in _false(runs.with_record)[:count]:
        print("   ", line)


def _leaks(scores: Sequence[Score], category: str | None) -> list[str]:
    lines = [
        f"{one.case.author}/{one.case.style} ({one.case.difficulty}) {span.label.category} "
        f"{span.label.whose}{' of record' if span.label.of_record else ''}: "
        f"{span.text!r} in {span.around!r}"
        for one in scores
        for span in one.spans
        if span.is_leaked and category in {None, span.label.category}
    ]
    return _spread(lines)


def _false(scores: Sequence[Score]) -> list[str]:
    return _spread(
        [
            f"{one.case.author}/{one.case.style} ({one.case.difficulty}) {kind}: {text!r}"
            for one in scores
            for kind, text in one.wrong_texts
        ]
    )


def _spread(lines: list[str]) -> list[str]:
    """Return the lines in an order that takes from all styles first."""
    seen: dict[str, int] = {}
    ranked = []
    for line in lines:
        style = line.partition(")")[0]
        seen[style] = seen.get(style, 0) + 1
        ranked.append((seen[style], line))
    return [line for _, line in sorted(ranked, key=lambda item: item[0])]
