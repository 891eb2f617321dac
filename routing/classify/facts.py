"""What a request states and what kind of work it asks for, before anything is weighed."""

from dataclasses import dataclass, replace
from typing import Final

from routing.classify import patterns
from routing.classify.alarms import signs_in
from routing.classify.critical_values import critical_values
from routing.classify.focus import RequestText
from routing.classify.normal import words_of
from routing.classify.phrases import Hits, find

MECHANICAL: Final = frozenset(
    {"classify", "sentiment", "language", "intent", "yes_no", "extract", "format", "lookup"}
    | {"count", "remind", "code_small", "code_mapping", "fhir"}
)
# Chores whose cue may be a mere noun in what somebody tells: pills off the table.
STRAY: Final = frozenset({"format", "lookup", "count", "remind", "code_small"})
ARTIFACT: Final = frozenset(
    {"summarize", "write", "reply", "translate", "explain", "billing_code", "formulary"}
    | {"code_make", "refactor", "code_docs", "clinical_extract", "clause_pull", "write_note"}
)
TECHNICAL: Final = (
    *("code", "code_make", "code_small", "code_docs", "code_review", "refactor", "logic_review"),
)
FAILURES: Final = ("bug", "deep_bug")  # one such word alone may be about anything
BRIEF_MAKES_EASY: Final = frozenset({"summarize", "write", "explain", "translate"})
MANY_DRUGS: Final = 3
ASKS_FOR_SAFETY: Final = ("medication", "differential", "manage")


@dataclass(frozen=True, slots=True)
class Facts:
    """Counts and claims about one request. `severity` counts what makes a clinical case hard."""

    text: RequestText
    hits: Hits
    lowered: str
    clinical_words: int
    judgment: int  # phrases that ask what to do or what it is
    severity: int  # values, acute findings, failing organs
    of_case: int  # the same, of a record only where a judgment of it is asked for
    labs: int
    drugs: int
    alarms: int  # signs of an emergency in plain words
    values: int  # critical ones, of what is told
    of_record: Hits  # of what is attached to an open request
    has_person: bool
    has_question: bool
    is_clinical: bool
    is_technical: bool
    is_mechanical: bool  # a label, a field, a new shape
    is_artifact: bool  # something to be written
    is_code_change: bool

    @property
    def is_open(self) -> bool:
        """Return whether the request asks for neither a chore nor a text."""
        return not (self.is_mechanical or self.is_artifact)

    @property
    def is_grave(self) -> bool:
        """Return whether somebody tells of an emergency, or asks about a case with hard facts."""
        if not self.is_open:
            return False
        hard = self.of_case + (self.drugs > 0) + (self.judgment > 0)
        is_hard = (self.of_case > 1 and hard > 2) or self._asks_about_case
        return self.alarms > 0 or (self.is_clinical and (is_hard or self._tells_of_danger))

    @property
    def _tells_of_danger(self) -> bool:
        """Return whether a critical value is told of somebody: with a drug, or with who it is.

        "67 yo K 6.9, spironolactone" is all that a hurried clinician types.
        """
        is_of_somebody = self.drugs > 0 or self.has_person
        return self.values > 0 and is_of_somebody and not self.is_technical

    @property
    def _asks_about_case(self) -> bool:
        """Return whether a judgment is asked for, and enough is told to need one."""
        stated = self.of_case + self.drugs + self.has_person
        asks_of_many = self.drugs > MANY_DRUGS and self.judgment + self.hits["medication"] > 0
        names_much = self.hits["differential"] > 0 and self.clinical_words > 2
        return (self.hits["manage"] > 0 and stated > 2) or names_much or asks_of_many

    @property
    def has_domain(self) -> bool:
        """Return whether the request is visibly about medicine, software or law."""
        return self.hits["clinical"] + self.hits["code"] + self.hits["legal"] + self.severity > 0


