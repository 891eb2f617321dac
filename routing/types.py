"""What travels along the path of a request. All of it is frozen; each step returns a new value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from routerproject.shared.changing import Changing
from usage.catalog import Catalog, Deployment, ModelCard, Price
from usage.pricing import TokenCounts

Urgency = Literal["real_time", "interactive", "background"]
Accuracy = Literal["standard", "high", "critical"]
ModelUse = Literal[
    "pin", "ceiling", "route"
]  # what a named model means: that one, at most, nothing
Thinking = Literal["off", "adaptive", "extended"]
Effort = Literal["low", "medium", "high", "max"]
Escalation = Literal["off", "one_tier", "two_tiers"]
Json = Any  # a parsed JSON value
Event = dict[str, Any]  # one event of a stream, in Anthropic's grammar


@dataclass(frozen=True)
class RouteRequest(Changing):
    """One bounded, well-formed request, in the fields of the API contract (docs/api.md).

    `messages` holds Anthropic message objects; a `prompt` is stored as one user message.
    """

    id: str
    tenant: str
    client: str
    messages: tuple[Mapping[str, Json], ...]
    received_at: datetime
    task_type: str | None = None
    system: Json = None  # string or Anthropic text blocks
    urgency: Urgency = "interactive"
    accuracy: Accuracy = "standard"
    patient_facing: bool = False
    patients: tuple[Mapping[str, Json], ...] = ()
    context: Json = None
    session_id: str | None = None
    case_id: str | None = None
    user: str | None = None
    metadata: Mapping[str, Json] = field(default_factory=dict)
    model: str | None = None
    model_use: ModelUse = "pin"
    max_tokens: int | None = None
    effort: str | None = None
    thinking: Mapping[str, Json] | None = None
    temperature: float | None = None
    stop_sequences: tuple[str, ...] = ()
    tools: tuple[Mapping[str, Json], ...] = ()
    tool_choice: Mapping[str, Json] | None = None
    output_format: Mapping[str, Json] | None = None
    stream: bool = False
    cache: bool = True
    deadline_ms: int | None = None
    idempotency_key: str | None = None
    body_hash: bytes | None = None  # keyed hash of the canonical body, with an idempotency key
    body_bytes: int = 0  # size of the body as it came
    may_override: bool = False
    allowed_models: frozenset[str] = frozenset()  # pinned ids the client may get; empty: all
    llm_classifier: bool = True
    cache_control: Mapping[str, Json] | None = None  # of the request as a whole
    cautions: tuple["Caution", ...] = ()  # what was left out of it on the way in
    # By protocol: features on trial that this request switches on there (betas.py).
    betas: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def urgency_under(self, task: "TaskTypePolicy | None") -> Urgency:
        """Return how urgent it is: by its own word, else by its task type's."""
        return task.default_urgency if task and self.urgency == "interactive" else self.urgency


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one step of the decision did what it did; `effect` is the tier it asks for, if any."""

    step: str  # task_type | rule | mismatch | heuristics | classifier | confidence | floor | ...
    code: str
    text: str
    effect: str = ""


@dataclass(frozen=True, slots=True)
class Caution:
    """Something the caller should know that did not stop the answer."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class TaskTypePolicy:
    """What an admin decided for one task type."""

    slug: str
    name: str
    version: int
    tier: str  # haiku | sonnet | opus | rule
    floor: str | None = None
    ceiling: str | None = None
    is_enabled: bool = True
    is_clinical: bool = False
    is_code: bool = False
    is_critical: bool = False
    is_patient_facing: bool = False
    max_output_tokens: int = 1024
    cache_ttl_seconds: int = 0
    default_urgency: Urgency = "interactive"
    slo_ms: int | None = None
    thinking: Thinking = "off"
    thinking_budget_tokens: int | None = None
    thinking_ceiling_tokens: int | None = None  # of a request's own thinking budget
    output_ceiling_tokens: int | None = None  # of a request's own max_tokens
    prompt_cache: str = "5m"  # off | 5m | 1h, where the caller marks nothing
    effort: Effort | None = None
    escalation: Escalation = "one_tier"
    escalate_below: float = 0.5  # the score of an answer, 0 to 1, under which it is poor
    checks_numbers: bool = False  # figures that the request does not have are a flaw
    may_flag_unfit: bool = False  # the model may say that the task is beyond it
    judge_share: float = 0.0  # of the answers, 0 to 1, that a stronger model marks
    judge_below: float = 0.5  # the score of a marked answer, 0 to 1, under which it is poor
    judge_in_line: bool = False  # the answer waits for its marks; a poor one is asked for again
    fallback: tuple[str, ...] = ()  # tier slugs or model ids, tried in order
    real_time_tier: str | None = None  # what a real_time request gets instead of `tier`
    expected_cost_usd: str | None = None
    primary_model: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A published admin rule: when every condition holds, its actions apply."""

    slug: str
    version: int
    priority: int
    conditions: Mapping[str, Json]
    actions: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Variant:
    """One arm of an experiment: who answers a share of the requests."""

    name: str
    target: str  # a tier slug, or the id of a model, a candidate too
    percent: int  # of the experiment's requests; all arms together have 100


@dataclass(frozen=True, slots=True)
class Experiment:
    """A published A/B split of the requests of one task type, or of one rule that names a tier."""

    slug: str
    version: int
    variants: tuple[Variant, ...]
    task_type: str | None = None
    rule: str | None = None
    sticky_by: str = "conversation"  # conversation | client: what always gets the same arm
    seed: str = ""  # another seed deals the arms anew


@dataclass(frozen=True, slots=True)
class ComorbidityPair:
    """Two conditions that deserve attention together, by normalized ICD-10-CM codes."""

    first: str
    second: str
    name: str
    severity: str  # low | moderate | high
    watch: str  # what a clinician should look at


@dataclass(frozen=True)
class RoutingTable:
    """Everything admins edited that decides a tier, of one configuration version."""

    version: int
    catalog: Catalog
    task_types: Mapping[str, TaskTypePolicy]
    rules: tuple[Rule, ...] = ()
    # loss_matrix[needed][chosen]: what it costs to choose a tier when another was needed
    loss_matrix: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    experiments: tuple[Experiment, ...] = ()
    comorbidities: tuple[ComorbidityPair, ...] = ()

    @cached_property
    def rules_in_order(self) -> tuple[Rule, ...]:
        """Return the rules in the order in which they are looked at: priority 1 comes first."""
        return tuple(sorted(self.rules, key=lambda rule: (rule.priority, rule.slug)))


@dataclass(frozen=True, slots=True)
class ClassifierPolicy:
    """When and how a small model is asked about a request that the text leaves in doubt."""

    is_enabled: bool = False
    asks_from: float = 0.45  # of confidence, 0 to 1
    asks_up_to: float = 0.75
    doubtful_below: float = 0.6  # a label of less confidence goes up one
    model_id: str = ""  # empty: the lowest tier's default
    timeout_ms: int = 1_500
    label_ttl_seconds: int = 86_400
    most_labels: int = 10_000  # kept at once
    short_output_tokens: int = 64  # an answer this short is not worth a question
    speculates: bool = False  # the likely tier's call is begun while the question is asked
    examples: tuple[tuple[str, str], ...] = ()  # label, text


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the text says about the task: a type, tier probabilities and the reasons."""

    task_type: str | None
    probabilities: Mapping[str, float]  # tier slug -> probability that this tier is needed
    complexity: str  # simple | moderate | complex
    source: str  # heuristics | classifier | llm
    reasons: tuple[Reason, ...] = ()
    features: Mapping[str, float] = field(default_factory=dict)  # text-free
    asks_clinical_question: bool = False
    model_version: str = ""  # of the learned model; empty when none spoke


