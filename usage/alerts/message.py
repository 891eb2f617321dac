"""What an alert looks like outside: the mail, the webhook's body, and its signature."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import orjson

from routerproject.shared.figures import plain
from usage.models import Alert


def subject(alert: Alert) -> str:
    return f"[router] {alert.get_kind_display()}"


def body(alert: Alert) -> str:
    """Return the mail's text."""
    period = f"Period: {alert.starts_at:%Y-%m-%d %H:%M} UTC to "
    end = f"{alert.ends_at:%Y-%m-%d %H:%M} UTC" if alert.ends_at else "no end"
    return f"{alert.text}\n\n{period}{end}\nScope: {alert.scope}\nAlert {alert.pk}\n"


def document(alert: Alert) -> bytes:
    """Return the webhook's body, the same bytes at every try."""
    content: Mapping[str, Any] = {
        "id": alert.pk,
        "kind": alert.kind,
        "text": alert.text,
        "scope": alert.scope,
        "value": plain(alert.value),
        "threshold": plain(alert.threshold),
        "unit": alert.unit,
        "period": {"starts_at": alert.starts_at, "ends_at": alert.ends_at},
        "fired_at": alert.fired_at,
    }
    return orjson.dumps(content)


def signature(secret: str, timestamp: int, content: bytes) -> str:
    """Return HMAC-SHA256 over the timestamp, a dot and the body (RFC 2104), in hexadecimal."""
    signed = f"{timestamp}.".encode() + content
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
