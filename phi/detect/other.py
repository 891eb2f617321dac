"""Any other unique identifying number, behind a label (45 CFR 164.514(b)(2)(i)(R)), and UUIDs."""

import re

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
        r"(?:steuer|personal)-?(?:id|nummer)|ausweis(?:nummer)?|cedula(?: profesional)?|folio",
        weak=r"employee|student|tracking|ticket|report|incident|booking|prescription|rx|order|"
        r"confirmation|referral|histology|run|env(?:elope)?|valuables(?: env(?:elope)?)?|property|"
        r"locker|locker no|cassette|kit|warrant|citation|work order|job|batch|voucher|"
        r"purchase order|po|ref\.?|report|study|subject|participant|donor|voter|registration|"
        r"application|"
        r"reference|file|matter|confirmation code|"
        r"id|identifier|identification|blood bank",
        grouped=r"curp|cpf|dni|aadhaa?r|nino|nss|cedula(?: profesional)?|blood bank|unit no|donor|"
        r"national id|id|tax id",
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
