"""Certificate and license numbers (45 CFR 164.514(b)(2)(i)(K)): driver's, medical, passport."""

from phi.detect.labels import labeled
from phi.detect.recognizer import Pattern

_DRIVER = r"(?:driver'?s?'? (?:lic(?:ense|ence)?\b\.?|id)|state id|operator'?s? lic(?:ense)?)"
_STATE = r"(?:\(?(?:[A-Z]{2}|[A-Z][a-z]{3,12})\)?[ :-]{1,2})?"
_TRADE = r"(?:medical|state|nursing|rn|md|np|pharmacy|dental|professional|physician|pa)"
_OWN = (
    rf"(?:{_TRADE} lic(?:ense|ence)?\b\.?|passport|alien (?:no|number|registration)|green card|"
    r"gmc|nmc|hcpc|uscis|clia|(?:birth|death|marriage|board) cert(?:ificate|ification)?)"
)
LICENSE: tuple[Pattern, ...] = (
    *labeled(
        name="license",
        category="license",
        kind="LIC",
        strong=f"{_OWN}|{_DRIVER}",
        weak=r"dl|cdl|lic(?:ense|ence)?\.?|certificate|certification|cert|permit|visa|alien|credential",
        grouped=r"passport|alien (?:no|number)|alien|green card|driver'?s? lic(?:ense)?",
    ),
    Pattern(
        name="license-of-state",
        category="license",
        kind="LIC",
        pattern=(
            rf"\b(?i:{_DRIVER}|c?dl|taxonomy license|license)(?i:[ \t]*(?:number|no\.?|#))?[ "
            rf"\t]*[:#]?"
            rf"[ \t]*({_STATE}[A-Z]{{0,3}}[.-]?(?:[A-Z]{{2}}\.)?\d[A-Z0-9]*(?:[-. "
            rf"]\d[A-Z0-9]*){{0,4}})\b"
        ),
        validate=lambda value, before, after: (
            1 if sum(map(str.isdigit, value)) >= 5 and len(value) >= 6 else 0
        ),
    ),
)
