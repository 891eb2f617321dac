"""The pages on which people label, evaluate and promote."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
import redis
from celery import Celery
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import ProgrammingError, transaction
from django.test import Client as Browser
from django.urls import reverse
from kombu.exceptions import OperationalError

from routerproject import celery  # noqa: F401 (tasks are sent through this app)
from routerproject.shared import clock
from routing.classify.shipped import FILE
from routing.classify.training.labelled import share
from routing.evaluation import promotion, sets
from routing.models import (
    ClassifierModel,
    EvaluationRun,
    EvaluationSet,
    JudgedAnswer,
    LabelledExample,
)
from routing.tasks import retrain_classifier
from tests.factories.people import make_admin, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.service]
CSV = b"text,needed,acceptable\nWhat now? K 7.1,opus,\nSort this,haiku,sonnet\n"


@pytest.fixture
def ada():
    browser = Browser()
    browser.force_login(make_admin())
    return browser


def judged_answer(**changes) -> JudgedAnswer:
    marks = dict.fromkeys(("accuracy", "completeness", "omissions", "support", "format"), 4)
    values = {
        **{"request_id": uuid4(), "tenant_id": 1, "at": clock.now(), "task_type": "handout"},
        **{"tier": "haiku", "model_id": "m", "judge_model_id": "j", "rubric_version": 1},
        **{"stronger_is_better": False, "score": 0.75, "is_poor": False, "is_in_line": False},
        **{"share": 0.1, **marks},
    }
    return JudgedAnswer.objects.create(**{**values, **changes})


def test_marks_of_answers_are_shown_one_by_one_and_by_task_type(ada):
    """With the interval that so few of them leave, and nothing that anybody could change."""
    address = reverse("admin:routing_judgedanswer_changelist")
    assert "No answer was judged" in ada.get(address).content.decode()
    rows = [judged_answer(score=score, is_poor=score < 0.5) for score in (0.25, 0.75, 1.0, 1.0)]
    judged_answer(at=clock.now() - timedelta(days=40), score=0.0, task_type="long_ago")
    page = ada.get(address).content.decode()
    for shown in ("handout", "<td>4</td>", "<td>0.75</td>", "<td>25.0</td>", "4.6 to 69.9"):
        assert shown in page
    assert "<td>long_ago</td>" not in page
    one = reverse("admin:routing_judgedanswer_change", args=[rows[0].pk])
    assert ada.get(one).status_code == 200
    assert ada.post(one, {}).status_code == 403
    with pytest.raises(ProgrammingError), transaction.atomic():
        JudgedAnswer.objects.update(score=1.0)


@pytest.fixture
def clinic_set():
    return EvaluationSet.objects.create(slug="clinic", name="Clinic")


@pytest.fixture
def celery_queue(settings):
    """Give the names of the tasks that wait for a worker; empty at first."""
    server = redis.Redis.from_url(settings.CELERY_BROKER_URL)
    server.delete("celery")

    def names():
        return [json.loads(each)["headers"]["task"] for each in server.lrange("celery", 0, -1)]

    yield names
    server.delete("celery")
    server.close()


def url(page, *args):
    return reverse(f"admin:routing_{page}", args=args)


def test_a_set_is_imported_evaluated_and_exported(ada, clinic_set):
    """From a file to the figures on one page."""
    file = SimpleUploadedFile("labels.csv", CSV)
    ada.post(url("evaluationset_import_file", clinic_set.pk), {"file": file})
    assert clinic_set.examples.count() == 2
    shown = ada.post(url("evaluationset_evaluate", clinic_set.pk), follow=True)
    page = shown.content.decode()
    assert "Calibration error" in page
    assert "<svg" in page
    assert EvaluationRun.objects.get().share("exact")["total"] == 2
    exported = ada.get(url("evaluationset_export_file", clinic_set.pk)).getvalue().decode()
    assert "Sort this" in exported


def test_a_bad_file_says_which_line(ada, clinic_set):
    file = SimpleUploadedFile("labels.csv", b"text,needed\nx,gpt\n")
    page = ada.post(url("evaluationset_import_file", clinic_set.pk), {"file": file})
    assert "Line 2" in page.content.decode()
    assert not LabelledExample.objects.exists()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"text,needed,is_critical\nx,opus,yes\n", "The header has is_critical; known are text"),
        (b"text,needed,critical\nx,opus,maybe\n", "Line 2: critical is yes or no."),
    ],
)
def test_a_label_that_would_be_lost_is_refused(ada, clinic_set, content, says):
    """Critical requests that count as harmless would flatter every model."""
    file = SimpleUploadedFile("labels.csv", content)
    page = ada.post(url("evaluationset_import_file", clinic_set.pk), {"file": file})
    assert says in page.content.decode()
    assert not LabelledExample.objects.exists()


def test_the_list_of_runs_names_the_model(ada, clinic_set):
    """By the beginning of its version, as everywhere."""
    file = SimpleUploadedFile("labels.csv", CSV)
    ada.post(url("evaluationset_import_file", clinic_set.pk), {"file": file})
    ada.post(url("evaluationset_evaluate", clinic_set.pk))
    page = ada.get(url("evaluationrun_changelist")).content.decode()
    assert EvaluationRun.objects.get().model_version[:8] in page
    assert "Run Run" not in page


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("evaluationset", "There is no set of your own yet."),
        ("labelledexample", "No request is labelled yet."),
        ("experiment", "Nothing is tried yet."),
    ],
)
def test_an_empty_list_says_what_it_is_for(ada, page, says):
    assert says in ada.get(url(f"{page}_changelist")).content.decode()


def test_a_reviewer_labels_a_request_and_sees_it(clinic_set):
    browser = Browser()
    browser.force_login(make_member("reviewer"))
    fields = {"text": "Sort it", "needed": "haiku", "language": "en", "acceptable": ["sonnet"]}
    browser.post(url("labelledexample_add"), {**fields, "evaluation_set": clinic_set.pk})
    row = LabelledExample.objects.get()
    assert row.acceptable == ["haiku", "sonnet"]
    assert "Sort it" in browser.get(url("labelledexample_change", row.pk)).content.decode()
    assert browser.post(url("classifiermodel_put_back_shipped")).status_code == 403


def test_nothing_is_added_to_a_frozen_set(ada, clinic_set):
    EvaluationSet.objects.update(is_frozen=True)
    fields = {"text": "Sort it", "needed": "haiku", "language": "en"}
    page = ada.post(url("labelledexample_add"), {**fields, "evaluation_set": clinic_set.pk})
    assert "frozen" in page.content.decode()
    assert not LabelledExample.objects.exists()


def test_without_a_queue_nothing_is_trained_and_the_page_says_so(ada, clinic_set, monkeypatch):
    def away(*_: object, **__: object) -> None:
        raise OperationalError

    monkeypatch.setattr(Celery, "send_task", away)
    EvaluationSet.objects.update(purpose="training")
    fields = {"text": "Sort this pile", "needed": "haiku", "language": "en"}
    ada.post(url("labelledexample_add"), {**fields, "evaluation_set": clinic_set.pk})
    page = ada.post(url("classifiermodel_retrain"), follow=True)
    assert "queue cannot be reached" in page.content.decode()


def test_a_model_is_promoted_and_put_back_by_a_press(ada):
    row = promotion.keep(FILE.read_bytes(), by=None)
    assert ada.get(url("classifiermodel_promote", row.pk)).status_code == 200
    assert not ClassifierModel.objects.get().is_live  # asking changes nothing
    ada.post(url("classifiermodel_promote", row.pk))
    assert ClassifierModel.objects.get().is_live
    ada.post(url("classifiermodel_put_back_shipped"))
    assert not ClassifierModel.objects.get().is_live


def test_what_closes_the_gate_is_told(ada, monkeypatch):
    """The finding stands on the page, and on the model's own beside the figures."""
    monkeypatch.setattr("routing.evaluation.comparison.FEWEST", 1_000_000)
    row = promotion.keep(FILE.read_bytes(), by=None)
    assert "Not yet." in ada.get(url("classifiermodel_change", row.pk)).content.decode()
    page = ada.post(url("classifiermodel_promote", row.pk)).content.decode()
    assert "too few" in page
    own = ada.get(url("classifiermodel_change", row.pk)).content.decode()
    assert "<td>own test</td>" in own
    assert not ClassifierModel.objects.get().is_live


