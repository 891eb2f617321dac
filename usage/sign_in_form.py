"""The form of the sign-in page: bounded tries, each way it ends written down."""

from datetime import timedelta
from threading import BoundedSemaphore
from typing import Any, Final

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.views.decorators.debug import sensitive_variables
from unfold.forms import AuthenticationForm

from routerproject.shared import clock
from usage import sign_in

# Hashing takes most of a second of CPU by design, which strangers must not keep from requests.
AT_ONCE: Final = 2  # passwords that a process looks at
LONGEST_IN_LINE: Final = 10.0  # seconds
looking = BoundedSemaphore(AT_ONCE)


class SignInForm(AuthenticationForm):  # type: ignore[misc]
    """Django's form, which asks before a password is looked at."""

    @sensitive_variables()
    def clean(self) -> Any:
        name = self.cleaned_data.get("username")
        if name is None or not self.cleaned_data.get("password"):
            return super().clean()
        if not looking.acquire(timeout=LONGEST_IN_LINE):
            raise ValidationError("Too many people are signing in. Try again.", "busy")
        try:
            return self._looked_at(name)
        finally:
            looking.release()

    def _looked_at(self, name: str) -> Any:
        if left := sign_in.begin(name, clock.now()):
            raise ValidationError(_too_many(left), "too_many_tries")
        try:
            cleaned = super().clean()
        except ValidationError:
            sign_in.failed(name)
            raise
        person = self.get_user()
        if isinstance(person, User):
            sign_in.succeeded(person)
        return cleaned


def _too_many(left: timedelta) -> str:
    minutes = -(-left // timedelta(minutes=1))
    return (
        "Too many wrong tries with this name. Try again in"
        f" {minutes} minute{'s' if minutes > 1 else ''}."
    )
