"""Ages over 89, which Safe Harbor folds into "90 or older" (45 CFR 164.514(b)(2)(i)(C)), and the
birth years that tell them."""

import re
from datetime import UTC, datetime

from phi.detect.date import MONTHS
from phi.detect.recognizer import Pattern

_OLD = r"(9\d|1[0-2]\d)"
_OLDEST_TOLD = 89  # years
_UNITS = re.compile(
    r"\s?(?:%|mg|kg|lbs?|mm|bpm|f\b|c\b|degrees|percent|/|ml|cm|\.\d|points|on ra)", re.I
)


def validate(value: str, before: str, after: str) -> float:
    return 1 if 90 <= int(value) <= 125 else 0


def validate_said(value: str, before: str, after: str) -> float:
    return 0 if _UNITS.match(after) else validate(value, before, after)


def validate_birth_year(value: str, before: str, after: str) -> float:
    return (
        1
        if datetime.now(UTC).year - int(value) > _OLDEST_TOLD and after[:1] not in {"/", "-"}
        else 0
    )


def _ages(name: str, pattern: str, validation=validate) -> Pattern:  # type: ignore[no-untyped-def]
    return Pattern(name=name, category="date", kind="AGE", pattern=pattern, validate=validation)


AGE = _ages(
    "age-over-89",
    rf"(?i)\b{_OLD}[ -]{{0,2}}(?:years?[ -]?old|yrs?[ -]?old|y/?o\b|yo[mf]?\b|y\.o\.|"
    r"years? of age|year-old|yrs? of age|anos\b|ans\b)",
)
LABELED_AGE = _ages(
    "age-over-89-labeled",
    rf"(?i)\b(?:age[ds]?|turn(?:s|ed|ing)|aged|nonagenarian|centenarian)(?: of| is| at|,)?"
    rf"[ \t]*[:=|]?[ \t]*{_OLD}\b",
    validate_said,
)
_TEMPERATURE = re.compile(r"(?:temp\w*|t|tm|tmax|fever|febrile|of|to|at|oral|range)[ :=]*\Z", re.I)


def validate_with_sex(value: str, before: str, after: str) -> float:
    return 0 if _TEMPERATURE.search(before) else validate(value, before, after)


SEX_AGE = _ages(
    "age-over-89-with-sex",
    rf"\b{_OLD} ?(?:[FM]|[fm](?:emale|ale)?|woman|man|lady|gentleman)\b(?:,| (?:with|w/|presents|"
    rf"presenting|"
    r"who|admitted|s/p|here|c/o|h/o|pmh|hx|seen|from|in|brought|BIBA|was|is|has|p/w))",
    validate_with_sex,
)
SAID_AGE = _ages(
    "age-over-89-said",
    r"(?i)\b(?:(?:he|she|they|who|patient|pt|mother|father|wife|husband)(?: is| was|'s)"
    r"(?: now| just)?|(?:have|has|had|will|would) (?:been|be)|just turned|"
    r"(?:died|passed(?: away)?|deceased|lived|living|alive|survived)"
    r"(?: at| to| until| till| aged?)+(?: the age of)?)"
    rf" {_OLD}\b",
    validate_said,
)
LISTED_AGE = _ages(
    "age-over-89-listed",
    rf"(?:\({_OLD}, (?:born|b\.|[FMfm]\b|fe?male)|[A-Z][a-z]+, {_OLD}, [A-Za-z]|\b[A-Z][a-z]+ "
    rf"{_OLD}[FM] [a-z])",
    validate_with_sex,
)
_TENS_WORD = (
    r"(?:one[ -])?hundred(?:[ -](?:and[ -])?(?:one|two|three|four|five|six|seven|eight|nine|ten))?"
)
SPELLED_AGE = _ages(
    "age-over-89-spelled",
    rf"(?i)\b(ninety(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|{_TENS_WORD})"
    r"[ -](?:years?[ -]old|year-old|y/?o\b|years? of age)",
    lambda value, before, after: 1,
)
BIRTH_YEAR = Pattern(
    name="birth-year-over-89",
    category="date",
    kind="DATE",
    pattern=r"(?i)\b(?:born|b\.|birth year|yob|year of birth|dob|birth ?date)(?: in| on)?:? "
    r"?((?:18|19)\d{2})\b",
    validate=validate_birth_year,
)
# Over 89 in the other ways it is said, each sure enough without a word more.
OTHER_AGES = (
    _ages(
        "age-over-89-units", rf"(?i)\b{_OLD}(?:[ -]y[ -]?o\b| ?yrs?\b| years young| jahre| ?anni\b)"
    ),
    _ages(
        "age-over-89-after-sex", rf"\b(?:[FM]|[Mm]ale|[Ff]emale)[ ]?[/,][ ]?{_OLD}\b", validate_said
    ),
    _ages("age-over-89-before-sex", rf"\b{_OLD}[ ]?/[ ]?[FM]\b"),
    _ages("age-over-89-initial", rf"\b{_OLD}[FM]\b", validate_with_sex),
    # A list of birthdays: "(18 Feb, 101!)", "(11/06, 97)".
    _ages(
        "age-over-89-beside-day",
        rf"(?i)\((?:(?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?: of)? (?:{MONTHS})|"
        rf"(?:{MONTHS})\.? \d{{1,2}}(?:st|nd|rd|th)?|(?:0?[1-9]|1[0-2])/(?:0?[1-9]|[12]\d|3[01]))"
        rf", {_OLD}!?\)",
    ),
    _ages("age-over-89-birthday", rf"(?i)\b{_OLD}(?:st|nd|rd|th) (?:birthday|bday|year)"),
    _ages(
        "age-over-89-at",
        rf"(?i)\b(?:at|now|is now|going on|nearly|almost|past|over|since) {_OLD},? "
        r"(?:he|she|they|and (?:still|doing|frail)|years?)\b",
    ),
    _ages(
        "age-over-89-months", rf"(?i)\b{_OLD} ?(?:y|yrs?|years?)[ ,]{{1,2}}(?:and )?\d{{1,2}} ?m"
    ),
    _ages(
        "age-over-89-of",
        rf"(?i)\b(?:lad(?:y|ies)|m[ae]n|wom[ae]n|gentlem[ae]n|widow(?:er)?|grandmother|grandfather|"
        rf"resident|veteran|nun|priest|farmer|patient) of {_OLD}\b(?: years)?",
        validate_said,
    ),
    _ages("age-over-89-lower-sex", rf"\b{_OLD}[ ]?/[ ]?[fm]\b"),
    _ages("age-over-89-abroad", rf"(?i)\b{_OLD}(?:-?jaehrig|-?jarig| ?ans\b| ?a\.o\.)"),
    _ages(
        "age-over-89-next", rf"(?i)\b{_OLD} (?:next|this|last|in) (?:birthday|month|week|year)\b"
    ),
    _ages("age-over-89-cried", rf", {_OLD}!"),
    _ages("age-over-89-plus", rf"(?i)\b{_OLD} ?\+ ?(?:years?|yo|y/?o)"),
)
OTHER_SPELLED = _ages(
    "age-over-89-in-words",
    r"(?i)\b(?:age[ds]?|turn(?:s|ed|ing)|(?:she|he|who) is|over|nearly|almost|past|"
    r"in (?:his|her|their)(?: (?:early|mid|late))?) "
    r"(ninety(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|centenarian|"
    r"nonagenarian|nineties)\b",
    lambda value, before, after: 0 if _UNITS.match(after) else 1,
)
