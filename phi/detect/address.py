"""Street addresses, boxes and postal codes (45 CFR 164.514(b)(2)(i)(B)).

Units smaller than a state are identifiers; a state alone is not.
"""

import re

from phi.detect.recognizer import Pattern
from phi.detect.words import FORMS

SUFFIXES = (
    r"streets?|st|avenue|ave|av|boulevard|blvd|road|rd|drive|dr|lane|ln|court|ct|circle|cir|way|"
    r"place|pl|terrace|ter|trail|trl|parkway|pkwy|highway|hwy|square|sq|loop|alley|aly|plaza|plz|"
    r"crescent|cres|cove|cv|point|pt|ridge|rdg|route|rte|turnpike|tpke|expressway|expy|run|path|"
    r"row|walk|bend|crossing|xing|heights|hts|hollow|manor|mews|pike|view|vista|landing|close|"
    r"strip|"
    r"broadway|esplanade|freeway|fwy|commons|glen|green|grove|junction|meadows?|mill|orchard|pass"
)
STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|"
    "NM|NY|NC|ND|OH|OK|OR|PA|PR|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY"
)
STATE_NAMES = (
    "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|"
    "Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|"
    "Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New Hampshire|New Jersey|"
    "New Mexico|New York|North Carolina|North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|"
    "Rhode Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|"
    "West Virginia|Wisconsin|Wyoming"
)
_DWELLING = (
    r"trlr|flat|penthouse|depto|piso|int|og|apt|apartment|unit|suite|ste|floor|fl|room|rm|bldg|"
    r"building|lot|trailer|spc|space|no"
)
UNIT = rf"(?:,?[ \n]{{0,2}}(?:(?:{_DWELLING})\b\.?|#) ?#? ?[A-Za-z0-9-]{{1,6}}\b)"
_DIRECTION = r"(?:(?i:n|s|e|w|ne|nw|se|sw|north|south|east|west)\.? )?"
_GAP = r"(?: {1,2}|\n[ >]{0,12})"  # a line may break in an address
_LETTERS = "A-Za-z\\xc0\\xe0.'-"
_CITY = (
    f"[A-Z][{_LETTERS}]+(?: (?:(?:or|of|on|de|del|du|la|las|los|lac|the|upon) ){{0,2}}"
    f"(?:d')?[A-Z][{_LETTERS}]+){{0,3}}"
)
_WORD = "[A-Za-z0-9\\xc0\\xe0.'-]+"
_NOT_STREETS = frozenset(
    {"mg", "mcg", "ml", "tab", "tabs", "tablet", "tablets", "caps", "times", "days", "weeks", "of"}
    | {"hours", "minute", "minutes", "units", "unit", "vessel", "liters", "lead", "year", "day"}
    | {"week", "month", "months", "years", "cm", "mm", "hour", "hr", "hrs", "min", "mins", "feet"}
    | {"miles", "mile", "steps", "percent", "patients", "people", "view", "point", "or", "and"}
    | {"doses", "dose", "pills", "drops", "puffs", "and/or", "to", "x", "kg", "lbs", "ft", "level"}
    | {"slices", "views", "phase", "degrees", "beats", "stage", "grade", "times/day", "visits"}
)
# Street words that are everyday words: they count when capitalized.
_EVERYDAY = frozenset(
    {"way", "place", "run", "walk", "view", "close", "row", "path", "point", "square", "loop"}
    | {
        "court",
        "drive",
        "circle",
        "lane",
        "bend",
        "pike",
        "cove",
        "ridge",
        "route",
        "manor",
        "pass",
    }
    | {
        "pt",
        "ct",
        "dr",
        "av",
        "pl",
        "st",
        "strip",
        "green",
        "mill",
        "glen",
        "fl",
        "ter",
        "crossing",
    }
    | {"junction", "landing", "commons", "hollow", "meadow", "grove", "orchard", "heights", "cir"}
)


