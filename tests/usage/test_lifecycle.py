"""Models that must be replaced: noticed in time, with what to use instead."""

from datetime import UTC, date, datetime, timedelta

import pytest
import structlog
from django.core.exceptions import ValidationError
from django.urls import reverse
from model_bakery import baker

from routing import tasks
from routing.providers.announced import retirement_dates
from tests.factories.people import make_admin, make_member
from usage import lifecycle
from usage.alerts import retirements, watching
from usage.models import Alert, AlertRule, ConfigVersion, ModelCard

TODAY = date(2026, 9, 1)


def card(**fields) -> ModelCard:
    """Return a model that is not saved."""
    found: ModelCard = baker.prepare(ModelCard, **{"model_id": "m-1", "aliases": ["m"], **fields})
    return found


@pytest.mark.parametrize(
    ("fields", "announced", "text"),
    [
        ({}, {}, None),
        ({"retires_on": date(2026, 11, 30)}, {}, "m-1 is retired on 2026-11-30, in 90 days."),
        ({"retires_on": date(2026, 12, 1)}, {}, None),
        ({"retires_on": date(2026, 9, 1)}, {}, "m-1 was retired on 2026-09-01."),
        ({"deprecated_on": date(2026, 9, 1)}, {}, "The vendor advises against m-1."),
        ({"deprecated_on": date(2026, 9, 2)}, {}, None),
        ({}, {"m": date(2026, 9, 11)}, "m-1 is retired on 2026-09-11, in 10 days."),
        (
            {"retires_on": date(2027, 9, 1), "suggested_replacement": "m-2"},
            {"m-1": date(2026, 9, 11)},
            "m-1 is retired on 2026-09-11, in 10 days. Use m-2 instead.",
        ),
    ],
)
def test_what_is_said_of_a_model(fields, announced, text):
    found = lifecycle.notices([card(**fields)], TODAY, announced)
    assert [each.text for each in found] == ([text] if text else [])


def test_most_urgent_comes_first():
    cards = [card(model_id=f"m-{n}", retires_on=TODAY + timedelta(days=n)) for n in (40, 5, 20)]
    found = lifecycle.notices(cards, TODAY)
    assert [(each.model_id, each.is_urgent) for each in found] == [
        ("m-5", True),
        ("m-20", True),
        ("m-40", False),
    ]


def test_dates_of_the_sdk_are_read():
    """What cannot be read is no date; the installed SDK's own table is read whole."""
    table = {"a": "June 1st, 2026", "b": "November 22nd, 2026", "c": "soon", "d": ""}
    assert retirement_dates(table) == {"a": date(2026, 6, 1), "b": date(2026, 11, 22)}
    assert len(retirement_dates()) > 5


@pytest.mark.django_db
@pytest.mark.service
def test_people_are_told_on_the_first_page_and_the_list(client):
    model = ModelCard.objects.filter(is_live=True)[0]
    ModelCard.objects.filter(pk=model.pk).update(
        retires_on=date(2020, 1, 1), suggested_replacement="newer-one"
    )
    said = f"{model.model_id} was retired on 2020-01-01. Use newer-one instead."
    client.force_login(make_admin())
    assert said in client.get("/admin/").content.decode()
    assert said in client.get(reverse("admin:usage_modelcard_changelist")).content.decode()
    client.force_login(make_member("reviewer"))
    assert said not in client.get("/admin/").content.decode()


@pytest.mark.django_db
@pytest.mark.service
def test_log_is_told_of_live_models_only():
    ModelCard.objects.update(retires_on=date(2020, 1, 1))
    live = set(ModelCard.objects.filter(is_live=True).values_list("model_id", flat=True))
    with structlog.testing.capture_logs() as logs:
        tasks.watch_models()
    assert {line["model"] for line in logs if line["event"] == "model.retires"} == live
    assert {line["log_level"] for line in logs} == {"error"}


def alert_rule(days: int, **fields) -> AlertRule:
    return AlertRule.objects.create(
        name="Models", kind="retirement", threshold=days, period="week", **fields
    )


@pytest.mark.django_db
@pytest.mark.service
def test_alert_is_written_once_a_period_with_what_to_use_instead():
    """By the catalog's day, the vendor's word and its list; what is far off is no alert yet."""
    near, far, advised, gone = ModelCard.objects.order_by("pk")[:4]
    ModelCard.objects.update(
        is_live=False, is_tier_default=False, retires_on=None, suggested_replacement=""
    )
    for model, fields in (
        (near, {"retires_on": TODAY + timedelta(days=20), "suggested_replacement": "newer"}),
        (far, {"retires_on": TODAY + timedelta(days=80)}),
        (advised, {"deprecated_on": TODAY}),
        (gone, {"unlisted_since": TODAY, "retires_on": TODAY + timedelta(days=80)}),
    ):
        ModelCard.objects.filter(pk=model.pk).update(is_live=True, **fields)
    alert_rule(30)
    now = datetime(2026, 9, 1, 9, tzinfo=UTC)
    assert retirements.watch(lifecycle.current(TODAY), now) == 3
    assert retirements.watch(lifecycle.current(TODAY), now + timedelta(days=1)) == 0
    assert {alert.text for alert in Alert.objects.all()} == {
        f"Models: {near.model_id} is retired on 2026-09-21, in 20 days. Use newer instead.",
        f"Models: The vendor advises against {advised.model_id}.",
        f"Models: The vendor has not listed {gone.model_id} since 2026-09-01.",
    }
    assert retirements.watch(lifecycle.current(TODAY), now + timedelta(days=7)) == 3
    assert watching.watch(now) == 0  # others look at what requests and calls come to


@pytest.mark.django_db
@pytest.mark.service
def test_alert_comes_with_the_task_that_watches_models():
    alert_rule(30)
    ModelCard.objects.filter(is_live=True).update(retires_on=date(2020, 1, 1))
    tasks.watch_models()
    live = set(ModelCard.objects.filter(is_live=True).values_list("model_id", flat=True))
    assert {alert.text.split()[1] for alert in Alert.objects.all()} == live


@pytest.mark.django_db
@pytest.mark.service
def test_rule_about_models_has_no_scope():
    rule = alert_rule(30, task_type="sentiment")
    with pytest.raises(ValidationError, match="leave the scope empty"):
        rule.clean()


def test_model_that_is_not_listed_any_more_is_urgent():
    found = lifecycle.notices([card(unlisted_since=date(2026, 8, 30))], TODAY)
    assert [(each.text, each.is_urgent) for each in found] == [
        ("The vendor has not listed m-1 since 2026-08-30.", True)
    ]


@pytest.mark.django_db
@pytest.mark.service
def test_day_is_kept_until_the_model_is_back():
    """Asking again changes nothing, and what could not be asked stays as it was."""
    first, second = ModelCard.objects.filter(is_live=True)[:2]
    lifecycle.note_listed({first.model_id: False, second.model_id: True}, TODAY)
    version = ConfigVersion.objects.get().version
    lifecycle.note_listed({first.model_id: False, second.model_id: True}, TODAY + timedelta(days=1))
    lifecycle.note_listed({}, TODAY)
    assert ConfigVersion.objects.get().version == version
    first.refresh_from_db()
    assert first.unlisted_since == TODAY
    lifecycle.note_listed({first.model_id: True}, TODAY)
    first.refresh_from_db()
    assert first.unlisted_since is None
