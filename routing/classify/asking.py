"""How people ask: the words that a request, a chore, a record's title or a farewell begins with."""

import re
from collections.abc import Iterable
from typing import Final

from routing.classify import lexicon_en, lexicon_es
from routing.classify.normal import words_of

OPENING_WORDS = 7  # within which a command stands: "good morning, could you please extract"
SHORT_QUESTION = 110  # characters; a longer sentence that begins with "when" may tell a story
SENTENCE_END: Final = re.compile(r"(?<=[.?!;])\s+")


def asks(sentence: str) -> bool:
    """Return whether a sentence is a question or a command, by its sign or its first words."""
    if "?" in sentence:
        return True
    word = first_word(sentence)
    if word in COMMANDS:
        return True
    is_wish = not WISHES.isdisjoint(words_of(sentence[:40])[:3])
    return len(sentence) <= SHORT_QUESTION and (is_wish or word in QUESTIONS)


def first_word(sentence: str) -> str:
    """Return the word a sentence begins with once greetings and courtesies are left aside."""
    words = words_of(sentence[:120])[:OPENING_WORDS]
    return next((word for word in words if word not in OPENINGS), "")


def _set_of(*blocks: str) -> frozenset[str]:
    phrases: Iterable[str] = (p for block in blocks for p in block.replace("\n", ",").split(","))
    return frozenset(" ".join(words_of(p)) for p in phrases)


ASK_STARTS: Final = _set_of(lexicon_en.ASK_STARTS, lexicon_es.ASK_STARTS)
COMMANDS: Final = ASK_STARTS - _set_of(
    "what, whats, which, why, how, when, where, who, is, are, does, do, did, can, could, would",
    "should, will, que, cual, cuales, por, como, cuando, donde, quien, es, hay, puede, puedo",
    "plan, next, work, look, code, map, need, answer, give, tell, question, task, luego",
)
QUESTIONS: Final = _set_of(
    "what, whats, which, why, how, where, who, should, can, need, give, tell, look, map, answer",
    "que, cual, cuales, como, donde, quien, debo, debemos, puede, puedo, dime, dame, necesito",
)
MECHANICAL: Final = _set_of(lexicon_en.MECHANICAL_STARTS, lexicon_es.MECHANICAL_STARTS)
RECORD_HEADS: Final = _set_of(lexicon_en.RECORD_HEADS, lexicon_es.RECORD_HEADS)
WISHES: Final = _set_of("need, want, please, pls, plz, necesito, quiero, quisiera, ocupo, favor")
OPENINGS: Final = _set_of(
    "hi, hello, hey, hiya, dear, good, morning, afternoon, evening, team, all, everyone, doc",
    "doctor, please, pls, plz, kindly, just, ok, okay, so, and, now, quick, quickly, urgent, stat",
    "asap, can, could, would, will, you, i, we, want, to, need, like, us, me, id, lets, help, also",
    "then, finally, hola, buen, buenos, buenas, dia, dias, tardes, noches, doctora, equipo",
    "estimado, estimada, favor, porfa, por, de, solo, oye, urgente, puedes, puede, podria, podrias",
    "quiero, quisiera",
)
SECTIONS: Final = RECORD_HEADS | _set_of(
    "labs, lab, meds, medications, home meds, vitals, plan, a p, ap, impression, dx, diagnosis",
    "allergies, imaging, ekg, ecg, ct, mri, echo, mr, pe, o, s, a, p, hospital course",
    "disposition, name, dob, mrn, sex, age, phone, address, provider, signed, insurance, patient",
    "social history, tratamiento, laboratorios, laboratorio, signos vitales, diagnostico",
    "diagnosticos, alergias, impresion, plan de manejo, gabinete, nombre, edad, sexo",
    "medicamentos, paciente, firma, motivo",
)
CLOSINGS: Final = _set_of(
    "best, thanks, thank you, thanks again, many thanks, thanks so much, thank you so much, ty",
    "regards, best regards, kind regards, warm regards, cheers, sincerely, yours sincerely",
    "respectfully, saludos, saludos cordiales, un saludo, atentamente, gracias, muchas gracias",
    "cordialmente, att",
)