def validate(value: str, before: str, after: str) -> float:
    """Refuse doses and counts that happen to end in a street word: "2 tablets by way"."""
    words = value.replace(",", " ").split()
    inner = words[1:2] if _ends_in_suffix_name(words) else words[1:3]
    if any(word.lower() in _NOT_STREETS for word in inner):
        return 0
    if any(word.endswith(".") and len(word) > 4 for word in words[1:-1]):
        return 0  # a sentence ends here
    if words[-1].lower() in {"dr.", "dr"} and re.match(r"\s[A-Z][a-z]|\s[A-Z]{2}", after):
        return 0  # a doctor
    if words[-1].strip(".") in _EVERYDAY and not words[1][:1].isupper():
        return 0.4 if _reads_as_street(words) else 0
    if before.rstrip(" ").endswith(("/", "=", "<", ">")):
        return 0
    return 1 if words[1][:1].isupper() or words[1][:1].isdigit() else 0.6


_PROJECTIONS = frozenset(
    {"lateral", "oblique", "frontal", "sagittal", "coronal", "axial", "portable", "standing", "ap"}
)


def _ends_in_suffix_name(words: list[str]) -> bool:
    """Tell 9 Harbor View, a street, from 2 Lateral View."""
    return (
        len(words) == 3
        and words[1][:1].isupper()
        and words[2] in {"View", "Point"}
        and words[1].lower() not in _PROJECTIONS
        and not FORMS[words[1]].word.clinical
    )


def _reads_as_street(words: list[str]) -> bool:
    """Tell whether words in lower case may be a street: the number, one or two names, the "
    "suffix."""
    return len(words) in {3, 4} and not any(FORMS[word].word.clinical for word in words[1:-1])


