"""What must stay whatever it looks like: medicines, tests, scores, signs, units, parts of code.

A word taken away here is one the answering model does not see, so a doubt gives way to all of it.
"""

import re
from functools import lru_cache
from typing import Final

from phi.name_words import NAME_WORDS
from phi.vocabulary import ENGLISH, MEDICAL, NO_PERSON, bits_of

_PREFIXES: Final = tuple(
    """
    anti pre post hyper hypo peri intra inter extra non re un sub supra infra micro macro neuro
    cardio gastro hepato nephro pseudo multi poly electro immuno chemo radio thrombo trans retro
    auto bio cyto derm endo epi hemo histo iso keto lympho mono myo osteo para patho pharmaco
    photo pneumo procto psycho pyo rhino sclero spondylo tachy brady tele uro vaso veno co de dis
    over under semi oxy nor meth hydro levo dextro
    """.split()  # noqa: SIM905 - words read better as text
)
_MADE_OF: Final = re.compile(  # the ends of medicines, findings and procedures
    r"[a-z]{2,}(?:mab|nib|ciclib|rasib|parib|ixib|cillin|statin|[aeiou]pril|sartan|olol|azole|"
    r"gliptin|gliflozin|glutide|[aiou]tide|parin|[aeiou]vir|mycin|micin|floxacin|cycline|dipine|"
    r"[aeiou]zepam|zolam|setron|triptan|profen|caine|dronate|lukast|tidine|prazole|oxetine|afil|"
    r"grel|xaban|kinra|cept|platin|taxel|rubicin|sone|solone|terol|tropium|phylline|barbital|"
    r"amide|amine|idine|izine|azine|oxide|itis|osis|[ae]mia|emic|ectomy|otomy|ostomy|plasty|"
    r"scop(?:y|e|ic)|graph(?:y|ic)|path(?:y|ic)|algia|[aeo]lgic|uri[ac]|penia|cytes?|cytic|lysis|"
    r"lytic|globulin|albumin|ation|ology|ologist|ological|metr(?:y|ic)|plegia|paresis|"
    r"troph(?:y|ic)|genic|toxic|ectasis|stenosis|sclerosis|rrhea|rrhagi[ac]|rrhythmia|phagia|"
    r"phasia|pnea|tension|iform|itional|ously|fully|ities|ability|ally|ively|ized?|izing)s?"
)
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_SHORTEST_TYPO: Final = 5
_LONGEST_TYPO: Final = 14

