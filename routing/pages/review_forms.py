"""What a reader says on the page of a review."""

from typing import Any

from django import forms

from routing.evaluation.reviews import Said
from routing.models import Harm, Needed, Review, ReviewVerdict

KEYS = {
    **{"correct": "1", "under": "2", "over": "3", "cannot_tell": "4"},
    **{"haiku": "h", "sonnet": "s", "opus": "o"},
    **{"none": "6", "rework": "7", "delay": "8", "safety": "9"},
}


class ReviewForm(forms.Form):
    """The verdict on a tier; the needed tier may be left out where only one is possible."""

    verdict = forms.ChoiceField(
        choices=ReviewVerdict,
        widget=forms.RadioSelect,
        label="The tier that answered was",
        error_messages={"required": "Say what you make of the tier."},
    )
    needed = forms.ChoiceField(
        choices=Needed, widget=forms.RadioSelect, required=False, label="Needed was"
    )
    harm = forms.ChoiceField(
        choices=Harm,
        widget=forms.RadioSelect,
        required=False,
        label="If it was too low, that leads to",
    )

    def __init__(self, review: Review, data: Any = None) -> None:
        super().__init__(data, label_suffix="")
        self.review = review
        for field in self.fields.values():
            field.widget.attrs["data-keys"] = "true"

    def clean(self) -> dict[str, Any] | None:
        """Fill in what follows from the verdict alone; ask for what does not."""
        given = super().clean() or {}
        verdict = given.get("verdict")
        if verdict in (ReviewVerdict.UNDER, ReviewVerdict.OVER):
            possible = self._possible(str(verdict))
            if not possible:
                self.add_error("verdict", f"There is no such tier beside {self.review.tier}.")
            elif len(possible) == 1:
                given["needed"] = possible[0]
            elif given.get("needed") not in possible:
                self.add_error("needed", f"Say which: {' or '.join(possible)}.")
        if verdict == ReviewVerdict.UNDER and not given.get("harm"):
            self.add_error("harm", "Say what a tier that is too low leads to.")
        return given

    def said(self) -> Said:
        """Return the label, once the form is valid."""
        given = self.cleaned_data
        verdict = given["verdict"]
        if verdict == ReviewVerdict.CANNOT_TELL:
            return Said(verdict)
        if verdict == ReviewVerdict.CORRECT:
            return Said(verdict, self.review.tier)
        harm = given["harm"] if verdict == ReviewVerdict.UNDER else Harm.NONE.value
        return Said(verdict, given["needed"], harm)

    def _possible(self, verdict: str) -> list[str]:
        order = list(Needed.values)
        at = order.index(self.review.tier)
        return order[at + 1 :] if verdict == ReviewVerdict.UNDER else order[:at]