_LIVING = (
    *("address", "lives", "live", "resid", "home", "moved", "street", "mail", "located", "staying"),
    *("apartment", "house", "domicil", "addr"),
)
STREET = Pattern(
    name="street",
    category="address",
    kind="ADDR",
    pattern=(
        rf"\b(\d{{1,6}}[A-Za-z]?(?:-(?:\d{{1,4}}|[A-Z]))?(?: 1/2)?{_GAP}{_DIRECTION}"
        rf"(?:{_WORD}{_GAP}){{0,4}}?(?i:{SUFFIXES})\b\.?(?: (?i:{SUFFIXES})\b\.?)?"
        rf"(?: (?i:n|s|e|w|ne|nw|se|sw|north|south|east|west)\b\.?)?(?i:{UNIT})?"
        rf"(?:,?{_GAP}{_CITY},?{_GAP}(?:(?:{STATES})\b|{STATE_NAMES})\.?)?"
        r"(?:,? \d{5}(?:-\d{4})?\b)?)"
    ),
    validate=lambda value, before, after: (
        validate(value, before, after) if len(value.split()) > 1 else 0
    ),
    context=_LIVING,
    tries_again=True,
)
SPELLED_STREET = Pattern(
    name="street-spelled",
    category="address",
    kind="ADDR",
    pattern=(
        rf"\b((?i:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty)(?i:[ "
        rf"-][a-z]+){{0,3}}? "
        rf"{_DIRECTION}(?:[A-Z][{_LETTERS}]+ ){{1,3}}(?:Street|Avenue|Road|Drive|Lane|Boulevard|"
        rf"Court|"
        r"Plaza|Place|Way|Parkway|Square|Circle|Terrace)\b)"
    ),
)
# Roads with a number, routes of the rural post, streets of other countries.
ROAD = Pattern(
    name="numbered-road",
    category="address",
    kind="ADDR",
    pattern=(
        r"(?i)\b(\d{1,6} (?:(?:us|state|county|old|n|s|e|w)\.? )?(?:highway|hwy|county road|cr|"
        r"state route|"
        rf"route|rte|interstate|fm|farm road) \d{{1,4}}[a-z]?(?: [nsew]\b)?{UNIT}?|"
        rf"(?:county road|state route|farm to market road|rural route|highway contract) \d{{1,4}}"
        r"(?:,? ?(?:#|box|unit|lot) ?[a-z0-9-]{1,6})?|"
        r"r\.?r\.? ?#?\d{1,3},? box ?#? ?\w{1,6}|hc ?\d{1,3},? box \w{1,6})\b"
    ),
)
FOREIGN_STREET = Pattern(
    name="street-abroad",
    category="address",
    kind="ADDR",
    pattern=(
        rf"\b(\d{{1,5}}(?:bis|ter)?,?{_GAP}(?i:rue|avenue|chemin|allee|via|viale|calle|avenida|"
        rf"paseo|"
        rf"rua)"
        rf" (?:(?i:de|du|des|la|le|del|della|d')[ ']?){{0,3}}(?: ?[A-Z][{_LETTERS}]+){{1,3}}|"
        rf"(?i:calle|carrera|avenida) \d{{1,4}}[a-z]? (?:(?i:no\.?|num\.?)|#) ?\d{{1,5}}"
        rf"(?:[- #]+\d{{1,5}})?|"
        rf"(?i:calle|avenida|carrera|rue|via|av\.) (?:(?i:de|du|des|la|le|del) ){{0,2}}"
        rf"(?:[A-Z][{_LETTERS}]+ ){{0,3}}(?i:no\.?|num\.?|#)? ?\d{{1,5}}(?:[- #]+\d{{1,5}})?|"
        rf"[A-Z][{_LETTERS}]*(?:str\.|strasse|straat|gasse|weg|platz|allee|laan|gade|gatan) "
        rf"\d{{1,4}}[a-z]?"
        rf"(?:,? \d{{4,5}} [A-Z][{_LETTERS}]+)?)\b"
    ),
)
POSTAL_ABROAD = Pattern(
    name="postal-code-abroad",
    category="address",
    kind="ADDR",
    # British and Canadian codes; a French or German one with its town.
    pattern=(
        r"\b((?:[A-Z][a-z]+ )?[A-Z]{1,2}\d[A-Z0-9]? \d[ABD-HJLNP-UW-Z]{2}|"
        r"[ABCEGHJ-NPR-TVXY]\d[A-Z] \d[A-Z]\d)\b"
    ),
    validate=lambda value, before, after: 0.6 if "." not in value else 0,
    context=(*_LIVING, "street", "road", "avenue", "postal", "postcode", "london", "canada"),
)
POSTAL_TOWN = Pattern(
    name="postal-code-town",
    category="address",
    kind="ADDR",
    pattern=rf"(?:, |\n)(\d{{5}} [A-Z][{_LETTERS}]+)\b",
    validate=lambda value, before, after: 0.6,
    context=(
        "rue",
        "strasse",
        "str.",
        "calle",
        "via",
        "avenue",
        "platz",
        "weg",
        "address",
        "lives",
    ),
)
DWELLING = Pattern(
    name="dwelling",
    category="address",
    kind="ADDR",
    pattern=(
        r"(?i)\b((?:apt|apartment|trailer|lot|spc)\b\.? ?#? ?(?:[a-z]-?\d{1,4}|\d{1,4}-?[a-z]?)\b"
        rf"(?:, (?-i:(?:[A-Z][{_LETTERS}]+ ){{1,3}}(?:Trailer|Mobile Home) (?:Park|Court|"
        rf"Village)))?)"
    ),
    validate=lambda value, before, after: 0.6,
    context=("address", "lives", "live ", "resid", "home", "moved", "located", "staying"),
)
CORNER = Pattern(
    name="street-corner",
    category="address",
    kind="ADDR",
    pattern=(
        rf"\b(?i:corner of|intersection of) ((?:\d{{1,3}}(?:st|nd|rd|th)|[A-Z][{_LETTERS}]+)(?: "
        rf"(?i:{SUFFIXES})\b\.?)?"
        rf" (?:and|&) (?:\d{{1,3}}(?:st|nd|rd|th)|[A-Z][{_LETTERS}]+)(?: (?i:{SUFFIXES})\b\.?)?)"
    ),
)
_ROOM_BEFORE = re.compile(r"\b(?:room|rm|bed|bay|unit|floor|ward|pod)[ #]*\Z", re.IGNORECASE)
_NOT_QUARTERS = frozenset({"wing", "tower", "unit", "nursing", "icu", "pavilion", "campus", "side"})
DIRECTED = Pattern(
    name="street-by-direction",
    category="address",
    kind="ADDR",
    pattern=(
        rf"\b(\d{{2,6}}{_GAP}(?:[NSEW]|NE|NW|SE|SW|North|South|East|West)\.?{_GAP}"
        rf"(?:[A-Z][{_LETTERS}]{{2,}}|\d{{1,3}}(?:st|nd|rd|th)))\b"
    ),
    validate=lambda value, before, after: (
        0
        if value.split()[-1].lower() in _NOT_QUARTERS
        or FORMS[value.split()[-1]].word.clinical
        or _ROOM_BEFORE.search(before)
        else 1
        if len(value.split()[0]) > 2 or re.match(r",|\n|\.?$", after)
        else 0.5
    ),
    context=_LIVING,
)
BETWEEN_COMMAS = Pattern(
    name="unit-between-commas",
    category="address",
    kind="ADDR",
    pattern=(
        r"(?i),[ \n](?:(?:apt|apartment|suite|ste|unit|flat|trlr|trailer|lot|fl|floor|int|sp|spc|"
        r"depto|piso|no|#)\b\.? ?#? ?|#)((?:[a-z]-?)?\d{1,5}(?:-?[a-z])?)[,\n]"
    ),
    validate=lambda value, before, after: 1 if any(map(str.isdigit, value)) else 0,
)
LINE = Pattern(
    name="street-above-town",
    category="address",
    kind="ADDR",
    pattern=(
        rf"(?:^|[\n,;:] ?| to |"
        rf" at )(\d{{1,6}}[A-Z]? (?:[A-Z0-9][{_LETTERS}0-9]*[ ]?){{1,5}}){UNIT}?"
        rf"(?:,? ?\d{{5}})?(?:,? *\n *|, ){_CITY},? (?:{STATES}) \d{{5}}\b"
    ),
)
NO_SUFFIX = Pattern(
    name="street-without-suffix",
    category="address",
    kind="ADDR",
    pattern=(
        rf"\b(?i:address:|lives at|residing at|resides at|living at|staying at|house at|home at|"
        rf"mail to)[ \t]*"
        rf"(\d{{1,6}} {_DIRECTION}[A-Z][{_LETTERS}]+(?: [A-Z][{_LETTERS}]+){{0,2}})"
    ),
)

