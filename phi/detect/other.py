"""Any other unique identifying number, behind a label (45 CFR 164.514(b)(2)(i)(R)), and UUIDs."""

import re
from typing import Final

from phi.detect.labels import VALUE, labeled
from phi.detect.recognizer import Pattern

# Words whose numbers name a thing of science or trade, not a person.
_PUBLIC = re.compile(
    r"\b(?:cas|ndc|cpt|icd(?:-?\d+)?(?:-cm)?|loinc|snomed(?: ct)?|rxnorm|rxcui|pm(?:id)?|pmcid|doi|"
    r"nct|hcpcs|"
    r"drg|atc|catalog(?:ue)?|model|version|reorder|item|part|ec|isbn|issn|rs|dsm|oid|gene|omim|"
    r"unii|"
    r"room|bed|page|step|figure|table|grade|stage|exon|iso|rfc|prefix|error|zip)[ -]{0,2}\Z",
    re.IGNORECASE,
)

_UNSURE = 0.6  # a label that says more names the token

OTHER: tuple[Pattern, ...] = (
    *labeled(
        name="labeled-id",
        category="other",
        kind="ID",
        strong=r"(?:employee|student|military|dod|tax|voter|donor|recipient|study|subject|participant|"
        r"unos|user|badge|state|national|trial|research|enrollment|registry|tin) id|ein|"
        r"badge|docket|inmate|doc ?#|unos|(?:our|your|file|case|claim) ref(?:erence)?\b\.?|"
        r"(?:ems|fire|police|ambulance) (?:run|report|incident|call)|(?:me|coroner'?s?|court|"
        r"police) "
        r"case|curp|cpf|dni|nie|nif|bsn|pesel|aadhaa?r|nino|ni number|personnummer|cuit|rfc|nss|"
        r"edipi|uhid|oln|iccid|imei|pcr|cad|va file|a-?number|alien (?:number|no)|microchip|"
        r"(?:steuer|personal)-?(?:id|nummer)|ausweis(?:nummer)?|cedula(?: profesional)?|folio",
        weak=r"claim|specimen|permit|invoice|loan|dictation|unit|visa|chip|petition|parcel|"
        r"deed|inspection|employee|student|tracking|ticket|report|incident|booking|prescription|rx|order|"
        r"confirmation|referral|histology|run|env(?:elope)?|valuables(?: env(?:elope)?)?|property|"
        r"locker|locker no|cassette|kit|warrant|citation|work order|job|batch|voucher|"
        r"purchase order|po|ref\.?|report|study|subject|participant|donor|voter|registration|"
        r"application|"
        r"reference|file|matter|confirmation code|"
        r"id|identifier|identification|blood bank",
        grouped=r"curp|cpf|dni|aadhaa?r|nino|nss|cedula(?: profesional)?|blood bank|unit no|donor|"
        r"national id|id|tax id|va file|a-?number|tracking|passport|visa",
        sureness=_UNSURE,
    ),
    *labeled(
        name="biometric-id",
        category="biometric",
        kind="BIO",
        strong=r"(?:finger ?print|retinal?(?: scan)?|iris(?: scan)?|voice ?print|palm(?: ?print)?|"
        r"face ?print|facial|biometric|dna profile|vein)(?: (?:template|scan|id|hash|code|"
        r"profile))?",
    ),
)


def validate_numbered(value: str, before: str, after: str) -> float:
    digits = sum(map(str.isdigit, value))
    if _PUBLIC.search(before[:-1] if before.endswith("#") else _without_number_word(before)):
        return 0
    if digits >= 5:
        return _UNSURE
    return _UNSURE if digits >= 3 and re.search("[A-Z]", value) and len(value) >= 6 else 0


def _without_number_word(before: str) -> str:
    return _TRAILING_WORD.sub("", before)


_TRAILING_WORD = re.compile(
    r"(?:numbers?|num|nos?\.?|nrs?\.?|nbr\.?|ids?|identifier|code|#)[ \t:#=]*\Z", re.I
)

NUMBERED = Pattern(
    name="numbered",
    category="other",
    kind="ID",
    pattern=(
        r"(?i)\b[a-z][a-z'/&.-]{1,20}(?:[ \t_-]{1,2}(?:numbers?\b|num\b|nos?\b\.?|nrs?\b\.?|"
        r"nbr\.?|ids?\b|identifier\b|#)|#)[ \t]{0,3}(?:is |was )?[:#=]{0,2}[ \t]{0,3}"
        rf"({VALUE})\b"
    ),
    validate=validate_numbered,
)
UUID = Pattern(
    name="uuid",
    category="other",
    kind="ID",
    pattern=r"(?i)\b([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b",
)
TRACKING = Pattern(
    name="tracking-number",
    category="other",
    kind="ID",
    pattern=r"\b(1Z[0-9A-Z]{16})\b",
)


def _is_range(value: str) -> bool:
    """Tell whether these are two ends (150-400) or too little to be a number."""
    parts = value.split("-")
    if sum(map(str.isdigit, value)) < 5:
        return True
    is_pair = len(parts) == 2 and all(map(str.isdigit, parts))
    return is_pair and len(parts[0]) == len(parts[1]) < 5 and int(parts[0]) < int(parts[1])


