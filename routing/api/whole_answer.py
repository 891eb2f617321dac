"""A whole answer in JSON, as the lean handler sends it."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from django.http import BadHeaderError

JSON: Final = "application/json"


class WholeAnswer:
    """What of Django's HttpResponse is needed; that encodes and decodes each header three times."""

    status_code: Final = 200

    def __init__(self, document: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        """Raises BadHeaderError for what would be more than the value of a header."""
        if not "".join(headers.values()).isprintable():
            raise BadHeaderError("A header holds a control character.")
        self.content: Final = orjson.dumps(document, default=str)
        self.headers: Final = {"Content-Type": JSON, **headers}
