"""Sets, runs and models: what is kept of labels, and what a model must show to decide."""

from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from routerproject.shared import clock
from routing.classify.learned import load
from routing.classify.shipped import FILE, SHIPPED
from routing.classify.training.fit import train
from routing.classify.training.labelled import parse, share
from routing.evaluation import promotion, sets
from routing.evaluation.promotion import NotPromoted
from routing.models import ClassifierModel, EvaluationRun, EvaluationSet, LabelledExample
from routing.snapshot import build
from tests.factories.people import make_admin, make_member
from usage.configuration import InvalidConfiguration
from usage.models import AuditEntry

pytestmark = [pytest.mark.django_db, pytest.mark.service]
# Critical by the clinic's word alone: what looks critical is raised whatever the model learned.
RACE = b"text,needed,critical\nRoot cause of the deadlock in the dispensing robot,opus,yes\n"
CSV = b"text,needed,critical\nPlan? BP 70/40,opus,yes\nSort this,haiku,\n"


@pytest.fixture
def ada():
    return make_admin()


@pytest.fixture
def clinic_set():
    return EvaluationSet.objects.create(slug="clinic", name="Clinic")


@pytest.fixture(scope="module")
def careless():
    """A model that learned to send nearly everything to Haiku."""
    requests = [r for r in share("train") if r.needed == "haiku"][::4]
    rest = [r for r in share("train") if r.needed != "haiku"][:6]
    return train([*requests, *rest, parse("o x | plan?")], [], name="careless")


@pytest.fixture(scope="module")
def same_again():
    """Another artifact that decides as the shipped one does."""
    return FILE.read_bytes()


def test_a_label_is_kept_without_identifiers_and_sealed(clinic_set, ada):
    """Not even a database dump shows the text."""
    request = parse("h extraction | Call Maria Gonzalez at (555) 010-4477 about her form")
    (row,) = sets.add([request], to=clinic_set, by=ada)
    kept = LabelledExample.objects.get(pk=row.pk)
    assert b"form" not in bytes(kept.sealed)
    text = sets.opened(kept).text
    assert "010-4477" not in text
    assert "about her form" in text


