"""What a request states and what kind of work it asks for, before anything is weighed."""

from dataclasses import dataclass, replace
from typing import Final

from routing.classify import patterns
from routing.classify.alarms import signs_in
from routing.classify.focus import RequestText
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
    labs: int
    drugs: int
    alarms: int  # signs of an emergency in plain words
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
    measured = set(patterns.MEASUREMENT.findall(lowered))
    labs = sum(bool(laboratory) for laboratory, _ in measured)
    # One finding names a topic, more make a case.
    technical = _technical(hits, has_code=text.has_code)
    alarms = 0 if technical else signs_in(hits.words)  # a server does not respond either
    severity = len(measured) + hits["acute"] + hits["organ"] + max(0, hits["finding"] - 1) + alarms
    has_person = bool(patterns.PERSON.search(lowered))
    judgment = hits["differential"] + hits["manage"]
    is_about_code = technical > 0 and hits["logic_review"] > 0
    is_code_change = hits.lead in ("format", "extract") and hits["code"] > hits["code_small"]
    stated = severity + has_person + hits["drug"]
    is_case = judgment > 0 and (stated > 2 or bool(patterns.FURTHER.search(lowered)))
    is_told = alarms > 0 and hits.lead in STRAY
    is_chore = _is_chore(hits, severity) and not (is_code_change or is_case or is_told)
    is_written = _is_written(hits, severity + hits["drug"] + has_person) or is_code_change
    is_open = not (is_chore or is_written)
    drugs = hits["drug"] + _recorded_drugs(text, hits, is_open=is_open)
    clinical = _clinical(hits, drugs + severity + has_person, technical)
    return Facts(
        text=text,
        hits=hits,
        lowered=lowered,
        clinical_words=clinical,
        judgment=judgment,
        severity=severity,
        labs=labs,
        drugs=drugs,
        alarms=alarms,
        has_person=has_person,
        has_question="?" in lowered,
        is_clinical=clinical > 0 and clinical >= technical and not is_about_code,
        is_technical=technical > 0,
        is_mechanical=is_chore,
        is_artifact=is_written,
        is_code_change=is_code_change,
    )


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


def _recorded_drugs(text: RequestText, hits: Hits, *, is_open: bool) -> int:
    """Return how many drugs an attached list names, where the request asks about them."""
    if not (is_open and text.record and any(hits[ask] for ask in ASKS_FOR_SAFETY)):
        return 0
    return find(text.record)["drug"]
