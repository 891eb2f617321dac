"""What there is to weigh in a request: a handful of numbers that hold no text."""

from collections.abc import Mapping
from typing import Final

from routing.classify import patterns
from routing.classify.critical_values import critical_values
from routing.classify.facts import ARTIFACT, MECHANICAL, Facts
from routing.classify.lexicon_danger import DANGERS
from routing.classify.phrases import DANGER

# Cues that weigh the same whatever the request is about.
PLAIN_CUES: Final = (
    *("classify", "sentiment", "language", "intent", "yes_no", "short_answer", "extract", "format"),
    *("lookup", "count", "remind", "summarize", "brief", "write", "reply", "translate"),
    *("explain", "billing_code", "code_mapping", "fhir", "formulary", "clinical_extract"),
    *("orchestrate", "decision_record", "write_note", "clause_pull"),
)
CODE_CUES: Final = (
    *("code_make", "refactor", "code_docs", "code_small", "code_review", "bug", "deep_bug"),
    "logic_review",
)
HARD_CUES: Final = ("security", "architecture", "logic_review", "orchestrate", "decision_record")
SEVERAL_OF: Final = (
    *("extract", "summarize", "write", "medication", "differential", "manage", "analyze"),
    "architecture",
)
SMALL_TALK: Final = 80  # characters
SHORT_QUESTION: Final = 120
BESIDE_THE_POINT: Final = 0.3  # a writing verb in a chore: "make a list of the dates"
INSIDE_A_TASK: Final = 0.4  # a clinical question that is the topic of a text, not the request
MANY_DANGERS: Final = 5
FULL: Final = 4  # clinical words after which more say nothing new


def measure(facts: Facts) -> Mapping[str, float]:
    """Return the features of a request that are not zero."""
    parts = (
        *(_cues(facts), _shape(facts), _clinical(facts), _technical(facts), _analytical(facts)),
        *(_dangers(facts), _dangers_of_record(facts)),
    )
    return {name: float(value) for part in parts for name, value in part.items() if value}


def _strength(count: int) -> float:
    """Return what repeated cues are worth: the second adds less, further ones nothing."""
    return float(min(count, 2) ** 0.5)


def _cues(facts: Facts) -> Mapping[str, float]:
    beside = BESIDE_THE_POINT if facts.is_mechanical else 1.0
    return {
        cue: _strength(facts.hits[cue]) * (beside if cue in ARTIFACT else 1.0) for cue in PLAIN_CUES
    }


def _shape(facts: Facts) -> Mapping[str, float]:
    """Return what the form of the request says, apart from its subject."""
    hits, size = facts.hits, len(facts.text.focus)
    has_nothing = not hits.lead and not facts.has_domain
    has_matter = hits.lead or facts.severity or hits["clinical"] or hits["code"]
    return {
        "asks_of_record": _asks_of_record(facts),
        "closed_choice": _is_closed_choice(facts),
        "lead_mechanical": facts.is_mechanical,
        "lead_artifact": facts.is_artifact,
        "no_cue": has_nothing,
        "no_cue_domain": not hits.lead and facts.has_domain,
        "simple_task": _simple_task(facts),
        "plain_question": has_nothing and facts.has_question and size < SHORT_QUESTION,
        "greeting_only": hits["chitchat"] > 0 and not has_matter and size < SMALL_TALK,
        "several_asks": sum(hits[ask] > 0 for ask in SEVERAL_OF) > 2,
    }


def _asks_of_record(facts: Facts) -> bool:
    """Return whether this is a question after a fact of what is attached."""
    asks_for_judgment = facts.judgment + facts.hits["medication"] + facts.hits["why"] > 0
    if asks_for_judgment or not facts.has_question:
        return False
    has_record = bool(facts.text.record or patterns.ATTACHED.search(facts.lowered))
    return has_record and bool(patterns.FACT_QUESTION.search(facts.lowered))


def _is_closed_choice(facts: Facts) -> bool:
    """Return whether the answer is one of a few named things, or the meaning of one term."""
    hits = facts.hits
    if facts.judgment + hits["medication"] + facts.severity > 0:
        return False
    is_plain = hits["clinical"] + hits["code"] + hits["legal"] + hits["drug"] == 0
    return bool(
        patterns.CHOICE.search(facts.lowered)
        or (is_plain and patterns.OPTIONS.search(facts.lowered))
    )


def _simple_task(facts: Facts) -> float:
    """Return how much this looks like a plain verb with a plain object: put the dates first."""
    hits = facts.hits
    stated = facts.severity + facts.has_person + hits["drug"] + hits["finding"]
    is_harder = facts.judgment + hits["medication"] + hits["deep_bug"] + stated > 0
    has_other_lead = hits.lead not in MECHANICAL and hits.lead not in ("", "write")
    if is_harder or has_other_lead or any(hits[cue] for cue in HARD_CUES):
        return 0.0
    asks = hits["simple_verb"] > 0 or facts.has_question
    return _strength(hits["simple_object"]) * (1.0 if asks else 0.6)