BOX = Pattern(
    name="po-box",
    category="address",
    kind="ADDR",
    pattern=rf"(?i)\b((?:p\.? ?o\.? ?box|post office box|pob)[ #]*\d{{1,7}}{UNIT}?)\b",
)

CITY = Pattern(
    name="city-state-zip",
    category="address",
    kind="ADDR",
    pattern=(rf"\b({_CITY}(?:, ?| )(?:(?:{STATES})\b|{STATE_NAMES})\.?,? \d{{5}}(?:-\d{{4}})?)\b"),
)

_NOT_TOWNS = frozenset({"the", "patient", "he", "she", "pt", "dr", "state"})
CITY_STATE = Pattern(
    name="city-state",
    category="address",
    kind="ADDR",
    pattern=rf"\b({_CITY}),? (?:(?:{STATES})\b|{STATE_NAMES})",
    validate=lambda value, before, after: (
        0.6 if FORMS[value.split()[0]].lower not in _NOT_TOWNS else 0
    ),
    context=(
        *(
            "lives",
            "live in",
            "from",
            "resid",
            "address",
            "moved",
            "born in",
            "home",
            "city",
            "raised",
        ),
        *("travel", "visiting", "trip to", "works in", "hospital in", "clinic in", "drove"),
    ),
)
COUNTY = Pattern(
    name="county",
    category="address",
    kind="ADDR",
    pattern=rf"\b([A-Z][{_LETTERS}]+(?: [A-Z][{_LETTERS}]+)?) (?:County|Parish|Township|Borough)\b",
    validate=lambda value, before, after: (
        0 if value.lower() in {"the", "per", "our", "each"} else 0.8
    ),
)

_STATES_BUT_IDAHO = STATES.replace("ID|", "")  # "ID 88812" is a number of another kind
ZIP = Pattern(
    name="zip",
    category="address",
    kind="ADDR",
    pattern=(
        r"(?:(?i:\b(?:zip|postal)(?:[ -]?code)?[ \t]*[:#=]?[ \t]*)|"
        rf"\b(?:{_STATES_BUT_IDAHO}|{STATE_NAMES}),? )(\d{{5}}(?:-\d{{4}})?)\b"
    ),
)

ZIP_PLUS_FOUR = Pattern(
    name="zip-plus-four",
    category="address",
    kind="ADDR",
    pattern=r"\b(\d{5}-\d{4})\b",
    validate=lambda value, before, after: (
        0
        if after[:1] == "-"
        or re.search(
            r"\b(?:ndc|catalog|ref|hcpcs)(?: (?:no\.?|number|code))?[ :#]*(?:[\d-]+, ?)*\Z",
            before,
            re.I,
        )
        else 1
    ),
)
