"""What the PHI rooms hand to each other. All frozen, none of it ever logged."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

MODES: Final = ("tokenize", "redact", "local_only", "block")  # the strictest last
ON_DOUBT: Final = ("off", "tokenize", "on_premise", "deny")
ON_FINDING: Final = ("resanitize", "on_premise", "deny")
PMS_FAILURE: Final = ("proceed", "refuse")


@dataclass(frozen=True, slots=True, repr=False)
class KnownIdentifier:
    """A value known to identify this patient or a person around them."""

    category: str  # a slug of phi.detect.registry.CATEGORIES
    value: str
    person: int = 0  # index of the patient in the request
    part: str = (
        ""  # of a name or an address: full, first, middle, last, preferred, street, city ...
    )
    relation: str = "patient"  # patient | emergency_contact | pcp | employer

    def __repr__(self) -> str:
        return f"<KnownIdentifier {self.category} {self.part}>"


@dataclass(frozen=True, slots=True)
class Finding:
    """An identifier found in a text; offsets in code points of the original text."""

    start: int
    end: int
    category: str
    recognizer: str
    score: float


@dataclass(frozen=True, slots=True)
class CustomRecognizer:
    """An identifier of a clinic's own, as an admin described it."""

    slug: str
    category: str  # a slug of phi.detect.registry.CATEGORIES
    pattern: str  # RE2, ASCII, without unbounded repetition
    context: tuple[str, ...] = ()  # one of these stands before it; empty: it needs none
    version: int = 1


@dataclass(frozen=True, slots=True)
class PhiPolicy:
    """What happens to identifiers of one tenant and task type."""

    slug: str
    version: int
    mode: str = "tokenize"  # tokenize | redact | block | local_only
    allowed_categories: frozenset[str] = frozenset()
    allows_images: bool = False
    allows_documents: bool = False
    allow_list: frozenset[str] = frozenset()
    on_finding: str = "deny"  # deny | resanitize | on_premise
    on_doubt: str = "tokenize"  # tokenize | deny | on_premise | off
    pms_failure: str = "refuse"  # refuse | proceed
    keeps_answers: bool = True  # for equal requests and for repeats of one
    review_percent: int = 0  # of the answered requests, whose text readers may see
    review_days: int = 14  # until that text is forgotten
    recognizers: tuple[CustomRecognizer, ...] = ()

    @property
    def stops_on_doubt(self) -> bool:
        """Tell whether what may be an identifier keeps a request from leaving as it is."""
        return self.on_doubt in {"deny", "on_premise"}

    def tightened_by(self, other: "PhiPolicy") -> "PhiPolicy":
        """Return this policy where the other is no stricter in anything, else what both let pass.

        It goes by the name of the other then.
        """
        if other == self:
            return self
        both = replace(
            self,
            mode=max(self.mode, other.mode, key=MODES.index),
            allowed_categories=self.allowed_categories & other.allowed_categories,
            allows_images=self.allows_images and other.allows_images,
            allows_documents=self.allows_documents and other.allows_documents,
            on_finding=max(self.on_finding, other.on_finding, key=ON_FINDING.index),
            on_doubt=max(self.on_doubt, other.on_doubt, key=ON_DOUBT.index),
            recognizers=tuple(dict.fromkeys((*self.recognizers, *other.recognizers))),
            pms_failure=max(self.pms_failure, other.pms_failure, key=PMS_FAILURE.index),
            keeps_answers=self.keeps_answers and other.keeps_answers,
            review_percent=min(self.review_percent, other.review_percent),
            review_days=min(self.review_days, other.review_days),
            allow_list=self.allow_list & other.allow_list,
        )
        return self if both == self else replace(both, slug=other.slug, version=other.version)


@dataclass(frozen=True, slots=True)
class PhiConfiguration:
    """All policies of one configuration version: by (tenant, task type), tenant, and default."""

    default: PhiPolicy
    by_tenant: Mapping[str, PhiPolicy] = field(default_factory=dict)
    by_task_type: Mapping[tuple[str, str], PhiPolicy] = field(default_factory=dict)

    def policy_for(self, tenant: str, task_type: str | None, *, is_code: bool = False) -> PhiPolicy:
        """Return the most specific policy.

        In code most words are none: without a policy of its own, work on code raises no doubt.
        """
        found = self._policy_for(tenant, task_type)
        is_own = (tenant, task_type or "") in self.by_task_type
        if is_code and not is_own and found.on_doubt == "tokenize":
            return replace(found, on_doubt="off")
        return found

    def _policy_for(self, tenant: str, task_type: str | None) -> PhiPolicy:
        return self.by_task_type.get((tenant, task_type or "")) or self.by_tenant.get(
            tenant, self.default
        )
