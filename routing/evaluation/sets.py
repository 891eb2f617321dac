"""The clinic's own labelled requests: sanitized before they are kept, sealed while they are."""

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction

from phi.sanitize import sanitize_text
from routerproject.shared import clock, crypto
from routing.classify.training.labelled import TIERS, LabelledRequest
from routing.evaluation.judging import POLICY
from routing.models import EvaluationSet, LabelledExample, TaskType
from usage import audit

COLUMNS = (
    *("text", "system", "tool_result", "needed", "acceptable", "task_type", "language", "critical"),
)
MOST_ROWS = 5_000
LONGEST_TEXT = 20_000  # characters
LONGEST_LANGUAGE = 8
PURPOSE = "labelled example"
YES = frozenset({"1", "y", "yes", "true", "sí", "si"})
NO = frozenset({"", "0", "n", "no", "false"})


class Unfit(ValueError):
    """Labelled requests that cannot be taken; `problems` says why, by line, without their text."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(self.problems))


@transaction.atomic
def add(
    requests: Iterable[LabelledRequest],
    *,
    to: EvaluationSet,
    by: User | None,
    request_id: UUID | None = None,
) -> list[LabelledExample]:
    """Keep labelled requests in a set and return their rows.

    Identifiers in them are replaced by tokens that nobody can resolve. Raises Unfit for a frozen
    set, and PhiBlocked.
    """
    if EvaluationSet.objects.select_for_update().get(pk=to.pk).is_frozen:
        raise Unfit(["The set is frozen."])
    rows = [_row(request, to, by, request_id) for request in requests]
    LabelledExample.objects.bulk_create(rows)
    audit.append_now(
        tenant_id=audit.INSTALLATION,
        kind="examples-labelled",
        record={"set": to.slug, "examples": len(rows)},
        actor=by.get_username() if by else "installation",
    )
    return rows


def requests_of(evaluation_set: EvaluationSet) -> list[LabelledRequest]:
    """Return the requests of a set in the order in which they were added."""
    return [opened(row) for row in evaluation_set.examples.order_by("labelled_at", "pk")]


def opened(row: LabelledExample) -> LabelledRequest:
    """Return one labelled request with its text. Raises CannotOpen."""
    sealed = bytes(row.sealed)
    texts = json.loads(crypto.open_sealed(sealed, purpose=PURPOSE, place=_place(row.pk)))
    return LabelledRequest(
        **texts,
        needed=row.needed,
        acceptable=tuple(row.acceptable),
        task_type=row.task_type,
        language=row.language,
        is_critical=row.is_critical,
        habit="clinic",
    )


def freed_of_identifiers(texts: Mapping[str, str]) -> dict[str, str]:
    """Return texts with tokens in the place of identifiers. Raises PhiBlocked."""
    key = os.urandom(32)  # kept nowhere: these tokens are never resolved
    return {
        name: sanitize_text(text, known=(), policy=POLICY, key=key)[0]
        for name, text in texts.items()
    }


def from_csv(content: bytes) -> list[LabelledRequest]:
    """Return the labelled requests of a CSV file. Raises Unfit naming every bad line."""
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise Unfit(["This is no CSV file in UTF-8."]) from error
    if not rows or len(rows) > MOST_ROWS:
        raise Unfit([f"A file holds a header and 1 to {MOST_ROWS:,} requests."])
    if missing := {"text", "needed"} - set(rows[0]):
        raise Unfit([f"The header lacks {', '.join(sorted(missing))}."])
    # A label under another name would be lost without a word.
    if strange := [name for name in rows[0] if name is not None and name not in COLUMNS]:
        raise Unfit([f"The header has {', '.join(strange)}; known are {', '.join(COLUMNS)}."])
    known = set(TaskType.objects.values_list("slug", flat=True))
    problems = [f"Line {n}: {p}" for n, row in enumerate(rows, 2) for p in _problems(row, known)]
    if problems:
        raise Unfit(problems[:20])
    return [_request(row) for row in rows]


def csv_rows(requests: Iterable[LabelledRequest]) -> Iterator[tuple[str, ...]]:
    """Yield the cells of labelled requests, in the order of COLUMNS."""
    for r in requests:
        yield (
            *(r.text, r.system, r.tool_result, r.needed, " ".join(r.acceptable)),
            *(r.task_type, r.language, "yes" if r.is_critical else ""),
        )


def _problems(row: Mapping[str | None, str | None], known: set[str]) -> Iterator[str]:
    if None in row or not (row.get("text") or "").strip():
        yield "it needs a text, and no more cells than the header."
    if (row.get("needed") or "") not in TIERS:
        yield f"needed is one of {', '.join(TIERS)}."
    elif set(_acceptable(row)) - set(TIERS):
        yield "acceptable names tiers, with blanks between them."
    if (row.get("task_type") or "") not in known | {""}:
        yield "there is no such task type."
    if _critical(row) not in YES | NO:
        yield "critical is yes or no."
    language = row.get("language") or ""
    if len(language) > LONGEST_LANGUAGE or not language.isprintable():
        yield f"language is a code of at most {LONGEST_LANGUAGE} characters, such as en or es."
    if any(len(cell or "") > LONGEST_TEXT for cell in row.values() if isinstance(cell, str)):
        yield f"a text has at most {LONGEST_TEXT:,} characters."


def _critical(row: Mapping[str | None, str | None]) -> str:
    return (row.get("critical") or "").strip().casefold()


def _acceptable(row: Mapping[str | None, str | None]) -> tuple[str, ...]:
    named = (row.get("acceptable") or "").split()
    return tuple(dict.fromkeys([row.get("needed") or "", *named]))


def _request(row: Mapping[str | None, str | None]) -> LabelledRequest:
    return LabelledRequest(
        text=row["text"] or "",
        needed=row["needed"] or "",
        acceptable=_acceptable(row),
        task_type=row.get("task_type") or "",
        language=row.get("language") or "en",
        is_critical=_critical(row) in YES,
        system=row.get("system") or "",
        tool_result=row.get("tool_result") or "",
    )


def _row(
    request: LabelledRequest, to: EvaluationSet, by: User | None, request_id: UUID | None
) -> LabelledExample:
    now = clock.now()
    row_id = clock.new_id(now)
    texts = freed_of_identifiers(
        {"text": request.text, "system": request.system, "tool_result": request.tool_result}
    )
    return LabelledExample(
        id=row_id,
        evaluation_set=to,
        sealed=crypto.seal(json.dumps(texts).encode(), purpose=PURPOSE, place=_place(row_id)),
        needed=request.needed,
        acceptable=list(request.acceptable),
        task_type=request.task_type,
        language=request.language,
        is_critical=request.is_critical,
        request_id=request_id,
        labelled_by=by,
        labelled_at=now,
    )


def _place(row_id: UUID) -> str:
    return f"routing_labelledexample.sealed.{row_id}"
