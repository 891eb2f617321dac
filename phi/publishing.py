"""What a publication about identifiers holds, and how its drafts come into force."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from phi import restoring
from phi.models import AllowedPhrase, CustomRecognizer, Policy, PolicyProposal, PolicyVersion
from phi.policies import configuration_of
from usage.configuration import InvalidConfiguration
from usage.publishing import Publishing

PERMISSION = "phi.publish_policies"
EMPTY_CONTENT: Mapping[str, Any] = {"policies": [], "recognizers": [], "allowed_phrases": []}
Content = Mapping[str, Any]

_POLICY = (
    *("slug", "version", "tenant", "task_type", "mode", "allowed_categories", "allows_images"),
    *("allows_documents", "on_doubt", "on_finding", "pms_failure", "keeps_answers"),
    *("review_percent", "review_days", "allow_list"),
)
_RECOGNIZER = ("slug", "version", "tenant", "category", "pattern", "context")
_PHRASE = ("tenant", "phrase")


def draft_content() -> dict[str, Any]:
    """Return what a publication made now would hold."""
    return {
        "policies": list(Policy.objects.filter(is_active=True).order_by("slug").values(*_POLICY)),
        "recognizers": list(CustomRecognizer.objects.filter(is_active=True).values(*_RECOGNIZER)),
        "allowed_phrases": list(AllowedPhrase.objects.values(*_PHRASE)),
    }


def findings_of(content: Content) -> list[str]:
    """Return what would keep a publication from being served, a sentence each."""
    try:
        configuration_of(content)
    except InvalidConfiguration as invalid:
        return list(invalid.findings)
    return []


def needs_two_persons(content: Content) -> bool:
    """Tell whether a publication waits for the approval of somebody else."""
    return bool(settings.PHI_POLICY_NEEDS_APPROVAL)


POLICIES = Publishing(
    versions=PolicyVersion,
    proposals=PolicyProposal,
    permission=PERMISSION,
    kind="phi-policies",
    lock=7_041_626_311,
    draft_content=draft_content,
    findings_of=findings_of,
    needs_two_persons=needs_two_persons,
    take_back=restoring.take_back,
)
live_version = POLICIES.live_version
publish = POLICIES.publish
roll_back = POLICIES.roll_back
approve = POLICIES.approve
withdraw = POLICIES.withdraw
