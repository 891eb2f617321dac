"""A pasted request explained by the pipeline itself; nothing is kept or sent to a model."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from asgiref.sync import async_to_sync

from routerproject.shared import clock
from routerproject.shared.errors import RouterError
from routing import pipeline, process, snapshot
from routing.answering import Asked
from routing.api import body
from routing.api.parsing import parse
from routing.explain import Explained
from routing.explain import explain as explain_asked
from routing.models import RulebookProposal
from routing.pages.forms import BODY, DRAFTS, PROPOSAL, PUBLISHED, SEPARATOR
from routing.rulebook import publishing, wording
from routing.select.conditions import holds
from routing.snapshot import InvalidConfiguration, Snapshot
from routing.snapshot.building import table_of
from routing.types import Alternative, Json, RouteRequest
from usage import audit, configuration
from usage.configuration import KeyGrant

# What would tie the request to a conversation: a key would be kept for it.
LEFT_ASIDE: Final = ("session_id", "case_id", "user", "metadata")
OF_A_PROMPT: Final = ("task_type", "urgency", "accuracy")


@dataclass(frozen=True, slots=True)
class Weighed:
    """A tier as the decision weighed it."""

    alternative: Alternative
    probability: float  # that exactly this tier is needed
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Held:
    """A rule whose conditions all hold."""

    slug: str
    words: str


@dataclass(frozen=True, slots=True, repr=False)
class Explanation:
    """What the page shows. None of it is text of the request."""

    explained: Explained
    left_aside: tuple[str, ...]
    # Beside a draft, what is in force does.
    published: Explained | None = None
    refused_now: RouterError | None = None

    @property
    def is_beside_published(self) -> bool:
        return self.published is not None or self.refused_now is not None

    @property
    def tiers(self) -> list[Weighed]:
        decision, situation = self.explained.decision, self.explained.situation
        return [
            Weighed(each, situation.probability(each.tier), each.tier == decision.tier)
            for each in decision.alternatives
        ]

    @property
    def rules(self) -> list[Held]:
        situation = self.explained.situation
        return [
            Held(rule.slug, wording.in_words(rule.conditions, rule.actions))
            for rule in situation.table.rules
            if holds(rule.conditions, situation)
        ]

    @property
    def differs(self) -> bool:
        """Tell whether the draft gives the request another tier or model than is in force."""
        if self.published is None:
            return False
        before, after = self.published.decision, self.explained.decision
        return (before.tier, before.model_id) != (after.tier, after.model_id)


def explain(given: Mapping[str, Any], *, by: str) -> Explanation:
    """Return how a request would be answered, from the cleaned fields of the page's form.

    That somebody asked is written down, never what: a patient may be looked up in the PMS for it
    (45 CFR 164.312(b)).

    Raises RouterError as the API would, and InvalidConfiguration when the drafts cannot be served.
    """
    here = process.current()
    config = here.keeper.current()
    document, left_aside = _document(given)
    grant = _grant(given, config)
    audit.append_now(tenant_id=grant.tenant_id, kind="request-explained", record={}, actor=by)
    request = _request(document, grant)
    explained = _explained(request, grant, _under(given["rulebook"], config))
    if given["rulebook"] == PUBLISHED:
        return Explanation(explained, left_aside)
    try:
        return Explanation(explained, left_aside, published=_explained(request, grant, config))
    except RouterError as refusal:
        return Explanation(explained, left_aside, refused_now=refusal)


def _explained(request: RouteRequest, grant: KeyGrant, config: Snapshot) -> Explained:
    asked = Asked(
        request=request,
        grant=grant,
        config=config,
        deadline=pipeline.deadline_of(request),
        started=time.perf_counter(),
    )
    return async_to_sync(explain_asked)(asked, process.current())


def _document(given: Mapping[str, Any]) -> tuple[Any, tuple[str, ...]]:
    """Return the body of the request, and what was taken out of it."""
    if given["kind"] != BODY:
        named = {name: given[name] for name in OF_A_PROMPT if given[name]}
        return {**named, "prompt": given["text"], "patient_facing": given["patient_facing"]}, ()
    document = parse(given["text"].encode())
    if not isinstance(document, dict):
        return document, ()  # which the check of the body refuses
    kept = {name: value for name, value in document.items() if name not in LEFT_ASIDE}
    return kept, tuple(name for name in LEFT_ASIDE if name in document)


def _request(document: Json, grant: KeyGrant) -> RouteRequest:
    """Return the checked request, for which no small model is asked."""
    request = body.read(
        document, request_id=str(clock.new_id()), grant=grant, received_at=clock.now()
    )
    return replace(request, llm_classifier=False)


def _grant(given: Mapping[str, Any], config: Snapshot) -> KeyGrant:
    tenant, _, client = given["caller"].partition(SEPARATOR)
    scopes = {"route", "route:override"} if given["may_override"] else {"route"}
    return configuration.grant_without_key(config.accounts, tenant, client, frozenset(scopes))


def _under(rulebook: str, config: Snapshot) -> Snapshot:
    """Return the configuration with another rulebook. Raises InvalidConfiguration."""
    if rulebook == PUBLISHED:
        return config
    table = table_of(_content(rulebook), config.version, config.table.catalog)
    changed = replace(config, table=table)
    snapshot.validate(changed)
    return changed


def _content(rulebook: str) -> Mapping[str, Json]:
    if rulebook == DRAFTS:
        return publishing.draft_content()
    row = RulebookProposal.objects.filter(pk=rulebook.removeprefix(PROPOSAL)).first()
    if row is None:
        raise InvalidConfiguration(["The proposal was approved or withdrawn meanwhile."])
    content: Mapping[str, Json] = row.content
    return content
