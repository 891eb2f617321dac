"""Tries to sign in, so that passwords cannot be guessed."""

from django.db import models


class SignInTries(models.Model):
    """The wrong tries in a row with one name; gone as soon as one was right."""

    name_hash = models.BinaryField(max_length=32, unique=True, editable=False)
    failures = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(help_text="UTC.")

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["last_at"], name="sign_in_tries_last")]

    def __str__(self) -> str:
        return f"{self.failures} tries"
