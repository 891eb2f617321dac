"""What the pages ask for."""

from collections.abc import Iterable
from typing import Any, Final

from django import forms

from phi.admin.fields import task_types
from usage import accounts

LONGEST_TEXT: Final = 50_000
IN_FORCE: Final = "in-force"
DRAFTS: Final = "drafts"
RECORD: Final = {
    "name": "Name",
    "birth_date": "Birth date",
    "mrn": "MRN",
    "ssn": "SSN",
    "phone": "Phone",
    "email": "E-mail",
    "address": "Address",
    "insurance_member_id": "Insurance member id",
    "account_number": "Account number",
    "portal_username": "Portal user name",
    "employer": "Employer",
    "emergency_contact": "Emergency contact",
    "pcp": "Primary care physician",
}


def _pairs(nothing: str, slugs: Iterable[str]) -> list[tuple[str, str]]:
    return [("", nothing), *((slug, slug) for slug in slugs)]


class ScopeForm(forms.Form):
    """For whom, and for which work."""

    tenant = forms.ChoiceField(
        required=False, choices=lambda: _pairs("Any other tenant", accounts.tenant_slugs())
    )
    task_type = forms.ChoiceField(
        required=False,
        label="Task type",
        choices=lambda: _pairs("Any other task type", task_types()),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="")


class TryOutForm(ScopeForm):
    """A text to look at, and what is known of its patient."""

    policies = forms.ChoiceField(
        choices=[(IN_FORCE, "As they are in force"), (DRAFTS, "As the drafts would be")]
    )
    text = forms.CharField(
        strip=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 12, "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Paste or type a text first."},
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        for name, label in RECORD.items():
            self.fields[name] = forms.CharField(
                required=False,
                label=label,
                max_length=200,
                widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            )
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
    def record(self) -> list[Any]:
        """The fields of the patient's record."""
        return [self[name] for name in RECORD]

    @property
    def has_record(self) -> bool:
        return any(self[name].value() or self[name].errors for name in RECORD)

    def patient(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in RECORD if self.cleaned_data[name]}
