"""HTTP with the standard library: the command is a caller like any other."""

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

TIMEOUT_SECONDS = 120


class Unreachable(Exception):
    """Nobody answers at the address, or not in JSON."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: Any


@dataclass(frozen=True, slots=True)
class JsonClient:
    """Calls of one server. Redirects are not followed, proxies not used."""

    url: str
    key: str = ""

    def get(self, path: str, **query: object) -> Reply:
        return self._call("GET", f"{path}?{urlencode(query)}" if query else path)

    def post(self, path: str, document: Any) -> Reply:
        return self._call("POST", path, json.dumps(document).encode())

    def _call(self, method: str, path: str, body: bytes | None = None) -> Reply:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        connection = self._connection()
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Reply(response.status, json.loads(response.read()))
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unreachable(f"{self.url} gave no answer: {type(error).__name__}.") from error
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        place = urlsplit(self.url)
        if place.scheme not in ("http", "https") or not place.hostname:
            raise Unreachable(f"{self.url} is not an address of the form http://host:port.")
        if place.scheme == "https":
            return http.client.HTTPSConnection(place.hostname, place.port, timeout=TIMEOUT_SECONDS)
        return http.client.HTTPConnection(place.hostname, place.port, timeout=TIMEOUT_SECONDS)