def gather(text: RequestText) -> Facts:
    """Return the facts; a request that asks for nothing is read with its system prompt.

    Where the system prompt holds the whole request, what the user sent is matter.
    """
    told = find(text.system) if text.system else Hits()
    if told.lead in MECHANICAL and patterns.ANSWER_FORM.search(text.system.casefold()):
        text, hits = replace(text, focus=text.system), told
    else:
        hits = find(text.focus)
    if not hits.lead and text.system:
        hits = find(f"{text.system}\n{text.focus}")
    lowered = text.focus.casefold()
    labs = sum(bool(laboratory) for laboratory, _ in _measured(lowered))
    technical = _technical(hits, has_code=text.has_code)
    # A server does not respond either; but a log below a cry for help takes nothing from it.
    is_of_people = not _technical(hits, has_code=False)
    alarms = _alarms(text, hits) if is_of_people else 0
    severity = _severity(lowered, hits) + alarms
    has_person = bool(patterns.PERSON.search(lowered))
    judgment = hits["differential"] + hits["manage"]
    is_about_code = technical > 0 and hits["logic_review"] > 0
    is_code_change = hits.lead in ("format", "extract") and hits["code"] > hits["code_small"]
    stated = severity + has_person + hits["drug"]
    asks_further = bool(patterns.FURTHER.search(lowered))
    is_case = (judgment > 0 and (stated > 2 or asks_further)) or (asks_further and stated > 2)
    is_told = hits.lead in STRAY and (alarms > 0 or (severity > 1 and hits["drug"] > 0))
    is_chore = _is_chore(hits, severity) and not (is_code_change or is_case or is_told)
    is_written = _is_written(hits, severity + hits["drug"] + has_person) or is_code_change
    is_open = not (is_chore or is_written)
    of_record = find(text.record) if is_open and text.record else Hits()
    record = text.record if is_open and _asks_about_record(hits) else ""
    drugs = hits["drug"] + (of_record["drug"] if record else 0)
    of_case = severity
    if judgment > 0 or not hits.lead:
        severity += _severity(record.casefold(), of_record)
    clinical = _clinical(hits, drugs + severity + has_person, technical)
    return Facts(
        text=text,
        hits=hits,
        lowered=lowered,
        clinical_words=clinical,
        judgment=judgment,
        severity=severity,
        of_case=severity if judgment > 0 else of_case,
        labs=labs,
        drugs=drugs,
        alarms=alarms,
        values=len(critical_values(lowered)),
        of_record=of_record,
        has_person=has_person,
        has_question="?" in lowered,
        is_clinical=clinical > 0 and clinical >= technical and not is_about_code,
        is_technical=technical > 0,
        is_mechanical=is_chore,
        is_artifact=is_written,
        is_code_change=is_code_change,
    )


def _alarms(text: RequestText, hits: Hits) -> int:
    """Return the signs of an emergency in the words as they stand, or once misspellings are
    mended, where that changes any."""
    stated = tuple(words_of(text.focus))
    signs = signs_in(stated)
    return signs if stated == hits.words else max(signs, signs_in(hits.words))


def _technical(hits: Hits, *, has_code: bool) -> int:
    named = sum(hits[cue] for cue in TECHNICAL) + 2 * has_code
    return named + sum(hits[cue] for cue in FAILURES if hits[cue] > 1)


def _clinical(hits: Hits, stated: int, technical: int) -> int:
    """Return how much is clinical; without another domain, questions about people are too."""
    named = hits["clinical"] + hits["finding"] + stated
    if technical or hits["legal"]:
        return named
    asks_about_people = any(hits[ask] for ask in ASKS_FOR_SAFETY)
    return named + hits["differential"] + (hits["people"] if asks_about_people else 0)


def _is_chore(hits: Hits, severity: int) -> bool:
    is_brief = hits["brief"] > 0 and hits.lead in BRIEF_MAKES_EASY
    is_closed = not hits.lead and severity == 0 and hits["short_answer"] > 0
    return hits.lead in MECHANICAL or is_brief or is_closed


def _is_written(hits: Hits, stated: int) -> bool:
    explains_case = hits.lead == "explain" and stated > 1
    is_brief = hits["brief"] > 0 and hits.lead in BRIEF_MAKES_EASY
    return hits.lead in ARTIFACT and not is_brief and not explains_case


def _measured(lowered: str) -> set[tuple[str, str]]:
    return set(patterns.MEASUREMENT.findall(lowered))


def _severity(lowered: str, hits: Hits) -> int:
    """Return how much there is that makes a case hard; one finding names a topic, more a case."""
    return len(_measured(lowered)) + hits["acute"] + hits["organ"] + max(0, hits["finding"] - 1)


def _asks_about_record(hits: Hits) -> bool:
    """Return whether a request visibly asks for a judgment of what is attached."""
    is_medical = hits["clinical"] + hits["drug"] + hits["acute"] + hits["organ"] > 0
    return any(hits[ask] for ask in ASKS_FOR_SAFETY) or (is_medical and not hits.lead)
