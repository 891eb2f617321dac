"""Kinds of everyday words around names, one letter each, for the model of names.

A word the model never met says as much as its kin: after "bisabuela" as after "mother".
"""

from typing import Final

_KINDS: Final = {
    "K": """
        mother father mom dad mum mommy daddy mama papa son daughter sister brother aunt uncle
        cousin niece nephew grandmother grandfather grandma grandpa granddaughter grandson wife
        husband spouse partner fiance fiancee girlfriend boyfriend stepmother stepfather stepson
        stepdaughter stepmom stepdad guardian caregiver roommate neighbor friend sibling twin
        parent child kid baby madre padre hijo hija esposo esposa hermano hermana abuela abuelo
        tia tio primo prima nuera yerno suegra cuñada comadre compadre nieta nieto bisabuela
        dtr dau ex widow widower foster godmother godfather nana grammy pop auntie hubby sis bro
        """,
    "T": """
        mr mrs ms miss mx dr doctor prof professor sr sra srta don doña dra judge officer det
        detective trooper deputy sgt cpl capt lt coach pastor rev father sister mother rabbi imam
        deacon fr msgr chaplain nurse aide tech hon chief principal uncle aunt auntie sir madam
        """,
    "R": """
        rn lpn md do np pa pac cna aprn attending resident intern fellow surgeon physician provider
        pcp nurse therapist pharmacist counselor teacher supervisor manager clerk scribe
        interpreter witness attorney lawyer caseworker worker sw lcsw msw navigator coordinator
        technician assistant anesthesia dentist hygienist doula midwife chaplain officer medic emt
        paramedic driver volunteer student patient pt client resident member subscriber caller
        applicant employee inmate contact author dictated reviewed approved transcribed esq
        guarantor landlord adjuster examiner operator agent user employer
        """,
    "S": """
        says said states stated reports reported denies denied tells told asks asked wants wanted
        wishes thinks feels felt called calls texted emailed wrote writes complains endorses agrees
        agreed refuses refused insists mentions mentioned admits claims explains explained notes
        noted verbalized understood confirmed requested requests prefers hopes worries believes
        knows thanked declined consented dice refiere niega
        """,
    "D": """
        lives lived came comes went goes walks walked sleeps slept eats ate works worked drives
        drove takes took had has was is will would can may should needs brought brings picked
        stayed stays left arrived visits visited smokes drinks signed fell turned moved woke cried
        smiled sat stood gave gets got returns returned vive tiene
        """,
    "W": "with w by from to for per via and & cc re attn about beside seen con de por para y",
    "L": """
        in from near at outside to moved lives living born raised visiting visited resides home
        town city county native
        """,
    "H": """
        today yesterday tomorrow monday tuesday wednesday thursday friday saturday sunday mon tue
        wed thu fri sat sun am pm morning evening night noon january february march april june july
        august september october november december jan feb mar apr jun jul aug sep sept oct nov dec
        week month year
        """,
    "C": """
        called named aka nicknamed known goes name names spoke speak spoken talked met meet see
        seen contact contacted call page paged notified informed discussed ask thank thanks dear hi
        hello hey hola sincerely regards love yours llamado llamada
        """,
    "M": """
        mg mcg g ml units tablet tablets daily bid tid qid prn dose po iv q tab tabs cap caps
        strength refill refills rx sig inhaler injection infusion
        """,
    "G": """
        hospital clinic center centre school elementary church pharmacy inc llc llp company
        university college academy manor hospice health medical associates group labs laboratory
        department dept agency office bank insurance county district services
        """,
    "X": """
        disease syndrome sign test score scale criteria index grade stage classification procedure
        technique method maneuver catheter clamp retractor suture stain agar virus fever phenomenon
        law equation formula trial study et al reflex ulcer tumor cyst fracture palsy chorea
        """,
}


def _kinds_of_words() -> dict[str, str]:
    found: dict[str, str] = {}
    for kind, words in _KINDS.items():
        for word in words.split():
            found[word] = found.get(word, "").replace(kind, "") + kind
    return found


KINDS_OF_WORDS: Final = _kinds_of_words()  # lower-case word -> its kinds
