"""English cues: what a phrase in a request says about its task.

Phrases are separated by commas or line ends and compared without case, accents and punctuation; a
star stands for any ending. The meaning of each cue, as a weight, is in `weights.py`.
"""

from typing import Final

CUES: Final[dict[str, str]] = {
    # short, closed answers
    "simple_verb": """
        retrieve, indicate, choose, pick, assign, tag, mark, open, emit, return, output
        tell me the, give me, give the, insert, append, delete, remove, put, place, reorder
        order these, order the, rearrange, rewrite each, write each, make a list, list, list every
        transcribe, type, note the, record the, report the, state the, name the, name every, read
        select, highlight, underline, bold, number the, mention, enter, copy, paste, fill, parse
        transform, turn, change, replace, swap, move, set, update, print, show, display, fetch, get
        find, grab, pull, locate, check, verify if, confirm if, need the, need just, send, remind
        text, bucket, sort, group, rate, score, flag, split, join, merge, separate, round, add a
        add the, strip, trim, drop, whats the, what is the, what was the, whos the, who is the
        who was the, when is the, when was the, where is the, is there a, is there an
        are there any
    """,
    "simple_object": """
        date, dates, name, names, phone, fax, email, number, numbers, digit, digits, zip, zip code
        address, street, city, weight, height, gender, sex, age, insurance, group number, label
        labels, category, categories, tag, tags, team, inbox, folder, comma, commas, hyphen, dash
        dashes, quotes, capitalization, capital letters, alphabetical, column, columns, row, rows
        table, csv, json, file, files, filename, filenames, title, titles, subject line, heading
        headings, index, indices, id, ids, url, urls, link, line, lines, field, fields, value
        values, character, characters, spaces, word, words, list, spelling, unit, units, percentage
        total, count, average, time, times, day, month, year, hour, hours, appointment
        appointments, schedule, roster, calendar, room, signature, box, checkbox, form, forms
        invoice, receipt, language, initials, provider name, pharmacy, clinic name, facility
        doctors name, extension, page, pages, section, version, timeout, port, flag, log level
        setting, format, template name, barcode, serial number, account, balance, copay, amount
        price, html, bold, claim ids, paragraphs, paragraph, keys, blood type, callback, due date
        semicolons, addresses, password, wi fi, conf, boolean, entry, spreadsheet, cell, cells, tab
        tabs, cost center, expense, sender
    """,
    "routine_care": """
        healthy, otherwise healthy, average risk, screening, booster, vaccine schedule
        immunization schedule, well child, annual physical, how often should, routine care
        uncomplicated, over the counter, otc, generally healthy, lifestyle, prevent*, contagious
        follow up interval, low risk, advisable, mild, recommended interval, in their twenties
        in healthy, usual range, is usual
    """,
    "self_report": """
        my ankle, my knee, my back, my arm, my leg, my foot, my hand, my head, my throat, my ear
        my stomach, my belly, my chest, my skin, my eye, my eyes, my tooth, my period, my baby
        my son, my daughter, my mom, my dad, my husband, my wife, my pill, my pills, my medication
        my meds, my medicine, my insulin, my inhaler, my prescription, my blood pressure, my sugar
        my incision, my stitches, my cast, my results, i took, i take, i feel, i started, i stopped
        im taking, i am taking, should i take, can i take, can i drive, i missed, i forgot
        since my dose, my dose, i get dizzy, i get, can i put, should i worry, i stand up, my child
        i have had
    """,
    "write_note": """
        assessment and plan, a p, into a note, interval history, hpi exam, soap note, soap format
        progress note, visit note, clinic note, op note draft, narrative for, session note
        into hpi, soap form, in soap, into an assessment, discharge paperwork, procedure note
    """,
    "classify": """
        classif*, categori*, label this, label the, label each, tag this, tag the, tag each
        which category, which department, which queue, which team, which folder, which bucket
        assign a category, assign it to, sort these into, bucket these, route this message
        triage tag, document type, is this spam, spam or not, what kind of message
        what type of document, which type of, pick the category, choose one of
        one of the following labels, classification, which type, what category, sort into, put each
        assign each, mark each, flag each, flag any, label these, label this message, which label
        which of these, screen these, group these messages, which clinic, which specialty does
        routing label, priority level of this message, which inbox, what inbox, goes to
        go to billing, tag it, label it, mark it, mark as, sort it, classed as, new or established
        which pile, flag it as, category, exactly one, choose exactly, choose one, pick one
        select one, correct team, right team, right queue, right folder, into one of, belongs to
        falls under, whether it is, whether this is, invoice or, receipt or, referral or
        should be booked, to which of, cost center, self pay or insured, decide frontend
        label sender
    """,
    "sentiment": """
        sentiment, positive or negative, positive negative, negative or positive, tone of this
        is the tone, angry or, happy or unhappy, satisfied or, how does the patient feel
        is this review, upset or, happy or, satisfied or not, frustrated or, polite or rude
        mood of, emotion, feeling of this comment, upset with, mood, angry with, happy with
        pleased with, annoyed, scale digit, rate the mood, complaint or compliment
    """,
    "language": """
        what language, which language, detect the language, language is this, language code
        identify the language, language detection, iso language, written in what, in what language
        what tongue
    """,
    "intent": """
        intent, what does the caller want, what is the caller asking, purpose of this message
        reason for contact, what is this message about, refill or appointment, reason for the call
        what are they asking, what does this person want, purpose of the call, purpose of this
        call reason, what do they need, why is this person calling, reason for her call
        reason for his call, reason she called, reason he called, why they called, why she called
        why he called, rang us, called us, reason this
    """,
    "yes_no": """
        yes or no, yes no, y n, true or false, true false, does this mention, does the note mention
        does this email contain, does the following, does this contain, is there a mention
        was the patient given, is the field, is this form, is this a duplicate, is the form signed
        is it signed, is this signed, does the document include, does it include
        does the chart list, does the chart mention, is smoking mentioned, is consent documented
        did the patient confirm, y/n, does the form, does this form, did they sign
        has the patient signed, is there a signature, is there a date, is there any mention
        is it mentioned, does it mention, does it list, does the letter mention, is this the same
        is this address, is this complete, is this a valid, is the signature, check if the form
        check whether the form, has a signature, is there a phone, is there an, is there any
        does our record, does the record, do we have, do we hold, has the form, has consent
        was consent, is it on file, on file, booked for, has anything booked, is a smoker
        check that, check whether, check if, confirm whether, respond y or n, pass fail
        pass or fail, do these match, match each other, do these two, addresses match, names match
        any allergies documented, documented at all, are both, are all, is it present
        would you say, does this docstring, does this name, does this file, scheduled this week
        scheduled today
    """,
    "short_answer": """
        one word, single word, only the, just the, return only, answer only, output only
        reply with only, answer with a single, nothing else, no explanation, a single label
        in one label, label only, number only, just a number, just yes, json only
        one of these labels, short answer, just return, only return, no commentary
        just give me the, only give me, nothing more, no other text, one number, in one word
        two words, yes no answer, just the label, just the number, just the name, just tell me the
        only the name, name only, only the number, thats all, that is all, no need to explain
        without explanation, reply yes or no, answer yes or no, words max, two words max
        one word pls, one word please, number only please, digit only, in a couple of words
        couple of words, few words, date only, ids only, indices only, output indices, output the
        y or n
    """,
    # one field, one place, one shape
    "extract": """
        extract, pull out, pull the, pull all, grab the, copy the, list all the, list the names
        list the dates, list the medications, list the meds, list the allergies, list every
        find the date, find the phone, find the mrn, find the name, get the date, get the dob
        get the mrn, get the name, get me the, read off, what is the mrn, what is the dob
        date of birth, what is the phone number, what is the address, fill in the, fill the form
        parse the, which date, what date, what time, who is the, who signed, who ordered
        who referred, insurance id, member id, policy number, identify the name, return the
        extract the fields, key fields, demographics, named in the, take the, give me the date
        give me the name, give me the phone, give me the address, give me the number
        what is the date, what was the date, what is the name, what is the value
        what was the value, date of service, dates of service, policy no, group number
        account number, what is the member, what is listed, who is listed, who is named, names of
        list of the, phone numbers in, email address, collect the, capture the
        transcribe the number, key value, fields as json, populate, the last value
        most recent value, which pharmacy, which doctor, emergency contact, ordering provider
        referring provider, attending name, grab every, grab all, every phone, pull every
        all the dates, all dates, who ordered this, surgeons name, doctors name, name of the
        named in, appearing in, that appear, mentioned in, found in, shown on, printed on
        written on, section please, all cpt codes, all codes in, all names, all phone numbers
        every physician, every name, every date, every drug name, into name, with first name
        fields first, line into, i only want, only want the, want the, lift the, claim ids
        invoice no, invoice number, due date, due dates, which medications are named
        what is it called, bare names, accession number, callback number
    """,
    "format": """
        reformat, format this, format the, format these, convert to json, convert to csv, to json
        as json, as csv, into a table, as a table, as a markdown table, convert this, convert these
        convert the, to uppercase, uppercase, lowercase, title case, capitali*, alphabeti*
        sort the, sort this, sort these, sort by, remove duplicates, dedupe, deduplicate
        fix the spelling, fix spelling, fix the typos, fix typos, proofread, fix grammar
        fix the grammar, iso 8601, yyyy mm dd, bullet points from, numbered list, bulleted list
        strip the, remove the blank, trim, indent, pretty print, line breaks, whitespace
        normalize the, standardize the, rename the columns, reorder, clean up the formatting
        put this in, put these in, markdown, date format, phone numbers to, kg to lb, pounds to
        to celsius, fahrenheit, split the names, convert, all caps, lower case, upper case
        make these uppercase, same format, into json, into csv, in json, json format, in csv
        to xml, to yaml, tab separated, comma separated, into columns, into bullets, bullets
        bullet list, turn this into a list, turn this list, into a list, line per, one per line
        spelling mistakes, typos, punctuation, spacing, round the, round to, two decimals, 24 hour
        military time, split this column, merge these columns, swap the columns
        first and last name, html tags, remove the html, strip html, escape the, encode, mm dd yyyy
        dd mm yyyy, cm to inches, to inches, to fahrenheit, to mg, convert units, redact the
        mask the, give it back as, keep the wording, keep wording, exactly as
        turn this into bullet, bullet point, look like, redo the, rewrite each, write each
        list in alphabetical, alphabetical order, in alphabetical, dd mmm, capitalization
        add a comma, add commas, every item, transform the following, transform this, into a json
        json object, change the order, reverse the order, same order, each date, every date
        center*, centimeters, sentence case, bold, italic*, indentation, new lines, newline
        express in, in inches, in pounds, in kilograms, kilograms, swap, number these, renumber
    """,
    "lookup": """
        look up, lookup, look for the, show me the, where is, where are, when is, when was
        what are the office hours, opening hours, phone number for, next appointment, last visit
        find the file, which file, what file, open the file, which folder, search for, find patient
        find the patient, locate the, is there an appointment, what room, extension for, fax number
        what is the code for, normal range, reference range, stand for, abbreviation, what year
        how old is, when does, who is on call, list files, show the contents, grep, list open
        bring up, display the, find the, find all, find me, when is the next, when did, last seen
        last appointment, upcoming appointment, appointments for, pull up the, pull up
        find the policy, what page, which page, which section, what section, what line, which line
        where do we, where can i find, whats our, what is our, what is the phone
        what is the address of, hours for, address of, who is the provider, who is her pcp
        who is his pcp, acronym, what does it stand for, definition of, directions, contact for
        room number, extension, which provider, is dr, schedule for today, todays schedule, path of
        read the file, open the chart, open chart, chart of, in which file, per our
        according to our, how many sick days, meaning of, roster, on call this, who covers
        whos covering, booked for, how late, what time does, open on, short for
        whats that short for, minimum length, maximum length, wi fi, password policy
        where does the code, which entry, faq entry
    """,
    "count": """
        how many, count the, count how, total number, tally, add up, sum of, average of, per day
        number of appointments, number of visits, percentage of, group by provider, by month
        no shows per, aggregate, total of, total the, sum the, sum this, add these, number of
        tally the, counts by, count by, average wait, mean of, max of, per month, per week
        per provider, by provider, how much did we, sum, add up the, percentage, visits per
        subtotal
    """,
    "remind": """
        appointment reminder, reminder text, confirm the appointment, confirmation message
        out of office, thank you note, we are closed, reschedul*, running late
        directions to the clinic, parking, welcome message, remind the patient, reminder for
        reminder message, text the patient, sms, confirm their, confirm tomorrow
        cancel the appointment, move the appointment, office closed, holiday hours
        waitlist message, birthday message, save the date, remind, remind her, remind him
        i will be there, be there at, on my way, let them know we, moved their visit, moved their
        thats all, have a nice day, have a good day
    """,
    "chitchat": """
        hello, hi there, thanks, thank you, good morning, test message, ping, are you there
        see you, great thanks, ok great, sounds good, will do, got it
    """,
    # writing
    "summarize": """
        summar*, tldr, tl dr, recap, condense, key points, main points, gist, sum up, abstract of
        overview of, hand off, handoff, sign out, discharge summary, visit summary
        encounter summary, hospital course, summary of, brief the, digest, boil down, boil this
        synops*, minutes of, meeting minutes, takeaways, bottom line, highlights, shorten
        what does this letter say, what did the, chart review summary, one page summary
        executive summary, abridge
    """,
    "brief": """
        one line, one sentence, single sentence, in a sentence, two sentences, in ten words
        short title, subject line, headline, a title for, five words, ten word, five word, two word
        one word summary, 10 word, 20 word, two line, two sentence, in one line, few words
        one liner, three words
    """,
    "write": """
        draft, write a letter, write an email, write a reply, write a note, write up, compose
        referral letter, appeal letter, letter of medical necessity, medical necessity
        progress note, soap note, patient instructions, handout, after visit
        prior authorization letter, write the, instructions for, education material
        discharge instructions, care plan, job description, policy for, newsletter, blog post
        consult note, work excuse, rewrite, rephrase, reword, paraphrase, plain language, simplify
        at a sixth grade, polish, report on, report for, quarterly report, monthly report, write a
        write an, prepare a, generate a, create a, make a, script for, template for, training
        letter to, letter for, email to, note for, write out, put together, work note, school note
        excuse note, fmla, disability form, make this easier, easier to read, easy to read
        reading level, grade level, leaflet, brochure, flyer, faq, announcement, memo, speech
        slides, presentation, agenda, guide for, checklist for, protocol for, sop, procedure for
        narrative, commentary, article, post about, web page copy, script for the, answer key, quiz
        proposal, create instructions, type up, typed up, dictation, visit note, clinic note
        h and p, hpi section, assessment section, letterhead, survey, questionnaire, need a note
        need a letter, need an email, a note to, a letter, a paragraph, write it up
        finish this letter, cover letter, work excuse letter, talking points, peer to peer
        checklist, deck text, deck, polish this, in a letter, families about, one page for
        page for families, text for the, whats new text, comments for, employer
    """,
    "reply": """
        reply to, respond to, answer this message, answer the patient, response to the patient
        reply for the patient, portal message, patient asks, patient wants to know
        patient is asking, patient writes, message from a patient, tell the patient, write back
        patient says, patient wrote, patient sent, patient would like to know, respond that
        let the patient know, let her know, let him know, tell her, tell him, tell them
        message to the patient, reply that, write my response, write a response, draft a response
        answer her, answer him, portal reply, family is asking, mother asks, mom asks, parent asks
        daughter asks, husband asks, wife asks, caregiver asks, reassure, wrote that
        please respond to, respond to her, respond to his, what i should answer
        what should i answer, tell this patient, her concern, his concern
    """,
    "translate": """
        translat*, into spanish, into english, to spanish, in spanish, to english, into french
        into vietnamese, into chinese, into portuguese, into creole, into arabic, in french
        in portuguese, in chinese, in plain spanish, translation, interpretar, russian, vietnamese
        haitian creole, translation of, korean, chinese, portuguese version, spanish version
        english version
    """,
    "explain": """
        explain, describe, tell me about, difference between, teach, help me understand
        side effects, explanation of, what is the purpose of, what happens during, define, educate
        overview of how, whats the difference, how does a, how do you use, how is it used
        in lay terms, lay language, in simple terms, in plain english, basics of, introduction to
        what are the benefits, what are common, what are the symptoms, signs of, what causes
        plain words, in plain words, how does, how do insulin, works for, contagious, describe how
    """,
    # structured clinical work
    "billing_code": """
        icd 10, icd10, icd, cpt, hcpcs, billing codes, e m level, code this encounter
        code the encounter, code this visit, modifier 25, diagnosis codes, procedure codes, drg
        snomed, claim denial, denied claim, icd10s, dx codes, which codes, what codes, em code, e m
        level of service, bill for, bill this, billable, cpts, code the note, code the op note
        code this note, coding for, hcc, risk adjustment, modifiers, ncci, claim scrub
        denial reason, undercoded, upcoded, claim with, co 97, code pairing, dx codes and cpt
        cpt for, payer bounced
    """,
    "code_mapping": """
        map to icd, map to snomed, map to loinc, loinc code, snomed code, map these to, map the
        icd 10 code for, cpt code for, code for type, rxnorm, loinc for, snomed for, rxnorm for
        icd for, cpt for, icd10 for
    """,
    "fhir": """
        fhir, hl7, bundle resource, observation resource, observation json, fhir observation
        fhir json, as fhir
    """,
    "formulary": """
        formulary, covered alternative, preferred alternative, cheaper alternative, tier 2
        step therapy, prior auth, prior authorization, covered by, generic alternative
        therapeutic alternative, not covered, wont cover, doesnt cover, does not cover, wont pay
        preferred drug, on the list, tier 1, tier 3, quantity limit, non formulary
        insurance covers, covered instead, cost effective alternative, coverage criteria
        pa criteria, back order, tier 1 ppi, equivalent options, on our list, backorder
        shortage of, plan rejected, what is covered
    """,
    "medication": """
        interact*, safe to take, safe to give, safe with, safe in, ok to take, ok to give
        okay with, can he take, can she take, can they take, can i take, take with, together with
        contraindicat*, allergic to, allergy to, cross react*, dose for, dosing, dosage, max dose
        maximum dose, starting dose, dose of, dose check, check the dose, dose adjust*, renal dose
        renally dose, double check, duplicate therapy, med rec, medication reconciliation
        reconcile the med, medication review, how much, mg per kg, mg kg, taper, safe dose
        first line, safe during, side effect of, okay to, is it ok, is it okay, fine with
        fine to take, alright to take, can she have, can he have, can they have, can you take
        can she use, can he use, mix with, combine, combined with, combining, dosed, dosing for
        how many mg, how many ml, mg for, ml for, usual dose, typical dose, standard dose
        adult dose, pediatric dose, weight based, loading dose, maintenance dose, max per day
        daily maximum, equivalent dose, convert from, conversion from, half life, onset of
        missed dose, when to take, with food, with meals, before bed, adverse effect*
        adverse reaction, side effect, black box, washout, allergy, how long after, problem with
        any issue, wait between, administer, infusion rate, drip rate, iv to po, clash, clashes
        dosing strategy, acceptable dose, acceptable adult, be taken, taken with, use with
        be a problem, a problem together, problem together, anything to watch, plus calcium
        is the flu shot ok, shot ok, convert oral, switch from, mg to, mcg to, be monitored
        dose in, dangerous combinations, combinations, combination of, substitute
        adjust everything, usual range, within the usual, supplements, how much for a
        every 6 hours, every 8 hours, for three days, birth control, moms take, mothers take
        is it safe for, reload
    """,
    "clinical_extract": """
        problem list, structured data from, extract the diagnoses, extract diagnoses, labs into
        conditions and procedures, medication list from, entities, clinical entities
        abstract the chart, scanned, ocr, handwritten, photo of, picture of, photograph of
        coded entries, coded problem, coded problem entries, registry, registry schema
        past medical history into, abstract tumor, pathology report into, free text into
        into structured, structured format, into our schema, problem entries, discrete fields
    """,
    # clinical judgment
    "differential": """
        differential, ddx, what could be causing, what could this be, what is causing
        whats causing, most likely diagnosis, likely diagnosis, diagnose, what diagnosis, work up
        workup, what am i missing, rule out, whats wrong, cant miss, missing here
        unifying diagnosis, etiolog*, what explains, causes of his, causes of her
        explain these findings, what does he have, what does she have, make sense of
        most likely cause, possible causes, whats going on, what is going on, suspect, dx
        most likely, likely cause, what is this, what is wrong, what do you think, think of
        consider in, causes for, underlying cause, explain the combination, unify
        where is this coming from, tie together, ties together, how do i tell, distinguish
        red flags, what would you look for, look for, mimics, zebra, missed diagnosis
        diagnostic approach, diagnostic plan, evaluation of, how to evaluate, evaluate for
        which tests, what tests, what labs, what workup, workup for, next test, would you order
        imaging next, worries you, worry you, what worries, interpret, interpretation of
        how to discriminate, discriminate, top three, top diagnoses, diagnoses and, your thinking
        your impression, impression, explain this, explains the, account for, consistent with
        point to, points to, cause for, how would you work, how do you read, first action
    """,
    "manage": """
        what next, whats next, next step, next steps, next best step, plan, management
        how to manage, how should we manage, how would you manage, manage this, treat this
        how to treat, treatment plan, what should we do, what should i do, what do we do
        what would you do, should we start, should we stop, should we hold, should i start
        should i stop, should i hold, should we give, should i give, is it safe to start
        is it safe to restart, restart, can we stop, can we start, escalate, disposition, admit or
        admit vs, discharge or, send home, send to ed, what first, which first, first priority
        anticoag*, bridge, bridging, thrombolysis, tpa, lytic*, intubat*, pressors, titrat*
        optimi*, next line, second line, regimen for, approach to, how aggressive, goals of care
        stop or continue, continue or, hold or, switch to, switching, wean, transfuse, recommend*
        advise, thoughts, best option, what would be the best, which agent, which antibiotic
        which drug, go from here, now what, how do i treat, how to proceed, how should i
        how should we, adjust the, what changes, choose between, sequence, de escalate, deprescrib*
        how fast, how quickly, when to, when do we, when can we, when should, go or wait
        operate or, wait or, cleared for, clear for surgery, preop, periop*, proceed with, proceed
        reversal, reverse, antidote, rescue, salvage, initial management, acute management
        immediate, stabiliz*, resuscitat*, dispo, transfer, icu or floor, threshold for, target
        targets, goal bp, hold the, stop the, start the, safest option, safest, safer, best choice
        choice of, select the, pick an, pick a, drug of choice, agent of choice, alternatives given
        step up, step down, add on, next agent, bridge with, cover for, coverage for, empiric
        empiric*, sort out, what to do, what would you, what do i do, how would you, handle
        handled, guide me, help me decide, help me think, advice, your take, opinion, balance
        weigh risks, risks and benefits, risk versus benefit, contraindications to, candidate for
        eligible for, transplant criteria, timing of, timing, tailor, individualize, adjustments
        resume, resuming, restart*, lyse, thrombolyse, tube, cover with, hospice or, wait
        sequence of, order of, what to stop, what to start, stop first, start first
        tell me what to, how would you approach, way forward, manage her, manage his, manage the
        options, option, your move, strategy, strategies, counsel, counseling, priorities
        immediate priorities, continue, how do you manage, how to sequence, sequence therapy
        correct*, correction, overshoot*, rescue if, frame goals, how to frame, decide, deciding
        tx options, tx, rx, mgmt, dispo plan, what would you recommend, must be added
        adjust everything, adjust, prioritize, weaning, escalation, de escalation
        antiplatelet strategy, next move, first action, act first, what else, further management
        intervene, intervention, palliat*, salvage therapy, surgical or, reasonable, reasonable at
        talk me through, walk me through, guide me through, first hour, neither, or not
        safest path, keep or, which of the four, do you keep, fix it, candidate, interval for
        which ones are safe, extubate, anticoagulate, treat her, treat him, and treat
        treat tonight, whether to stop, whether to start, whether to hold, whether to restart
        whether to continue, whether we should, whether i should, which to stop, which to hold
        which to continue, which to start
    """,
    # engineering
    "code": """
        python, javascript, typescript, java, sql, django, react, endpoint, api, script, regex
        unit test, unit tests, pytest, dockerfile, docker, yaml, config file, env file, css, git
        commit, pull request, pr, repo, repository, codebase, variable, queries, migration
        database, postgres, redis, celery, webhook, sdk, json parser, linter, compile*, deploy*
        kubernetes, stack trace, refactor*, cron, backend, frontend, oauth, jwt, import order
        this code, the code, source code, my code, this query, the query, slow query, db, algorithm
        algorithms, class method, software, lock free, data structure, webapp, microservice
        microservices, worker, workers, pod, pods, queue, this function, the function, a function
        this class, a class, this module, the module, auth module, db schema, ci pipeline
        build pipeline, migrations, feature branch, crud, wrapper, cli tool, event sourcing, rest
        graphql, bash, mysql, postgresql, syntax, controller, service class, async, await, vue
        component, loop, utility, commit messages, nodes, node, tokens, cpu, throughput, hosting
        llm, handler, upload handler, permission code, log lines, diff, routine, retry, backups
        deadlock*, race condition, memory leak, outage, outages, replica, failover, broker, staging
        nightly job, stylesheet, safari, safari browser, chrome, go function, sso, sql builder
        parameter, csp header, header set, nginx, github action, ci job, clock skew
        counter overflow, rate limiter, interval merging, serializer, serializers, decorator
        nested intervals, power query, cte, stack overflow, cron job, pipeline run, shard, sharding
        json keys
    """,
    "code_make": """
        write a function, write a python, write a script, write a query, write sql, write a sql
        write an sql, sql query, sql to, a query that, implement, add an endpoint
        create an endpoint, build a, add a feature, new feature, add pagination, write code
        code to, create a class, write a class, write a migration, add a button, integrat*
        connector, parser, generate code, select statement, write tests, add tests, test suite
        write a hook, rest client, scraper, write a view, serializer, stored procedure
        window function, transform the data, etl, component that, write me a, endpoint that
        script that, function that, celery task, write the code, coding task, write a component
        react component, component for, create a component, rest endpoint, need an endpoint
        need a script, need a function, need a query, query for, query to, query that, sql for
        sql:, script to, function to, a function to, endpoint to, add a route, add a field
        add validation, add support for, wire it, wire up, hook up, set up the, importer, exporter
        export to, import from, api client, api call, background job, scheduled job, cron job
        form that, page that, dashboard that, feature that, build the, build me, create the
        generate the code, unit tests for, integration test, test cases for, fixture for
        seed script, web hook, webhook handler, make an api, bash script, shell script
        typescript function, management command, listener, write a typescript, write a javascript
        a script that, query to find, show sql, show the sql, please implement, should be able to
        go function, make me a go, github action, unpivot, power query, allow attaching, code it
        covering the, test suite covering, step to
    """,
    "refactor": """
        refactor*, clean up this code, split this function, extract a class, simplify this function
        make this code, rewrite this function, port this, convert this class, dry up, type hints to
        split it up, break up this, restructure, clean up the code, simplify the code
        rewrite this query, rewrite the query, rewrite this class, make it cleaner, more readable
        extract method, decouple, modernize, upgrade this code, convert to typescript, to async
        into a service, replace callbacks, convert this mysql, query to postgresql
        extract the logic, extract the payment logic, convert callbacks, to postgresql
    """,
    "code_docs": """
        docstring, docstrings, readme, changelog, release notes, api docs, documentation
        document this, document the, runbook, user guide, inline comments, write docs, has no docs
        needs docs, add docs, add comments, comment this code, explain this code
        explain this function, user facing notes, what changed, onboarding doc, api reference
        openapi, swagger
    """,
    "code_small": """
        rename, lint, linter, lint errors, ruff, flake8, apply black, run black, eslint, prettier
        unused import
        unused imports, sort imports, import order, bump the version, bump version, change the port
        set the, set debug, config value, env var, environment variable, timeout to
        feature flag on, boilerplate, stub, scaffold, snake case, camel case, naming convention
        naming conventions, style guide, pep8, pep 8, semicolon*, trailing, add a getter
        simple test, assert that, a unit test for, one unit test, update the config, yaml file
        typo in, missing comma, gitignore, license header, follow our conventions, follows our
        code style, camelcase, lower camel, change the name, rename this, replace all
        find and replace, remove unused, delete the comment, add a comma, add a newline
        sort the imports, fix the indentation, fix indentation, reindent, requirements txt
        pin the version, update the version, version to, toggle the, enable the flag
        disable the flag, change the value, update the value, config to, add a constant, trivial
        skeleton, empty class, empty app, hello world, placeholder, getters and setters
        dataclass with, enum for, line too long, formatting errors, style errors, style check
        lint warnings, naming only, naming and, conventions only, smoke test, sanity test
        log level, every occurrence, occurrence of, should become, isort, quick test
        empty dockerfile, imperative mood, commit messages, file naming, header conventions
        change the log, from info to, minor edit, one liner, timeout in, starter pyproject
        nothing fancy, parametrize this, parametrize the, two more inputs, follow google style
        trailing whitespace, unused variable, snake case for, indentation for
    """,
    "code_review": """
        code review, review this code, review this function, review this pr, review my pr
        review the diff, review this diff, review the pull request, review this pull request
        review this snippet, review my code, review this change, look over this code
        feedback on this code, feedback on my code, feedback on this function
        thoughts on this snippet, thoughts on this code, is this code ok, critique this function
        review my function, review these changes, any improvements
    """,
    "bug": """
        bug, error, errors, exception, traceback, fails, failing, failed, crash*, broken
        doesnt work, does not work, not working, throws, typeerror, keyerror, valueerror
        nullpointer*, attributeerror, 500, 502, returns none, wrong result, stack trace, undefined
        segfault, off by one, regression, stopped working, infinite loop, debug this, debug the
        debugging, why is this test, getting an error, error message, error below, wont compile
        build broke, broke after, cant import, module not found, import error, syntax error
        nonetype, null pointer, undefined is, failing test, test fails, tests fail, fails with
        throwing, exits with, returns 404, returns 403, wrong output, incorrect result
        stops working, stuck, hangs, freezes, blank page, crashes when, indexerror, 404, 403, 401
        raises, raise, shows an error, overflows on, programmingerror, does not exist
        relation does not exist, fix my, exception after
    """,
    "deep_bug": """
        intermittent*, sporadic*, race condition, race, deadlock*, memory leak, leak, leaks
        only in production, only in prod, under load, root cause, randomly, occasionally, flaky
        nondeterministic, non deterministic, cant reproduce, cannot reproduce, data corruption
        corrupted, lost updates, double charged, charged twice, duplicate rows, concurren*
        once a week, after a few hours, every few hours, over time, heisenbug, connection pool
        exhaust*, inconsistent state, split brain, replication lag, goes down, timeouts spike
        post mortem, postmortem, across services, between services, silently, twice, stale reads
        every few days, every night, every week, once an hour, at random, random, unpredictabl*
        sometimes, only happens, happens only, no errors in the logs, logs look clean, no pattern
        grows without, keeps growing, oom, out of memory, starv*, livelock, thundering herd
        cascading, p99, latency spike*, tail latency, spikes, data loss, lost messages
        missing rows, out of order, wrong order, wrong patient, mismatched, ghost, phantom, drift
        cache invalidation, incident, incidents, outage, outages, multiple services
        several services, distributed, eventual consistency, after failover, after a restart
        cannot explain, makes no sense, where is the time going, how that could happen
        could happen, believed they were, leader, two nodes, only on one, on one pod
        after key rotation, halves, recovers on restart, after the upgrade, shift by one hour
        for some users, some users, some requests, find out why, help me find, but also randomly
        normal but, out of sync, desync, arrive twice, arrives twice, never in staging, lock chain
        month end, differs from, off by a few, a few cents, do not match, dont reconcile
        mismatch between, end to end latency, broker failover, could cause it
    """,
    "logic_review": """
        logic errors, correctness, edge case, edge cases, corner cases, subtle bug, subtle bugs
        subtle, business logic, is the logic, prove that, invariants, what could go wrong
        failure modes, thread safe, thread safety, race free, holes in, poke holes, miss anything
        review the logic, logic correct, logic is correct, is this correct, ever return
        could this ever, can this ever, under what conditions, boundary condition*, boundaries
        rounding error*, corner, dst, leap year, race, idempoten*, concurrency control
        correctness of, verify that, verify the, verify this algorithm, prove, sound, formally
        counterexample, what breaks, where does this break, misses, assumptions, can ever, ever pay
        ever go, would break, could break, break this, inputs that, reason through, each path
        every path, preserve, guarantee*, deadlock free, monoton*, under partial failure, pay twice
        double pay, double count, produce wrong, wrong dose, negative values, can it, flaw, flaws
        spot the flaw, spot the error in, code right, right for, nested, is this code right
        before it ships, midnight, clock skew
    """,
    "security": """
        security review, security audit, vulnerab*, threat model*, exploit*, attack*, xss, csrf
        ssrf, privilege escalation, credential*, secrets, leaked key, hard coded, hardcoded
        pii scan, pii, pen test, penetration, hipaa security, authentication bypass, bypass, idor
        access control, security holes, audit the, audit this, insecure, secure, security
        safe harbor, breach, risk assessment, encryption at rest, key rotation, phi leak
        expose phi, exposes, security hole*, secure is, how secure, is this safe from
        safe from attack, attack surface, attacker, malicious, data leak, leaks phi, exposed
        expose, exposing, unauthor*, another clinic, other tenants, cross tenant
        other patients data, tenant isolation, session hijack*, token theft, refresh tokens
        api keys, private key, password storage, store passwords, ransomware, phishing, soc 2
        hitrust, hardening, pentest, cve, sanitize input, deserialization, rce, owasp, reidentif*
        re identif*, deidentif*, de identif*, identifies a person, identify a person, zero trust
        another clinics, other clinics, someone elses, someone see, see other, see another
        permission code, permissions, permission, shouldnt, should not see, weakness*, exploitable
        security assessment, live secrets, secrets in, tamper*, spoof*, impersonat*, brute force
        rate limit bypass, leak*, sensitive data, malware, real pii, synthetic, privileges
        password*, sso, audit our, stolen, steal, dummies, dummy values, real ones, contain it
        containment, reidentified, re identified, compromis*, insider, exfiltrat*, data exposure
        publishing this, severity, be injected, sql injection, injection attack, injection attacks
        code injection
    """,
    "architecture": """
        architect*, trade off, trade offs, tradeoff, tradeoffs, system design, design a, design the
        design an, monolith, microservice*, event sourcing, multi tenant, multi region, scalab*
        migration strategy, migration plan, zero downtime, pros and cons, build vs buy
        build or buy, sharding, high availability, disaster recovery, failover, consensus, cqrs
        data model for, which approach, should we use, should we move, should we adopt
        should we build, should we migrate, options for, roadmap, rollout, one database per
        shared database, schema per tenant, queue or, kafka, exactly once, at least once
        message broker, load balanc*, capacity plan*, throughput, redesign, re architect
        rearchitect, how would you design, how should we design, design for, design our
        how should we structure, how would you structure, system that handles, multi cloud
        on prem or, cloud or, data warehouse, data lake, service boundaries, domain model
        bounded context*, technical debt, scale to, scaling, resilien*, fault toleran*
        backwards compatib*, cutover, strangler, how would you migrate, migrate to, migrate from
        vendor lock in, choose between, which database, or rest, graphql or, rest or, sql or
        offline first, conflict resolution, propose an architecture, what architecture
        over the next five, next five years, hosting, in house or, managed service, self host*
        eventual, strong consistency, topolog*, partition*, blueprint, sync or async, sync vs async
        replication, async replication, shard*, legal hold, off the shelf, extend ours, outsource
        lock in, five year cost, buy or build, build buy
    """,
    "decision_record": """
        adr, adrs, decision record, architecture decision, formal decision, document our decision
        document formally, record our decision, rationale for choosing, formal rationale
        rejected options, options considered, alternatives considered, options rejected
        lasting implications, record the decision, decision memo
    """,
    "orchestrate": """
        orchestrat*, coordinate the, coordinate several, multi agent, agents, sub agents, delegate
        break this down, break down the task, plan the steps, multi step, decompose
        workflow across, autonomously, end to end plan, assign tasks, dependencies between, agent
        agentic, tool calls, sequence of tool, call the tools, use the tools to
        hand off between agents, planner, subtask*, sub task*, replan, recover from
        recovering from, retry failed, partial failures, run the whole, whole workflow
        automate the whole, pipeline of agents, supervise, step through all, run the workflow
        plan and execute, verifying each, deciding at every, who acts next, acts next
        available tools, using the tools, using tools, multi tool, several tools, each stage
        every stage, step by step execution, autonomous, worker bots, bots
        resolve conflicts between, carry out a plan, devise, devise and carry, dead ends
        given tools, several agents
    """,
    "legal": """
        contract, clause, clauses, agreement, indemnif*, liabilit*, baa, business associate, msa
        lease, nda, terms of service, warranty, termination, governing law, non compete
        force majeure, amendment, addendum, vendor agreement, payer contract, statute, regulation
        stark law, anti kickback, compliance, legal, litigation, subpoena, legal*, court
        malpractice, consent law, privacy law, gdpr, hipaa rule, regulatory, fmla, ada
        employment law, independent contractor, partnership agreement, operating agreement, buyout
        restrictive covenant, license agreement, sla, dpa, data processing, subcontractor
        purchase agreement, asset purchase, loi, letter of intent, insurer contract, fee schedule
        sublease, landlord, tenant, noncompete, severance, governing, jurisdiction, breach of
        sections, clause 4, arbitration, injunctive, saas contract, mid term, raise prices
        price increase, auto renewal, contract wording, under this agreement, under this msa
    """,
    "analyze": """
        analy*, assess, evaluate, risks, exposure, implications, negotiat*, redline, enforceab*
        loopholes, conflict between, conflicts between, inconsisten*, contradict*, compare
        reconcile, critique, appraise, weigh, interpret*, forecast, root causes, strategy
        strategic, synthesi*, across these, across all, cross reference, meta analysis, argue
        justify, justif*, defend, which is better, figure out, determine whether, investigate
        second order, risk in, risks in, at risk, who bears, who carries, what are our risks
        where are we exposed, our exposure, worst case, red line, redlining, push back, leverage
        enforceable, binding, which controls, which one controls, loophole, ambigu*, interplay
        read together, reading together, taken together, favor us, against us
        long term consequences, consequences, three year, five year, scenario*, model the
        sensitivity, roi, npv, cash flow, profitability, break even, valuation, diligence
        due diligence, benchmark, root cause analysis, hypothes*, causal, statistically
        significance, confounding, study design, evidence for, evidence quality, systematic review
        literature, conflicting evidence, ethic*, policy implications, disagree, contrast
        considering, considerations, argue both, advise on, unprotected, hurt us, most exposed
        tell us which, advantage*, disadvantage*, conclude, determine if, trace how
        what happens if, which provisions, binding after, carve out, carve outs, cap, what leverage
        bad for us, good for us, could the vendor, can the vendor, quantify, rank findings
        think about, evaluate closing
    """,
    "clause_pull": """
        extract the clause, extract clauses, find the clause, termination clause, which clause
        list the clauses, extract the termination, payment terms, effective date
        extract the renewal, pull the clause
    """,
    "why": """
        why, how come, explain why, what explains, reason for, despite, even though, although
        given that, taking into account, considering, in light of, however, but now, no response to
        not responding, failed, refractory, persistent, worsening, recurrent, still, keeps
        unexplained, atypical, conflicting, versus, vs, first and why, in what order, prioriti*
        rank the, most important, trade, why is, why does, why did, why would, cause of, even after
        after failing, in the setting of, on top of, complicated by, plus, along with, while on
        despite being, newly, now with, getting worse, gets worse, worse since, since starting
        not improving, no improvement, paradox*, discordant, doesnt fit, does not fit, both
    """,
}

