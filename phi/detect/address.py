"""Street addresses, boxes and postal codes (45 CFR 164.514(b)(2)(i)(B)).

Units smaller than a state are identifiers; a state alone is not.
"""

from phi.detect.recognizer import Pattern

SUFFIXES = (
    r"streets?|st|avenue|ave|av|boulevard|blvd|road|rd|drive|dr|lane|ln|court|ct|circle|cir|way|"
    r"place|pl|terrace|ter|trail|trl|parkway|pkwy|highway|hwy|square|sq|loop|alley|aly|plaza|plz|"
    r"crescent|cres|cove|cv|point|pt|ridge|rdg|route|rte|turnpike|tpke|expressway|expy|run|path|"
    r"row|walk|bend|crossing|xing|heights|hts|hollow|manor|mews|pike|view|vista|landing|close"
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
UNIT = (
    r"(?:,?[ \n]{0,2}(?:(?:apt|apartment|unit|suite|ste|floor|fl|room|rm|bldg|lot)\b\.?|#)"
    r" ?#? ?[A-Za-z0-9-]{1,6}\b)"
)
_DIRECTION = r"(?:(?i:n|s|e|w|ne|nw|se|sw|north|south|east|west)\.? )?"
_CITY = "[A-Z][A-Za-z\\xc0\\xe0.'-]+(?: [A-Z][A-Za-z\\xc0\\xe0.'-]+){0,3}"
_WORD = "[A-Za-z0-9\\xc0\\xe0.'-]+"
_NOT_STREETS = frozenset(
    {"mg", "mcg", "ml", "tab", "tabs", "tablet", "tablets", "caps", "times", "days", "weeks", "of"}
    | {"hours", "minute", "minutes", "units", "unit", "vessel", "liters", "lead", "year", "day"}
)
# Street words that are everyday words: they count when capitalized.
_EVERYDAY = frozenset(
    {"way", "place", "run", "walk", "view", "close", "row", "path", "point", "square", "loop"}
    | {"court", "drive", "circle", "lane", "bend", "pike", "cove", "ridge", "route", "manor"}
)


def validate(value: str, before: str, after: str) -> float:
    """Refuse doses and counts that happen to end in a street word: "2 tablets by way"."""
    words = value.replace(",", " ").split()
    if any(word.lower() in _NOT_STREETS for word in words[1:3]):
        return 0
    if any(word.endswith(".") and len(word) > 5 for word in words[1:-1]):
        return 0  # a sentence ends here
    if words[-1] in _EVERYDAY and not words[1][:1].isupper():
        return 0
    if before.rstrip(" ").endswith(("/", "=", "<", ">")):
        return 0
    return 1 if value.split()[1][:1].isupper() or value.split()[1][:1].isdigit() else 0.6


STREET = Pattern(
    name="street",
    category="address",
    kind="ADDR",
    pattern=(
        rf"\b(\d{{1,6}}[A-Za-z]?(?:-\d{{1,4}})?(?: 1/2)? {_DIRECTION}"
        rf"(?:{_WORD} ){{1,4}}?(?i:{SUFFIXES})\b\.?"
        rf"(?: (?i:n|s|e|w|ne|nw|se|sw)\b\.?)?(?i:{UNIT})?"
        rf"(?:,?[ \n]{{1,2}}{_CITY},?[ \n]{{1,2}}(?:(?:{STATES})\b|{STATE_NAMES})\.?)?"
        r"(?:,? \d{5}(?:-\d{4})?\b)?)"
    ),
    validate=validate,
    context=("address", "lives", "live", "resid", "home", "moved", "street", "mail", "located"),
)

BOX = Pattern(
    name="po-box",
    category="address",
    kind="ADDR",
    pattern=r"(?i)\b(p\.? ?o\.? ?box[ #]*\d{1,7})\b",
)

CITY = Pattern(
    name="city-state-zip",
    category="address",
    kind="ADDR",
    pattern=rf"\b({_CITY}, ?(?:(?:{STATES})\b|{STATE_NAMES})\.?,? \d{{5}}(?:-\d{{4}})?)\b",
)

CITY_STATE = Pattern(
    name="city-state",
    category="address",
    kind="ADDR",
    pattern=rf"\b({_CITY}), (?:(?:{STATES})\b|{STATE_NAMES})",
    validate=lambda value, before, after: 0.6,
    context=("lives", "live in", "from", "resid", "address", "moved", "born in", "home", "city"),
)

ZIP = Pattern(
    name="zip",
    category="address",
    kind="ADDR",
    pattern=(
        r"(?:(?i:\b(?:zip|postal)(?:[ -]?code)?[ \t]*[:#=]?[ \t]*)|"
        rf"\b(?:{STATES}|{STATE_NAMES}),? )(\d{{5}}(?:-\d{{4}})?)\b"
    ),
)

ZIP_PLUS_FOUR = Pattern(
    name="zip-plus-four",
    category="address",
    kind="ADDR",
    pattern=r"\b(\d{5}-\d{4})\b",
)
