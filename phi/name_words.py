"""Names that are everyday or clinical words too, and short forms of given names.

Data shared by the recognizers and the egress scan; neither reads the other's code.
"""

NAME_WORDS = frozenset(
    """
    art ash august autumn ball banks barber bay bell best bill bird bishop black bond bones
    booth bright brook brooks brown burn burns bush butler case cash chance charity chase chin
    church clay close cook coral cotton cross crystal cutter dale dawn day days dear dial don
    doctor down drew early east faith fair field fields fine fish fisher flood flowers ford
    forest foot forever free french frost gay gene glass gold good grace grant gray green grey
    hall hand hands hardy harp hart head heart hill holiday home hood hope horn house hunt
    hunter ivory jewel joy june justice key kid king knight lake lance land lane law leaf little
    long love low lung mace major mark may mercy merry mild miles mill miller mine moon most
    neck nerve new noble north nurse olive page pain palm paris park parks pat patch patience
    patient paul penny pepper pike plum pole poor pope post power precious price pride prince
    quick rain ray read reed rice rich ring rivers rock rod root rose rust sage sales sand
    savage scale see sharp shell short silver singer skin skinner sky small smart snow son
    spring star steel step sterling stone storm street strong summer summers sun sweet tab
    temple test text thorn tie tower tree true user van wade walker wall ward warden waters
    weaver weeks weight west white wild will winter wise wood woods worth yellow young max min
    april angel cat chip daisy deep desire doll dolly duty ever gauge gill grave graves happy
    honey idea ion lady last lead link memory men mole mood muse ocean old order over part pace
    pink pray pump quest rally reign ridge rise river robe rogue rush sea shade sol song soul
    story sunny toe tone trace treasure valor vale velvet view vine visit vision wave way wing
    wren zone us an so do no he she they the in is it be by go my me at as to or on of if and
    for with was has had are not but can all any you her his him one two six ten now out per
    """.split()  # noqa: SIM905 - words read better as text
)

NICKNAMES: dict[str, tuple[str, ...]] = {
    "alexander": ("alex", "al", "sasha"),
    "alexandra": ("alex", "sandra", "sasha", "lexi"),
    "alfred": ("al", "fred", "alfie"),
    "amanda": ("mandy",),
    "andrew": ("andy", "drew"),
    "anthony": ("tony",),
    "barbara": ("barb", "babs"),
    "benjamin": ("ben", "benny"),
    "catherine": ("cathy", "kate", "katie", "cat"),
    "charles": ("charlie", "chuck", "chas"),
    "christina": ("chris", "tina"),
    "christine": ("chris", "tina", "chrissy"),
    "christopher": ("chris", "topher"),
    "cynthia": ("cindy",),
    "daniel": ("dan", "danny"),
    "david": ("dave", "davey"),
    "deborah": ("deb", "debbie"),
    "dolores": ("lola",),
    "donald": ("don", "donnie"),
    "dorothy": ("dot", "dottie"),
    "edward": ("ed", "eddie", "ted", "ned"),
    "eleanor": ("ellie", "nora", "nell"),
    "elizabeth": ("liz", "beth", "betty", "eliza", "lizzie", "betsy", "libby"),
    "eugene": ("gene",),
    "francis": ("frank",),
    "francisco": ("paco", "pancho"),
    "frederick": ("fred", "freddie"),
    "gabriel": ("gabe",),
    "gregory": ("greg",),
    "guadalupe": ("lupe",),
    "harold": ("hal", "harry"),
    "henry": ("hank", "harry"),
    "ignacio": ("nacho",),
    "jacob": ("jake",),
    "james": ("jim", "jimmy", "jamie"),
    "jeffrey": ("jeff",),
    "jennifer": ("jen", "jenny"),
    "jessica": ("jess", "jessie"),
    "jesus": ("chuy",),
    "john": ("jack", "johnny", "jon"),
    "jonathan": ("jon", "jonny"),
    "jose": ("pepe",),
    "joseph": ("joe", "joey"),
    "joshua": ("josh",),
    "katherine": ("kathy", "kate", "katie", "kat"),
    "kathleen": ("kathy", "kate", "katie"),
    "kenneth": ("ken", "kenny"),
    "kimberly": ("kim",),
    "lawrence": ("larry",),
    "leonard": ("len", "lenny"),
    "louis": ("lou", "louie"),
    "margaret": ("maggie", "meg", "peggy", "marge", "greta"),
    "maria": ("mari",),
    "matthew": ("matt",),
    "michael": ("mike", "mikey", "mick"),
    "michelle": ("shelly", "shell"),
    "mildred": ("millie",),
    "nathaniel": ("nate", "nathan"),
    "nicholas": ("nick", "nicky"),
    "pamela": ("pam",),
    "patricia": ("pat", "patty", "trish", "tricia"),
    "patrick": ("pat", "paddy"),
    "peter": ("pete",),
    "philip": ("phil",),
    "rebecca": ("becky", "becca"),
    "richard": ("rich", "rick", "dick", "ricky"),
    "robert": ("rob", "bob", "bobby", "robbie", "bert"),
    "ronald": ("ron", "ronnie"),
    "samantha": ("sam",),
    "samuel": ("sam", "sammy"),
    "sandra": ("sandy",),
    "stephanie": ("steph",),
    "stephen": ("steve", "stevie"),
    "steven": ("steve", "stevie"),
    "susan": ("sue", "susie"),
    "teresa": ("terry", "tess"),
    "theodore": ("ted", "teddy", "theo"),
    "theresa": ("terry", "tess"),
    "thomas": ("tom", "tommy"),
    "timothy": ("tim", "timmy"),
    "victoria": ("vicky", "tori"),
    "vincent": ("vince", "vinny"),
    "virginia": ("ginny",),
    "walter": ("walt",),
    "william": ("will", "bill", "billy", "willie", "liam"),
    "zachary": ("zach", "zack"),
}
