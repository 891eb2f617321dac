"""Web addresses (45 CFR 164.514(b)(2)(i)(N)).

Code systems and public reference sites identify nobody and stay, unless a query or a long number
goes with them.
"""

import re

from phi.detect.recognizer import Pattern

_PUBLIC_HOSTS = (
    r"loinc\.org|snomed\.info|snomed\.org|unitsofmeasure\.org|hl7\.org|fhir\.org|dicom\.nema\.org|"
    r"nlm\.nih\.gov|nih\.gov|cdc\.gov|cms\.gov|fda\.gov|hhs\.gov|va\.gov|who\.int|ama-assn\.org|"
    r"w3\.org|json-schema\.org|ietf\.org|schema\.org|oid-info\.com|iso\.org|dsm5\.org|icd\.who\.int|"
    r"uptodate\.com|mayoclinic\.org|heart\.org|diabetes\.org|cancer\.org|acc\.org|medlineplus\.gov|"
    r"clinicaltrials\.gov|cochrane\.org|nice\.org\.uk|nhs\.uk|drugs\.com|epocrates\.com|doi\.org|"
    r"example\.(?:invalid)|mdcalc\.com|aafp\.org|aap\.org|acog\.org|idsociety\.org"
)
_PUBLIC = re.compile(
    rf"(?:https?://)?(?:[a-z0-9-]+\.)*(?:{_PUBLIC_HOSTS})(?::443)?(?:/[^?#@\s]*)?\Z", re.IGNORECASE
)
_LONG_NUMBER = re.compile(r"\d{6}")
_ENDINGS = (
    "com|org|net|edu|gov|io|us|health|care|clinic|info|biz|me|app|dev|co\\.uk|de|fr|ca|blog|live|tv|"
    "example|be|ly"
)
_FILES = re.compile(r"\.(?:me|be|de|ca|fr|us|ly|care|live|dev|app|info|tv|io)\Z", re.IGNORECASE)


def validate(value: str, before: str, after: str) -> float:
    if before.endswith("@"):
        return 0
    is_public = _PUBLIC.match(value) and not _LONG_NUMBER.search(value)
    return 0 if is_public else 1


def validate_bare(value: str, before: str, after: str) -> float:
    """Refuse a missing blank after a sentence ("pain.Me") for a host."""
    host = value.split("/")[0].split(":")[0]
    if before.endswith(("@", ".", "/", "-")) or after.startswith("@"):
        return 0
    if "/" not in value and _FILES.search(host) and host.count(".") < 2:
        return 0
    first = host.split(".")[0]
    is_short = "/" not in value and not re.search("[A-Za-z]{2}", first)
    if re.search(r"\.[A-Z][a-z]", host) or is_short:
        return 0
    return validate(value, before, after)


URL = Pattern(
    name="url",
    category="url",
    kind="URL",
    pattern=(
        r"(?i)\b((?:https?|hxxps?|ftp|sftp|wss?|s3|file|smb|gs)://[^\s<>\"'`{}|\\^]*[^\s<>\"'`{}|\\^.,;:!?)\]]|"
        r"www\.[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[^\s<>\"'`{}|\\^,;]*[^\s<>\"'`{}|\\^.,;:!?)\]])?)"
    ),
    validate=validate,
)

BARE = Pattern(
    name="url-bare",
    category="url",
    kind="URL",
    pattern=(
        rf"(?i)\b((?:[a-z0-9][a-z0-9-]*\.){{1,4}}(?:{_ENDINGS})\b(?::\d{{2,5}})?"
        r"(?:/[^\s<>\"'`{}|\\^,;]*[^\s<>\"'`{}|\\^.,;:!?)\]])?)"
    ),
    validate=validate_bare,
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
        r"(?i)\b(?:twitter|instagram|ig|tiktok|snapchat|venmo|telegram|facebook|cash ?app|handle|"
        r"discord)"
        r"(?: handle| user(?:name)?| is|:){0,2}[ \t]*([@$][a-z0-9_.-]{2,30}[a-z0-9])\b"
    ),
)
# A name with a figure behind the name of what it is used at.
ACCOUNT = Pattern(
    name="account-at-a-site",
    category="other",
    kind="ID",
    pattern=(
        r"(?i)\b(?:gmail|hotmail|yahoo|aol|skype|snapchat|snap|insta(?:gram)?|facetime|discord)"
        r"(?: (?:id|name|user|is))?[ \t]?:[ \t]?"
        r"((?:live:)?[a-z][a-z._-]{2,30}\d[a-z0-9._-]{0,12})\b"
    ),
)
