"""Which model decides: trained, examined beside the one in force, promoted or put back."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

from routerproject.shared import clock
from routing.classify.learned import LearnedModel, load
from routing.classify.shipped import SHIPPED
from routing.classify.training.fit import data_hash, train
from routing.classify.training.labelled import LabelledRequest, share
from routing.evaluation.comparison import Comparison, compare
from routing.evaluation.figures import figures_of
from routing.evaluation.judging import ABSENT, Judged, judged
from routing.evaluation.sets import requests_of
from routing.models import ClassifierModel, EvaluationRun, EvaluationSet, Purpose
from routing.snapshot import build
from usage import audit

PERMISSION = "routing.promote_classifier"
OWN_SHARE = "test"
TRAINING_LOCK = (704_162, 6_313)  # any two numbers that no other advisory lock uses
FORCE_LOCK = (704_162, 6_314)
OVERTAKEN = "Another model came into force while this one was examined. Examine it anew."
TOKEN_PATTERN = re.compile(r"\bPH[I-Z]_[A-Z]+(?:_[A-Z0-9]+)+\b")


class NotPromoted(Exception):
    """The gate is closed; `findings` says why."""

    def __init__(self, findings: Iterable[str]) -> None:
        self.findings = tuple(findings)
        super().__init__(" ".join(self.findings))


@dataclass(frozen=True, slots=True)
class Subject:
    """Labelled requests under the name by which runs tell them."""

    name: str
    requests: Sequence[LabelledRequest]


def in_force() -> LearnedModel:
    """Return the model that decides now."""
    row = _row_in_force()
    return load(bytes(row.artifact)) if row else SHIPPED


def find(version: str) -> LearnedModel:
    """Return a model by its version or the beginning of it. Raises LookupError."""
    if version and SHIPPED.version.startswith(version):
        return SHIPPED
    row = ClassifierModel.objects.filter(version__startswith=version).first() if version else None
    if row is None:
        raise LookupError("There is no such model.")
    return load(bytes(row.artifact))


def subject_of(evaluation_set: EvaluationSet) -> Subject:
    """Return a set of the clinic as a subject."""
    return Subject(f"set {evaluation_set.slug}", requests_of(evaluation_set))


def own_share(name: str = OWN_SHARE) -> Subject:
    """Return a share of the product's own labelled requests as a subject."""
    return Subject(f"own {name}", share(name))


def examine(
    subject: Subject, model: LearnedModel | None, *, by: User | None, how: str = ABSENT
) -> EvaluationRun:
    """Judge the requests of a subject with the table in force, and keep the figures."""
    found = _judged(subject, model, how)
    return _kept(subject, model, how, found, None, by)


def examine_beside(
    subject: Subject, model: LearnedModel, other: LearnedModel, *, by: User | None
) -> Comparison:
    """Judge a subject with two models, and keep the first one's figures with the comparison."""
    found, others = _judged(subject, model, ABSENT), _judged(subject, other, ABSENT)
    comparison = compare(others, found)
    _kept(subject, model, ABSENT, found, comparison, by)
    return comparison


def examined_for_promotion(model: LearnedModel, *, by: User | None) -> list[str]:
    """Examine a model on the product's own requests and on every frozen set, and return what speaks
    against it.

    A small set of the clinic can only speak against it: a frozen one stays for ever, so that its
    size must not close the gate for good.
    """
    frozen = EvaluationSet.objects.filter(is_frozen=True, purpose=Purpose.EVALUATION)
    live = in_force()
    own = own_share()
    findings = [f"{own.name}: {f}" for f in examine_beside(own, model, live, by=by).findings]
    for subject in map(subject_of, frozen):
        worse = examine_beside(subject, model, live, by=by).worse if subject.requests else []
        findings += [f"{subject.name}: {finding}" for finding in worse]
    return findings


def promote(row: ClassifierModel, *, by: User) -> None:
    """Put a model into force, if it sends nothing lower that the one in force does not.

    Raises PermissionDenied, MalformedModel, and NotPromoted; its runs are kept either way.
    """
    _may(by)
    beside = _row_in_force()
    findings = examined_for_promotion(load(bytes(row.artifact)), by=by)
    if findings:
        raise NotPromoted(findings)
    with transaction.atomic():
        _one_at_a_time()
        if _row_in_force() != beside:
            raise NotPromoted([OVERTAKEN])
        _put_in_force(row, by=by, kind="classifier-promoted")


def put_back(row: ClassifierModel | None, *, by: User) -> None:
    """Go back to a model that was in force before, or to the shipped one, at once.

    Raises PermissionDenied, and NotPromoted for a model that never was in force.
    """
    _may(by)
    if row is not None and row.was_live_at is None:
        raise NotPromoted(["This model was never in force; promote it."])
    _put_in_force(row, by=by, kind="classifier-put-back")


