"""Amazon's request signature, version 4: four keyed hashes over what is sent. Pure.

Of the vendor's library only this would be used; the rest of it opens connections of its own and
asks the environment and the machine's metadata service for credentials, which nothing here may.
Source: AWS, "Create a signed AWS API request", docs.aws.amazon.com/IAM/latest/UserGuide.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlsplit

ALGORITHM: Final = "AWS4-HMAC-SHA256"


class NoCredentials(ValueError):
    """What was given is no set of Amazon credentials. Never says what it was."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Keys of one identity, and the region whose services it calls."""

    access_key_id: str
    secret_access_key: str
    region: str
    session_token: str = ""

    def __repr__(self) -> str:
        return "<Credentials>"


def credentials_of(text: str, *, region: str = "") -> Credentials:
    """Return the credentials that a secret holds as JSON, by the names of the fields above.

    `region` holds where they name none. Raises NoCredentials.
    """
    try:
        found = {"region": region, **json.loads(text)}
        credentials = Credentials(**found)
    except (ValueError, TypeError):
        raise NoCredentials("The secret is no JSON of Amazon credentials.") from None
    values = (credentials.access_key_id, credentials.secret_access_key, credentials.region)
    if not all(isinstance(value, str) and value for value in values):
        raise NoCredentials("The credentials lack a key or a region.")
    return credentials


def signed_headers(
    credentials: Credentials,
    *,
    service: str,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    at: datetime,
) -> dict[str, str]:
    """Return the headers that sign a request; `url` as it is sent, `headers` those to be signed.

    The path is encoded once more, as every service but S3 wants it.
    """
    moment = at.strftime("%Y%m%dT%H%M%SZ")
    parts = urlsplit(url)
    own = {"x-amz-date": moment}
    if credentials.session_token:
        own["x-amz-security-token"] = credentials.session_token
    signed = {name.lower(): " ".join(value.split()) for name, value in {**headers, **own}.items()}
    signed["host"] = parts.netloc
    names = ";".join(sorted(signed))
    lines = [
        *(method, quote(parts.path or "/", safe="/-_.~"), parts.query),
        *(f"{name}:{signed[name]}" for name in sorted(signed)),
        *("", names, hashlib.sha256(body).hexdigest()),
    ]
    scope = f"{moment[:8]}/{credentials.region}/{service}/aws4_request"
    request_hash = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    text = "\n".join((ALGORITHM, moment, scope, request_hash))
    key = _key(credentials, moment[:8], service)
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    said = f"Credential={credentials.access_key_id}/{scope}, SignedHeaders={names}"
    return {**own, "authorization": f"{ALGORITHM} {said}, Signature={signature}"}


def _key(credentials: Credentials, day: str, service: str) -> bytes:
    key = f"AWS4{credentials.secret_access_key}".encode()
    for part in (day, credentials.region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
