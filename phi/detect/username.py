"""Names people sign in with (45 CFR 164.514(b)(2)(i)(R))."""

import re

from phi.detect.recognizer import Pattern

_NOT_NAMES = re.compile(
    r"(?:is|was|and|the|id|name|cannot|can|could|has|had|will|may|agent|group|role|error|admin|root|"
    r"not|who|with|for|of|in|on|to|at|or|manual|guide|system|assistant|friendly|fee|interface|access|"
    r"experience|input|story|stories|none|null|true|false|unknown|password|page|screen|reset|issue|"
    r"problem|problems|failed|button|now|did|does|must|should)\Z",
    re.IGNORECASE,
)


def validate(value: str, before: str, after: str) -> float:
    if _NOT_NAMES.match(value) or after[:1] in {"(", "/"}:
        return 0
    if re.search(r"[0-9]", value):
        return 0 if value.isdigit() and len(value) < 5 else 1
    return 1 if re.search(r"[=:]\s*[\"']?\Z", before) or "." in value or "_" in value else 0


USERNAME = Pattern(
    name="username",
    category="other",
    kind="ID",
    pattern=(
        r"(?i)\b(?:user ?(?:name|id)?|user[_-](?:name|id)|log-?in(?: name| id)?|logon|screen name|"
        r"portal (?:user|login|account|id)|sign-?in name|handle|uid|usr)\b(?: (?:is|was))?"
        r"[ \t]*(?:[:=-]{1,2})?[ \t]*[\"']?([a-z][a-z0-9._-]{2,30}[a-z0-9])\b"
    ),
    validate=validate,
)
