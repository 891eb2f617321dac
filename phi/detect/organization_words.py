"""Words that names of organizations begin with, and words that only say what kind one is."""

from typing import Final

# What names of places of care and trade begin with, and clinical terms do not.
BEGINS: Final = frozenset(
    """
    alder apex aspen atlantic bay beacon birch blue bluff bridge bright brook calvary canyon
    capital cascade cedar charity cherry christ coastal colonial copper cornerstone creek crest
    cross crossroads crown desert dutch eagle eastern eastside elm evergreen fairview falcon
    falls fir forest fox freedom garden gate gateway golden good grace green grove gulf harbor
    harbour harmony hawk heartland heritage heron highland highlands hill hillside hilltop
    hollow holy hope horizon island ivy juniper kettle keystone lake lakes lakeside lakeview
    landmark leaf legacy liberty lincoln magnolia maple meadow meadows memorial mercy mesa metro
    midtown midwest mission moon mount mountain north northern northgate northside northwest oak
    ocean old olive olympic orchard our pacific palm park patriot peak phoenix pillar pine
    pinnacle pioneer plains plaza pleasant prairie premier providence queen red redwood ridge
    river riverbend riverside rock rocky rose royal sacred salem samaritan sands shepherd shore
    sierra silver sky snow solstice sound south southern southside southwest spring springs star
    stone summit sun sunny sunrise sunset sunshine temple three tidewater touro tower town tri
    tri-city tri-county trinity twin union unity valley verde village vista walnut water west
    western westside white willow winter wood woods
    """.split()  # noqa: SIM905 - words read better as text
)
KINDS_OF_PLACES: Final = frozenset(
    """
    acute adult advanced after aids all allergy ambulatory and annual any anticoagulation
    antenatal arthritis assisted asthma at back balance bariatric behavioral birth board breast bone
    by brain burn cancer cardiac care case certified chest child chronic clinic clinical
    cold community comprehensive continuing coumadin county critical current daily day
    dental department diabetes dialysis digestive direct discharge doctor ear early eating
    elder emergency employee employer endoscopy environmental eye fall falls family
    fertility first follow food foot for from general genetic geriatric global good gyn hand
    head headache health hearing heart hepatitis her high his home hospital hospice house
    hypertension improve in indian infectious infusion inpatient instituto insurance integrated
    intensive internal joint kidney lab labor leg lipid liver living local long lung mail major
    male maternal medical medicine memory men's mental minor mobile mood movement
    multispecialty my national neonatal neurology new newborn night no nurse nursing
    nutrition oak obesity occupational old on oncology onsite open oral orthopedic our
    outpatient outside overall own pain palliative patient pediatric pelvic per pharmacy
    physical physician plan podiatry poor population positive post postpartum pre preferred
    prenatal preoperative preventive previous primary prior private procedure professional
    program psychiatric public pulmonary quality radiation radiology recent reduce referral
    refill refer regional rehab renal reproductive residential resident respiratory retail
    retina rural safe same school see senior sexual short sick skilled skin sleep social
    specialty speech spine sports state stat stroke student substance surgery surgical
    swallow teaching telephone the their this thyroid to transfer transplant trauma travel
    ultrasound university urgent va vascular veterans virtual visiting visual walk weight
    wellness women's work wound your youth return admit admitted discharged sent seen
    transferred called contact call take send fax mon tue wed thu fri monday tuesday
    wednesday thursday friday saturday sunday rn md
    """.split()  # noqa: SIM905 - words read better as text
)