# Domain words: what the request is about, whatever it asks.
CLINICAL: Final = """
    diagnos*, symptom*, treatment*, therapy, therapies, medication*, meds, drug, drugs, dose, doses
    prescri*, disease, disorder, syndrome, infection, pain, fever, rash, cough, nausea, vomiting
    headache, dizz*, bleed*, swelling, fatigue, seizure*, chest pain, shortness of breath, dyspnea
    syncope, diabet*, hypertens*, asthma, copd, pneumonia, uti, sepsis, stroke, cancer, tumor
    depress*, anxiety, heart failure, atrial fibrillation, afib, chf, hfref, cad, mi, stemi, nstemi
    dvt, pe, gerd, lupus, anemia, cholesterol, blood pressure, bp, a1c, insulin, surgery, surgical
    biopsy, mri, ct, ecg, ekg, x ray, ultrasound, echo, cbc, cmp, troponin, creatinine, egfr, inr
    hemoglobin, potassium, sodium, allerg*, vaccin*, pregnan*, pediatric*, infant, newborn
    geriatric, hospice, icu, antibiotic*, anticoagul*, statin*, opioid*, steroid*, antidepressant*
    nsaid*, ssri*, inhaler, chemo*, dialysis, kidney, renal, liver, hepatic, lung, cardiac, thyroid
    tsh, migraine, arthritis, wound, fracture, stool, urine, weight loss, palpitations
    constipation, diarrhea, pill, pills, tablet, tablets, side effects, refill, refills, mammogram
    tetanus, immuniz*, screening, hypertension, antihypertensive, cellulitis, psoriasis, eczema
    epilepsy, bipolar, schizophreni*, dementia, alzheimer*, parkinson*, stent, valve, transplant
    catheter, ankle, knee, hip, shoulder, back pain, lumbago, sprain, bruise, burn, itch*, hives
    sore throat, strep, flu, covid, ear infection, otitis, sinus*, bronch*, wheez*, eosinophil*
    ferritin, hemat*, bacteremia, endocarditis, cirrhosis, ascites, colectomy, antiplatelet*, ercp
    tavr, icd shock, pacemaker, lvad, bipap, ventilat*, hypogly*, sulfonylurea, c peptide
    autoimmune, vascul*, lymph*, leukemi*, lymphoma, melanoma, metast*, biops*, colonoscopy
    endoscopy, catheteriz*, aneurysm, embol*, thrombo*, clot, edema, aspiration, dialyz*
    neuropath*, retinopath*, nephro*, hepatitis, hiv, tuberculosis, malaria, traveler, nodule
    pulmonary, shingles, zoster, sunburn, hypothyroid*, hyperthyroid*, thyroidectomy, extubat*
    intubat*, meningitis, lumbar puncture, preeclampsia, abscess, crohn*, colitis, rsv
    thrombectomy, anticoagulate, amyloid, angiopathy, osmolar, anion gap, blurred vision, dysphagia
    heliotrope, schistocytes, cultures, papilledema, postpartum, phenelzine, analgesia, antiemetic
    qt, carboplatin, adrenal, cirrhotic, terlipressin, dizzy, contraceptive*, birth control
    hand foot mouth, laceration, breastfeed*, lactating, toddler, vaccination, pathology
    tumor stage, margins, tissue, lesion, ulcer*, cyst, gallbladder, appendic*, pancreat*, hernia
    prostate, uterine, ovarian, breast, cervical, spinal, cord, brain, neuro*, psych*, insomnia
    adhd, autism, obesity, smoking cessation, alcohol use, withdrawal, hypox*, oxygen, hemodynamic*
    arrhythm*, tachycardia, murmur, cardiomyopath*, ischemi*, angina, cabg, transfusion, coagul*
    platelet*, neutrophil*, immunotherap*, radiation, chemotherapy, mg, mcg, iv
"""

