"""From tables to one frozen snapshot, all of the same moment."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import chain

from django.db import connection, transaction

from phi import policies
from phi.types import PhiConfiguration
from routerproject.shared import clock
from routing.models import ClassifierExample, ClassifierModel, LlmClassifier, RulebookVersion
from routing.snapshot.shapes import misshapen
from routing.types import (
    ClassifierPolicy,
    ComorbidityPair,
    Experiment,
    Json,
    RoutingTable,
    Rule,
    TaskTypePolicy,
    Variant,
)
from usage import configuration
from usage.catalog import Catalog
from usage.configuration import Accounts, InvalidConfiguration


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a request needs to know of what admins edited, of one configuration version."""

    version: int
    accounts: Accounts
    table: RoutingTable
    phi: PhiConfiguration
    built_at: datetime
    classifier: ClassifierPolicy = field(default_factory=ClassifierPolicy)
    tier_model: bytes = b""  # the promoted model's artifact; empty: the shipped one decides


def build(publication: int | None = None) -> Snapshot:
    """Return the configuration as it is now, all of it of one version.

    `publication` is the id of an earlier rulebook that takes the place of the newest.
    Raises InvalidConfiguration when the tables hold what no snapshot can.
    """
    with _one_moment():
        usage = configuration.load()
        return Snapshot(
            version=usage.version,
            accounts=usage.accounts,
            table=table_of(_content(publication), usage.version, usage.catalog),
            phi=policies.load(),
            built_at=clock.now(),
            classifier=_classifier(),
            tier_model=_tier_model(),
        )


def table_of(content: Mapping[str, Json], version: int, catalog: Catalog) -> RoutingTable:
    """Return a publication's content as the routing table of a configuration version.

    Raises InvalidConfiguration when it is not shaped like one.
    """
    try:
        task_types = [_task_type(entry) for entry in content["task_types"]]
        rules = [Rule(**entry) for entry in content["rules"]]
        experiments = [_experiment(entry) for entry in content.get("experiments", ())]
        pairs = [_pair(entry) for entry in content.get("comorbidity_pairs", ())]
        losses = {
            str(needed): {str(chosen): float(loss) for chosen, loss in row.items()}
            for needed, row in content["loss_matrix"].items()
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidConfiguration(["The published rulebook is malformed."]) from error
    if flaws := [*_misshapen(chain(task_types, rules, experiments, pairs))]:
        raise InvalidConfiguration(flaws)
    return RoutingTable(
        version=version,
        catalog=catalog,
        task_types={policy.slug: policy for policy in task_types},
        rules=tuple(sorted(rules, key=lambda rule: (rule.priority, rule.slug))),
        loss_matrix=losses,
        experiments=tuple(sorted(experiments, key=lambda each: each.slug)),
        comorbidities=tuple(pairs),
    )


def _misshapen(
    published: Iterable[TaskTypePolicy | Rule | Experiment | ComorbidityPair],
) -> Iterator[str]:
    for each in published:
        name = each.name if isinstance(each, ComorbidityPair) else each.slug
        yield from (f"{name}: its {part} is malformed." for part in misshapen(each))


def _task_type(entry: Mapping[str, Json]) -> TaskTypePolicy:
    return TaskTypePolicy(**{**entry, "fallback": tuple(entry["fallback"])})


def _experiment(entry: Mapping[str, Json]) -> Experiment:
    variants = tuple(Variant(**{**arm}) for arm in entry["variants"])
    return Experiment(**{**entry, "variants": variants})


def _pair(entry: Mapping[str, Json]) -> ComorbidityPair:
    return ComorbidityPair(**{name: value for name, value in entry.items() if name != "slug"})


def _classifier() -> ClassifierPolicy:
    """Return how a small model is asked; without its row, it is not."""
    shown = ClassifierExample.objects.filter(is_shown=True).values_list("label", "text")
    row = LlmClassifier.objects.first()
    return row.policy(tuple(shown)) if row else ClassifierPolicy()


def earlier_publications(most: int) -> list[int]:
    """Return the ids of the rulebooks before the newest, newest first."""
    return list(RulebookVersion.objects.order_by("-id").values_list("id", flat=True)[1 : most + 1])


def _content(publication: int | None) -> Mapping[str, Json]:
    """Return what a publication holds, the newest unless one is named."""
    rows = RulebookVersion.objects.order_by("-id")
    row = (rows.filter(id=publication) if publication else rows).first()
    if row is None:
        raise InvalidConfiguration(["No rulebook was ever published."])
    content: Mapping[str, Json] = row.content
    return content


def _tier_model() -> bytes:
    """Return the promoted model's artifact. Raises InvalidConfiguration when it was changed."""
    row = ClassifierModel.objects.filter(is_live=True).first()
    if row is None:
        return b""
    artifact = bytes(row.artifact)
    if sha256(artifact).hexdigest()[: len(row.version)] != row.version:
        raise InvalidConfiguration(["The live classifier model is not what was promoted."])
    return artifact


@contextmanager
def _one_moment() -> Iterator[None]:
    """Read everything as of one moment. Inside another transaction, that one's rules hold."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield
