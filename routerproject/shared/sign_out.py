"""Who leaves a page alone, or stays for a whole day, is signed out (45 CFR 164.312(a)(2)(iii))."""

import time
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin

SIGNED_IN: Final = "signed_in_at"  # seconds since 1970
SEEN: Final = "seen_at"
NOTED_EVERY: Final = 60.0  # seconds; a session is not written at each request


def note_sign_in(sender: Any, request: HttpRequest | None, **more: Any) -> None:
    """Note when a session began: a receiver of Django's user_logged_in."""
    if request is not None:
        request.session[SIGNED_IN] = request.session[SEEN] = time.time()


class IdleSignOut(MiddlewareMixin):
    """Ends sessions by their own notes, whatever the cookie says."""

    def process_request(self, request: HttpRequest) -> None:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return
        session, now = request.session, time.time()
        if SESSION_KEY not in session:
            return
        idle, age = now - session.get(SEEN, 0.0), now - session.get(SIGNED_IN, 0.0)
        if idle > settings.SIGN_IN_IDLE_MINUTES * 60 or age > settings.SESSION_COOKIE_AGE:
            logout(request)
        elif idle > NOTED_EVERY:
            session[SEEN] = now
