"""A rule's conditions and actions as typed fields that explain themselves, and back to JSON."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final
from zoneinfo import available_timezones

from django import forms
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from routerproject.shared.admin import LinesField
from routing.admin import rule_values
from routing.admin.rule_values import COUNTS, NO, WINDOW, YES
from routing.models import TaskType
from routing.rule_shapes import validate_rule
from routing.rulebook.wording import DAY_NAMES
from routing.types import Json
from usage import accounts
from usage.catalog import RULE_TIER
from usage.configuration import load_catalog

Choices = list[tuple[str, str]]
CHOSEN: Final = ("tier", "model", "floor", "ceiling")
ACTIONS: Final = (*CHOSEN, "deny")
MOST_CHARACTERS: Final = 100_000_000
URGENCIES: Final = [
    ("real_time", "Real time"),
    ("interactive", "Interactive"),
    ("background", "Background"),
]
ACCURACIES: Final = [("standard", "Standard"), ("high", "High"), ("critical", "Critical")]
NOT_SHOWN: Final = (
    "This rule holds what no form can show ({flaws}), so it never applies. Delete it and make a "
    "new one."
)


@cache
def _time_zones() -> Choices:
    """Return the time zones to choose from; to look through the system's files takes 7 ms."""
    return [("", "None"), *_same(sorted(available_timezones()))]


def _several(label: str, help_text: str) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        required=False,
        label=label,
        help_text=help_text,
        widget=UnfoldAdminSelect2MultipleWidget,
        error_messages={"invalid_choice": "%(value)s does not exist. Take it out."},
    )


def _ticked(label: str, choices: Choices, help_text: str) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        required=False,
        label=label,
        choices=choices,
        help_text=help_text,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )


def _one(label: str, choices: Choices, help_text: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        required=False,
        label=label,
        choices=choices,
        help_text=help_text,
        widget=UnfoldAdminSelectWidget,
        error_messages={"invalid_choice": "%(value)s does not exist. Choose another."},
    )


def _truth(label: str, yes: str, no: str, help_text: str) -> forms.ChoiceField:
    return _one(label, [("", "Does not matter"), (YES, yes), (NO, no)], help_text)


def _count(label: str, help_text: str) -> forms.IntegerField:
    return forms.IntegerField(
        required=False,
        label=label,
        min_value=0,
        max_value=MOST_CHARACTERS,
        help_text=help_text,
        widget=UnfoldAdminIntegerFieldWidget,
    )


def _time(label: str, help_text: str) -> forms.TimeField:
    return forms.TimeField(
        required=False,
        label=label,
        help_text=help_text,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "time"}),
        error_messages={"invalid": "Write the time as HH:MM, such as 22:00."},
    )


