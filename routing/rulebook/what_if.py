"""A changed rulebook tried on recent decisions: asked for in the admin, run in the background."""

import hashlib
import json
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import orjson
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction

from routerproject.shared import clock
from routing.models import RulebookVersion, WhatIf
from routing.rulebook.publishing import PERMISSION, draft_content
from routing.rulebook.replay import Replay, ReplayDisagrees
from routing.rulebook.tallies import Tallies
from routing.select.facts import Recorded
from routing.snapshot.building import table_of
from routing.types import Json
from usage import configuration, decisions
from usage.configuration import InvalidConfiguration
from usage.decisions import KeptDecision

MOST: Final = 1_000_000  # decisions in one run
LONGEST_SECONDS: Final = 200.0  # below the worker's own limit; what was seen by then counts
KEPT: Final = timedelta(days=90)


@transaction.atomic
def ask(*, days: int, by: User, limit: int = MOST, now: datetime | None = None) -> WhatIf:
    """Note that the drafts of this moment are to be tried on the decisions of the last days.

    Raises PermissionDenied, and InvalidConfiguration when nothing was ever published.
    """
    if not by.has_perm(PERMISSION):
        raise PermissionDenied(f"This needs the permission {PERMISSION}.")
    until, content = now or clock.now(), draft_content()
    WhatIf.objects.filter(asked_at__lt=until - KEPT).delete()
    return WhatIf.objects.create(
        content=content,
        content_digest=digest_of(content),
        follows=_live_version(),
        since=until - timedelta(days=days),
        until=until,
        limit=limit,
        asked_by=by,
        asked_at=until,
    )


def latest_for(content: Mapping[str, Json]) -> WhatIf | None:
    """Return the last trial of exactly these drafts against what is in force, if there is one."""
    return WhatIf.objects.filter(content_digest=digest_of(content), follows=_live_version()).first()


def digest_of(content: Mapping[str, Json]) -> str:
    """Return what tells whether two contents are the same."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def run(number: int) -> None:
    """Try one out, and keep its figures or why there are none. Asked twice, it runs once."""
    what_if = WhatIf.objects.get(pk=number)
    if what_if.is_over:
        return
    _note(what_if, state=WhatIf.State.RUNNING, seen=0)
    try:
        result = _figures(what_if)
    except InvalidConfiguration as invalid:
        _fail(what_if, " ".join(invalid.findings))
    except ReplayDisagrees as disagreement:
        _fail(what_if, str(disagreement))
    except BaseException:
        _fail(what_if, "It was broken off. Ask for it again.")
        raise
    else:
        _note(what_if, state=WhatIf.State.DONE, result=result, finished_at=clock.now())


def _figures(what_if: WhatIf) -> dict[str, Json]:
    started = time.monotonic()
    live = RulebookVersion.objects.get(pk=what_if.follows)
    usage = configuration.load()
    before, after = (
        table_of(content, usage.version, usage.catalog)
        for content in (live.content, what_if.content)
    )
    tallies = Tallies(Replay(before, after, now=what_if.until))
    is_cut_off, oldest = False, what_if.until
    for page in decisions.newest(since=what_if.since, until=what_if.until, limit=what_if.limit):
        for kept in page:
            tallies.add(_recorded(kept), kept.tokens)
        oldest = page[-1].created_at
        _note(what_if, seen=what_if.seen + len(page))
        if time.monotonic() - started > LONGEST_SECONDS:
            is_cut_off = True
            break
    return {
        **tallies.result(),
        "oldest": oldest.isoformat(),
        "is_cut_off": is_cut_off or what_if.seen >= what_if.limit,
        "seconds": round(time.monotonic() - started, 3),
    }


def _recorded(kept: KeptDecision) -> Recorded:
    return Recorded(
        id=str(kept.id),
        tenant=kept.tenant,
        client=kept.client,
        task_type=kept.task_type or None,
        urgency=kept.urgency,
        accuracy=kept.accuracy,
        patient_facing=kept.patient_facing,
        facts=orjson.loads(kept.decision),
    )


def _live_version() -> int:
    live = RulebookVersion.objects.order_by("-id").first()
    if live is None:
        raise InvalidConfiguration(["No rulebook was ever published."])
    return live.pk


def _fail(what_if: WhatIf, problem: str) -> None:
    _note(what_if, state=WhatIf.State.FAILED, problem=problem[:300], finished_at=clock.now())


def _note(what_if: WhatIf, **values: Json) -> None:
    for name, value in values.items():
        setattr(what_if, name, value)
    what_if.save(update_fields=[*values])
