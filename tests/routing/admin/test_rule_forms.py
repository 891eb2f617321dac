"""Rules edited in fields: nothing is lost on the way to JSON and back, nothing saved blindly."""

import json
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from routing.admin import rule_states
from routing.admin.rule_fields import RuleFields
from routing.models import Rule, RulebookProposal, RulebookVersion
from routing.rule_shapes import ACTIONS, validate_rule
from routing.select.conditions import _CONDITIONS
from tests.factories.accounts import make_client, make_tenant
from tests.factories.people import make_admin, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.service]
LIST = "admin:routing_rule_changelist"
ADD = "admin:routing_rule_add"
PREVIEW = "admin:routing_rule_preview"
NIGHT = {"from": "22:00", "to": "06:00", "days": ["sat", "sun"], "timezone": "America/New_York"}
EVERY_CONDITION = {
    "task_type": ["encounter_summary", "drug_interaction"],
    "tenant": "demo",
    "client": ["pms"],
    "urgency": ["background", "interactive"],
    "accuracy": "standard",
    "min_characters": 0,
    "max_characters": 1500,
    "patient_facing": False,
    "has_tools": False,
    "has_images": True,
    "keywords": ["wellness visit", "routine"],
    "time_window": NIGHT,
}
EVERY_BOUND = {"tier": "sonnet", "floor": "haiku", "ceiling": "opus"}
NEW = {"slug": "nights", "name": "Nights", "priority": "5"}


@pytest.fixture
def ada() -> Browser:
    browser = Browser()
    browser.force_login(make_admin())
    return browser


def make_rule(conditions: dict[str, Any], actions: dict[str, Any], **fields: Any) -> Rule:
    names = {"slug": "mine", "name": "Mine", "priority": 7}
    return Rule.objects.create(conditions=conditions, actions=actions, **{**names, **fields})


def page_of(rule: Rule) -> str:
    return reverse("admin:routing_rule_change", args=[rule.pk])


def sent(browser: Browser, url: str) -> dict[str, Any]:
    """Return what a browser would send of an untouched form."""
    form = browser.get(url).context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    return {n: value for n, value in values.items() if value is not None and value is not False}


def fields_of(**given: Any) -> RuleFields:
    fields = RuleFields(given)
    fields.show({}, {})
    return fields


def test_every_condition_and_action_has_a_field():
    named = {*RuleFields.base_fields} | {"time_window"}
    assert {*_CONDITIONS, *ACTIONS} <= named


def test_a_rule_with_every_condition_is_saved_untouched_with_the_same_content(ada):
    make_client(slug="pms", tenant=make_tenant(slug="demo"))
    rule = make_rule(EVERY_CONDITION, EVERY_BOUND)
    assert validate_rule(rule.conditions, rule.actions) == []
    response = ada.post(page_of(rule), sent(ada, page_of(rule)) | {"note": "n", "publish_now": ""})
    assert response.status_code == 302
    rule.refresh_from_db()
    assert (rule.conditions, rule.actions) == (EVERY_CONDITION, EVERY_BOUND)


def test_fields_become_the_json_that_decides():
    fields = fields_of(
        task_type=["drug_interaction"],
        urgency=["real_time", "background"],
        min_characters="10",
        has_tools="yes",
        patient_facing="no",
        keywords="renal\n\n kidney ",
        window_from="22:00",
        window_to="06:00",
        window_days=["sat"],
        window_timezone="America/New_York",
        deny="on",
    )
    assert fields.is_valid(), fields.errors
    assert fields.conditions() == {
        "task_type": "drug_interaction",
        "urgency": ["real_time", "background"],
        "keywords": ["renal", "kidney"],
        "min_characters": 10,
        "patient_facing": False,
        "has_tools": True,
        "time_window": NIGHT | {"days": ["sat"]},
    }
    assert fields.actions() == {"deny": True}
    assert validate_rule(fields.conditions(), fields.actions()) == []


