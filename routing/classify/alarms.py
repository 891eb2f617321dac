"""Signs of an emergency in the words of people who are no clinicians, in English and Spanish.

Each sign is two things said close to each other, or one phrase. They are looked for in plain words:
lower case, no accents, no punctuation (`cant`, `wont`). All are RE2, so they take linear time.
Which signs there are follows what telephone triage asks first: breath, chest, speech and limbs,
waking, bleeding, swallowed things, self-harm, allergy, pregnancy, small children.
"""

from collections.abc import Sequence
from typing import Any, Final

import re2

CLOSE: Final = 6  # words between two things that belong together
SENTENCE: Final = 12


def _near(one: str, other: str, *, within: int = CLOSE) -> str:
    gap = rf"(?: \w+){{0,{within}}} "
    return rf"\b(?:{one}){gap}(?:{other})\b|\b(?:{other}){gap}(?:{one})\b"


_CANNOT: Final = r"cant|cannot|can not|couldnt|wont|doesnt|hard to|barely|hardly|no longer"
_CHILD: Final = (
    r"newborn|neonate|baby|infant|toddler|(?:weeks?|days) old|recien nacid[oa]|bebe|lactante"
)
_MOTHER: Final = (
    r"pregnan\w+|(?:weeks|months) along|gave birth|(?:since|after) the birth|had the baby"
    r"|new mother|embaraz\w+|di a luz|dio a luz|el parto"
)
SIGNS: Final = {
    "chest": _near(
        r"chest|breastbone|pecho|esternon",
        r"tight\w*|pressure|squeez\w*|heav\w+|weight|crush\w*|hurts?|pain\w*|aches?|elephant|sits"
        r"|apriet\w*|opres\w+|peso|duele\w*|dolor|sentara",
    ),
    "breath": (
        rf"\b(?:{_CANNOT})(?: \w+){{0,2}} (?:breath\w*|air)\b|\bcasi no respira"
        r"|\bno (?:\w+ ){0,3}(?:respirar|jalar? aire|hablar)\b|\bgasping\b|\bse ahoga\b|\bwheez\w+"
        r"|\bribs go in\b|\bbetween (?:his|her|the) ribs\b|\bhunden las costillas\b|"
        + _near(r"lips?|mouth|labios|boca", r"blue|purple|gr[ae]y|morad[oa]s?|azul\w*")
    ),
    "stroke": (
        _near(
            r"face|smile|mouth|boca|cara|sonrisa",
            r"droop\w*|crooked|hangs|sag\w*|lopsided|chueca|torci\w*|de lado",
        )
        + "|"
        + _near(
            r"arm|leg|hand|one side|brazo|pierna|mano",
            r"numb|(?:cant|wont) (?:lift|hold|move)|like wood|dormida|no mueve|no levanta",
        )
        + "|"
        + _near(
            r"speech|words|talks?|speaks|palabras|habla",
            r"slur\w*|gibberish|nonsense|garbled|cant find|enredado|no le salen",
        )
        + "|"
        + _near(r"headache|head|cabeza", r"worst|like a bat|splitting|martillazo|revienta|de golpe")
    ),
    "waking": (
        rf"\b(?:{_CANNOT})(?: \w+){{0,4}} (?:wake|awake|respond)\b|\bno (?:despierta|reacciona)\b"
        r"|\b(?:collapsed|passed out|unconscious|unresponsive|limp|floppy|desplomo|inconsciente)\b"
        r"|\bslid off\b|\b(?:nearly|almost) fainted\b|\bcasi me desmayo\b"
        r"|\bse desmayo\b|\bhaving a (?:fit|seizure)\b|\bhad a fit\b|\bstares and shakes\b"
    ),
    "bleeding": (
        _near(r"vomit\w*|throw\w* up|cough\w* up|tose|vomita", r"blood|sangre")
        + r"|\b(?:black )?tarry\b|\bpopo negro\b|\b(?:wont|doesnt) stop bleeding\b"
        r"|\bsangr\w+ mucho\b|\bbleeding a lot\b"
    ),
    "swallowed": _near(
        r"took|taken|swallow\w*|ate|drank|mixed|gave|tomo|tome|trago|comio|bebio|metio",
        r"all (?:of )?(?:her|his|my|the)|whole (?:bottle|box|strip)|too many|too much|a handful"
        r"|by mistake|(?:two|three|ten) times|twice|batter\w+|bleach|antifreeze|drains?|cleaner"
        r"|pills off|off the (?:table|floor)|used something|todas (?:sus|las|mis)|frasco|por error"
        r"|pila|veneno|cloro|destapar|pastillas de su|tres veces|algo",
    ),
    "self-harm": (
        r"\b(?:kill|hurt|harm|cut|end)(?:ing|s)? (?:my|him|her|them)self\b|\bsuicid\w*"
        r"|\b(?:end|ending) (?:it|my life|his life|her life)\b|\bcut herself\b"
        r"|\b(?:dont|doesnt|do not|does not) want to (?:live|be here|be alive|wake up)\b"
        r"|\bbetter off (?:without|dead)\b|\bsleep forever\b|\bcant go on\b|\bsays goodbye\b"
        r"|\bno (?:reason|point|use) (?:to|in|any ?more|anymore|going)\b|\bdo it tonight\b"
        r"|\b(?:want|wish) (?:to|i could) (?:die|disappear)\b|\bwish i (?:was|were) dead\b"
        r"|\b(?:wrote|written) (?:the |my |a |his |her )?(?:letters|goodbye|last note)\b"
        r"|\bya no (?:tiene|le veo) (?:caso|sentido)\b|\bdejo? todo arreglado\b"
        r"|\bno quier\w+ (?:vivir|seguir|estar aqui)\b|\bse va a matar\b|\bmatarme\b|\bmatarse\b"
        r"|\bquitar\w* la vida\b|\bdespidiendose\b|\bvoices that tell\b"
    ),
    "allergy": _near(
        r"throat|tongue|lips?|face|voice|garganta|lengua|labios|cara",
        r"swell\w*|swollen|clos\w+|thick|puff\w*|feels small|hoarse|funny|hinch\w+|cierra"
        r"|inflam\w*",
    ),
    "pregnancy": (
        _near(
            _MOTHER,
            r"bleed\w*|blood|soak\w*|clots?|sparkles|splitting|faint\w*|passed out|dizzy|shiver\w*"
            r"|burning up|seizing|sangr\w+|coagulos|lucecitas|desmay\w*|hinchada|mareo",
            within=SENTENCE,
        )
        + "|"
        + _near(r"baby|bebe", r"(?:hasnt|not|stopped) mov\w+|no se mueve")
        + r"|\bwater broke\b"
    ),
    "small child": (
        _near(
            _CHILD,
            r"fever|hot to the touch|burning|10[0-5]|3[89]|4[01]|calentura|fiebre|hirviendo"
            r"|wont (?:drink|eat|feed)|no quiere (?:pecho|comer)|no wet diaper|wet diaper|sunken"
            r"|whimpers|sin lagrimas|mojado el panal",
            within=SENTENCE,
        )
        + r"|\b(?:purple|dark) (?:dots|spots)\b|\bmanchitas? moradas?\b|\bneck wont bend\b"
        r"|\bdoblar el cuello\b|\bstiff neck\b|\bcuello duro\b"
    ),
    "head": (
        _near(
            r"hit (?:his|her|my|the) head|fell|fall|ladder|pego en la cabeza|golpe en la cabeza"
            r"|se cayo",
            r"thinners?|warfarin|eliquis|xarelto|confused|vomit\w*|throw\w* up|sleepy|dormid[oa]"
            r"|anticoagulante|no despierta|passed out|blacked out",
            within=SENTENCE,
        )
        + r"|\bcurtain (?:came|over|down)\b|\blost (?:my|his|her) (?:sight|vision)\b"
        r"|\b(?:dejo|deje) de ver\b|\bstiff as a board\b|\bblack out\b"
    ),
    "spine": (
        r"\b(?:cant|cannot) feel (?:my |his |her )?(?:between|legs|bottom|feet)\b"
        r"|\bno siente las piernas\b|\bse orina solo\b|\b(?:ripping|tearing) pain\b"
    ),
    "sugar": (
        r"\b(?:meter|sugar|glucometer) (?:\w+ ){0,2}(?:says|reads|shows|is) (?:lo|hi|low)\b"
        r"|\bmarca (?:muy |lo\b|hi\b)|\bcoffee grounds?\b|\bcafe molido\b"
        r"|\b(?:stools?|poop) (?:\w+ ){0,4}(?:black|tarry)\b|\bgush of blood\b"
        r"|\b(?:wont|doesnt) stop (?:squirting|spurting)\b"
    ),
    "weakened": _near(
        r"chemo\w*|quimio\w*|transplant\w*|trasplant\w*|no spleen|port site",
        r"fever|chills|shak\w+|calentura|fiebre|escalofrios|10[0-5]|3[89]|no pee|confused",
        within=SENTENCE,
    ),
    "stung or splashed": (
        _near(
            r"stung|stings?|bees?|wasps?|peanuts?|shrimp|abejas?|camaron",
            r"faint\w*|pass out|throat|voice|swell\w*|swollen|hives|hinchad[oa]|desmay\w*|cierra",
        )
        + "|"
        + _near(r"cleaner|bleach|acid|lye|cloro|acido", r"eyes?|ojos?|drank|swallow\w*")
        + "|"
        + _near(r"testicles?|balls|private parts?|testiculos?", r"hurts?|pain\w*|duele\w*")
    ),
    "color": _near(
        r"gray|grey|dusky|ashen|clammy|soaked|soaking|sudando|sudoros[oa]|sudor|empapad[oa]",
        r"pulse|chest|pecho|talking nonsense|no coordina|confused|dizzy|curled up|lips|pills",
    ),
    "other": (
        r"\bhard like a board\b|\bdura como tabla\b|\bnail polish\b|\bquitaesmalte\b"
        r"|\b(?:stabs|hurts) when (?:i|he|she) breathes?\b|\bduele al respirar\b"
        r"|\bcold and white\b|\bwet myself\b|\bskin hot and dry\b|\bcant feel where\b"
    ),
}


def _set_of_signs() -> Any:
    signs = re2.Set.SearchSet()
    for sign in SIGNS.values():
        signs.Add(sign.encode())
    signs.Add(b"")  # found always: its absence means that the pass failed
    signs.Compile()
    return signs


_SIGNS: Final = _set_of_signs()


def signs_in(words: Sequence[str]) -> int:
    """Return how many kinds of signs stand in a text, given as its plain words."""
    plain = " ".join(words).encode()
    found = _SIGNS.Match(plain) or ()
    if len(SIGNS) not in found:
        return sum(re2.search(sign.encode(), plain) is not None for sign in SIGNS.values())
    return len(found) - 1
