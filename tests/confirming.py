"""How a person publishes: looks at what would change, writes a note, presses the button."""

from typing import Any

from django.test import Client as Browser


def confirm(browser: Browser, url: str, **typed: str) -> Any:
    """Return the answer of a page of confirmation that was looked at before."""
    page: Any = browser.get(url)
    return browser.post(url, {"seen": page.context["seen"], **typed})
