"""The root of everything that can go wrong with a request, as data rather than text; and what can
be wrong with what admins edit."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar


class RouterError(Exception):
    """A refusal or failure that the caller is told about as a problem (RFC 9457).

    `detail` and `extra` never contain prompt text, identifiers or credentials.
    """

    status: ClassVar[int] = 500
    problem: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something went wrong."
    is_retryable: ClassVar[bool] = False

    def __init__(
        self,
        detail: str = "",
        *,
        retry_after_seconds: int | None = None,
        is_billed: bool = False,
        **extra: Any,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.retry_after_seconds = retry_after_seconds
        self.is_billed = is_billed
        self.extra: Mapping[str, Any] = extra


class InvalidConfiguration(Exception):
    """What admins edited cannot be served from; `findings` says why, a sentence each."""

    def __init__(self, findings: Iterable[str]) -> None:
        self.findings = tuple(findings)
        super().__init__(" ".join(self.findings))