PEOPLE: Final = """
    patient, patients, pt, pts, lab, labs, clinic, clinical, physician, physicians, nurse, nurses
    doctor, doctors, provider, providers, discharge, admission, visit, visits, encounter, chart
    appointment, hospital, pharmacy, er, ed, she, he, her, his
"""

ACUTE: Final = """
    chest pain, cp, shortness of breath, sob, dyspnea, syncope, hypotens*, tachycard*, bradycard*
    altered mental status, ams, confus*, lethargic, sepsis, septic, shock, gi bleed, melena
    hematemesis, stridor, seizure*, unresponsive, anaphyla*, st elevation, stemi, nstemi, pe, dka
    hyperkalemi*, hyponatremi*, stroke, facial droop, weakness, worst headache, thunderclap
    suicid*, overdose, rigid abdomen, febrile, neutropeni*, meningitis, pulmonary embolism
    acidosis, ischemi*, respiratory distress, hypoxi*, sats, desat*, cauda equina
    saddle anesthesia, preeclampsia, ectopic, compartment syndrome, dissection, tamponade
    cardiogenic, hemoptysis, hematuria, vision loss, seizing, refractory, septic from, pancytopenia
    hyperkalemia, hypoglycemia, bacteremia, av block, lactate, intracranial, cholangitis, perforat*
    obstruct*, aspiration pna, splenomegaly, ammonia, coma, arrest, arrhythm*, tachypne*
    anaphylaxis, papilledema, schistocytes, adrenal crisis, dic, expanding, delirious, apneas
    crisis, septic abortion, abscess, amyloid, hemolysis, proximal weakness, osmolar gap, anion gap
    prior ich, ich, icu
"""