# What stands behind a word that names a score or a sign, or is short for a lab value.
_THINGS = "|".join(
    """
    scor scal stag grad sign syndrom diseas criteri formul index test classif antigen antibod drain
    cathet biplan procedur palsy phenomen reflex tube node duct line lesion tumor fractur deform
    contractur clamp forcep incision maneuv position method rule law block loop band ring patch
    stain medium agar unit switch shunt frame cycle effect virus viral retractor diverticul hernia
    tonomet perimet blanket hugger prosthes osteotom repair techniqu approach suture equation
    trial stud regimen protocol guidelin consensus statement solution ointment cream gel tablet
    capsul spray drop inhal inject infus vaccin lens splint brace boot collar dressing pump
    monitor device screw plate nail stent valve graft bag mask mesh tape cuff laser
    ganglion nucleus bod(?:y|ies) cell fiber membran organ plexus triangle ligament fascia space
    estimat plot analys questionnair inventor sprout chi
    checklist survey tool calculator nomogram curve chart staging type
    """.split()  # noqa: SIM905 - words read better as text
)
_NAMES_A_THING: Final = re.compile(
    rf"(?:'s)?(?:,? (?:and |or )?[A-Z][\w-]+){{0,6}}"  # Murphy, Rovsing and psoas signs
    rf"(?:[ -][\w/-]+){{0,2}}[ -](?:{_THINGS})\w*|[ :=]{{1,2}}[<>]?\d"
)
_IS_DOSED: Final = re.compile(
    r"[ \t]+(?:[A-Z]{2}[ \t]+)?\d+(?:[.,/]\d+)*[ \t]?"
    r"(?:mg|mcg|g|gm|ml|cc|units?|u|meq|iu|%|tabs?|caps?|puffs?|drops?|gtts?|mmol|kg)\b"
    r"|[ \t]+(?:bid|tid|qid|qd|qhs|qam|prn|daily|po|iv|im|sc|sq|gtt|drip|er|xr|sr|xl|cr|hfa|odt)\b",
    re.IGNORECASE,
)
_IS_TAKEN: Final = re.compile(
    r"(?:start(?:ed|ing)?(?: on)?|continu(?:e|ed|ing)(?: on)?|hold|held|resume|increas(?:e|ed|ing)|"
    r"decreas(?:e|ed|ing)|taper(?:ed|ing)?|titrat(?:e|ed|ing)|prescrib(?:e|ed|ing)|doses? of|"
    r"tablets? of|mg of|mcg of|ml of|units of|allergic to|allergy to|allergies:|react(?:ed|ion) to|"
    r"tak(?:e|es|ing)|refills? (?:of|on|for)|mg|mcg|culture grew|grew|positive for|negative for|"
    r"switch(?:ed)? to|off|apply|applied|inject|infuse|brand|generic)[ \t]+\Z",
    re.IGNORECASE,
)
_BEHIND_CODE: Final = re.compile(r"[\w.$@`\\<{\[=#&|~^]\Z|::\Z|->\Z")
_BEFORE_CODE: Final = re.compile(r"[(\[{_=`\\<>#$@|~^]|\.\w|::|->")


@lru_cache(maxsize=50_000)
def is_word(word: str) -> bool:
    """Tell whether a word out of the vocabulary is made like a word of medicine or of English."""
    if _MADE_OF.fullmatch(word):
        return True
    for prefix in _PREFIXES:
        rest = word.removeprefix(prefix)
        if rest != word and len(rest) > 3 and _is_vocabulary(rest):
            return True
    return any(
        _is_vocabulary(word.removesuffix(ending))
        for ending in ("s", "es", "ed", "ing", "ly", "er", "al", "ic", "ian", "like", "wise")
        if word.endswith(ending) and len(word) > len(ending) + 4
    )


@lru_cache(maxsize=50_000)
def is_slip(word: str) -> bool:
    """Tell whether a word is vocabulary with one slip of the hand in it."""
    if _is_usual(word.replace("rn", "m")) or _is_usual(word.replace("vv", "w")):
        return True
    if not word.isascii() or not _SHORTEST_TYPO <= len(word) <= _LONGEST_TYPO:
        return False
    for index in range(len(word)):
        head, here, tail = word[:index], word[index:], word[index + 1 :]
        if _is_usual(head + tail) or (tail and _is_usual(head + tail[0] + word[index] + tail[1:])):
            return True
        if any(_is_usual(head + one + tail) or _is_usual(head + one + here) for one in _LETTERS):
            return True
    return False


def is_thing(text: str, start: int, end: int) -> bool:
    """Tell whether a word names a score, a device, a medicine or a part of code where it stands."""
    before = text[max(0, start - 24) : start]
    if _NAMES_A_THING.match(text, end) or _IS_DOSED.match(text, end):
        return True
    return bool(
        _IS_TAKEN.search(before) or _BEHIND_CODE.search(before) or _BEFORE_CODE.match(text, end)
    )


def _is_vocabulary(word: str) -> bool:
    return bool(bits_of(word) & (ENGLISH | MEDICAL | NO_PERSON)) or word in NAME_WORDS


def _is_usual(word: str) -> bool:
    bits = bits_of(word)
    return bits & ENGLISH >= 3 << 6 or bool(bits & (MEDICAL | NO_PERSON))
