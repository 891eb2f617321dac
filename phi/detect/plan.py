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
    pattern=(rf"\b([1-9]{_LETTER}{_EITHER}\d-?{_LETTER}{_EITHER}\d-?{_LETTER}{_LETTER}\d\d)\b"),
)

PLAN = labeled(
    name="health-plan",
    category="health_plan",
    kind="PLAN",
    labels=(
        r"member|subscriber|beneficiary|insurance|policy|group|grp|plan|medicare|medicaid|hicn|mbi|"
        r"member id|subscriber id|insurance id|policy holder id|rx ?bin|rx ?pcn|rx ?grp|"
        r"prior auth(?:orization)?|authorization|claim"
    ),
    needs_number_word=(
        *("member", "subscriber", "beneficiary", "insurance", "policy", "group", "plan"),
        *("medicare", "medicaid", "authorization", "claim"),
    ),
)
