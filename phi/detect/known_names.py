"""Known names in all their spellings, found part by part and joined where parts stand together.

That covers "Last, First", initials, possessives, camel and snake case without listing them.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from phi.detect import lexicon
from phi.detect.known_phrases import Phrase, words_of
from phi.detect.name import NOT_NAMES
from phi.detect.recognizer import Hit
from phi.detect.view import View, view_of
from phi.detect.words import FORMS
from phi.name_words import NAME_WORDS, NICKNAMES
from phi.types import KnownIdentifier

_BETWEEN_PARTS = re.compile(
    r"(?:,? {0,2}| ?[(\x22]|[-_.+/^&]|, {0,2}|\s|-\s)(?:[a-z](?:\.,? ?| ))?\Z"
)
_INITIAL_BEFORE = re.compile(r"(?<![A-Za-z0-9'])([A-Za-z])(?:\.[ ]?| )(?:[A-Za-z]\.?[ ])?\Z")
_INITIAL_AFTER = re.compile(r"(?:,? {1,2}|_)([A-Za-z])(?:\.(?![a-z])|(?![A-Za-z0-9']))")
_NAME_BEFORE = re.compile(r"(?<![A-Za-z0-9'.\-])([A-Z][a-z]{2,14}) (?:[A-Z]\.? )?\Z")
_TITLE = r"(?:mr|mrs|ms|miss|mx|dr|dra|prof|sr|sra|rev|senora?|herr|frau|mme)"
_LABEL_BEFORE = re.compile(
    rf"(?:\b(?:{_TITLE}|patient|pt|name|mother|father|wife|husband|spouse|dear|hi|hello|hey|thanks|"
    r"son|daughter|contact|mom|dad|sister|brother|nurse|for|by|with|to|from|aka|surname)\b\.?"
    r"|\b(?:patient|pt|name|surname|from|to|cc|re|attn|client|resident|member|signed) {0,2}[:=])"
    r"[ \t]*\Z",
    re.IGNORECASE,
)
_TITLE_BEFORE = re.compile(rf"\b{_TITLE}\b\.?[ \t]*\Z|\bname {{0,2}}[:=][ \t]*\Z", re.IGNORECASE)
_VERB_AFTER = re.compile(
    r"(?:'s\b|,? (?:is|was|has|had|reports?|reported|den(?:ies|ied)|states?|stated|says|said|"
    r"presents?|presented|called|came|feels|felt|lives|takes|took|went|does|did|and (?:his|her)|"
    r"told|gave|gives|brought|brings|phoned|phones|signed|knows|helped|drove|drives|hopes|died|"
    r"sleeping|slept|ate|fell|agree|live|back|here|ok|okay|npo|notified|aware|witnessed|may|will|"
    r"to (?:see|teach|bring|follow|call|sign|come|return|be|go|stay|help|cover|or|ct|mri)|"
    r"asked|asks|wants|needs|complains|returns|returned|arrived|walks|sleeps|works|smokes|drinks|"
    r"tolerated|agrees|agreed|understands|verbalized|endorses|appears|looks|continues|underwent|"
    r"remains|prefers|stopped|started|noticed|thinks|seems|alerted|paged|updated|present|"
    r"sign(?:ing|s) (?:out|off)|covering|rounding|calling|asking|dice|refiere|niega|viene|acude)\b|"
    r": ?[a-z]| - [a-z])"
)
# What follows a name where all is in capitals: "S: ANGEL DICE QUE", "WEST ALERTED".
_CAPITAL_VERB_AFTER = re.compile(
    r" (?:SAYS|STATES|STATED|REPORTS|REPORTED|DENIES|DENIED|CALLED|ALERTED|PAGED|NOTIFIED|PRESENTS|"
    r"PRESENTED|ARRIVED|ASKED|ASKS|DICE|REFIERE|NIEGA|VIENE|ACUDE|LLAMO|PRESENTA|TIENE|COMENTA)\b"
)
# What stands before a name where there are hardly any capitals: "calling for chip", "tell art to".
_LOWER_BEFORE = re.compile(
    r"\b(?:this is|calling (?:for|about)|tell|told|message (?:is )?for|speak (?:to|with)|"
    r"talk(?:ed)? (?:to|with)|sorry about|hi|hey|hello|dear|thanks|thx|ask(?:ed|s)? for|"
    r"here for|call back|patient is|pt is|me llamo|soy|mi nombre es)[ \t]+\Z"
)
_LOWER_AFTER = re.compile(r" (?:on|at) \d| here\b")
# "Oh 49M", "long, 72 y/o": who is entered in a list.
_AGE_AFTER = re.compile(
    r",? {1,2}(?:\d{1,3} ?(?:[mf]|y|yo|y/o|yrs?)\b|[mf] ?\d{2}\b|c/o\b|dob\b)", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"(?:^|[.!?:;\n\r*>|\-]|\d\))[ \t\"'(]*\Z")
_SENTENCE_BEGINS = re.compile(r"(?:^|[.!?\n\r])[ \t\"'(]*\Z")
_LINE_AFTER = re.compile(r"[ \t]*(?:$|[\n,;|])")
_CALENDAR = frozenset({"may", "april", "june", "august", "mark", "jan", "march"})
_MODAL = frozenset({"will", "may", "can", "don", "so", "do"})
_DATE_AFTER = re.compile(r",? ?\d")
_PARTICLES = frozenset(
    """
    de del la las los van der den von bin ibn al el da dos di du st san
    """.split()  # noqa: SIM905 - words read better as text
)
_INITIALS = re.compile(r"(?<![A-Za-z0-9.])([A-Z])\.? ?([A-Z])\.? ?(?:([A-Z])\.?)?(?![A-Za-z0-9])")
_INITIALS_BEFORE = re.compile(r"\binitials?\b[^.\n]{0,24}\Z|\b(?:pt|patient)\.?:? \(?\Z", re.I)
_INITIALS_AFTER = re.compile(r"\W{0,2}initial")
# What else two letters with dots are: bowel movements, discharged, a degree, a time, a state.
_DOTTED = frozenset(
    {"bm", "dc", "bp", "hr", "rr", "tb", "ct", "mi", "ad", "bc", "ba", "bs", "ma", "ce", "eg", "ie"}
    | {"ny", "nj", "nc", "nd", "nh", "nm", "sc", "sd", "ri", "wv", "la", "va", "ca", "ga", "pa"}
    | {"fl", "gi", "gu", "cc", "cv", "dm", "ht", "lp", "mr", "ob", "ra", "ta", "uk", "un", "vd"}
    | {"wt", "ac", "pc", "qd", "qh", "au", "as", "sl", "td", "hx", "rx", "dx", "tx", "fx", "ph"}
)
_CLINICAL_INITIALS = frozenset(
    {"md", "do", "pa", "po", "pr", "im", "iv", "sc", "ms", "er", "or", "ed", "op", "ot", "pt"}
    | {"am", "pm", "us", "rn", "np", "hs", "od", "os", "ou", "sob", "prn", "bid", "tid", "qid"}
)


@dataclass(frozen=True, slots=True)
class NamePart:
    """One thing to look for in the lowered view."""

    text: str
    family: str  # the full name of the person: what their tokens are made of
    usual: str
    is_word: bool = False  # an everyday word too: needs a sign
    is_common: bool = False  # in the dictionary too: not in lower case among capitals
    is_given: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """The parts of one known person's name, folded and in lower case."""

    family: str
    usual: str
    parts: tuple[tuple[str, str], ...]

    @property
    def initials(self) -> frozenset[str]:
        return frozenset(word[0] for _, text in self.parts for word in _words(text))


def people(known: Iterable[KnownIdentifier]) -> tuple[Person, ...]:
    """Return the people among the known identifiers."""
    found: dict[tuple[int, str], dict[str, KnownIdentifier]] = {}
    for one in known:
        if one.category == "name" and one.part != "firm" and one.value:
            found.setdefault((one.person, one.relation), {}).setdefault(one.part, one)
    return tuple(_person(parts) for parts in found.values())


def _person(parts: dict[str, KnownIdentifier]) -> Person:
    full = parts.get("full") or next(iter(parts.values()))
    return Person(
        view_of(full.value).text.lower(),
        full.value,
        tuple(
            (part, view_of(one.value).text.lower())
            for part, one in parts.items()
            if part != "full" or len(parts) == 1
        ),
    )


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[ \-,]+", text) if word.strip(".'")]


def parts_of(person: Person) -> Iterator[NamePart]:
    """Yield every spelling of every part of a person's name."""
    for part, text in person.parts:
        is_given = part in {"first", "preferred", "middle"}
        for spelling in sorted(_spellings(part, text), key=len, reverse=True):
            spelling = spelling.strip(". ")
            if len(spelling) > 1 and (is_given or spelling not in _PARTICLES):
                is_word = spelling in NAME_WORDS or len(spelling) < 3
                is_common = not is_word and _is_common(spelling)
                yield NamePart(spelling, person.family, person.usual, is_word, is_common, is_given)
        for torn in _torn(text) if part != "middle" else ():
            yield NamePart(torn, person.family, person.usual)
    for glued in dict.fromkeys(_glued(person)):
        yield NamePart(glued, person.family, person.usual)


def _is_common(spelling: str) -> bool:
    known = lexicon.shared().word(spelling)  # FORMS would look for slips, too
    return known.english > 2 and known.given < 2


def _spellings(part: str, text: str) -> set[str]:
    words = _words(text)
    whole = {text, text.replace("-", ""), text.replace("-", " "), text.replace(" ", ""), *words}
    spellings = {*whole, *(spelling.replace("'", "") for spelling in whole)}
    spellings.update(tail for tail in map(_behind_apostrophe, words) if len(tail) > 4)
    if part in {"first", "preferred"}:
        for word in (text, *words):
            spellings.update(_short_forms(word))
    return spellings


def _behind_apostrophe(word: str) -> str:
    """Return the Brannigan of O'Brannigan: a scanner reads 0'Brannigan."""
    return word.partition("'")[2]


def _torn(text: str) -> Iterator[str]:
    """Yield the words of a name torn apart by a blank, a line's end or a hyphen at it."""
    for word in _words(text):
        for cut in range(2, len(word) - 1) if word.isalpha() and len(word) > 4 else ():
            first, rest = word[:cut], word[cut:]
            if not all(lexicon.shared().word(half).english for half in (first, rest)):
                yield f"{first} {rest}"
                yield f"{first}- {rest}"


def phrases_of_names(known_people: Iterable[Person]) -> Iterator[Phrase]:
    """Yield names of several words, short ones above all, in which each word may have a slip."""
    for person in known_people:
        parts = dict(person.parts)
        first, middle, last = (
            words_of(parts.get(part, "")) for part in ("first", "middle", "last")
        )
        given = (*first, *middle)
        orders = {(*first, *last), (*last, *first), (*given, *last), (*last, *given)}
        for words in {first, last, given} | orders:
            if len(words) > 1 and any(len(word) > 2 for word in words):
                yield Phrase(words, "name", "NAME", person.family, person.usual)


def _short_forms(name: str) -> set[str]:
    """Return nicknames of a given name, the names it is a nickname of, and their others."""
    forms = set(NICKNAMES.get(name, ()))
    for full, short in NICKNAMES.items():
        if name in short:
            forms |= {full, *short}
    if len(name) > 4 and name[-1] in "yie" and name[-2] == name[-3]:
        forms.add(name[:-2])  # Peggy: Peg
    return {form for form in forms if len(form) > 2}


def _glued(person: Person) -> Iterator[str]:
    """Yield first and last name run together, as in user names: johnsmith, smithjohn, jsmith."""
    parts = dict(person.parts)
    first = re.sub(r"[^a-z]", "", parts.get("first", ""))
    last = parts.get("last", "")
    for surname in {re.sub(r"[^a-z]", "", word) for word in (last, *_words(last))}:
        if len(first) < 2 or len(surname) < 2 or surname in _PARTICLES:
            continue
        yield from (first + surname, surname + first)
        if len(surname) > 3:
            yield first[0] + surname
            yield surname + first[0]
        if len(surname) > 6:
            yield from (first[0] + surname[:7], surname[:5] + first[:3], surname[:6] + first[:2])
        if len(first) > 3:
            yield first + surname[0]


class NameJoiner:
    """Turns parts found in a view into names."""

    def __init__(self, known_people: tuple[Person, ...]) -> None:
        self._initials = {person.family: person.initials for person in known_people}
        self._abbreviations = {
            letters: person for person in known_people for letters in _abbreviations(person)
        }

    def names(self, view: View, parts: list[tuple[int, int, NamePart]]) -> Iterator[Hit]:
        """Yield names made of neighbouring parts of one person, initials included."""
        parts.sort(key=lambda part: (part[0], -part[1]))
        group: list[tuple[int, int, NamePart]] = []
        for part in parts:
            if group and part[0] < group[-1][1]:
                continue  # inside the part before
            if group and not _are_neighbors(view, group[-1], part):
                yield from self._name(view, group)
                group = []
            group.append(part)
        yield from self._name(view, group)

    def _name(self, view: View, group: list[tuple[int, int, NamePart]]) -> Iterator[Hit]:
        group = _without_compounds(view.text, group)
        if not group:
            return
        start, end, part = group[0][0], group[-1][1], group[0][2]
        wide = self._with_initials(view.text, start, end, part)
        is_beside = len(group) > 1 or wide != (start, end)
        if all(one[2].is_word for one in group):
            if not is_beside and not (
                _reads_as_name(view.text, start, end)
                or (view.is_lower_case and _reads_in_lower_case(view.text, start, end))
            ):
                return
            if is_beside and len(group) == 1 and view.text[start].islower():
                return
        elif not is_beside and _is_dictionary_word(view, start, part):
            return
        if not group[0][2].is_given:
            wide = _with_given_name(view.text, *wide)
        yield name_hit(*wide, part.family, part.usual)

    def _with_initials(self, text: str, start: int, end: int, part: NamePart) -> tuple[int, int]:
        initials = self._initials.get(part.family, frozenset())
        before = _INITIAL_BEFORE.search(text[max(0, start - 8) : start])
        if before and before[1].lower() in initials:
            start -= before.end() - before.start()
        after = _INITIAL_AFTER.match(text[end : end + 6])
        if after and after[1].isupper() and after[1].lower() in initials:
            end += after.end()
        return start, end

    def abbreviated(self, view: View) -> Iterator[Hit]:
        """Yield initials alone: dotted and of three letters, or introduced as initials."""
        for match in _INITIALS.finditer(view.text):
            letters = "".join(filter(None, match.groups())).lower()
            person = self._abbreviations.get(letters)
            if person is None or letters in _CLINICAL_INITIALS:
                continue
            before = view.text[max(0, match.start() - 32) : match.start()]
            is_sure = match[0].count(".") >= 2 and letters not in _DOTTED
            after = view.lower[match.end() : match.end() + 12]
            if is_sure or _INITIALS_BEFORE.search(before) or _INITIALS_AFTER.match(after):
                yield name_hit(match.start(), match.end(), person.family, person.usual)


def _abbreviations(person: Person) -> Iterator[str]:
    parts = dict(person.parts)
    first, middle, last = (_words(parts.get(part, "")) for part in ("first", "middle", "last"))
    if first and last:
        yield first[0][0] + last[0][0]
        for word in set(last) - _PARTICLES:
            yield first[0][0] + word[0]
            yield first[0][0] + "".join(part[0] for part in middle) + word[0]
        yield first[0][0] + "".join(word[0] for word in last)
        if middle:
            yield first[0][0] + middle[0][0] + last[0][0]


def name_hit(start: int, end: int, family: str, usual: str) -> Hit:
    return Hit(start, end, "name", "NAME", "known", 1.0, family, usual)


def _is_dictionary_word(view: View, start: int, part: NamePart) -> bool:
    """Tell whether a name stands here as the word it also is: "the heart chambers"."""
    if not part.is_common or view.text[start].isupper() or view.is_lower_case:
        return False
    return not _LABEL_BEFORE.search(view.text[max(0, start - 24) : start])


def _without_compounds(
    text: str, group: list[tuple[int, int, NamePart]]
) -> list[tuple[int, int, NamePart]]:
    """Drop everyday words at the end that go on: "Will Long-term"."""
    while group and group[-1][2].is_word and re.match(r"-[a-z]", text[group[-1][1] :][:2]):
        group = group[:-1]
    return group


def _with_given_name(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span with another given name before a known surname: a relative's."""
    if text[start : start + 2].isupper():
        return start, end
    before = _NAME_BEFORE.search(text[max(0, start - 20) : start])
    if before is None or before[1].lower() in NOT_NAMES:
        return start, end
    first = start - (before.end() - before.start())
    word = FORMS[before[1]].word
    is_name = word.given > 1 or not (word.english or word.clinical)
    if _SENTENCE_BEGINS.search(text[max(0, first - 8) : first]) and word.english > 1:
        return start, end
    return (first, end) if is_name else (start, end)


def _are_neighbors(
    view: View, left: tuple[int, int, NamePart], right: tuple[int, int, NamePart]
) -> bool:
    if right[0] - left[1] > 7 or left[2].family != right[2].family:
        return False
    return bool(_BETWEEN_PARTS.match(view.lower[left[1] : right[0]]))


def stands_alone(text: str, start: int, end: int) -> bool:
    """Tell whether no letter runs on at either side, camel case aside."""
    before, after = text[start - 1 : start], text[end : end + 1]
    if before.isalpha() and not (before.islower() and text[start].isupper()):
        return False
    if after.isalpha() and not (after.isupper() and text[end - 1].islower()):
        return after in "sS" and not text[end + 1 : end + 2].isalpha() and end - start > 3
    return True


def _reads_as_name(text: str, start: int, end: int) -> bool:
    """Tell whether a word is a name here: capitalised in mid-sentence, or labeled."""
    word = text[start:end]
    before = text[max(0, start - 24) : start]
    after = text[end : end + 16]
    if _AGE_AFTER.match(after):
        return True
    if not word[:1].isupper():
        return bool(_TITLE_BEFORE.search(before))
    if len(word) == 2 and word[1].islower() and word.lower() not in NAME_WORDS:
        return True  # Oh, Ng, Lo
    if word.isupper() and len(word) > 1:
        return _reads_in_capitals(word, before, after)
    if word.lower() in _CALENDAR and _DATE_AFTER.match(after):
        return False
    return (
        not _SENTENCE_END.search(before)
        or bool(_LABEL_BEFORE.search(before))
        or bool(_VERB_AFTER.match(after))
    )


def _reads_in_capitals(word: str, before: str, after: str) -> bool:
    """Tell it where every word is in capitals: a title, or a label (not before a modal verb)."""
    if _TITLE_BEFORE.search(before) or _CAPITAL_VERB_AFTER.match(after):
        return True
    if not _LABEL_BEFORE.search(before) or after.strip()[:1].isdigit():
        return False
    return word.lower() not in _MODAL or bool(_LINE_AFTER.match(after))


def _reads_in_lower_case(text: str, start: int, end: int) -> bool:
    """Tell it where there are no capitals: somebody is called, told or greeted."""
    if _LOWER_BEFORE.search(text[max(0, start - 24) : start]):
        return True
    return text[start - 4 : start] == "for " and bool(_LOWER_AFTER.match(text[end : end + 6]))
