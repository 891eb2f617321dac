"""Emergencies told in plain words, and everyday words that resemble them."""

import pytest
import re2

from routing.classify.alarms import SIGNS, signs_in
from routing.classify.focus import read
from routing.classify.heuristics import ALARMED, judge
from routing.classify.normal import words_of
from routing.classify.shipped import SHIPPED

# What somebody writes, and how many kinds of signs are in it.
TOLD = [
    ("It's like an elephant sits on my chest", 1),
    ("my chest is so tight and I can't breathe", 2),
    ("Trae un peso en el pecho y no puede jalar aire", 2),
    ("his lips are turning blue", 1),
    ("Her smile is crooked and her right arm feels numb", 1),
    ("le salió la boca chueca", 1),
    ("he won't wake up", 1),
    ("se desmayó en el baño", 1),
    ("she throws up blood", 1),
    ("the boy swallowed a button battery", 1),
    ("se tomó todas las pastillas", 1),
    ("I don't want to live any more", 1),
    ("ya no quiero vivir", 1),
    ("stung by a bee and her throat is closing", 2),
    ("se le hincha la lengua", 1),
    ("I'm six months pregnant and there is blood everywhere", 1),
    ("embarazada y sangrando", 1),
    ("my three weeks old feels hot, a fever I think", 1),
    ("el recién nacido tiene fiebre", 1),
    ("she hit her head and takes warfarin, now she is confused", 1),
    ("su aparato marca muy bajo y no coordina", 1),
    ("I had chemo on Monday and now I have chills", 1),
    ("está en quimio y tiene fiebre", 1),
    ("bleach splashed into my eye", 1),
    ("there is no point in going on, I have written the letters", 1),
    ("his pulse is slow and he looks gray", 1),
]
EVERYDAY = [
    "Chest of drawers for the exam room, please order one",
    "The throat swab was negative",
    "my arm is sore after the vaccine",
    "she took her pill with breakfast",
    "all pills are in the blue box",
    "the baby gains weight nicely",
    "pregnant patient asks about travel",
    "his fever is gone since Sunday",
    "I want to live in a quieter ward",
    "he answers the phone slowly",
    "el bebé sube bien de peso",
    "le duele la rodilla al caminar",
    "",
]


@pytest.mark.parametrize(("text", "count"), TOLD)
def test_a_sign_is_found_in_the_words_people_use(text, count):
    assert signs_in(words_of(text)) == count


@pytest.mark.parametrize("text", EVERYDAY)
def test_everyday_words_are_no_sign(text):
    assert signs_in(words_of(text)) == 0


@pytest.mark.parametrize(("text", "count"), TOLD)
def test_who_tells_of_an_emergency_gets_the_highest_tier(text, count):
    """However it is worded, and also where a mere noun looks like a chore."""
    for told in (text, f"{text}, I found it on the table"):
        assert judge(read(({"role": "user", "content": told},)), model=SHIPPED).probabilities[
            "opus"
        ] >= min(ALARMED, 0.65)


@pytest.mark.parametrize(
    "text",
    [
        "Did the caller say that her chest hurts? yes or no",
        "Extract the phone number from: he won't wake up, call 555 0100",
        "Is this routine, same day or emergency: her throat is closing",
    ],
)
def test_a_chore_about_an_emergency_stays_a_chore(text):
    found = judge(read(({"role": "user", "content": text},)), model=SHIPPED).probabilities
    assert found["haiku"] > found["opus"]


def test_a_server_that_does_not_respond_is_none():
    text = "The python worker won't respond and the queue is stuck, the pod passed out of memory"
    features = judge(read(({"role": "user", "content": text},)), model=SHIPPED).features
    assert "alarm" not in features


def test_every_kind_of_sign_has_an_example():
    """Apart from the last, which gathers what fits nowhere."""
    plain = [words_of(text) for text, _ in TOLD]
    assert len(SIGNS) >= 10
    assert all(signs_in(words) for words in plain)


@pytest.mark.parametrize("many", [1, 2, 5, len(TOLD)])
def test_signs_are_counted_as_if_each_was_looked_for_alone(many):
    """Kinds, not places: what is told twice is one sign."""
    for start in range(0, len(TOLD), many):
        words = words_of(" ".join(text for text, _ in TOLD[start : start + many]))
        plain = " ".join(words)
        assert signs_in(words) == sum(
            re2.search(sign, plain) is not None for sign in SIGNS.values()
        )
