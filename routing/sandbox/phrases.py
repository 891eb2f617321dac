"""The sentences and word lists the simulated models write from. Invented; none is advice."""

COMMON = {
    "es": ("el", "la", "que", "de", "por", "dolor", "tengo"),
    "fr": ("le", "la", "les", "est", "je", "une", "avec"),
    "de": ("der", "die", "das", "und", "ich", "nicht", "ist"),
    "pt": ("o", "uma", "não", "dor", "eu", "com", "você"),
    "en": ("the", "and", "is", "of", "to", "my", "with"),
}
INTENTS = (
    ("refill", "refill_request"),
    ("appointment", "schedule_appointment"),
    ("schedule", "schedule_appointment"),
    ("bill", "billing_question"),
    ("insurance", "billing_question"),
    ("result", "lab_results"),
    ("pain", "symptom_report"),
    ("cancel", "cancel_appointment"),
)
SQL_NOTES = (
    "The join keeps only patients with a visit in the period.",
    "An index on visit (patient_id, started_at) serves this query.",
    "Change the interval to widen the period.",
    "Rows without a visit can be kept with a LEFT JOIN.",
    "Counting distinct days instead of visits needs COUNT(DISTINCT ...).",
    "The limit guards against an unbounded export.",
    "Run it on a replica if the table is large.",
)
CODE_NOTES = (
    "The function is pure and easy to test.",
    "Pass the date in, so that tests need no clock.",
    "A generator would avoid the list for large inputs.",
    "The boundary day itself does not count as overdue.",
    "Visits without a date should be filtered before.",
    "Consider a type for the visit.",
    "A property test over random dates would cover the edges.",
)
REVIEW_NOTES = (
    "The error path returns before the connection is released.",
    "User input reaches the query unescaped; use parameters.",
    "The loop reads the same row once per item; fetch them together.",
    "A missing value is treated as zero, which hides bad data.",
    "The name says what it does, the unit is missing.",
    "There is no test for an empty list.",
    "The retry has no upper bound.",
    "The comment repeats the code.",
)
CAUSES = (
    "Acute coronary syndrome: exertional pattern; obtain an ECG and serial troponins.",
    "Pulmonary embolism: consider with pleuritic pain, tachycardia or immobility.",
    "Gastroesophageal reflux: burning, worse lying down, relieved by antacids.",
    "Musculoskeletal pain: reproducible on palpation.",
    "Pericarditis: sharp, better leaning forward; look for a rub.",
    "Anxiety: a diagnosis of exclusion here.",
    "Pneumonia: fever, cough and focal signs would support it.",
)
ASSESSMENT = (
    "The course is stable compared with the last visit.",
    "Blood pressure is at goal on the current regimen.",
    "Glycemic control has improved, A1c 7.1 %.",
    "No new red-flag symptoms are documented.",
    "Adherence is described as good.",
    "Kidney function is unchanged, eGFR 78.",
    "Weight is unchanged.",
)
PLAN = (
    "Continue the current medication.",
    "Repeat the basic metabolic panel in three months.",
    "Encourage 150 minutes of activity a week.",
    "Return sooner if symptoms worsen.",
    "Review the home readings at the next visit.",
    "Offer the seasonal vaccination.",
    "Refer for retinal screening.",
)
INTERACTION = (
    "Both substances may prolong the QT interval, so an ECG before and after is sensible.",
    "Reduced kidney function raises the exposure; check the dose.",
    "The combination increases the risk of bleeding.",
    "Separate the doses by at least two hours.",
    "Monitor potassium within one week.",
    "An alternative from the same class has less effect on CYP3A4.",
    "Tell the patient which symptoms should prompt a call.",
)
CODING = (
    "The note documents the condition without a complication.",
    "A more specific code needs laterality or stage.",
    "Long-term drug use may be coded in addition.",
    "Check the payer's rule for the visit type.",
    "The assessment supports the level of the visit.",
    "No screening code applies.",
    "Query the clinician if the link between the findings is unclear.",
)
REPLY = (
    "Thank you for your message.",
    "The change you describe is common and usually passes within a few days.",
    "Please keep taking your medicine as prescribed.",
    "Call us the same day if you have a fever, chest pain or trouble breathing.",
    "We have time for you this week if you would like to be seen.",
    "You can reach the nurse line at any hour.",
    "Bring your list of medicines to the visit.",
)
GENERAL = (
    "Based on what was given, the current approach is reasonable.",
    "The main point is to confirm the finding before acting on it.",
    "Two details would change the answer: the time course and the current medication.",
    "The usual next step is a short follow-up with the same measure.",
    "If the value stays out of range, widen the search.",
    "Document the reasoning beside the decision.",
    "A second look by a colleague is worthwhile where the stakes are high.",
    "Nothing here contradicts the earlier notes.",
)
THOUGHTS = (
    "First the facts that were given.",
    "Then what is missing and whether it matters.",
    "The common explanations come before the rare ones.",
    "The dangerous ones must be excluded either way.",
    "One detail points in another direction; weigh it.",
    "The answer should be short and say what to do next.",
    "Check the numbers once more.",
)
