"""What may make work critical, by kind: words of clinicians and of everybody, English and Spanish.

Phrases are written as in `lexicon_en.py`. One of them says little: infants come for vaccines too.
What each kind is worth, and together with what, is learned; several kinds at once are what counts.
"""

from typing import Final

DANGERS: Final[dict[str, str]] = {
    "breathing": """
        short of breath, shortness of breath, cant breathe, trouble breathing, hard to breathe
        breathless, breathing fast, breathing hard, breathing weird, breathing funny, gasp*, choke*
        choking, choked, stridor, wheez*, retraction*, nasal flaring, grunting, apnea, apneic
        agonal, cyanosis, cyanotic, blue lips, lips blue, turned blue, turning blue, blue fingers
        dusky, gray lips, hypoxi*, desat*, sats dropping, on bipap, high flow, intubat*, extubat*
        reintubat*, airway, tracheostomy, trach, air hunger, pink froth, frothy, pneumothorax
        tension pneumo, hemothorax, flail, aspirat*, drool*, two words at a time, full sentence
        finish a sentence, inhaler isnt, nebulizer not, respiratory failure, respiratory distress
        respiratory arrest, resp 6, rr 6, rr 8, rr 40, falta de aire, no puede respirar
        no puedo respirar, dificultad respiratoria, dificultad para respirar, se ahoga, me ahogo
        ahogando, atragant*, morado, morada, amoratad*, azul, labios azules, cianosis, cianotic*
        silbido, se le hunden, meten las costillas, insuficiencia respiratoria, neumotorax, intubad*
        intubar, aleteo, desatur*, disnea, estertores, via aerea, ronca raro, roncando raro
        snoring weird
    """,
    "heart": """
        chest pain, chest pressure, chest tight*, tight chest, chest hurts, crushing, jaw pain
        jaw hurts, left arm, arm tingl*, elephant on, heart attack, stemi, nstemi, st elevation
        st depression, st changes, troponin*, infarct*, myocard*, tamponade, dissection, aneurysm
        aortic, torsades, v tach, vtach, vfib, v fib, svt, heart block, complete block, bradycard*
        tachycard*, palpitat*, heart racing, heart skipping, heart stopp*, wide complex, wide qrs
        qrs wide, qtc, long qt, asystole, pulseless, pea arrest, cardiac arrest, code blue, coded
        cardiogenic, pericardi*, endocarditis, pulmonary edema, decompensated, icd shock*, icd fired
        defibrillator, pacemaker, lvad, impella, balloon pump, ecmo, stent thromb*, syncope
        syncopal, passed out, blacked out, blackout, faint*, collapsed, dolor de pecho
        dolor en el pecho, dolor toracico, opresion, brazo izq*, infarto, palpit*, arritmia
        bradicardia, taquicardia, paro, sincope, desmay*, marcapasos, desfibrilador, supra en
        elevacion del st, diseccion
    """,
    "brain": """
        stroke, tia, nihss, facial droop, face droop*, droopy, slurr*, slurring, cant speak, aphasi*
        word finding, cannot name, cant name, gibberish, one sided, one side of, right sided
        left sided, hemipar*, hemipleg*, sudden weakness, arm weak*, leg weak*, weak arm, cant move
        cannot move, numb, numbness, double vision, diplopia, vision loss, lost vision, went black
        blurry vision, blurred vision, curtain, shade, worst headache, thunderclap, severe headache
        stiff neck, meningitis, meningis*, encephalitis, photophobia, seiz*, convuls*
        status epilepticus, fits, postictal, unrespons*, unconscious, not waking, wont wake
        hard to wake, hard to rouse, rousable, lethargic, obtunded, comatose, coma, gcs, pupil
        pupils, blown, anisocoria, herniat*, cushing, confus*, disorient*, delirious, delirium
        talking nonsense, not making sense, acting drunk, walks funny, unsteady, hemorrhage, ich
        sah, subdural, epidural hematoma, intracranial, craniotomy, shunt, hydroceph*, head injury
        hit his head, hit her head, hit head, hit my head, concussion, skull, guillain, myasthen*
        botulism, areflexia, ascending, flaccid, floppy, derrame, ictus, evc, boca chueca
        boca de lado, no le entiendo, se le traba, hemiparesia, afasia, crisis convulsiva, estatus
        inconsciente, no despierta, no reacciona, somnolient*, somnolencia, glasgow, pupilas
        cefalea en trueno, peor dolor de cabeza, rigidez de nuca, desorientad*, cosas raras
        no reconoce, vision borrosa, lucecitas, manchas, vision doble, tce, golpe en la cabeza
        debilidad subita, no siente, no puedo mover, hipotonic*
    """,
    "bleeding": """
        bleed*, blood, bloody, hemorrhag*, hematemesis, hematochezia, melena, tarry, coffee ground
        black stool*, clots, soak*, pads an hour, hgb drop*, hgb dropped, hemoglobin drop*
        transfus*, massive transfusion, groin hematoma, retroperitoneal, varic*, nosebleed, gush*
        spurting, petechia*, purpura, dic, coagulopathy, postpartum hemorrhage, boggy, ruptured
        rupture, sangr*, hemorrag*, hematoma, coagulos, toalla, petequias, cafe molido, heces negras
        epistaxis, loquios, manchitas moradas, manchas moradas
    """,
    "circulation": """
        hypotens*, shock, shocky, in shock, pressor*, norepi*, levophed, vasopressor*, vasopressin
        clammy, cold sweat, sweating, sweaty, diaphore*, pale, gray, grey, ashen, mottled
        cap refill, lactate, sepsis, septic, rigor*, shaking chills, bacteremia, bacteremic
        necrotizing, gangren*, fournier, crepitus, pain out of proportion, compartment*, cold foot
        foot cold, cold and white, no pulse, pulseless foot, pulseless leg, ischemi*, mesenteric
        massive pe, saddle, embol*, dvt, leg swollen, swollen leg, calf, hit heparin, thrombos*
        toxic shock, meningococ*, choque, septico, hipotens*, sudando, suda mucho, sudoroso, palido
        palida, livedo, llenado capilar, vasopresor*, noradrenalina, norepinefrina, lactato
        escalofrios, pie frio, sin pulso, embolia, trombo*, isquemi*, gangrena, necrotizante
        fascitis
    """,
    "belly": """
        rigid abdomen, belly rigid, abdomen rigid, hard as a rock, hard as rock, board like
        peritonit*, perforat*, free air, obstruct*, strangulat*, incarcerated, volvulus
        intussuscept*, toxic megacolon, anastomotic, leak, pancreatitis, cholangitis, liver failure
        hepatic failure, encephalopathy, bilious, projectile, appendicitis, testicular, torsion
        testicle, ball pain, ectopic, one sided pain, shoulder pain, abdomen en tabla, en tabla
        peritonitis, testiculo, perforacion, vomito verde, ectopico, apendicitis
        oclusion intestinal
    """,
    "salts": """
        hyperkal*, hypokal*, hyponatr*, hypernatr*, hypercalc*, hypocalc*, acidosis, alkalosis
        ketoacid*, dka, hhs, anion gap, osmolar, peaked t, anuri*, anuric, oliguri*, no urine
        not peeing, cant pee, cant urinate, aki, creatinine doubled, creatinine tripled, dialysis
        crrt, missed dialysis, skipped dialysis, rhabdo*, tumor lysis, uremi*, hiperkal*
        hiperpotas*, hipopotas*, hiponatr*, cetoacidosis, anuric*, no orina, sin orinar, dializ*
        dialisis
    """,
    "sugar": """
        hypoglyc*, low sugar, sugar low, sugar of, sugar over, sugar is, reads hi, reads lo, insulin
        insulin drip, insulin pump, glargine, lispro, thyroid storm, myxedema, adrenal crisis
        addison, adrenal, pheochromo*, hydrocort*, stopped prednisone, stopped steroids, fruity
        nail polish, hipogluc*, insulina, azucar baja, azucar en, glucosa en, crisis suprarrenal
        suprarrenal, tormenta tiroidea, cetona*, deje la prednisona, suspendio la prednisona
    """,
    "poison": """
        overdos*, poison*, swallow*, ingest*, ate the whole, whole bottle, empty bottle
        all of his pills, all her pills, handful of, got into, drank, antifreeze, bleach, pesticide
        herbicide, paraquat, organophosph*, cyanide, carbon monoxide, furnace, generator
        button battery, battery, magnets, mushroom*, methanol, ethylene glycol, antidote, naloxone
        narcan, charcoal, acetylcysteine, nac, poison control, snakebite, snake bite, antivenom
        scorpion, black widow, venom, withdrawal, delirium tremens, ciwa, shot up, used heroin
        fentanyl, nodding off, sobredosis, intoxic*, envenen*, se tomo, se trago, trago una
        tomo todas, frasco completo, frasco de, veneno, raticida, insecticida, organofosf*
        fosforado, cloro, pila, alacran, vibora, antidoto, monoxido, anafre, brasero, herbicida
        abstinencia, hongos, took too many, too many pills, double dose, doubled, twice by mistake
        three times by mistake, took extra, mixed up
    """,
    "self_harm": """
        suicid*, kill myself, killing myself, kill himself, kill herself, hurt myself, harm myself
        self harm, cut myself, cut my wrist, cutting, end it, end my life, end his life
        end her life, better off without, better off if, better off dead, dont want to live
        dont want to be here, want to die, wish i was dead, goodbye, goodby, gave away, no reason to
        hopeless, cant go on, crash the car, jump, hang himself, hang herself, gun, voices
        hearing voices, hurt the baby, harm the baby, homicid*, psychosis, psychotic, manic, matarme
        matarse, se quiere morir, quiero morir, ya no quiere vivir, no quiero vivir
        ya no quiere estar, se corto, me corto, quitarme la vida, me despido, despid*, voces
        autolesion*, hacerme dano, hacerse dano
    """,
    "allergy": """
        anaphyla*, allergic reaction, throat closing, throat is closing, throat swelling
        tongue swelling, tongue swollen, lips swelling, lips swollen, face swelling, swollen face
        swollen tongue, hives, angioedema, stung, bee sting, peanut, epipen, epinephrine, adrenaline
        voice is going, stevens johnson, skin peeling, blisters, mouth sores, ten, sjs
        dress syndrome, anafila*, se le cierra la garganta, cierra la garganta, ronchas, picadura
        hinchaz*, hinchad*, lengua hinchada, labios hinchados, alergica, adrenalina, epinefrina
    """,
    "pregnancy": """
        pregnan*, gravid*, gestation*, weeks along, weeks pregnant, trimester, postpartum, c section
        cesarean, preeclamp*, eclamp*, hellp, placenta*, abruption, previa, cord prolapse, prolaps*
        shoulder dystocia, breech, contractions, water broke, fetal, baby moving, not moving
        stopped moving, miscarr*, gave birth, breastfeed*, ruq pain, magnesium sulfate, terbutaline
        oxytocin, embaraz*, gestante, semanas de gesta*, sem, puerper*, parto, parturienta, cesarea
        placenta, no se mueve, no siento al bebe, amenorrea, aborto, desprendimiento
    """,
    "small_child": """
        newborn, neonate, neonatal, nicu, preemie, preterm, premature, infant, baby, weeks old
        days old, week old, day old, month old, toddler, age months, age days, 1 kg, 2 kg, 900 g
        wet diaper, poor feeding, wont feed, not feeding, hasnt eaten, refuses bottle, bulging
        fontanel*, sunken, inconsolable, whimper*, limp, jaundice, yellow, bilirubin, recien nacido
        recien nacida, rn de, neonat*, prematur*, lactante, bebe, bb, dias de nacido, meses de edad
        edad meses, no succiona, no quiere pecho, no quiere comer, fontanela, mollera, ictericia
        llora debil, panal seco
    """,
    "weakened": """
        chemo*, neutropen*, neutrophil*, anc, immunosuppress*, immunocomp*, transplant*, rejection
        graft, leukemia, induction, lymphoma, metasta*, cord compression, saddle, cauda equina
        spleen, asplen*, aids, cd4, biologic, port, central line, line infection, tacrolimus
        cyclosporin*, quimio*, neutrofil*, trasplant*, leucemia, linfoma, inmunosupr*, bazo
        compresion medular, catheter, picc, fever, temp, fiebre, calentura
    """,
    "thinners": """
        warfarin, coumadin, inr, heparin, enoxaparin, lovenox, apixaban, eliquis, rivaroxaban
        xarelto, dabigatran, pradaxa, edoxaban, argatroban, bivalirudin, fondaparinux
        blood thinner*, thinner*, anticoag*, clopidogrel, ticagrelor, prasugrel, tpa, alteplase
        tenecteplase, thrombolysis, andexanet, kcentra, pcc, idarucizumab, vitamin k, protamine
        reversal, platelets, plt, acenocumarol, warfarina, heparina, enoxaparina, anticoagul*
        trombolisis, plaquetas, protamina, vitamina k
    """,
    "sharp_drugs": """
        methadone, morphine, hydromorphone, dilaudid, oxycodone, opioid*, pca, naive, buprenorphine
        digoxin, lithium, amiodarone, sotalol, dofetilide, flecainide, clozapine, methotrexate
        phenytoin, valproate, theophylline, aminophylline, colchicine, vancomycin, gentamicin
        tobramycin, amikacin, colistin, potassium chloride, kcl, hypertonic, concentrated
        intrathecal, vincristine, busulfan, propofol, ketamine, paralytic, rocuronium
        succinylcholine, magnesium drip, nitroprusside, esmolol, diltiazem drip, insulin u 500, tpn
        propranolol, verapamil, tricyclic, amitriptyline, maoi, selegiline, meperidine, linezolid
        serotonin, malignant hyperthermia, neuroleptic malignant, metadona, morfina, opioide*
        digoxina, litio, amiodarona, clozapina, metotrexato, fenitoina, vancomicina, gentamicina
        amikacina, colistina, cloruro de potasio, bolo, potasio, teofilina, sildenafil, viagra
        nitro, nitroglycerin, nitroglicerina, nitroprusiato
    """,
    "error": """
        by mistake, wrong patient, wrong dose, wrong drug, wrong route, given twice, 10x, ten times
        tenfold, instead of, mixed up, mix up, extra dose, doubled, overdose given, infiltrat*
        extravas*, air in the line, disconnected, occluded, no delivery, alarm, malfunction*, failed
        ran out, stopped cold, cold turkey, missed doses, por error, sin querer, equivocad*
        diez veces, 10 veces, doble dosis, dos veces, se paso, se desconecto, falla, se acabo
    """,
    "change": """
        sudden*, all of a sudden, since this morning, right now, out of nowhere, getting worse
        worse, worsening, deteriorat*, crashing, going downhill, dropping, falling, rising, climbing
        new onset, new, acute, acutely, severe, severely, unstable, refractory, despite, maxed
        not responding, not improving, last seen normal, last known well, an hour ago, minutes ago
        post op, postop, pod, after surgery, subito, subita, de repente, de golpe, empeora*, grave
        inestable, refractari*, a pesar de, no responde, postop*, hace una hora, hace media hora
        cada vez mas
    """,
}
