"""What the last scan still sees is refused, sanitized again or kept on premise, by policy."""

from dataclasses import replace

import pytest

from phi import door, egress
from phi.door import Prepared
from phi.errors import EgressDenied
from phi.known import identifiers_of
from phi.patient_index import PatientIndex
from phi.sanitize import Sanitized, sanitize
from phi.types import KnownIdentifier, PhiPolicy
from tests.phi.cast import KEY, POLICY

SENT = ("messages", "tools")
RESANITIZE = replace(POLICY, on_finding="resanitize")
ON_PREMISE = replace(POLICY, on_finding="on_premise")


@pytest.fixture
def index() -> PatientIndex:
    made = PatientIndex()
    made.add(identifiers_of([{"name": "Corvina Weathersby", "mrn": "48291377"}]))
    return made


async def prepare(text: str, policy: PhiPolicy, index: PatientIndex) -> Prepared:
    document = {"messages": [{"role": "user", "content": text}], "tools": []}

    async def sanitized(known: tuple[KnownIdentifier, ...]) -> Sanitized:
        return sanitize(document, known=known, policy=policy, key=KEY)

    return await door.prepared(sanitized, known=(), policy=policy, patients=index, sent=SENT)


def said(ready: Prepared) -> str:
    return str(ready.safe.document["messages"][0]["content"])


# Said as nobody speaks of a person, so that only the last scan knows better.
TEXT = "the corvina weathersby item went well, code 48291377"


async def test_what_was_seen_is_sanitized_again(index: PatientIndex) -> None:
    ready = await prepare(TEXT, RESANITIZE, index)
    assert ready.outcome == "resanitized"
    assert ready.reasons == ("patient:mrn", "patient:name")
    assert "weathers" not in said(ready).lower()
    assert "48291377" not in said(ready)
    assert set(ready.safe.vault.values.values()) == {"corvina weathersby", "48291377"}


async def test_what_was_seen_may_be_kept_on_premise(index: PatientIndex) -> None:
    ready = await prepare(TEXT, ON_PREMISE, index)
    assert (ready.outcome, ready.policy.mode) == ("on_premise", "local_only")
    assert ready.reasons == ("patient:mrn", "patient:name")


async def test_a_policy_that_denies_leaves_it_to_the_scan_at_the_door(index: PatientIndex) -> None:
    ready = await prepare(TEXT, POLICY, index)
    assert (ready.outcome, ready.policy, ready.known) == ("", POLICY, ())


@pytest.mark.parametrize("policy", [POLICY, RESANITIZE, ON_PREMISE])
async def test_a_clean_text_stays_as_it_is(policy: PhiPolicy, index: PatientIndex) -> None:
    ready = await prepare("BP 120/80, strength 5/5, no fever.", policy, index)
    assert (ready.outcome, ready.policy) == ("", policy)


async def test_what_is_left_after_the_second_attempt_is_refused(index: PatientIndex) -> None:
    """An engine that misses it once may miss it twice."""

    async def deaf(known: tuple[KnownIdentifier, ...]) -> Sanitized:
        document = {"messages": [{"role": "user", "content": TEXT}], "tools": []}
        return sanitize(document, known=(), policy=RESANITIZE, key=KEY)

    with pytest.raises(EgressDenied) as denial:
        await door.prepared(deaf, known=(), policy=RESANITIZE, patients=index, sent=SENT)
    assert "weathersby" not in repr(denial.value.extra)


async def unread(text: str, policy: PhiPolicy, index: PatientIndex) -> Prepared:
    """Return what becomes of a request whose strangers the engine does not find."""
    document = {"messages": [{"role": "user", "content": text}], "tools": []}

    async def sanitized(known: tuple[KnownIdentifier, ...]) -> Sanitized:
        allowing = replace(policy, allow_list=frozenset({"glumptor"}))
        return sanitize(document, known=known, policy=allowing, key=KEY)

    return await door.prepared(sanitized, known=(), policy=policy, patients=index, sent=SENT)


@pytest.mark.parametrize("on_finding", ["deny", "resanitize", "on_premise"])
async def test_doubt_may_be_kept_on_premise(on_finding: str, index: PatientIndex) -> None:
    policy = replace(POLICY, on_finding=on_finding, on_doubt="on_premise")
    ready = await unread("Tell Glumptor to rest.", policy, index)
    assert (ready.outcome, ready.policy.mode) == ("on_premise", "local_only")
    assert ready.reasons == ("doubt:word",)
    assert "Glumptor" in said(ready)


async def test_what_was_seen_and_doubt_are_each_met_as_the_policy_says(index: PatientIndex) -> None:
    policy = replace(RESANITIZE, on_doubt="on_premise")
    ready = await unread(f"{TEXT}. Tell Glumptor to rest.", policy, index)
    assert ready.outcome == "on_premise"
    assert ready.reasons == ("patient:mrn", "patient:name", "doubt:word")
    assert "weathers" not in said(ready).lower()


async def test_doubt_that_denies_is_left_to_the_scan_at_the_door(index: PatientIndex) -> None:
    policy = replace(ON_PREMISE, on_doubt="deny")
    ready = await unread(f"{TEXT}. Tell Glumptor to rest.", policy, index)
    assert (ready.outcome, ready.policy) == ("", policy)


def test_nothing_seen_shows_in_a_repr(index: PatientIndex) -> None:
    seen = egress.look(
        b'{"messages": "corvina weathersby"}', {}, known=(), policy=POLICY, patients=index
    )
    assert "weathers" not in repr(seen)
    assert "weathers" not in repr(door.as_known(seen))
