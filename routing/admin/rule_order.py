"""The order of all rules at once: by drag, by keyboard or by number, saved whole or not at all."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from routing.models import Rule
from routing.rulebook import wording
from usage.admin.drafts import PublicationFields

LARGEST = 2_000_000_000
CONFLICT = (
    "Somebody changed the order, added a rule or took one away after you opened this page. Nothing"
    " was saved. Your numbers are still below; open the page anew to see the others, then decide."
)


@dataclass(frozen=True, slots=True)
class Row:
    """A rule with the field of its priority."""

    rule: Rule
    field: BoundField

    @property
    def words(self) -> str:
        return wording.in_words(self.rule.conditions, self.rule.actions)

    @property
    def place(self) -> tuple[int, str]:
        """Return where the row stands by what is typed so far."""
        typed = str(self.field.value())
        return int(typed) if typed.isdecimal() else LARGEST, self.rule.slug


class OrderForm(PublicationFields):
    """A priority for each rule, with what the order was when the page was opened."""

    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, may_publish: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rules = list(Rule.objects.all())
        self.initial["seen"] = _digest(self.rules)
        for rule in self.rules:
            self.fields[_name(rule)] = _priority_of(rule)
        if not may_publish:
            del self.fields["publish_now"], self.fields["note"]

    @property
    def rows(self) -> list[Row]:
        return sorted((Row(r, self[_name(r)]) for r in self.rules), key=lambda row: row.place)

    @property
    def publication(self) -> list[BoundField]:
        return [self[name] for name in ("publish_now", "note") if name in self.fields]

    def clean(self) -> dict[str, Any] | None:
        """Refuse to overwrite another order; the rules stay locked until this one is saved."""
        super().clean()
        now = Rule.objects.select_for_update().order_by("pk")
        if _digest(now) != self.cleaned_data.get("seen"):
            raise forms.ValidationError(CONFLICT, "conflict")
        return self.cleaned_data

    def moved(self) -> list[Rule]:
        """Return the rules that get another priority, with it, not yet saved."""
        found = []
        for rule in self.rules:
            wanted = self.cleaned_data[_name(rule)]
            if wanted != rule.priority:
                rule.priority = wanted
                found.append(rule)
        return found


def _priority_of(rule: Rule) -> forms.IntegerField:
    return forms.IntegerField(
        label=f"Priority of {rule.name}",
        initial=rule.priority,
        min_value=1,
        max_value=LARGEST,
        widget=UnfoldAdminIntegerFieldWidget(attrs={"data-priority": ""}),
    )


def _name(rule: Rule) -> str:
    return f"priority_{rule.pk}"


def _digest(rules: Iterable[Rule]) -> str:
    places = sorted((rule.pk, rule.priority) for rule in rules)
    return hashlib.sha256(json.dumps(places).encode()).hexdigest()
