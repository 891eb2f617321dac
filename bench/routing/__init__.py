"""How good decisions are on the labelled requests kept apart, and what they cost.

make bench ARGS="routing"                    the test share and the others beside, recorded
.venv/bin/python -m bench routing unseen         one of them
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bench.routing import speed
from routing.classify.learned import LearnedModel
from routing.classify.shipped import SHIPPED
from routing.classify.training.fit import data_hash
from routing.classify.training.labelled import LabelledRequest, share
from routing.classify.training.variations import records
from routing.evaluation.figures import Figures, figures_of
from routing.evaluation.judging import ABSENT, HOWS, decide, judged
from routing.evaluation.slips import flips
from tests.routing.tables import NOW, routing_table

TABLE = routing_table()
# name, where it is read, floor, good, aim; a larger figure is better where the goal is above 0.5
GOALS = (
    ("acceptable tier, all", "acceptable", 0.78, 0.86, 0.92),
    ("exact tier", "exact", 0.70, 0.78, 0.85),
    ("under-routed", "under", 0.09, 0.04, 0.02),
    ("critical work sent too low", "critical_low", 0.0, 0.0, 0.0),
    ("over-routed", "over", 0.18, 0.11, 0.06),
)
BESIDE = ("fresh", "unseen")  # shares whose figures are told beside those of the test share
BY_TYPE = {"given": (0.95, 0.97, 0.99), "absent": (0.62, 0.77, 0.88), "wrong": (0.45, 0.75, 0.90)}


def main(arguments: Sequence[str]) -> dict[str, Any]:
    """Judge a share, print its table and return its figures; without a name, the test share with
    the later ones beside."""
    if arguments:
        return _of_share(arguments[0])
    return {**_of_share("test"), "beside": {name: _of_share(name) for name in BESIDE}}


def _of_share(name: str) -> dict[str, Any]:
    requests = share(name)
    result: dict[str, Any] = {
        "share": name,
        "requests": len(requests),
        "data_sha256": data_hash(requests),
        "model": SHIPPED.version,
        "rows": rows(requests, SHIPPED),
        "rules alone": rows(requests, None),
        "by habit": by_habit(requests),
        "decision, CPU": speed.of_requests(requests, TABLE),
        "decision by length, median CPU ms": speed.of_texts(TABLE),
    }
    _print(result)
    return result


def rows(requests: Sequence[LabelledRequest], model: LearnedModel | None) -> list[dict[str, Any]]:
    """Return the rows of the goals' table. `All` holds each request without, with its right and
    with a wrong type, weighed alike."""
    by_how = {h: judged(requests, TABLE, model=model, now=NOW, how=h) for h in HOWS}
    everything = figures_of([j for group in by_how.values() for j in group])
    found = [
        {"name": name, **_json(everything, field), "goals": goals} for name, field, *goals in GOALS
    ]
    for how, goals in BY_TYPE.items():
        one = figures_of(by_how[how])
        found.append(
            {"name": f"acceptable, type {how}", **_json(one, "acceptable"), "goals": goals}
        )
        found += [
            {"name": f"{title}, type {how}", **_json(one, field), "goals": ()}
            for title, field in (
                ("under-routed", "under"),
                ("over-routed", "over"),
                ("critical too low", "critical_low"),
            )
        ]
    spanish = figures_of([j for j in by_how[ABSENT] if j.language == "es"])
    told = judged(
        [r for r in requests if r.is_critical], TABLE, model=model, now=NOW, accuracy="critical"
    )
    found += [
        {
            "name": "acceptable, Spanish, no type",
            **_json(spanish, "acceptable"),
            "goals": (0.70, 0.83, 0.94),
        },
        {
            "name": "critical too low, said to be critical",
            **_json(figures_of(told), "critical_low"),
            "goals": (0.0, 0.0, 0.0),
        },
        {
            "name": "calibration error (ECE), no type",
            "value": round(figures_of(by_how[ABSENT]).calibration_error, 4),
            "goals": (0.10, 0.05, 0.03),
        },
        {"name": "tier flips under slips", **_flips(requests, model), "goals": (0.05, 0.02, 0.01)},
        *_beside_records(requests, model),
    ]
    return found


def _beside_records(
    requests: Sequence[LabelledRequest], model: LearnedModel | None
) -> list[dict[str, Any]]:
    """Return what becomes of requests with each of the records pasted above or below them."""
    pasted = [
        replace(each, text=around.replace("{}", each.text))
        for each in requests
        for _, around in records()
        if not (each.system or each.tool_result)
    ]
    found = figures_of(judged(pasted, TABLE, model=model, now=NOW))
    return [
        {"name": f"{title}, beside a record, no type", **_json(found, field), "goals": ()}
        for title, field in (("acceptable", "acceptable"), ("critical too low", "critical_low"))
    ]


def by_habit(requests: Sequence[LabelledRequest]) -> dict[str, dict[str, float]]:
    """Return the shares of each habit, without a type."""
    found = {}
    for habit in sorted({r.habit for r in requests}):
        group = [r for r in requests if r.habit == habit]
        one = figures_of(judged(group, TABLE, model=SHIPPED, now=NOW))
        found[habit] = {
            "requests": len(group),
            "acceptable": round(one.acceptable.value, 3),
            "under": round(one.under.value, 3),
            "over": round(one.over.value, 3),
        }
    return found


def _flips(requests: Sequence[LabelledRequest], model: LearnedModel | None) -> dict[str, Any]:
    def tier_of(text: str, number: int) -> str:
        changed = replace(requests[number], text=text)
        return decide(changed, TABLE, model=model, now=NOW).tier

    changed, total = flips([r.text for r in requests], tier_of)
    return {"value": round(changed / total, 4), "hits": changed, "total": total}


def _json(figures: Figures, field: str) -> dict[str, float]:
    found: dict[str, float] = getattr(figures, field).as_json()
    return found


def _print(result: dict[str, Any]) -> None:
    print(f"{result['share']}: {result['requests']} requests, model {result['model'][:8]}")
    for title in ("rows", "rules alone"):
        print(f"\n{title}")
        for row in result[title]:
            span = f" ({row['low']:.3f}-{row['high']:.3f})" if "low" in row else ""
            goals = " / ".join(map(str, row["goals"]))
            print(f"  {row['name']:<40} {row['value']:.3f}{span:<16} {goals}")
    for title in ("by habit", "decision, CPU", "decision by length, median CPU ms"):
        print(f"\n{title}")
        for name, value in result[title].items():
            print(f"  {name:<40} {value}")
