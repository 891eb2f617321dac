"""Health plan beneficiary numbers (45 CFR 164.514(b)(2)(i)(I)).

The Medicare Beneficiary Identifier has eleven characters of fixed kinds and never S, L, O, I, B, Z
(CMS, Understanding the MBI).
"""

from phi.detect.labels import labeled
from phi.detect.recognizer import Pattern

_LETTER = "[AC-HJKMNP-RT-Yac-hjkmnp-rt-y]"
_EITHER = "[0-9AC-HJKMNP-RT-Yac-hjkmnp-rt-y]"

MBI = Pattern(
    name="mbi",
    category="health_plan",
    kind="PLAN",
    pattern=(
        rf"\b([1-9]{_LETTER}{_EITHER}\d[- ]?{_LETTER}{_EITHER}\d[- ]?{_LETTER}{_LETTER}\d\d)\b"
    ),
)

_PAYERS = (
    "aetna|cigna|humana|bcbs|blue cross(?: blue shield)?|anthem|united ?health(?:care)?|uhc|kaiser|"
    "tricare|medicaid|medicare|molina|centene|wellcare|ambetter|oscar|medi-?cal|champva|payer|"
    r"mcd|mcr|mcare|hic|bic|dbn|mbr(?:_?id)?|vsp|eyemed|delta dental|metlife|health ?net|"
    r"carefirst|highmark|regence|premera|magellan|optum"
)
_OWN = (
    r"member id|subscriber id|insurance id|policy holder id|hicn|mbi|cin|group|rx ?bin|rx ?pcn|"
    r"rx ?grp|"
    r"vers(?:icherten|icherungs)?\.?-?(?:nr\.?|nummer)|krankenkasse(?: under)?|ohip|"
    r"health card|hcn|"
    r"ihi|sin|nir|securite sociale|afiliacion|poliza|numero de (?:poliza|afiliacion|seguro)|"
    r"insured (?:with|under)[a-z ]{0,30}? under|prior auth(?:orization)?|grp|medicaid|medicare|"
    r"health plan beneficiary|beneficiary id|ins id"
)


def validate_payer(value: str, before: str, after: str) -> float:
    return 1 if sum(map(str.isdigit, value)) >= 6 and len(value) >= 7 else 0


PLAN: tuple[Pattern, ...] = (
    *labeled(
        name="health-plan",
        category="health_plan",
        kind="PLAN",
        strong=_OWN,
        weak=r"member|subscriber|beneficiary|insurance|policy|plan|authorization|claim|auth|"
        r"coverage|certificate of insurance|eob|pre-?cert(?:ification)?|referral|ins",
        grouped=_OWN,
    ),
    Pattern(
        name="health-plan-payer",
        category="health_plan",
        kind="PLAN",
        pattern=(
            rf"(?i)\b(?:{_PAYERS})(?:,? (?:ppo|hmo|epo|id|member|plan|no\.?|#))*[ \t]*[:#=,]{{0,2}}"
            r"[ \t]*(?:id[ \t]*[:#]?[ \t]*)?([A-Za-z]{0,4}-?\d[A-Za-z0-9]*(?:[- "
            r"]\d[A-Za-z0-9]*){0,3})\b"
        ),
        validate=validate_payer,
    ),
    Pattern(
        name="health-plan-listed",
        category="health_plan",
        kind="PLAN",
        pattern=(
            rf"(?i)\b(?:{_PAYERS}|insurance|ins|coverage|plan)\b[^\n.]{{0,24}}\b(?:id|grp|group)"
            r"[ \t]*[:#]?[ \t]*([A-Za-z]{0,4}\d{3,12})\b"
        ),
    ),
)