ORGAN: Final = """
    ckd, esrd, aki, cirrhosis, child pugh, renal failure, kidney failure, renal impairment
    kidney disease, liver failure, hepatic impairment, dialysis, hemodialysis, transplant*
    pregnan*, trimester, heart failure, hfref, lvef, ejection fraction, immunosuppress*
    immunocompromised, neutropeni*, g6pd, qtc, prolonged qt, serotonin syndrome, meld
    encephalopathy, ascites, thrombocytopeni*, hemophilia, myasthenia, porphyria, preterm, neonate
    frail, polypharmacy, creatinine clearance, crrt, ecmo, burn patient, volume of distribution
    morbid obesity, mechanical valve, mechanical mitral, lvad, bypass surgery, post transplant, hiv
    status epilepticus, ards, proned, ventilated, cardiorenal, antiphospholipid, sickle cell
    bariatric, elderly, neonat*, 38 kg, long qt, cancer clot, active cancer, dual antiplatelet
    stent, plasmapheresis
"""

COMMON: Final = """
    the, and, of, to, in, is, for, with, this, that, on, are, what, from, we, please, his, her, be
    an, it, as, our, if, which, how, should, does, has, my, you, can, all, not
"""

ASK_STARTS: Final = """
    extract, pull, list, find, get, classify, categorize, label, tag, sort, format, reformat
    convert, translate, summarize, summarise, draft, write, compose, rewrite, reply, respond
    explain, describe, compare, analyze, analyse, review, assess, evaluate, design, plan, propose
    recommend, suggest, check, identify, determine, what, whats, which, why, how, when, where, who
    should, can, could, would, is, are, does, do, did, will, please, give, tell, show, create
    generate, make, build, implement, add, fix, debug, rename, refactor, update, count, calculate
    compute, detect, decide, return, provide, help, need, advise, outline, prioritize, rank, code
    map, parse, proofread, then, also, finally, next, interpret, walk, work, audit, coordinate
    prepare, look, question, task, answer, manage, ddx, differential
"""