def test_a_small_set_of_the_clinic_does_not_speak_against_a_model_by_its_size(ada):
    small = EvaluationSet.objects.create(slug="small", name="Small")
    sets.add(sets.from_csv(CSV), to=small, by=None)
    row = promotion.keep(FILE.read_bytes(), by=None)
    live = promotion.in_force()
    promotion.examine_beside(promotion.subject_of(small), live, live, by=None)
    page = ada.get(url("classifiermodel_change", row.pk)).text
    assert "<td>set small</td>" in page
    assert "too few" not in page


def test_training_is_asked_of_the_worker(ada, celery_queue):
    """The web process trains nothing; where nothing is to be learned, it says so."""
    ada.get(url("classifiermodel_retrain"))
    asked = ada.post(url("classifiermodel_retrain"), follow=True).text
    assert "Nothing was labelled that no model has learned" in asked
    assert celery_queue() == []
    taught = EvaluationSet.objects.create(slug="taught", name="Taught", purpose="training")
    sets.add(sets.from_csv(CSV), to=taught, by=None)
    ada.post(url("classifiermodel_retrain"))
    assert celery_queue() == ["routing.tasks.retrain_classifier"]


def test_the_list_says_that_a_model_is_being_trained(ada, celery_queue, monkeypatch):
    """A second one at the same time is neither asked for nor trained."""
    said = []

    def look(*learned, name):
        said.append(ada.get(url("classifiermodel_changelist")).text)
        said.append(ada.post(url("classifiermodel_retrain"), follow=True).text)
        return FILE.read_bytes()

    monkeypatch.setattr(promotion, "train", look)
    taught = EvaluationSet.objects.create(slug="taught", name="Taught", purpose="training")
    sets.add(sets.from_csv(CSV), to=taught, by=None)
    assert promotion.retrain(by=None)
    assert "A worker is training a model" in said[0]
    assert "being trained already" in said[1]
    assert celery_queue() == []
    assert "A worker is training" not in ada.get(url("classifiermodel_changelist")).text


def test_the_task_learns_from_training_sets_and_examines(monkeypatch):
    """What reviewers labelled becomes a model, which still decides nothing."""
    # A part of the product's requests, since fitting all of them takes a while.
    monkeypatch.setattr(promotion, "share", lambda name="test": share(name)[::20])
    taught = EvaluationSet.objects.create(slug="taught", name="Taught", purpose="training")
    sets.add(sets.from_csv(CSV), to=taught, by=None)
    retrain_classifier()
    row = ClassifierModel.objects.get()
    assert not row.is_live
    assert EvaluationRun.objects.get().model_version == row.version
    retrain_classifier()
    assert ClassifierModel.objects.count() == 1