def test_a_file_is_taken_whole_and_given_back(clinic_set, ada):
    sets.add(sets.from_csv(CSV), to=clinic_set, by=ada)
    first, second = sets.requests_of(clinic_set)
    assert (first.needed, first.is_critical, second.is_critical) == ("opus", True, False)
    assert next(sets.csv_rows([first]))[3] == "opus"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff\xfe", "UTF-8"),
        (b"text,needed\n", "1 to"),
        (b"words,needed\nx,haiku\n", "lacks text"),
        (b"text,needed\nx,gpt\n", "Line 2: needed"),
        (b"text,needed,acceptable\nx,haiku,sonnet gpt\n", "acceptable"),
        (b"text,needed,task_type\nx,haiku,nonsense\n", "no such task type"),
        (b"text,needed\n ,haiku\n", "needs a text"),
        (b"text,needed,language\nx,haiku,English (US)\n", "Line 2: language"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(content, why):
    """And without its text."""
    with pytest.raises(sets.Unfit, match=why):
        sets.from_csv(content)


def test_a_frozen_set_stays_as_it_is(clinic_set, ada):
    """For the code, and for SQL."""
    sets.add(sets.from_csv(CSV), to=clinic_set, by=ada)
    EvaluationSet.objects.filter(pk=clinic_set.pk).update(is_frozen=True)
    with pytest.raises(sets.Unfit):
        sets.add(sets.from_csv(CSV), to=clinic_set, by=ada)
    with pytest.raises(DatabaseError), transaction.atomic():
        LabelledExample.objects.all().delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        EvaluationSet.objects.filter(pk=clinic_set.pk).update(is_frozen=False)


def test_the_command_prints_and_keeps_a_run(clinic_set, ada):
    sets.add(sets.from_csv(CSV), to=clinic_set, by=ada)
    out = StringIO()
    call_command("evaluate_classifier", "--set", "clinic", stdout=out)
    assert "acceptable" in out.getvalue()
    run = EvaluationRun.objects.get()
    assert run.model_version == SHIPPED.version
    assert run.share("exact")["total"] == 2
    with pytest.raises(CommandError):
        call_command("evaluate_classifier", "--set", "nowhere")


def test_a_promoted_model_reaches_the_snapshot(same_again, ada):
    """Every process takes it up with the next configuration version."""
    row = promotion.keep(same_again, by=ada)
    before = build().version
    assert build().tier_model == b""
    promotion.promote(row, by=ada)
    assert build().version > before
    assert load(build().tier_model).version == row.version
    assert AuditEntry.objects.filter(kind="classifier-promoted").count() == 1


def test_a_model_that_sends_work_too_low_is_not_promoted(careless, ada):
    """Its run is kept, so that people see why."""
    row = promotion.keep(careless, by=ada)
    with pytest.raises(NotPromoted, match="too low"):
        promotion.promote(row, by=ada)
    assert not ClassifierModel.objects.filter(is_live=True).exists()
    comparison = EvaluationRun.objects.get().comparison or {}
    assert comparison["newly_under"] > 0


def test_a_small_frozen_set_can_only_speak_against_a_model(same_again, careless, clinic_set, ada):
    """It stays for ever, so its size must not close the gate for good."""
    sets.add(sets.from_csv(RACE), to=clinic_set, by=ada)
    EvaluationSet.objects.create(slug="empty", name="Empty", is_frozen=True)
    EvaluationSet.objects.filter(pk=clinic_set.pk).update(is_frozen=True)
    promotion.promote(promotion.keep(same_again, by=ada), by=ada)
    with pytest.raises(NotPromoted, match="set clinic: 1 critical"):
        promotion.promote(promotion.keep(careless, by=ada), by=ada)


def test_a_model_that_was_examined_beside_another_one_is_not_promoted(
    same_again, careless, ada, monkeypatch
):
    """Somebody put a model back while it was examined: the figures say nothing of that one."""
    earlier, row = promotion.keep(careless, by=ada), promotion.keep(same_again, by=ada)
    ClassifierModel.objects.filter(pk=earlier.pk).update(was_live_at=clock.now())
    earlier.refresh_from_db()
    examined = promotion.examined_for_promotion

    def interrupted(model, *, by):
        findings = examined(model, by=by)
        promotion.put_back(earlier, by=ada)
        return findings

    monkeypatch.setattr(promotion, "examined_for_promotion", interrupted)
    with pytest.raises(NotPromoted, match="came into force while"):
        promotion.promote(row, by=ada)
    assert ClassifierModel.objects.get(is_live=True).pk == earlier.pk


def test_a_set_without_examples_is_not_frozen(clinic_set, ada):
    clinic_set.is_frozen = True
    with pytest.raises(ValidationError):
        clinic_set.clean()
    sets.add(sets.from_csv(CSV), to=EvaluationSet.objects.get(pk=clinic_set.pk), by=ada)
    clinic_set.clean()


def test_one_puts_back_only_what_was_in_force(same_again, careless, ada):
    """A way back needs no examination; a way around it there is not."""
    good, bad = promotion.keep(same_again, by=ada), promotion.keep(careless, by=ada)
    promotion.promote(good, by=ada)
    promotion.put_back(None, by=ada)
    assert promotion.in_force() is SHIPPED
    promotion.put_back(ClassifierModel.objects.get(pk=good.pk), by=ada)
    assert promotion.in_force().version == good.version
    with pytest.raises(NotPromoted):
        promotion.put_back(bad, by=ada)


def test_only_who_may_promotes(same_again):
    row = promotion.keep(same_again, by=None)
    with pytest.raises(PermissionDenied):
        promotion.promote(row, by=make_member("reviewer"))
    with pytest.raises(PermissionDenied):
        promotion.put_back(None, by=make_member("developer"))


def test_a_changed_artifact_is_not_used(same_again, ada):
    """The last good configuration stays in use, with an alarm."""
    row = promotion.keep(same_again, by=ada)
    promotion.promote(row, by=ada)
    ClassifierModel.objects.filter(pk=row.pk).update(artifact=bytes(same_again) + b"x")
    with pytest.raises(InvalidConfiguration, match="classifier model"):
        build()


def test_without_new_labels_nothing_is_trained(ada):
    """The schedule asks every day."""
    assert promotion.retrain(by=None) is None


def test_what_models_are_examined_on_is_not_learned(ada):
    """Nor when the same request was imported with other names in it."""
    csv = "text,needed\nCall {} at 415-555-0{} about March,haiku\n"
    for slug, purpose, number in (("exam", "evaluation", 134), ("own", "training", 177)):
        row = EvaluationSet.objects.create(slug=slug, name=slug, purpose=purpose)
        sets.add(sets.from_csv(csv.format("John Miller", number).encode()), to=row, by=ada)
    assert promotion.retrain(by=None) is None, "there is nothing to learn"
