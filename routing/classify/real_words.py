"""Words that lie one slip away from a word of the lexicons and mean something else.

Without them the speller would read "contact" as "contract" and "really" as "renally".
"""

from typing import Final

REAL_WORDS: Final = """
ability abort abril adapt admin after alone alter among another appear archive arguments assume
attach audio backed basis bleach blend blink block blocked bloom built called callee camino cansado
carrier casado casual categories cells chance charge choice claude cleaned closer codecs comes
comida compute configuration conform consists contact contacts contexts contracts contrast
county course decode demand dental dentist depend diagnostics doing domingo emits enero enter
entire entrada entry event events exist exists exported extras falling falls fewer fills fires
fixes flour folded frame frames general gives grave hambre handlers headed holds hombre horse
hours house identifier identifiers identity imported infinity interpretation interpreter issuer
joins jueves julio junio large latter leading leads leans leave lines linker listen lists lives
llamada login lunes major manager manana marzo massage mayor means media mejor menor mental
meses minute modal models modified modifies month mouth moves mucha mucho noches nodes notice
noting novel nueva nuevo nurse nurses office officer often older optin other otras otros pager
paint paper param parens parsing partes patent patents pause period plane planned planner plant
plants pointed possibly postal pound pprint printer prints probably probe problems programs
provided provides puerta pulse qualify quiet quite quota reach readline ready really recurrence
registry remainder remote rental replay resort routine sabado safely salida sample scalar scheme
score serialized serve shard sharded sharing shorter shown sides signer simply singular skill
slices slider smart specially spill spoon sport spring stable stage stall stand states static
stating stats stick stock stone store story strat strike string strong summer suspended tables
takes tardes texts trach theme thing those throughout thrown today tonight track types unset varies
various verification viernes voice waits water weather white whose winter worked works wrapped
writer writers
"""