_MEASURED: Final = re.compile(
    r"[ \t]?(?:mgs?|mcg|ml|kg|days?|weeks?|years?|minutes?|mins?|hours?|units?|iu|%|miles?|"
    r"patients|mm)\b",
    re.IGNORECASE,
)
# Two rows of figures behind what is numbered so: case 44-4062, claim 8841-22.
HYPHENED = Pattern(
    name="numbered-in-two",
    category="other",
    kind="ID",
    pattern=(
        r"(?i)\b(?:case|claim|clm|auth|conf|inv|docket|incident|report|run|pcr|cad|job|invoice|ref\.?|file|permit|"
        r"specimen|accession|ticket|req(?:uisition)?|order|hearing|cause|event|log|badge|unit)"
        r"(?: (?:no\.?|number|#))?[ :#]{1,3}((?:[a-z]{1,3}-?)?\d{2,6}-\d{2,6}(?:-\d{1,6})?)\b"
    ),
    validate=lambda value, before, after: (
        0 if _is_range(value) or _MEASURED.match(after) else _UNSURE
    ),
)
# Slips of a counter and a ledger, whose numbers are short: ck #4471, chk 20931, rcpt no. 2201.
SLIP = Pattern(
    name="number-of-slip",
    category="other",
    kind="ID",
    pattern=(
        r"(?i)\b(?:(?:ck|chk|check|cheque|rcpt|receipt|trace|eob|era|remit(?:tance)?|voucher|batch|"
        r"warrant|stmt|statement|loan|conf(?:irmation)?|booking(?: ref)?|bus pass|locker|payroll|"
        r"inv|flight|screening|slide|cassette|money order|deposit|claim|ticket|tag|key|pager|box)"
        r" ?(?:no\.?|number|num\.?|nr\.?|#)[ :]{0,2}|(?:chk|trace|eob|rcpt|remit|cheque|voucher) )"
        r"([a-z]{0,3}-?\d{3,10}(?:-\d{1,5})?[a-z]?)\b"
    ),
    validate=lambda value, before, after: 0 if _MEASURED.match(after) else _UNSURE,
)
HANDLE = Pattern(
    name="handle",
    category="other",
    kind="ID",
    pattern=(
        r"(?i)\b(?:ig|insta(?:gram)?|skype|venmo|twitter|tiktok|snap(?:chat)?|whatsapp|cash ?app|"
        r"zelle|discord|facebook|fb|screen ?name|handle|telegram|wechat|signal)(?: (?:is|name|id))?"
        r"[ \t]?[:=]?[ \t]?(@[a-z0-9][a-z0-9._-]{2,30}[a-z0-9]|"
        r"[a-z]{2,20}[._]?[a-z]{0,12}\d{1,4}\b|"
        r"[a-z]{2,20}[._][a-z0-9]{2,20}\b)"
    ),
)
# Numbers of prisons, registries and help desks, long enough to be no count: DOC 448291, TKT-44829.
KEPT_BY = Pattern(
    name="number-of-keeper",
    category="other",
    kind="ID",
    pattern=(
        r"\b(?:(?:DOC|CDCR|TDCJ|BOP|JID|SID|PFN|[Ii]nmate|[Bb]ooking|[Ee]mp|EMP)"
        r"(?: ?(?:#|no\.?|num\.?|ID))?[ :#]{1,2}([A-Z]{0,2}-?\d{4,8}(?:-\d{1,5})?))\b"
    ),
)
TICKET = Pattern(
    name="ticket-number",
    category="other",
    kind="ID",
    pattern=(r"\b((?:TKT|TICKET|INC|REQ|RITM|CASE|SR|HD)[-#]\d{4,9})\b"),
)
_CODED = re.compile(
    r"\b(?:snomed|sct|sctid|rxnorm|rxcui|loinc|ndc|pmid|pubmed|nct|cas|isbn|issn|umls|concept|code|"
    r"codes|icd|cpt|hcpcs|doi|omim|catalog|cat|part|model|lot|version|build|seed|timeout|port|bytes|"
    r"copies|cells|units|iu|count|platelets?|plt|wbc|rbc|cfu|vl|load|ferritin|bnp|probnp|ck)"
    r"\b[^.\n]{0,24}\Z|[\"'](?:code|value|rxcui|system)[\"']\s*:\s*[\"']?\Z|[$<>=.^/-]\Z",
    re.IGNORECASE,
)
_MOMENT = re.compile(r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{0,6}\Z")
# Nine figures and more in a row are somebody's number, whatever stands before.
LONG = Pattern(
    name="long-number",
    category="other",
    kind="ID",
    pattern=r"\b(\d{9,20})\b",
    validate=lambda value, before, after: 0 if _is_no_id(value, before, after) else 0.5,
)


def _is_no_id(value: str, before: str, after: str) -> bool:
    if _CODED.search(before) or _MEASURED.match(after) or re.match(r"[-/.]\d", after):
        return True
    return bool(_MOMENT.match(value)) or len(set(value)) < 3


_PACKAGE: Final = re.compile(r"\d{4,5}-\d{3,4}-\d{1,2}|\d{1,4}-\d{1,2}-\d{2,4}|\d{2,7}-\d{2}-\d")
# Three rows of figures, eight and more in all, that are neither a day nor the code of a package.
ROWS = Pattern(
    name="number-in-rows",
    category="other",
    kind="ID",
    pattern=r"\b(\d{2,6}-\d{2,8}-\d{1,6})\b",
    validate=lambda value, before, after: (
        (
            0
            if _PACKAGE.fullmatch(value) or _is_no_id(value.replace("-", ""), before, after)
            else 0.5
        )
        if sum(map(str.isdigit, value)) >= 8
        else 0
    ),
)
# The two lines a machine reads of a passport: name, number, days, all in one.
MACHINE_READABLE = Pattern(
    name="machine-readable-zone",
    category="other",
    kind="ID",
    pattern=(
        r"\b([PIACV][A-Z<][A-Z<]{3}[A-Z<]{4,34}<{1,}[A-Z0-9<]*|"
        r"[A-Z0-9<]{9}\d[A-Z<]{3}\d{7}[MFX<]\d{7}[A-Z0-9<]{0,18})"
    ),
    validate=lambda value, before, after: 1 if "<" in value or len(value) > 26 else 0,
)
