"""Where people work (45 CFR 164.514(b)(2)(i) speaks of employers), and chains everybody knows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from phi.detect.eponyms import CLINICAL_HEAD
from phi.detect.name import NOT_NAMES, is_plain
from phi.detect.recognizer import Hit, compiled
from phi.detect.view import View

_CAPITAL: Final = "[A-Z][A-Za-z0-9\\xc0\\xe0'.&-]*"
_FIRM: Final = (
    rf"((?:{_CAPITAL})(?:[ \n](?:(?:of|and|&|the|for|de|du)[ \n]){{0,2}}{_CAPITAL}){{0,4}})"
)
_WORKS: Final = (
    r"(?i:\b(?:work(?:s|ed|ing)?|employed|job|shifts?|truck|deliver(?:s|ed|y)|drives?|retired|"
    r"laid off|fired|hired|spoke (?:to|with) [a-z-]{2,15}|position|career|internship|"
    r"volunteers?|boss|co-?worker|manager|quarrel|"
    r"fell|injured|found(?: down)?|return(?:ed|s|ing)? to work)"
    r"(?: (?:\d{1,2} years|nights|days|part[- ]time|full[- ]time|again|as an? [a-z]+(?: [a-z]+)?))?"
    r" (?:at|for|by|from|to)(?: the)?)\s|"
    r"(?i:\b(?:trabaja(?:ba)?|trabajo) (?:en|para)|\b(?:lugar de trabajo|empleador|patron):)\s|"
    r"\b(?i:emp)[:.]?[ ]|"
    r"(?i:\b(?:his|her|their|my|current|last|former) (?:employer|company|workplace)(?: is| was|,)?"
    r" ?[(:]?)\s?|(?i:\bemployer)(?: is| was)?[ ]?[(:]?[ ]?|"
    r"(?i:\breturn(?:s|ed)? to work) ?\(|(?i:\bat work) ?\("
)
_CUTS: Final = re.compile(
    r"\s(?:(?:on|by|in|since|until|for|from|as|with|and|who|where|when)\b|[A-Z][a-z]+ \d)"
)
# Chains of shops, pharmacies, laboratories and carriers, with the number of the branch.
_CHAINS: Final = (
    r"Wal-?greens|CVS(?: Pharmacy)?|Rite Aid|Wal-?mart|Sam'?s Club|Costco|Kroger|Publix|Safeway|"
    r"Albertsons|Meijer|Hy-?Vee|Wegmans|H-E-B|Winn-?Dixie|Duane Reade|Kinney Drugs|Lab ?[Cc]orp|"
    r"Quest(?: Diagnostics)|Sonora Quest|ARUP(?: Laboratories)?|Kaiser Permanente|Express Scripts|"
    r"OptumRx|Caremark|Accredo|Amazon(?: Pharmacy)?|PillPack|DaVita|Fresenius|Lincare|Apria|"
    r"McDonald'?s|Burger King|Wendy'?s|Starbucks|Dunkin'?|Chick-fil-A|Taco Bell|Popeyes|KFC|"
    r"Pizza Hut|Home Depot|Lowe'?s|Best Buy|Dollar General|Family Dollar|FedEx|UPS|USPS|DHL|"
    r"Amtrak|Greyhound|Boeing|Caterpillar|John Deere|Deere & Company|General Motors|Toyota|Honda|"
    r"Tyson(?: Foods)?|Smithfield|Cargill|Jiffy Lube|AutoZone|U-Haul|Uber|Lyft|DoorDash|Comcast|"
    r"Verizon|AT&T|Bank of America|Wells Fargo|JPMorgan|Lockheed Martin|Raytheon|IBM|Intel|Google|"
    r"Microsoft|Siemens|Deutsche Bahn|Delta Air ?[Ll]ines|United Airlines|Goodwill|Salvation Army|"
    r"Planned Parenthood|Sodexo|Aramark"
)


@dataclass(frozen=True)
class Employers:
    """The recognizer of "works at Tallow Mills", "employer: IBM"."""

    name: str = "employer"
    category: str = "name"
    pattern: str = rf"(?:{_WORKS}){_FIRM}"

    @cached_property
    def program(self) -> Any:
        return compiled(self.pattern)

    def hits(self, view: View) -> Iterator[Hit]:
        for match in self.program.finditer(view.octets):
            start, end = match.span(1)
            cut = _CUTS.search(view.text, start, end)
            end = cut.start() if cut else end
            text = view.text[start:end].rstrip(".,'- \n")
            is_said = "employer" in view.lower[match.start() : start]
            if _is_firm(text, is_said) and not CLINICAL_HEAD.match(view.text[end : end + 30]):
                yield Hit(start, start + len(text), "name", "NAME", self.name, 0.7)


def _is_firm(text: str, is_said: bool) -> bool:
    words = text.lower().split()
    if not words or len(text) < 3 or (words[0] in NOT_NAMES and len(words) == 1):
        return False
    if not _MONTHS.isdisjoint(words):
        return False
    return is_said or not all(is_plain(word.strip(".,")) for word in words) or len(words) > 1


@dataclass(frozen=True)
class Chains:
    """The recognizer of chains: their branch says where somebody lives."""

    name: str = "chain"
    category: str = "name"
    pattern: str = (
        rf"(?i)\b((?:{_CHAINS})(?: (?:on|at|in) [a-z]+(?: (?:street|st|avenue|ave|road|rd|blvd|hwy|"
        r"drive|dr|way)\b\.?)| #? ?\d{3,6}\b)?)\b"
    )

    @cached_property
    def program(self) -> Any:
        return compiled(self.pattern)

    def hits(self, view: View) -> Iterator[Hit]:
        for match in self.program.finditer(view.octets):
            start, end = match.span(1)
            word = view.text[start:end]
            if word[0].isupper() or " " in word or view.is_lower_case:
                yield Hit(start, end, "name", "NAME", self.name, 0.7)


_MONTHS: Final = frozenset(
    {"january", "february", "march", "april", "may", "june", "july", "august", "september"}
    | {"october", "november", "december", "monday", "tuesday", "wednesday", "thursday", "friday"}
    | {"saturday", "sunday"}
)
EMPLOYERS: Final = Employers()
CHAINS: Final = Chains()