@pytest.mark.parametrize(
    ("given", "field", "says"),
    [
        ({}, "tier", "Say what happens"),
        ({"tier": "haiku", "model": "claude-opus-4-6"}, "model", "take the other out"),
        ({"deny": "on", "floor": "opus"}, "deny", "take out Nothing below"),
        ({"floor": "opus", "ceiling": "haiku"}, "ceiling", "lies below opus"),
        ({"tier": "best"}, "tier", "best does not exist. Choose another."),
        ({"tier": "rule"}, "tier", "rule does not exist"),
        ({"task_type": ["poetry"]}, "task_type", "poetry does not exist. Take it out."),
        ({"min_characters": "9", "max_characters": "5"}, "max_characters", "none would match"),
        ({"min_characters": "-1"}, "min_characters", "greater than or equal to 0"),
        ({"window_from": "22:00", "window_timezone": "UTC"}, "window_to", "Give both times"),
        ({"window_from": "soon"}, "window_from", "Write the time as HH:MM"),
        ({"window_days": ["mon"]}, "window_timezone", "Choose on which clock"),
        ({"window_timezone": "UTC"}, "window_timezone", "Give hours or days too"),
        ({"keywords": "x" * 101}, "keywords", "At most 100 characters"),
    ],
)
def test_an_error_stands_at_its_field_and_says_what_to_do(given, field, says):
    fields = fields_of(**given)
    assert says in json.dumps(fields.errors[field])


def test_the_preview_says_the_rule_in_words_and_saves_nothing(ada):
    given = NEW | {"urgency": "background", "window_days": ["sat", "sun"], "ceiling": "haiku"}
    page = ada.post(reverse(PREVIEW), given | {"window_timezone": "UTC"}).content.decode()
    assert (
        "When its urgency is background and it is on Sat or Sun (UTC), then nothing above haiku"
        " answers." in page
    )
    assert not Rule.objects.filter(slug="nights").exists()


def test_the_preview_of_an_unfinished_rule_says_what_is_missing(ada):
    page = ada.post(reverse(PREVIEW), NEW | {"urgency": "background"}).content.decode()
    assert "Not complete yet" in page
    assert "Say what happens" in page


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "The rule nights has no condition, so it applies to every request."),
        ({"urgency": ["real_time", "interactive", "background"]}, "always hold"),
        ({"keywords": "..."}, "can never apply: none of its keywords"),
        ({"task_type": "drug_interaction", "urgency": "background"}, "never wins over first"),
    ],
)
def test_the_preview_warns_of_what_is_hardly_meant(ada, given, says):
    make_client(slug="pms")
    make_rule({"urgency": "background"}, {"tier": "haiku"}, slug="first", priority=1,
              is_published=True)  # fmt: skip
    page = ada.post(reverse(PREVIEW), NEW | {"tier": "opus"} | given).content.decode()
    assert says in page


def test_the_preview_is_for_people_who_may_edit_rules():
    reader = Browser()
    reader.force_login(make_member("developer"))
    assert reader.post(reverse(PREVIEW), NEW).status_code == 403


def test_a_reader_sees_the_rule_in_words():
    reader = Browser()
    reader.force_login(make_member("developer"))
    page = reader.get(page_of(make_rule({"has_tools": True}, {"floor": "opus"}))).content.decode()
    assert "it brings tools" in page
    assert "nothing below opus answers" in page
    assert "hx-post" not in page


def test_a_copy_begins_with_all_of_the_original_and_is_not_published(ada):
    make_client(slug="pms", tenant=make_tenant(slug="demo"))
    rule = make_rule(EVERY_CONDITION, EVERY_BOUND, is_published=True)
    opened = ada.get(reverse("admin:routing_rule_duplicate", args=[rule.pk]))
    assert Rule.objects.filter(conditions=EVERY_CONDITION).count() == 1
    values = sent(ada, opened["Location"]) | {"publish_now": ""}
    assert ada.post(opened["Location"], values).status_code == 302
    copy = Rule.objects.get(slug="mine-copy")
    assert (copy.name, copy.priority, copy.is_published) == ("Copy of Mine", 7, False)
    assert (copy.actions, copy.conditions["time_window"]) == (EVERY_BOUND, NIGHT)
    assert copy.conditions.keys() == rule.conditions.keys()


