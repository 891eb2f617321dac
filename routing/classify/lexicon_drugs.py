"""Drug names in English and Spanish, and common drug classes: they are counted, not weighed.

A Spanish name that differs from the English one only by an ending or an accent is listed with it.
"""

from typing import Final

DRUGS: Final = """
    abatacept, abiraterone, acarbose, acetaminophen, paracetamol, acyclovir, aciclovir, adalimumab
    albuterol, salbutamol, alendronate, alendronato, allopurinol, alopurinol, alprazolam, alteplase
    alteplasa, amikacin, amiloride, amiodarone, amiodarona, amitriptyline, amitriptilina
    amlodipine, amlodipino, amoxicillin, amoxicilina, amphotericin, ampicillin, ampicilina
    apixaban, aripiprazole, aripiprazol, aspirin, aspirina, asa, atenolol, atorvastatin
    atorvastatina, azathioprine, azatioprina, azithromycin, azithro, azitromicina, baclofen
    baclofeno, benazepril, bisoprolol, bumetanide, buprenorphine, buprenorfina, bupropion
    buspirone, canagliflozin, captopril, carbamazepine, carbamazepina, carbidopa, carvedilol
    cefazolin, cefepime, ceftriaxone, ceftriaxona, cefuroxime, celecoxib, cephalexin, cefalexina
    cetirizine, cetirizina, chlorthalidone, clortalidona, cilostazol, ciprofloxacin, ciprofloxacino
    citalopram, clarithromycin, claritromicina, clindamycin, clindamicina, clonazepam, clonidine
    clonidina, clopidogrel, clozapine, clozapina, codeine, codeina, colchicine, colchicina
    cyclophosphamide, cyclosporine, ciclosporina, dabigatran, dapagliflozin, dapagliflozina
    daptomycin, dexamethasone, dexametasona, diazepam, diclofenac, diclofenaco, digoxin, digoxina
    diltiazem, diphenhydramine, dofetilide, donepezil, doxazosin, doxycycline, doxiciclina
    dronedarone, duloxetine, duloxetina, edoxaban, empagliflozin, empagliflozina, enalapril
    enoxaparin, enoxaparina, entresto, epinephrine, adrenalina, ertapenem, erythromycin
    eritromicina, escitalopram, esomeprazole, esomeprazol, eszopiclone, ethambutol, ezetimibe
    ezetimiba, famotidine, febuxostat, fenofibrate, fenofibrato, fentanyl, fentanilo, finasteride
    flecainide, flecainida, fluconazole, fluconazol, fluoxetine, fluoxetina, fluticasone
    furosemide, furosemida, gabapentin, gabapentina, gemfibrozil, gemfibrozilo, gentamicin
    gentamicina, glimepiride, glimepirida, glipizide, glyburide, haloperidol, heparin, heparina
    hydralazine, hidralazina, hydrochlorothiazide, hidroclorotiazida, hctz, hydrocodone
    hydrocortisone, hidrocortisona, hydromorphone, hydroxychloroquine, hidroxicloroquina
    hydroxyzine, ibuprofen, ibuprofeno, imipramine, infliximab, insulin, insulina, glargine
    glargina, lispro, irbesartan, isoniazid, isoniazida, isosorbide, isotretinoin, isotretinoina
    itraconazole, itraconazol, ivabradine, ketoconazole, ketoconazol, ketorolac, ketorolaco
    labetalol, lamotrigine, lamotrigina, lansoprazole, leflunomide, letrozole, levetiracetam
    levofloxacin, levofloxacino, levothyroxine, levotiroxina, linezolid, liraglutide, lisinopril
    lithium, litio, loperamide, loratadine, loratadina, lorazepam, losartan, lovastatin, meloxicam
    meropenem, mesalamine, metformin, metformina, methadone, metadona, methimazole, metimazol
    methotrexate, metotrexato, methylprednisolone, metoclopramide, metoclopramida, metolazone
    metoprolol, metronidazole, metronidazol, midazolam, midodrine, mirtazapine, mirtazapina
    montelukast, morphine, morfina, moxifloxacin, mycophenolate, micofenolato, nafcillin, naloxone
    naloxona, naltrexone, naproxen, naproxeno, nifedipine, nifedipino, nitrofurantoin
    nitrofurantoina, nitroglycerin, nitroglicerina, norepinephrine, noradrenalina, nortriptyline
    olanzapine, olanzapina, omeprazole, omeprazol, ondansetron, oseltamivir, oxcarbazepine
    oxycodone, oxicodona, pantoprazole, pantoprazol, paroxetine, paroxetina, penicillin, penicilina
    phenobarbital, fenobarbital, phenytoin, fenitoina, pioglitazone, piperacillin, piperacilina
    prasugrel, pravastatin, prednisolone, prednisone, prednisona, pregabalin, pregabalina
    probenecid, propafenone, propranolol, propylthiouracil, quetiapine, quetiapina, ramipril
    ranolazine, rifampin, rifampicina, risperidone, risperidona, ritonavir, paxlovid, rivaroxaban
    rosuvastatin, rosuvastatina, sacubitril, semaglutide, semaglutida, ozempic, sertraline
    sertralina, sildenafil, sildenafilo, simvastatin, simvastatina, sitagliptin, sitagliptina
    sotalol, spironolactone, espironolactona, sumatriptan, tacrolimus, tamoxifen, tamoxifeno
    tamsulosin, tamsulosina, tenofovir, terbinafine, theophylline, teofilina, ticagrelor
    tizanidine, tobramycin, topiramate, topiramato, torsemide, torasemida, tramadol, trazodone
    trazodona, triamterene, trimethoprim, bactrim, valacyclovir, valaciclovir, valproate, valproato
    valproic acid, acido valproico, valsartan, vancomycin, vancomicina, varenicline, venlafaxine
    venlafaxina, verapamil, verapamilo, voriconazole, voriconazol, warfarin, warfarina
    acenocumarol, acenocoumarol, xarelto, eliquis, coumadin, sintrom, zolpidem, tirzepatide
    tylenol, advil, aleve, lasix, zoloft, prozac, lipitor, plavix, st johns wort, linagliptin
    linagliptina, metamizol, enzalutamide, tpn, dobutamine, dobutamina, milrinone, nsaid, nsaids
    ssri, maoi, statin, beta blocker, betabloqueante, vanc, vanco, pip tazo, piptazo, zosyn, abx
    tmp smx, tmp, ocp, ocps, amio, levophed, epi, lyrica, norco, percocet, xanax, ativan, klonopin
    ambien, seroquel, abilify, lexapro, celexa, wellbutrin, effexor, cymbalta, neurontin, synthroid
    norvasc, toprol, lopressor, coreg, zestril, cozaar, diovan, crestor, zocor, glucophage, januvia
    jardiance, farxiga, lantus, humira, enbrel, remicade, keppra, dilantin, tegretol, depakote
    lamictal, topamax, imitrex, zofran, reglan, pepcid, protonix, prilosec, nexium, singulair
    advair, symbicort, spiriva, ventolin, augmentin, keflex, cipro, levaquin, flagyl, doxy
    macrobid, diflucan, valtrex, tamiflu, plaquenil, mtx, cellcept, prograf, lovenox, pradaxa
    brilinta, ppi, acei, arb, ssris, maois, sudafed, pseudoephedrine, pseudoefedrina, benadryl
    ivig, rituximab, cisplatin, cisplatino, folfiri, folfox, cobicistat, bictegravir, dolutegravir
    triamcinolone, desmopressin, octreotide, octreotida, propofol, ketamine, ketamina, rocuronium
    succinylcholine, aine, aines, isrs, ieca, estatina
"""