def retrain(*, by: User | None, note: str = "") -> ClassifierModel | None:
    """Train a model on the product's requests and the clinic's training sets.

    What models are examined on is left out of what they learn. It decides nothing until somebody
    promotes it. Returns None when nothing new was labelled, or a model is being trained already.
    """
    with _alone() as is_alone:
        learned, untouched = to_learn()
        if not is_alone or not _is_new(learned, untouched):
            return None
        return keep(train(learned, untouched, name="clinic"), by=by, note=note)


def is_anything_new() -> bool:
    """Return whether something was labelled that no model has learned."""
    return _is_new(*to_learn())


def is_training() -> bool:
    """Return whether a worker trains a model at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database"
            " WHERE locktype = 'advisory' AND granted AND datname = current_database()"
            " AND classid = %s AND objid = %s)",
            TRAINING_LOCK,
        )
        return bool(cursor.fetchone()[0])


def to_learn() -> tuple[list[LabelledRequest], list[LabelledRequest]]:
    """Return what a model would learn now, and what its confidence is calibrated on."""
    learned = [*share("train"), *_unexamined(_of_sets(Purpose.TRAINING))]
    return learned, share("calibration")


@contextmanager
def _alone() -> Iterator[bool]:
    """Hold the lock of training, which ends with the connection; tell whether it was free."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", TRAINING_LOCK)
        is_free = bool(cursor.fetchone()[0])
        try:
            yield is_free
        finally:
            if is_free:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", TRAINING_LOCK)


def _is_new(learned: Sequence[LabelledRequest], untouched: Sequence[LabelledRequest]) -> bool:
    known = data_hash(learned, untouched)
    return known != SHIPPED.card["data_sha256"] and not _is_known(known)


def _of_sets(purpose: Purpose) -> Iterator[LabelledRequest]:
    for row in EvaluationSet.objects.filter(purpose=purpose).order_by("slug"):
        yield from requests_of(row)


def _unexamined(requests: Iterable[LabelledRequest]) -> list[LabelledRequest]:
    """Return the requests that stand in no set on which models are examined.

    What was learned by heart would pass any gate.
    """
    examined = {_likeness(each) for each in _of_sets(Purpose.EVALUATION)}
    examined |= {_likeness(each) for each in share(OWN_SHARE)}
    return [each for each in requests if _likeness(each) not in examined]


def _likeness(request: LabelledRequest) -> str:
    """Return the words of a request. Each import gives identifiers other tokens: they are one."""
    words = TOKEN_PATTERN.sub(" ", f"{request.system}\n{request.text}")
    return " ".join(words.casefold().split())


@transaction.atomic
def keep(artifact: bytes, *, by: User | None, note: str = "") -> ClassifierModel:
    """Keep a trained model; it is not live. Raises MalformedModel."""
    model = load(artifact)
    row, _ = ClassifierModel.objects.get_or_create(
        version=model.version,
        defaults={
            "artifact": artifact,
            "card": dict(model.card),
            "note": note,
            "created_at": clock.now(),
            "created_by": by,
        },
    )
    _record("classifier-trained", row.version, by)
    return row


def _row_in_force() -> ClassifierModel | None:
    return ClassifierModel.objects.filter(is_live=True).first()


def _one_at_a_time() -> None:
    """Wait until no other model is being put into force, till the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", FORCE_LOCK)


@transaction.atomic
def _put_in_force(row: ClassifierModel | None, *, by: User, kind: str) -> None:
    _one_at_a_time()
    ClassifierModel.objects.filter(is_live=True).update(is_live=False)
    if row is not None:
        changed = {"is_live": True, "was_live_at": clock.now()}
        ClassifierModel.objects.filter(pk=row.pk).update(**changed)
    _record(kind, row.version if row else SHIPPED.version, by)


def _judged(subject: Subject, model: LearnedModel | None, how: str) -> list[Judged]:
    return judged(subject.requests, build().table, model=model, now=clock.now(), how=how)


@transaction.atomic
def _kept(
    subject: Subject,
    model: LearnedModel | None,
    how: str,
    found: Sequence[Judged],
    comparison: Comparison | None,
    by: User | None,
) -> EvaluationRun:
    return EvaluationRun.objects.create(
        subject=subject.name,
        model_version=model.version if model else "",
        how=how,
        data_sha256=data_hash(subject.requests),
        figures=figures_of(found).as_json(),
        comparison=comparison.as_json() if comparison else None,
        at=clock.now(),
        by=by,
    )


def _is_known(data_sha256: str) -> bool:
    return ClassifierModel.objects.filter(card__data_sha256=data_sha256).exists()


def _may(by: User) -> None:
    if not by.has_perm(PERMISSION):
        raise PermissionDenied(f"This needs the permission {PERMISSION}.")


def _record(kind: str, version: str, by: User | None) -> None:
    audit.append_now(
        tenant_id=audit.INSTALLATION,
        kind=kind,
        record={"model": version},
        actor=by.get_username() if by else "installation",
    )
