"""History and medication trials are recorded once, by those who may, and corrected beside."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from serein.clinical.errors import InputError
from serein.server.audit.models import Event
from serein.server.eligibility.actions import correct_trial, record_history, record_trial
from serein.server.ids import new_id
from serein.server.patients.errors import ConfirmError
from serein.server.patients.models import FactRow
from serein.server.patients.queries import chart

SERTRALINE = {"drug": "sertraline", "dose_mg_per_day": 150, "weeks": 8, "outcome": "none"}


@pytest.fixture
def tell(patient, alvarez, now):
    def record(values=None, **words):
        asked = {"by": alvarez, "now": now, "id": new_id(), **words}
        return record_history(
            patient, values={"seizure-disorder": False} if values is None else values, **asked
        )

    return record


@pytest.fixture
def tried(patient, alvarez, now):
    def record(value=None, **words):
        asked = {"by": alvarez, "now": now, "id": new_id(), **words}
        return record_trial(patient, value=value or SERTRALINE, **asked)

    return record


def test_an_answer_is_a_fact_of_the_patient_and_of_no_visit(tell, patient, now):
    tell({"seizure-disorder": False, "weight": 70.5})

    row = FactRow.objects.get(code="weight")
    assert (row.patient, row.value, row.unit, row.encounter) == (patient, 70.5, "kg", None)
    assert row.effective_at == now
    [event] = Event.objects.all()
    assert (event.verb, event.details["codes"]) == (
        "patients.record_facts",
        ["seizure-disorder", "weight"],
    )


def test_what_was_so_on_an_earlier_day_is_dated_on_it(tell):
    [fact] = tell({"cardiovascular-event": True}, on=date(2025, 9, 1))

    assert fact.effective_at.date() == date(2025, 9, 1)


def test_the_same_form_sent_twice_is_stored_once(tell):
    entry = new_id()

    assert tell(id=entry) == tell(id=entry)
    assert FactRow.objects.count() == 1
    assert Event.objects.count() == 1


def test_the_same_form_with_other_answers_is_refused(tell):
    entry = new_id()
    tell(id=entry)

    with pytest.raises(InputError, match="saved before with something else"):
        tell({"seizure-disorder": True}, id=entry)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "at least one question"),
        ({"pregnancy.now": "perhaps"}, "Pregnant is one of"),
        ({"bp.systolic": 120}, "is not recorded here"),
        ({"trial": {"drug": "sertraline"}}, "is not recorded here"),
        ({"birth-date": "1980-01-01"}, "is not recorded here"),
    ],
)
def test_what_cannot_be_recorded_is_refused_with_a_sentence(tell, values, sentence):
    with pytest.raises(InputError, match=sentence):
        tell(values)

    assert not FactRow.objects.exists()


@pytest.mark.parametrize(
    ("day", "sentence"),
    [(date(2025, 10, 15), "has not come yet"), (date(1970, 1, 1), "before the birth date")],
)
def test_a_day_that_cannot_be_is_refused(tell, day, sentence):
    with pytest.raises(InputError, match=sentence):
        tell(on=day)


def test_an_unusual_number_is_asked_about_once(tell):
    with pytest.raises(ConfirmError, match="look again"):
        tell({"episode.months": 400})

    assert tell({"episode.months": 400}, is_confirmed=True)


@pytest.mark.parametrize("name", ["owen", "bray", "desk"])
def test_owen_the_biller_and_the_desk_record_nothing(tell, tried, request, name):
    nobody = request.getfixturevalue(name)
    for act in (tell, tried):
        with pytest.raises(PermissionDenied):
            act(by=nobody)

    assert not FactRow.objects.exists()
    assert not Event.objects.exists()


def test_a_trial_is_one_fact_and_one_line(tried, patient):
    entry = new_id()
    assert tried(id=entry) == tried(id=entry)

    assert [fact.value for fact in chart(patient).all("trial")] == [SERTRALINE]
    assert Event.objects.filter(verb="patients.record_facts").count() == 1


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ({"drug": ""}, "needs its part 'drug'"),
        ({"drug": "sertraline", "weeks": -1}, "cannot be -1"),
        ({"drug": "sertraline", "ended_on": "2100-01-01"}, "that day has not come yet"),
    ],
)
def test_a_trial_that_cannot_be_is_refused(tried, value, sentence):
    with pytest.raises(InputError, match=sentence):
        tried(value)


def test_the_same_trial_is_stored_twice_only_when_that_is_confirmed(tried, patient):
    tried()
    with pytest.raises(ConfirmError, match="on file already"):
        tried()

    assert tried(is_confirmed=True)
    assert len(chart(patient).all("trial")) == 2


def test_a_wrong_trial_is_corrected_beside_the_old_one(tried, patient, lind, now):
    wrong = FactRow.objects.get(id=tried().id)
    right = {**SERTRALINE, "weeks": 3}

    words = {"by": lind, "now": now + timedelta(minutes=1), "reason": "read from the wrong line"}
    correct_trial(wrong, id=new_id(), value=right, **words)

    assert [fact.value for fact in chart(patient).all("trial")] == [right]
    assert FactRow.objects.count() == 2
    assert Event.objects.filter(verb="patients.correct").count() == 1


def test_a_correction_without_a_reason_or_of_something_else_is_refused(tell, tried, lind, now):
    trial = FactRow.objects.get(id=tried().id)
    other = FactRow.objects.get(id=tell()[0].id)

    for row, reason, sentence in ((trial, " ", "Say why"), (other, "why", "no medication trial")):
        with pytest.raises(InputError, match=sentence):
            correct_trial(row, by=lind, now=now, id=new_id(), value=SERTRALINE, reason=reason)


def test_owen_corrects_no_trial_here(tried, owen, now):
    wrong = FactRow.objects.get(id=tried().id)

    with pytest.raises(PermissionDenied):
        correct_trial(wrong, by=owen, now=now, id=new_id(), value=SERTRALINE, reason="mine")

    assert FactRow.objects.count() == 1


def test_a_therapist_opens_no_gate_before_a_dose_from_here(tell, okafor):
    with pytest.raises(InputError, match="is asked before a dose; a nurse or the prescriber"):
        tell({"rems.enrolled": True, "seizure-disorder": False}, by=okafor)

    assert not FactRow.objects.exists()
    tell({"seizure-disorder": False}, by=okafor)
    tell({"rems.enrolled": True})


def test_the_benefit_is_said_by_a_prescriber_alone(tell, alvarez, lind):
    with pytest.raises(InputError, match="is the prescriber's to say"):
        tell({"benefit.judged": "some"}, by=alvarez)

    [fact] = tell({"benefit.judged": "some"}, by=lind)
    assert fact.value == "some"
