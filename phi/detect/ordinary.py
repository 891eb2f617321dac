"""Ordinary clinical text, written for this purpose: what no clinic's own pattern may take away.

A pattern that matches one of these would black out the medicine of each note.
"""

from typing import Final

# Any pattern that matches in one of these, in any case, is refused.
WORDS: Final = tuple(
    """
    abdomen abdominal abnormal abscess absent acetaminophen acute admission adult albuterol
    allergies allergy amlodipine amoxicillin anemia ankle anterior antibiotic anxiety apnea
    appendix appetite arm arthritis aspirin assessment asthma atorvastatin atrial back bilateral
    biopsy bladder blood bone bowel breath bronchitis calcium cancer cardiac care cataract
    cervical chest chills cholesterol chronic clinic cold colon complaint consult cough
    creatinine daily deficit denies depression diabetes diagnosis diarrhea diet discharge
    distress dizziness dose drug dyspnea edema elbow emergency evaluation exam examination
    exercise eye failure family fatigue fever fibrillation follow foot fracture furosemide gait
    glucose hand headache hearing heart hematocrit hemoglobin hepatitis hernia history hospital
    hypertension hypothyroidism ibuprofen imaging impression infection inhaler injection insulin
    intact joint kidney knee labs left leg lesion levothyroxine lisinopril liver lumbar lungs
    magnesium medication metformin migraine mild moderate monitoring murmur muscle nausea neck
    negative nerve neuro normal note nurse oral oxygen pain palpation patient penicillin
    physical plan platelets pneumonia positive posterior potassium prednisone pregnancy
    prescription prior procedure pulse radiology rash recommend recovery referral reflexes renal
    respiratory results review rhythm right saturation sertraline severe shoulder sinus skin
    sleep smoker sodium spine stable stomach stroke subjective sugar surgery swelling symptoms
    syndrome tablet temperature tender therapy throat thyroid today tolerated treatment
    ultrasound urinalysis urine vaccine vitals vomiting walking warfarin weakness week weight
    wound wrist bp cbc chf copd ct cxr ecg ekg ent er gi hpi icu iv mri nsaid pcp po prn qid ros
    soap tid uti wbc
    """.split()  # noqa: SIM905 - words read better as text
)

# Any recognizer that finds something in one of these, its context words heeded, is refused.
LINES: Final = (
    "BP 120/80, HR 72, RR 16, T 98.6 F, SpO2 97% on room air",
    "Weight 82.5 kg, height 178 cm, BMI 26.0",
    "Metformin 500 mg PO BID, lisinopril 10 mg daily, warfarin 2.5 mg",
    "HbA1c 7.2%, LDL 131 mg/dL, creatinine 1.04 mg/dL, eGFR > 60",
    "WBC 8.4, Hgb 13.9 g/dL, Plt 245,000, Na 138, K 4.2, Cl 101",
    "Pain 7/10, strength 5/5, reflexes 2+, pulses 2+ bilaterally",
    "Insulin glargine 24 units at bedtime, sliding scale per protocol",
    "ICD-10 E11.9, I10, J45.909; CPT 99213, 93000; LOINC 4548-4",
    "NDC 0093-1048-01, RxNorm 860975, SNOMED 44054006",
    "Vitamin B12, T4 1.1 ng/dL, TSH 2.35 mIU/L, INR 2.3",
    "Follow up in 2 weeks; repeat labs in 3 months; ED if worse",
    "L4-L5 disc, C5 radiculopathy, S1 reflex, T12 compression, P-R 160 ms",
    "Apgar 8/9, Glasgow 15, MMSE 28/30, PHQ-9 score 12, Mallampati II",
    "Foley catheter, Parkinson disease, Crohn disease, Babinski sign",
    "Amoxicillin 875 mg-125 mg twice daily for 10 days, dispense 20",
    "CT of 4 mm slices, 1.5 T MRI, 12-lead ECG, QTc 441 ms, EF 55%",
)
