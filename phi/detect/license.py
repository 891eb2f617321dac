"""Certificate and license numbers (45 CFR 164.514(b)(2)(i)(K)): driver's, medical, passport."""

from phi.detect.labels import labeled

LICENSE = labeled(
    name="license",
    category="license",
    kind="LIC",
    labels=(
        r"driver'?s? lic(?:ense|ence)?\.?|(?:medical|state|nursing|rn|md|pharmacy) lic(?:ense)?\.?|"
        r"lic(?:ense|ence)?\.?|dl|passport|certificate|certification|permit|visa|green card|alien"
    ),
    needs_number_word=(
        *("lic(?:ense|ence)?\\.?", "dl", "certificate", "certification", "permit", "visa"),
        "alien",
    ),
)