class RuleFields(forms.Form):
    """The conditions and actions of a rule; `show` says what they are before somebody edits."""

    task_type = _several(
        "Task types", "The request names one of these. None chosen: any, or none at all."
    )
    tenant = _several("Tenants", "It comes from one of these. None chosen: any.")
    client = _several("Clients", "It comes from one of these programs. None chosen: any.")
    urgency = _ticked("Urgency", URGENCIES, "The request's, else its task type's. None: any.")
    accuracy = _ticked("Accuracy", ACCURACIES, "What the request asks for. None: any.")
    min_characters = _count(
        "At least so many characters", "Of the whole request, with its context. Empty: any number."
    )
    max_characters = _count("At most so many characters", "Empty: any number.")
    patient_facing = _truth(
        *("Patients read the answer", "Yes", "No"),
        "As the request or its task type says.",
    )
    has_tools = _truth("Tools", "It brings tools", "It brings none", "Tools that a model may call.")
    has_images = _truth(
        "Images or files", "It brings some", "It brings none", "Files count as images."
    )
    keywords = LinesField(
        most=200,
        longest=100,
        required=False,
        label="Words",
        help_text="A word or phrase per line; one of them is in the person's latest message, as "
        "whole words, in capitals or not. Empty: any text.",
    )
    window_from = _time("From", "Empty, like the end: the whole day.")
    window_to = _time("Until", "Earlier than the beginning: it ends on the next day.")
    window_days = _ticked(
        "Days",
        list(DAY_NAMES.items()),
        "On which it begins. None ticked: every day.",
    )
    window_timezone = forms.ChoiceField(
        required=False,
        label="Time zone",
        help_text="The clock of these hours and days.",
        widget=UnfoldAdminSelect2Widget,
        choices=_time_zones,
    )
    tier = _one("Tier that answers", [], "Its default model answers. A tier or a model, not both.")
    model = _one("Model that answers", [], "Only this model answers; its tier is taken.")
    floor = _one("Nothing below", [], "Other steps may choose higher, none may go lower.")
    ceiling = _one("Nothing above", [], "Never goes below a floor, whoever set that.")
    deny = forms.BooleanField(
        required=False,
        label="Refuse the request",
        widget=UnfoldBooleanSwitchWidget,
        help_text="No model is asked, and the caller is told the rule's name. Stands alone.",
    )

    _conditions: Mapping[str, Json] = {}
    _flaws: tuple[str, ...] = ()

    def show(self, conditions: Mapping[str, Json], actions: Mapping[str, Json]) -> None:
        """Offer what exists, and begin with what a rule says. One that is new says nothing."""
        flaws = validate_rule(conditions, actions) if conditions or actions else []
        if flaws:
            self._flaws, conditions, actions = tuple(flaws), {}, {}
        self._conditions = conditions
        for name, value in rule_values.initial_of(conditions, actions).items():
            self.initial.setdefault(name, value)
        self._offer()

    def clean(self) -> dict[str, Any] | None:
        super().clean()
        if self._flaws:
            flaws = " ".join(self._flaws)
            raise forms.ValidationError(NOT_SHOWN.format(flaws=flaws))
        self._check_numbers()
        self._check_window()
        self._check_actions()
        self._check_reach()
        return self.cleaned_data

    def conditions(self) -> dict[str, Json]:
        """Return the conditions as a rule keeps them, as they were where they mean the same."""
        return rule_values.conditions_of(self.cleaned_data, before=self._conditions)

    def actions(self) -> dict[str, Json]:
        """Return the actions as a rule keeps them."""
        given = self.cleaned_data
        found = {name: given[name] for name in CHOSEN if given[name]}
        return {**found, "deny": True} if given["deny"] else found

    def _check_numbers(self) -> None:
        least, most = (self.cleaned_data.get(name) for name in COUNTS)
        if least is not None and most is not None and least > most:
            self.add_error("max_characters", "This is below the least number, so none would match.")

    def _check_window(self) -> None:
        start, end, days, zone = (self.cleaned_data.get(name) for name in WINDOW)
        if (start is None) != (end is None):
            self.add_error(
                "window_from" if start is None else "window_to",
                "Give both times, or neither for the whole day.",
            )
        if (start or end or days) and not zone:
            self.add_error("window_timezone", "Choose on which clock these hours and days are.")
        elif zone and start is None and end is None and not days:
            self.add_error("window_timezone", "Give hours or days too, or take the zone out.")

    def _check_actions(self) -> None:
        given = {name: self.cleaned_data.get(name) for name in ACTIONS}
        chosen = [str(self.fields[name].label) for name in CHOSEN if given[name]]
        if given["deny"] and chosen:
            self.add_error("deny", f"Nobody answers then: take out {' and '.join(chosen)}.")
        if given["tier"] and given["model"]:
            self.add_error("model", "Choose a tier or a model, and take the other out.")
        if not chosen and not given["deny"] and not self.errors.keys() & set(ACTIONS):
            text = "Say what happens: choose who answers, a bound, or refuse the request."
            self.add_error("tier", text)
        self._check_bounds(given["floor"], given["ceiling"])

    def _check_reach(self) -> None:
        if not self.errors and self.cleaned_data["deny"] and not self.conditions():
            text = "This would refuse every request. Say above which ones, or switch it off."
            self.add_error("deny", text)

    def _check_bounds(self, floor: str | None, ceiling: str | None) -> None:
        rank = load_catalog().rank
        if floor and ceiling and rank(floor) > rank(ceiling):
            self.add_error("ceiling", f"This lies below {floor}, under which nothing may answer.")

    def _offer(self) -> None:
        """Offer what exists now, and what the rule names although it is gone."""
        catalog = load_catalog()
        called = [tier for tier in catalog.tiers.values() if tier.slug != RULE_TIER]
        tiers = [(tier.slug, tier.name) for tier in sorted(called, key=lambda each: each.rank)]
        models = [(n, f"{card.name} ({n})") for n, card in catalog.models.items() if card.is_live]
        callers = accounts.callers()
        types = TaskType.objects.order_by("name").values_list("slug", "name")
        self._choose("task_type", [(slug, f"{name} ({slug})") for slug, name in types])
        self._choose("tenant", _same(accounts.tenant_slugs()))
        self._choose("client", _same(sorted({client for _, client in callers})))
        self._choose("urgency", URGENCIES)
        self._choose("accuracy", ACCURACIES)
        for name in ("tier", "floor", "ceiling"):
            self._choose(name, tiers, nothing="No tier" if name == "tier" else "No bound")
        self._choose("model", sorted(models), nothing="No model")

    def _choose(self, name: str, choices: Choices, *, nothing: str = "") -> None:
        if name not in self.fields:
            return
        there = {value for value, _ in choices}
        begins_with = rule_values.listed(self.initial.get(name) or [])
        gone = [each for each in begins_with if each not in there]
        lost = [(value, f"{value} (does not exist)") for value in gone]
        first = [("", nothing)] if nothing else []
        self.fields[name].choices = [*first, *choices, *lost]  # type: ignore[attr-defined]


def _same(slugs: Iterable[str]) -> Choices:
    return [(slug, slug) for slug in slugs]
