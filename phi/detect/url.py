"""Web addresses (45 CFR 164.514(b)(2)(i)(N))."""

from phi.detect.recognizer import Pattern


def validate(value: str, before: str, after: str) -> float:
    return 0 if before.endswith("@") else 1


URL = Pattern(
    name="url",
    category="url",
    kind="URL",
    pattern=(
        r"(?i)\b((?:https?|ftp|sftp|wss?)://[^\s<>\"'`{}|\\^]*[^\s<>\"'`{}|\\^.,;:!?)\]]|"
        r"www\.[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[^\s<>\"'`{}|\\^,;]*[^\s<>\"'`{}|\\^.,;:!?)\]])?)"
    ),
    validate=validate,
)

PROFILE = Pattern(
    name="url-profile",
    category="url",
    kind="URL",
    pattern=(
        r"(?i)\b((?:facebook|twitter|x|instagram|linkedin|tiktok|patientslikeme)\.com/[\w./-]+)"
    ),
)

HANDLE = Pattern(
    name="social-handle",
    category="other",
    kind="ID",
    pattern=(
        r"(?i)\b(?:twitter|instagram|ig|tiktok|snapchat|venmo|telegram|facebook)"
        r"(?: handle| user(?:name)?| is|:){0,2}[ \t]*(@[a-z0-9_.]{2,30})\b"
    ),
)
