"""What the page asks for: a request, who would send it, and under which rulebook."""

from collections.abc import Iterable
from typing import Any, Final

from django import forms

from routing.api.body import ACCURACIES, URGENCIES
from routing.models import RulebookProposal, TaskType
from usage import accounts

LONGEST_REQUEST: Final = 200_000  # characters
PROMPT: Final = "prompt"
BODY: Final = "body"
PUBLISHED: Final = "published"
DRAFTS: Final = "drafts"
PROPOSAL: Final = "proposal-"
SEPARATOR: Final = "/"


def _callers() -> list[tuple[str, str]]:
    names = (SEPARATOR.join(caller) for caller in accounts.callers())
    return [(name, name.replace(SEPARATOR, ": ")) for name in names]


def _rulebooks() -> list[tuple[str, str]]:
    waiting = RulebookProposal.objects.order_by("pk")
    return [
        (PUBLISHED, "As published"),
        (DRAFTS, "As the drafts would be"),
        *((f"{PROPOSAL}{row.pk}", f"As proposed ({row.pk}): {row.note}") for row in waiting),
    ]


def _task_types() -> list[tuple[str, str]]:
    rows = TaskType.objects.order_by("name").values_list("slug", "name")
    return [("", "None named"), *((slug, f"{name} ({slug})") for slug, name in rows)]


def _words(names: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ").capitalize()) for name in names]


class ExplainForm(forms.Form):
    """A request to explain."""

    caller = forms.ChoiceField(
        label="Client", choices=_callers, error_messages={"required": "Choose a client."}
    )
    rulebook = forms.ChoiceField(choices=_rulebooks)
    kind = forms.ChoiceField(
        label="What you paste",
        choices=[(PROMPT, "A prompt"), (BODY, "The JSON body of a request")],
    )
    may_override = forms.BooleanField(
        required=False, label="Its key may choose the model (route:override)"
    )
    text = forms.CharField(
        strip=False,
        label="Request",
        max_length=LONGEST_REQUEST,
        widget=forms.Textarea(attrs={"rows": 10, "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Paste or type a request first."},
    )
    task_type = forms.ChoiceField(required=False, label="Task type", choices=_task_types)
    urgency = forms.ChoiceField(required=False, choices=_words(URGENCIES), initial="interactive")
    accuracy = forms.ChoiceField(required=False, choices=_words(ACCURACIES), initial="standard")
    patient_facing = forms.BooleanField(required=False, label="A patient reads the answer")

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="")
        for name, field in self.fields.items():
            if name in self.errors:
                field.widget.attrs |= {"aria-invalid": "true", "aria-describedby": f"error-{name}"}

    def clean_text(self) -> str:
        """Return the text with the line ends that programs send, where browsers write two."""
        text: str = self.cleaned_data["text"].replace("\r\n", "\n")
        if not text.strip():
            raise forms.ValidationError(self.fields["text"].error_messages["required"])
        return text

    @property
    def has_callers(self) -> bool:
        return bool(accounts.callers())

    @property
    def of_a_prompt(self) -> list[forms.BoundField]:
        """The fields that a JSON body brings along itself."""
        return [self[name] for name in ("task_type", "urgency", "accuracy", "patient_facing")]