def _clinical(facts: Facts) -> Mapping[str, float]:
    if not facts.is_clinical:
        return {}
    return _clinical_asks(facts) | (_clinical_case(facts) if facts.is_open else {})


def _clinical_asks(facts: Facts) -> dict[str, float]:
    hits = facts.hits
    weight = 1.0 if facts.is_open else INSIDE_A_TASK
    return {
        "medication": weight * _strength(hits["medication"]),
        "differential": weight * _strength(hits["differential"]),
        "manage": weight * _strength(hits["manage"]),
        "alarm": facts.is_open * _strength(facts.alarms),
        "alarm_in_task": (not facts.is_open) * _strength(facts.alarms),
        "case_in_artifact": not facts.is_open and facts.severity + facts.has_person > 2,
        "clinical": min(facts.clinical_words, FULL) / FULL,
    }


def _dangers(facts: Facts) -> Mapping[str, float]:
    """Return which kinds of danger are named; in a chore, a text or software they are its topic."""
    kinds = [f"{DANGER}{kind}" for kind in DANGERS if facts.hits[f"{DANGER}{kind}"]]
    if facts.is_technical or not facts.is_open:
        return {
            "danger_in_task": _strength(len(kinds)),
            "critical_in_task": _strength(facts.values),
        }
    return {
        **dict.fromkeys(kinds, 1.0),
        "dangers": min(len(kinds), MANY_DANGERS) / 2,
        "critical_values": min(facts.values, FULL) / 2,
    }


def _dangers_of_record(facts: Facts) -> Mapping[str, float]:
    """Return what is grave in a record about which something open is asked, in whatever words.

    "Plan?" below a chart says nothing by itself, and the chart is what it is about.
    """
    if facts.is_technical or not facts.is_open or not facts.text.record:
        return {}
    kinds = sum(facts.of_record[f"{DANGER}{kind}"] > 0 for kind in DANGERS)
    values = len(critical_values(facts.text.record.casefold()))
    is_bare = not facts.hits.lead and len(facts.text.focus) < SHORT_QUESTION
    grave = min(kinds + values, MANY_DANGERS) / 2
    return {
        "record": 1.0,
        "record_dangers": min(kinds, MANY_DANGERS) / 2,
        "record_values": min(values, FULL) / 2,
        "bare_ask_of_grave_record": grave if is_bare else 0.0,
    }


def _clinical_case(facts: Facts) -> dict[str, float]:
    """Return how hard the case is that an open clinical request states."""
    hits, drugs, severity = facts.hits, facts.drugs, facts.severity
    stated = severity + facts.has_person
    return {
        "routine_care": hits["routine_care"] > 0 and severity == 0,
        "self_report": hits["self_report"] > 0,
        "question": facts.has_question and hits["clinical"] + drugs + severity > 0,
        "person": facts.has_person and severity + drugs > 0,
        "dosing_case": hits["medication"] > 0 and stated > 1,
        "facts": min(severity, FULL) / 2,
        "two_drugs": drugs == 2,
        "many_drugs": min(max(drugs - 2, 0), 3) ** 0.5,
        "drug_and_organ": drugs > 0 and hits["organ"] + facts.labs > 0,
        "bare_case": not hits.lead and stated > 1,
        "case_and_ask": facts.judgment > 0 and stated > 1,
        "clinical_why": hits["why"] > 0 and severity + facts.judgment > 0,
    }


def _technical(facts: Facts) -> Mapping[str, float]:
    hits = facts.hits
    if facts.is_clinical and not facts.is_technical:
        return {}
    design = {cue: _strength(hits[cue]) for cue in ("security", "architecture")}
    if not facts.is_technical:
        return design
    return design | {
        "code": 1.0,
        "code_change": facts.is_code_change,
        "bug_why": hits["deep_bug"] + hits["bug"] > 0 and hits["why"] > 0,
        **{cue: _strength(hits[cue]) for cue in CODE_CUES},
    }


def _analytical(facts: Facts) -> Mapping[str, float]:
    hits = facts.hits
    weight = 0.5 if facts.is_mechanical else 1.0
    is_legal = hits["legal"] > 0
    return {
        "legal": is_legal and not facts.is_technical,
        "analyze": weight * _strength(hits["analyze"]),
        "legal_analysis": weight * (is_legal and hits["analyze"] > 0),
        "legal_question": (
            is_legal and facts.has_question and facts.is_open and not facts.is_technical
        ),
        "decide_elsewhere": not facts.is_clinical and hits["manage"] > 0 and facts.is_open,
    }
