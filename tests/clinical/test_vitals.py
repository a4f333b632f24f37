"""What cannot be a reading is refused; what is unlikely is asked about once more."""

import pytest

from serein.clinical import library
from serein.clinical.vitals import weigh

DICTIONARY = library.load().dictionary


def concerns(**values):
    coded = {name.replace("__", ".").replace("_", "-"): value for name, value in values.items()}
    return weigh(coded, dictionary=DICTIONARY)


def test_an_ordinary_set_raises_no_concern():
    assert concerns(bp__systolic=128, bp__diastolic=82, heart_rate=76, spo2=98) == []


def test_swapped_pressures_cannot_be_a_reading_and_say_what_to_do():
    [concern] = concerns(bp__systolic=80, bp__diastolic=120)

    assert concern.kind == "impossible"
    assert "first number is the higher one" in concern.sentence


@pytest.mark.parametrize(
    ("given", "lacking"), [("systolic", "diastolic"), ("diastolic", "systolic")]
)
def test_half_a_pressure_names_the_missing_half(given, lacking):
    [concern] = weigh({f"bp.{given}": 90}, dictionary=DICTIONARY)

    assert f"{lacking} pressure is missing" in concern.sentence


def test_two_equal_pressures_cannot_be_a_reading():
    [concern] = concerns(bp__systolic=90, bp__diastolic=90)

    assert (concern.kind, "90/90 mmHg cannot be" in concern.sentence) == ("impossible", True)


@pytest.mark.parametrize(
    ("systolic", "diastolic", "words"),
    [
        (90, 81, ["90/81 mmHg lie unusually close together; measure again, or confirm"]),
        (90, 80, []),
        (180, 70, []),
        (181, 70, ["181/70 mmHg lie unusually far apart; measure again, or confirm"]),
    ],
)
def test_a_pulse_pressure_of_10_to_110_is_usual(systolic, diastolic, words):
    found = concerns(bp__systolic=systolic, bp__diastolic=diastolic)

    assert [concern.sentence for concern in found] == words


@pytest.mark.parametrize(
    ("systolic", "diastolic", "words"), [(90, 84, "close together"), (190, 60, "far apart")]
)
def test_pressures_unusually_near_or_far_are_asked_about(systolic, diastolic, words):
    [concern] = concerns(bp__systolic=systolic, bp__diastolic=diastolic)

    assert (concern.kind, words in concern.sentence) == ("unlikely", True)


@pytest.mark.parametrize("spo2", [101, 20, 97.5, True, float("nan")])
def test_what_is_no_saturation_is_refused(spo2):
    [concern] = concerns(spo2=spo2)

    assert concern.kind == "impossible"


@pytest.mark.parametrize(("code", "value"), [("heart_rate", 30), ("heart_rate", 190), ("spo2", 70)])
def test_an_unusual_value_is_asked_about_and_not_refused(code, value):
    [concern] = concerns(**{code: value})

    assert concern.kind == "unlikely"
    assert "measure again, or confirm it" in concern.sentence


def test_an_unusual_value_is_told_with_its_unit():
    [heart] = concerns(heart_rate=190)

    assert (
        heart.sentence == "Heart rate 190 /min is unusual; look again, measure again, or confirm it"
    )


@pytest.mark.parametrize("value", [40, 170])
def test_the_ends_of_what_is_usual_are_usual(value):
    assert concerns(heart_rate=value) == []
    assert concerns(heart_rate=value + (1 if value > 100 else -1)) != []


def test_an_impossible_half_is_not_paired_with_the_other():
    [concern] = concerns(bp__systolic=999, bp__diastolic=80)

    assert concern.codes == ("bp.systolic",)


def test_an_unlikely_sedation_does_not_exist_and_words_are_left_alone():
    assert concerns(sedation=0, dissociation="severe") == []