def test_saving_publishes_or_proposes_with_the_note(ada):
    """A rule without a task type concerns clinical work."""
    before = RulebookVersion.objects.count()
    given = NEW | {"ceiling": "haiku", "urgency": "background", "is_published": "on"}
    response = ada.post(reverse(ADD), given | {"publish_now": "on", "note": "Cheap nights"})
    assert response.status_code == 302
    assert RulebookProposal.objects.get().note == "Cheap nights"
    assert RulebookVersion.objects.count() == before


def test_the_second_of_two_editors_sees_a_conflict_and_keeps_the_typed_values(ada):
    rule = make_rule({"urgency": "background"}, {"ceiling": "haiku"})
    first = sent(ada, page_of(rule)) | {"publish_now": ""}
    second = first | {"urgency": ["real_time"]}
    assert ada.post(page_of(rule), first | {"ceiling": "sonnet"}).status_code == 302
    response = ada.post(page_of(rule), second)
    form = response.context["adminform"].form
    assert "Somebody changed this row after you opened it (ada)" in json.dumps(form.errors)
    assert form["urgency"].value() == ["real_time"]
    rule.refresh_from_db()
    assert (rule.conditions, rule.actions) == ({"urgency": "background"}, {"ceiling": "sonnet"})


def test_a_rule_that_no_form_can_show_is_not_saved_over(ada):
    rule = make_rule({"moon": "full"}, {"deny": True})
    response = ada.post(page_of(rule), sent(ada, page_of(rule)) | {"deny": "on", "publish_now": ""})
    assert "There is no condition moon." in json.dumps(response.context["adminform"].form.errors)
    rule.refresh_from_db()
    assert rule.conditions == {"moon": "full"}


def test_what_a_rule_names_and_is_gone_stays_visible(ada):
    make_client(slug="pms")
    rule = make_rule({"client": ["pms", "closed"]}, {"tier": "sonnet"})
    page = ada.get(page_of(rule)).content.decode()
    assert "closed (does not exist)" in page
    assert "names the client closed" in page


def test_a_refusal_of_everything_is_not_called_servable(ada):
    """The words above the fields and the save say the same."""
    page = ada.post(reverse(PREVIEW), NEW | {"deny": "on"}).content.decode()
    assert "This would refuse every request." in page
    assert "can be served" not in page
    response = ada.post(reverse(ADD), NEW | {"deny": "on", "publish_now": ""})
    assert "deny" in response.context["adminform"].form.errors


def test_the_list_says_which_rules_are_in_force(ada):
    """A mark for the next publication is none."""
    live = Rule.objects.get(slug="complex-drug-interaction")
    assert rule_states.states()[live.pk] == rule_states.IN_FORCE
    live.priority = 7
    live.save()
    marked = make_rule({}, {"floor": "sonnet"}, slug="marked", is_published=True)
    aside = make_rule({}, {"floor": "sonnet"}, slug="aside")
    gone = Rule.objects.get(slug="aggregation-that-interprets")
    Rule.objects.filter(pk=gone.pk).update(is_published=False)
    page = ada.get(reverse(LIST)).content.decode()
    wanted = {
        live.pk: rule_states.EDITED,
        marked.pk: rule_states.WAITS,
        aside.pk: rule_states.ASIDE,
        gone.pk: rule_states.LEAVES,
    }
    assert wanted.items() <= rule_states.states().items()
    assert all(state in page for state in wanted.values())


def test_the_list_warns_of_published_rules_that_are_hardly_meant(ada):
    assert "Are they what you mean?" not in ada.get(reverse(LIST)).content.decode()
    make_rule({}, {"floor": "sonnet"}, is_published=True)
    page = ada.get(reverse(LIST)).content.decode()
    assert "The rule mine has no condition, so it applies to every request." in page
