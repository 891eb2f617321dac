"""Which of a patient's conditions deserve attention together: looked up, never guessed. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from routing.errors import TaskTypeDisabled
from routing.icd10 import lineage
from routing.rule_tasks.condition_codes import named_in
from routing.rule_tasks.handler import Restore
from routing.types import ComorbidityPair, RouteRequest, RoutingTable

ORDER: Final = ("high", "moderate", "low")


def answer(request: RouteRequest, table: RoutingTable, restore: Restore) -> str:
    """Return the pairs among the codes that a request names, as JSON.

    Raises NoConditionCodes, TooLarge, and TaskTypeDisabled while no pair is in force: an empty
    answer would read as good news.
    """
    if not table.comorbidities:
        raise TaskTypeDisabled("No comorbidity pair is in force. Publish some in the admin.")
    named = named_in(request, restore)
    found = list(pairs_among(named.codes, table.comorbidities))
    paired = {code for each in found for side in each["matched"] for code in side}
    return json.dumps(
        {
            "pairs": found,
            "codes": list(named.codes),
            "in_no_pair": [code for code in named.codes if code not in paired],
            "not_recognized": list(named.not_recognized),
        },
        ensure_ascii=False,
        default=dict,
    )


def pairs_among(
    codes: Mapping[str, str], pairs: Iterable[ComorbidityPair]
) -> Iterator[dict[str, Any]]:
    """Yield each pair of which both sides are there, the most severe first.

    A code is there by itself or by any more specific one: E11.22 for E11, but E11 not for E11.22.
    `codes` are normalized ones, by how they are answered.
    """
    below: dict[str, list[str]] = {}
    for spelled, code in codes.items():
        for each in lineage(code):
            below.setdefault(each, []).append(spelled)
    for pair in sorted(pairs, key=_rank):
        sides = [below.get(pair.first, []), below.get(pair.second, [])]
        if all(sides):
            yield {
                "codes": [pair.first, pair.second],
                "name": pair.name,
                "severity": pair.severity,
                "watch": pair.watch,
                "matched": sides,
            }


def _rank(pair: ComorbidityPair) -> tuple[int, str, str]:
    return ORDER.index(pair.severity), pair.first, pair.second