MECHANICAL_STARTS: Final = """
    extract, pull, list, find, get, grab, classify, categorize, label, tag, format, reformat
    convert, translate, summarize, summarise, rewrite, proofread, detect, count, capitalize
    alphabetize, sort, parse, identify, return, rephrase, fix, clean, copy, correct, simplify
    condense, does, is, what language, which
"""

RECORD_HEADS: Final = """
    note, notes, chart, email, message, patient message, text, transcript, log, logs, document
    record, records, context, letter, fax, report, hpi, subject, from, to, pmh, assessment, ticket
    contract, clause, input, data, content, review, comment, excerpt, discharge summary
    progress note, visit note, encounter, code, diff, output, cc, csv, json, body, portal message
    voicemail, referral, attachment, background, chief complaint, ros, exam, history, page, date
    dictation, call, article, spec, intake, form, feedback, medication list
"""

# Whole words of the open endings above, so that misspelt ones are recognized.
SPELLINGS: Final = """
    allergic, allergies, allergy, alphabetical, alphabetically, analyse, analyze, analyzing
    anaphylaxis, anticoagulant, anticoagulants, anticoagulate, anticoagulation, antiplatelets
    architectural, architecture, assessment, attacker, authentication, bleeding, bradycardia
    breastfeeding, capitalization, capitalize, categorise, categorize, centers, cirrhosis
    classification, classify, classifying, clinical, clinics, concurrency, confused, contradict
    contradictions, contraindicated, contraindication, correction, corrupted, credentials, crohns
    deadlocked, deadlocks, deprescribe, diabetes, diabetic, diagnoses, diagnosis, diagnostic
    enforceable, eosinophilia, eosinophils, evaluation, exhausted, exploitable, extubate
    hyperkalemia, hypertension, hypoglycemia, hyponatremia, hypotension, hypothyroidism
    idempotency, immunosuppressed, inconsistent, indemnification, integration, integrations
    interaction, interactions, intermittently, interpreter, intubate, intubated, justify, leaked
    liability, medications, metastatic, microservices, negotiate, neonate, nephrologist, nephrology
    neurosurgery, neutropenia, neutropenic, nsaids, obstructing, optimize, orchestrating
    overshooting, palliative, pediatric, perforated, platelets, pregnancy, pregnant, prescribed
    prescribing, prescription, priorities, prioritise, prioritize, psychosis, recommendation
    recommendations, recommended, refactoring, seizures, semicolons, steroids, suicidal, summaries
    summarise, summarize, summary, symptoms, tachycardia, thrombocytopenia, thrombosis, titrate
    titration, translate, translating, translation, translations, vaccination, vaccine, vaccines
    vulnerabilities, vulnerability, weaknesses, wheeze
"""
