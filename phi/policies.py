"""The PHI policies in force, as one immutable object."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from phi.detect import custom
from phi.detect.registry import CATEGORIES
from phi.models import PolicyVersion
from phi.types import (
    MODES,
    ON_DOUBT,
    ON_FINDING,
    PMS_FAILURE,
    CustomRecognizer,
    PhiConfiguration,
    PhiPolicy,
)
from usage.configuration import InvalidConfiguration

# What protects while no default row exists: everything is tokenized, nothing is allowed.
STRICTEST = PhiPolicy(slug="built-in", version=1)
EVERYBODY: Final = ""  # in the place of a tenant
# What publications mean that are older than a choice.
_UNSAID: Final = {
    "keeps_answers": True,
    "review_percent": 0,
    "review_days": 14,
    "on_doubt": "tokenize",
}
_DENIES: Final = "denies_on_doubt"  # how older ones say `on_doubt: deny`
MOST_PERCENT: Final = 100
MOST_REVIEW_DAYS: Final = 90


def load() -> PhiConfiguration:
    """Return what the newest publication says. Reads the database: call it on a database thread.

    Raises InvalidConfiguration when it is not shaped like one.
    """
    live = PolicyVersion.objects.order_by("-id").first()
    return configuration_of(live.content) if live else PhiConfiguration(default=STRICTEST)


def configuration_of(content: Mapping[str, Any]) -> PhiConfiguration:
    """Return a publication's content as the policies of all tenants.

    Raises InvalidConfiguration with a sentence for each thing that no text could be read under.
    """
    try:
        rows = [
            (row["tenant"], row["task_type"], _policy(completed(row)))
            for row in content["policies"]
        ]
        words = _words(content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidConfiguration(["The published PHI policies are malformed."]) from error
    if findings := [*_findings(rows), *_unreadable(words)]:
        raise InvalidConfiguration(findings)
    return _merged(rows, words)


def completed(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the policy of a publication as one made now would say it."""
    said = {name: value for name, value in row.items() if name != _DENIES}
    return {**_UNSAID, **({"on_doubt": "deny"} if row.get(_DENIES) else {}), **said}


def described(row: Mapping[str, Any]) -> CustomRecognizer:
    """Return a recognizer as the row of a draft or of a publication describes it."""
    return CustomRecognizer(
        row["slug"], row["category"], row["pattern"], tuple(row["context"]), row["version"]
    )


_Row = tuple[str, str, PhiPolicy]  # tenant, task type, policy


@dataclass(slots=True)
class _Words:
    """What a tenant's texts hold beside the identifiers everybody has."""

    recognizers: tuple[CustomRecognizer, ...] = ()
    allowed: frozenset[str] = frozenset()

    def added_to(self, policy: PhiPolicy) -> PhiPolicy:
        return replace(
            policy,
            recognizers=(*policy.recognizers, *self.recognizers),
            allow_list=policy.allow_list | self.allowed,
        )


def _policy(row: Mapping[str, Any]) -> PhiPolicy:
    return PhiPolicy(
        slug=row["slug"],
        version=row["version"],
        mode=row["mode"],
        allowed_categories=frozenset(row["allowed_categories"]),
        allows_images=row["allows_images"],
        allows_documents=row["allows_documents"],
        on_finding=row["on_finding"],
        on_doubt=row["on_doubt"],
        pms_failure=row["pms_failure"],
        keeps_answers=row["keeps_answers"],
        review_percent=int(row["review_percent"]),
        review_days=int(row["review_days"]),
        allow_list=frozenset(word.lower() for word in row["allow_list"]),
    )


def _words(content: Mapping[str, Any]) -> dict[str, _Words]:
    found: dict[str, _Words] = defaultdict(_Words)
    for row in content["recognizers"]:
        found[row["tenant"]].recognizers += (described(row),)
    for row in content["allowed_phrases"]:
        found[row["tenant"]].allowed |= {row["phrase"].lower()}
    return found


def _merged(rows: Iterable[_Row], words: Mapping[str, _Words]) -> PhiConfiguration:
    """Return each policy with the words of its tenant and of everybody."""
    own = {(tenant, task_type): policy for tenant, task_type, policy in rows}
    default = own.get((EVERYBODY, ""), STRICTEST)

    def complete(policy: PhiPolicy, tenant: str) -> PhiPolicy:
        for whose in dict.fromkeys((EVERYBODY, tenant)):
            policy = words[whose].added_to(policy) if whose in words else policy
        return policy

    tenants = {tenant for tenant, _ in own} | set(words)
    return PhiConfiguration(
        default=complete(default, EVERYBODY),
        by_tenant={
            tenant: complete(own.get((tenant, ""), default), tenant)
            for tenant in tenants - {EVERYBODY}
        },
        by_task_type={
            (tenant, task_type): complete(policy, tenant)
            for (tenant, task_type), policy in own.items()
            if task_type
        },
    )


def _findings(rows: Iterable[_Row]) -> Iterable[str]:
    seen: set[tuple[str, str]] = set()
    for tenant, task_type, policy in rows:
        if (tenant, task_type) in seen:
            yield f"There are two policies for the tenant and task type of {policy.slug}."
        seen.add((tenant, task_type))
        if unknown := sorted(policy.allowed_categories - CATEGORIES.keys()):
            yield f"The policy {policy.slug} allows {', '.join(unknown)}, which is no category."
        chosen = (
            (policy.mode, MODES),
            (policy.on_finding, ON_FINDING),
            (policy.on_doubt, ON_DOUBT),
            (policy.pms_failure, PMS_FAILURE),
        )
        for value, choices in chosen:
            if value not in choices:
                yield f"The policy {policy.slug} says {value}, which means nothing."
        if policy.review_percent and policy.allowed_categories:
            yield (
                f"The policy {policy.slug} keeps texts for review, in which the categories that it"
                " allows would be read."
            )
        if not 0 <= policy.review_percent <= MOST_PERCENT:
            yield f"The policy {policy.slug} keeps no share of texts that there can be."
        if not 1 <= policy.review_days <= MOST_REVIEW_DAYS:
            yield f"The policy {policy.slug} keeps texts for review for no days or too many."


def _unreadable(words: Mapping[str, _Words]) -> Iterable[str]:
    for tenant, own in words.items():
        for recognizer in own.recognizers:
            for flaw in custom.flaws_of_pattern(recognizer):
                yield f"The recognizer {recognizer.slug} of {tenant or 'every tenant'}: {flaw}"
