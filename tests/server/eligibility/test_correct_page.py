"""A correction is typed as it is said, shown as it was, and ends where it began."""

from datetime import timedelta

import pytest
from django.urls import reverse

from serein.clinical.facts import Fact
from serein.server.ids import new_id
from serein.server.patients.actions import record_facts
from serein.server.patients.models import FactRow
from tests.server.treatment.day import new_patient


@pytest.fixture
def browser(server_clock, signed_in, alvarez):
    return signed_in(alvarez)


@pytest.fixture
def fact(clinic, alvarez, now):
    patient = new_patient(clinic, now=now)

    def record(code, value, *, unit=None):
        at = now - timedelta(hours=1)
        one = Fact(new_id(), code, value, at, now, unit=unit)
        source = "import ito.json Observation/91887"
        record_facts(patient, by=alvarez, now=now, facts=[one], source=source)
        return FactRow.objects.get(id=one.id)

    return record


@pytest.fixture
def correct(browser):
    def send(wrong, **typed):
        asked = {"entry": new_id(), "reason": "read from the wrong line", **typed}
        return browser.post(reverse("correct_fact", args=[wrong.id]), asked)

    return send


def text(answer):
    return " ".join(answer.content.decode().split())


def test_the_struck_value_is_said_with_its_unit_and_a_short_source(browser, fact, correct):
    wrong = fact("weight", 110.03343560528461, unit="kg")
    correct(wrong, value="101")

    page = text(browser.get(reverse("patient", args=[wrong.patient_id]), {"tab": "readings"}))

    assert '<s class="soft">110 kg</s> <span class="soft small">import ito.json</span>' in page
    assert "110.0334" not in page
    assert "Observation/91887" not in page


@pytest.mark.parametrize("typed", ["99.5 kg", "99,5kg", " 99.5 KG ", "99.5"])
def test_the_right_unit_may_stand_behind_the_number(fact, correct, typed):
    wrong = fact("weight", 110, unit="kg")

    assert correct(wrong, value=typed).status_code == 302
    assert FactRow.objects.get(replaces=wrong).value == 99.5


@pytest.mark.parametrize("typed", ["6 months", "6 mo"])
def test_the_ward_and_the_record_may_call_a_unit_differently(fact, correct, typed):
    wrong = fact("episode.months", 60, unit="mo")

    assert correct(wrong, value=typed).status_code == 302
    assert FactRow.objects.get(replaces=wrong).value == 6


@pytest.mark.parametrize(
    ("unit", "typed", "sentence"),
    [
        ("kg", "220 lb", "It is kept in kg, not in lb"),
        ("kg", "99.5 kg 3", "It is kept in kg, not in kg 3"),
        (None, "3 kg", "This value has no unit"),
        ("kg", "kg", "kg is not a number"),
        ("kg", "", "Type the right value"),
    ],
)
def test_another_unit_is_refused_by_its_name(fact, correct, unit, typed, sentence):
    wrong = fact("weight", 110, unit=unit)

    answer = correct(wrong, value=typed)

    assert answer.status_code == 400
    assert sentence in text(answer)
    assert FactRow.objects.count() == 1


def test_yes_and_no_are_buttons(browser, fact, correct):
    wrong = fact("glaucoma", True)

    page = text(browser.get(reverse("correct_fact", args=[wrong.id])))
    assert '<input type="radio" name="value" required value="no">' in page

    assert correct(wrong, value="no").status_code == 302
    assert FactRow.objects.get(replaces=wrong).value is False


def test_a_choice_is_picked_by_its_words(browser, fact, correct):
    wrong = fact("diagnosis", "ptsd")

    page = text(browser.get(reverse("correct_fact", args=[wrong.id])))
    assert '<b class="num">post-traumatic stress disorder</b>' in page
    assert '<option value="mdd">major depressive disorder</option>' in page
    assert "Select a valid choice" in text(correct(wrong, value="melancholy"))

    assert correct(wrong, value="mdd").status_code == 302
    assert FactRow.objects.get(replaces=wrong).value == "mdd"
    chart = text(browser.get(reverse("patient", args=[wrong.patient_id]), {"tab": "readings"}))
    assert "<b>major depressive disorder</b>" in chart


def test_a_correction_begun_in_eligibility_ends_there(browser, fact, correct):
    wrong = fact("glaucoma", True)
    there = reverse("eligibility", args=[wrong.patient_id], query={"policy": "trd-label-us"})

    page = text(browser.get(reverse("correct_fact", args=[wrong.id]), {"next": there}))

    assert f'name="next" value="{there}"' in page
    assert f'<a href="{there}">' in page
    assert correct(wrong, value="no", next=there)["Location"] == there


def test_a_correction_never_leads_to_another_house(fact, correct):
    wrong = fact("glaucoma", True)

    answer = correct(wrong, value="no", next="https://example.org/")

    assert answer["Location"] == reverse("patient", args=[wrong.patient_id]) + "?tab=readings"