@dataclass(frozen=True, slots=True)
class BudgetPressure:
    """What a budget near its cap asks of the decision."""

    budget: str  # the name admins know it by
    action: Literal["step_down"]  # what it else refuses, the ledger does
    tier: str = ""  # the only tier that it counts; empty: all


@dataclass(frozen=True, slots=True)
class Candidate:
    """One model at one deployment that may serve a decision, with the price valid now."""

    tier: str
    model: ModelCard
    deployment: Deployment
    price: Price


@dataclass(frozen=True, slots=True)
class Parameters:
    """What one model is asked with; a fallback to another model needs its own."""

    max_output_tokens: int
    thinking: Mapping[str, Json] | None = None
    effort: str | None = None
    temperature: float | None = None
    warnings: tuple[Caution, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """Which model answers and why. `chain` holds the chosen candidate first, fallbacks after it."""

    task_type: str | None
    tier: str
    source: str  # override | rule | task_type | heuristics | classifier | llm
    confidence: float  # probability that the chosen tier is acceptable
    complexity: str
    reasons: tuple[Reason, ...]
    chain: tuple[Candidate, ...]
    floor: str | None
    max_output_tokens: int
    ceiling: str | None = None
    thinking: Mapping[str, Json] | None = None
    effort: str | None = None
    temperature: float | None = None
    variant: str | None = None  # experiment:arm
    prompt_version: str | None = None
    warnings: tuple[Caution, ...] = ()
    may_step_down: bool = True  # at a full budget; work where a weak answer does harm may not
    # What it would cost and lose is worked out for whoever asks: for explanations only.
    weigh: Callable[[], tuple["Alternative", ...]] = field(default=tuple, compare=False, repr=False)
    estimate: Callable[[], int] = field(default=int, compare=False, repr=False)

    @property
    def alternatives(self) -> tuple["Alternative", ...]:
        """Return each tier, lowest first, with what its choice would cost and lose."""
        return self.weigh()

    @property
    def estimated_cost_nano_usd(self) -> int:
        """Return what the chosen model would cost, as the alternatives are estimated."""
        return self.estimate()

    @property
    def chosen(self) -> Candidate:
        """Return who is asked first; nobody where a rule answers."""
        return self.chain[0]

    @property
    def model_id(self) -> str:
        """Return the model that is asked first; empty where a rule answers."""
        return self.chain[0].model.model_id if self.chain else ""


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another tier with what it would cost and lose."""

    tier: str
    model: str
    cost_nano_usd: int
    expected_loss: float


@dataclass(frozen=True, slots=True)
class ProviderReply:
    """What a provider answered, parsed from its own bytes and checked."""

    content: tuple[Mapping[str, Json], ...]
    stop_reason: str | None
    model: str
    usage: TokenCounts
    provider_request_id: str
    latency_ms: float
    time_to_first_token_ms: float | None = None
    message_id: str = ""
    stop_sequence: str | None = None
    stop_details: Mapping[str, Json] | None = None  # why it was refused, where the provider says it
    has_unknown: bool = False  # parts of kinds unknown here: shown in the stream, not in `content`
