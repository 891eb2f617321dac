"""What the reader of the cost report asks for beside its filters: another volume, another mix."""

from collections.abc import Mapping
from typing import Any

from django import forms

from usage.reports.facts import Facts
from usage.reports.projection import Projection, project

MOST_ANSWERS = 1_000_000_000


class WhatIfForm(forms.Form):
    """How many answers a month, and the weight of each tier from 0 to 100."""

    answers = forms.IntegerField(
        label="Answers a month", min_value=0, max_value=MOST_ANSWERS, required=False
    )

    def __init__(self, *args: Any, mix: Mapping[str, int], answers: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._measured = mix
        self.fields["answers"].initial = answers
        for tier, weight in mix.items():
            self.fields[_name(tier)] = forms.IntegerField(
                label=f"{tier} (%)",
                min_value=0,
                max_value=100,
                initial=weight,
                required=False,
                widget=forms.NumberInput(attrs={"type": "range", "data-tier": tier}),
            )

    def projection(self, facts: Facts) -> Projection | None:
        """Return the answer; the measured mix where nothing sound was given."""
        given = self.cleaned_data if self.is_bound and self.is_valid() else {}
        mix = {tier: _or(given.get(_name(tier)), weight) for tier, weight in self._measured.items()}
        answers = _or(given.get("answers"), self.fields["answers"].initial)
        return project(facts, answers, mix)


def _name(tier: str) -> str:
    return f"mix_{tier}"


def _or(given: int | None, otherwise: int) -> int:
    return otherwise if given is None else given
