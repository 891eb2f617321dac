"""Which addresses get the relaxed content policy that the admin's theme needs: its own only."""

from collections.abc import Iterable
from typing import Any

from csp.decorators import csp_replace
from django.conf import settings
from django.urls import URLPattern, URLResolver

AdminUrls = tuple[list[URLPattern | URLResolver], str, str]


def relaxed(urls: Any) -> AdminUrls:
    """Return the addresses of an admin site, each answering under the relaxed policy."""
    patterns, app_name, namespace = urls
    _relax(patterns)
    return patterns, app_name, namespace


def _relax(patterns: Iterable[URLPattern | URLResolver]) -> None:
    decorate = csp_replace(settings.ADMIN_CONTENT_SECURITY_POLICY)
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            _relax(pattern.url_patterns)
        else:
            pattern.callback = decorate(pattern.callback)
