"""Believable answers: a pure function of the request, in keeping with the ask and the tier.

`KINDS` lists what is recognized, first match wins, by words in the user's text or in the system
prompt. Labels stay one word on every tier; prose grows from Haiku over Sonnet to Opus. Where a
reader would expect a name or a date, `PHI_...` tokens of the prompt are quoted byte for byte.
"""

import re
from collections.abc import Callable

from routing.sandbox import prose
from routing.sandbox.prompt import Ask
from routing.sandbox.schema import PREFERRED, Instance
from routing.sandbox.tokens import compact

ECHO = "ECHO:"
TIER_WORDS = ("simple", "moderate", "complex")
LABEL_KEY = re.compile(r'"(\w+)"\s*:\s*["<\[]*(?:simple|moderate|complex)', re.IGNORECASE)


def text_for(ask: Ask) -> str:
    """Return the text a model would answer."""
    output_format = (ask.body.get("output_config") or {}).get("format")
    if ask.last_text.startswith(ECHO) and not is_classifier(ask.system):
        return ask.last_text[len(ECHO) :]
    if output_format:
        schema = output_format["schema"]
        return compact(Instance(schema, lambda name: value_for(ask, name)).build(schema))
    if is_classifier(ask.system):
        return tier_label(ask.system)
    if ask.results:
        return prose.from_results(ask)
    return answer_kind(ask)(ask)


def is_classifier(system: str) -> bool:
    """Whether a system prompt asks for one of the words simple, moderate and complex."""
    lowered = system.lower()
    return all(word in lowered for word in TIER_WORDS) and any(
        word in lowered for word in ("one word", "one of", "exactly", "classif", "json", "label")
    )


def tier_label(system: str) -> str:
    """Return the classifier's answer, as JSON where the system prompt shows JSON."""
    if "json" not in system.lower():
        return PREFERRED
    shown = LABEL_KEY.search(system)
    return compact({shown[1] if shown else "complexity": PREFERRED, "confidence": 0.8})


def value_for(ask: Ask, name: str) -> str:
    """Return a string for a property or a tool argument of that name."""
    lowered = name.lower()
    for word, kind in PLACEHOLDER_BY_WORD:
        if word in lowered:
            found = ask.placeholders(kind)
            if found:
                return found[0]
    if any(word in lowered for word in ("query", "question", "text", "prompt", "message")):
        return prose.gist(ask.text)
    return VALUES.get(lowered, "unknown")


def answer_kind(ask: Ask) -> Callable[[Ask], str]:
    """Return the writer for what is asked."""
    lowered = ask.lowered
    for words, writer in KINDS:
        if any(word in lowered for word in words):
            return writer
    lowered = ask.system.lower()
    for words, writer in KINDS:
        if any(word in lowered for word in words):
            return writer
    return prose.general


PLACEHOLDER_BY_WORD = (
    ("birth", "DATE"),
    ("dob", "DATE"),
    ("date", "DATE"),
    ("when", "DATE"),
    ("mrn", "MRN"),
    ("ssn", "SSN"),
    ("phone", "PHONE"),
    ("email", "EMAIL"),
    ("address", "ADDR"),
    ("patient_id", "MRN"),
    ("patient", "NAME"),
    ("name", "NAME"),
)
VALUES = {
    "reason": "Follow-up as discussed.",
    "rationale": "The request needs some interpretation but no multi-step reasoning.",
    "explanation": "Based on the information given.",
    "summary": "Stable course; continue the current plan.",
    "language": "en",
    "icd10": "E11.9",
    "code": "E11.9",
    "city": "Springfield",
}
KINDS: tuple[tuple[tuple[str, ...], Callable[[Ask], str]], ...] = (
    (("yes or no", "yes/no", "(y/n)", "true or false"), prose.yes_no),
    (("sentiment",), prose.sentiment),
    (
        ("what language", "which language", "detect the language", "language detection"),
        prose.tongue,
    ),
    (("intent",), prose.intent),
    (("sql", "select ", "query the database"), prose.sql),
    (("code review", "review this code", "pull request", "review the following"), prose.review),
    (("differential",), prose.differential),
    (("soap",), prose.soap),
    (("interaction", "contraindicat"), prose.interaction),
    (("icd", "cpt code", "billing code"), prose.coding),
    (("reply to", "patient message", "respond to the patient", "write back"), prose.patient_reply),
    (("translate",), prose.translation),
    (("summar", "tl;dr", "recap"), prose.summary),
    (("extract", "list the", "demographic"), prose.extraction),
    (("def ", "function", "refactor", "unit test", "write code", "script"), prose.code),
    (("classify", "label", "category"), prose.label),
)
