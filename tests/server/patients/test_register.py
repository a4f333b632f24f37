"""A patient is registered once, and a wrong fact is corrected beside the old one."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from serein.clinical.errors import InputError
from serein.clinical.facts import Fact
from serein.server.audit.models import Event
from serein.server.eligibility.actions import correct_fact
from serein.server.ids import new_id
from serein.server.patients.actions import record_facts, register_patient
from serein.server.patients.errors import AlikeError
from serein.server.patients.models import FactRow, Patient
from serein.server.patients.queries import chart, search


def register(clinic, by, now, **changes):
    words = {
        "id": new_id(),
        "family_name": "Nowak",
        "given_name": "Rita",
        "born_on": date(1978, 3, 1),
        "identifiers": [("urn:mrn", "10021", "MRN")],
    }
    return register_patient(clinic, by=by, now=now, **{**words, **changes})


def test_a_registered_patient_is_found_by_name_number_and_birth_date(clinic, desk, lind, now):
    patient = register(clinic, desk, now)

    for asked in ({"words": "rit now"}, {"number": "10021"}, {"born_on": date(1978, 3, 1)}):
        assert list(search(lind, clinic, **asked)) == [patient]
    assert Event.objects.filter(verb="patients.register").count() == 1


def test_the_same_entry_twice_is_one_patient(clinic, desk, now):
    same = new_id()

    assert register(clinic, desk, now, id=same) == register(clinic, desk, now, id=same)
    assert Patient.objects.count() == 1


def test_a_number_that_names_somebody_here_is_refused(clinic, desk, now):
    register(clinic, desk, now)

    with pytest.raises(InputError, match="already names a patient"):
        register(clinic, desk, now, given_name="Rosa")


def test_a_birth_date_to_come_is_refused(clinic, desk, now):
    with pytest.raises(InputError, match="has not come yet"):
        register(clinic, desk, now, born_on=now.date() + timedelta(days=2))


def test_owen_of_the_other_clinic_registers_nobody_here(clinic, owen, now):
    with pytest.raises(PermissionDenied):
        register(clinic, owen, now)

    assert not Patient.objects.exists()


@pytest.fixture
def weighed(clinic, desk, alvarez, now):
    patient = register(clinic, desk, now)
    fact = Fact(id=new_id(), code="weight", value=700, unit="kg", effective_at=now, recorded_at=now)
    record_facts(patient, by=alvarez, now=now, facts=[fact], source="test")
    return FactRow.objects.get()


def test_a_corrected_fact_stands_beside_the_wrong_one(weighed, alvarez, now):
    lines = Event.objects.count()
    correct_fact(weighed, by=alvarez, now=now, value=70, reason="a nought too many", id=new_id())

    weight = chart(weighed.patient).latest("weight")
    assert weight is not None
    assert weight.value == 70
    assert FactRow.objects.count() == 2
    assert Event.objects.count() == lines + 1


def test_a_correction_needs_its_reason_and_happens_once(weighed, alvarez, now):
    with pytest.raises(InputError, match="Say why"):
        correct_fact(weighed, by=alvarez, now=now, value=70, reason=" ", id=new_id())
    correct_fact(weighed, by=alvarez, now=now, value=70, reason="typed wrong", id=new_id())
    with pytest.raises(InputError, match="corrected already"):
        correct_fact(weighed, by=alvarez, now=now, value=71, reason="no, 71", id=new_id())


def test_owen_corrects_nothing_here(weighed, owen, now):
    with pytest.raises(PermissionDenied):
        correct_fact(weighed, by=owen, now=now, value=70, reason="mine", id=new_id())

    assert FactRow.objects.count() == 1


def test_who_is_alike_is_refused_until_somebody_looked(clinic, desk, now):
    first = register(clinic, desk, now)

    with pytest.raises(AlikeError) as refusal:
        register(clinic, desk, now, identifiers=[])
    register(clinic, desk, now, identifiers=[], is_another=True)

    assert list(refusal.value.alike) == [first]
    assert Patient.objects.count() == 2


def test_who_was_born_today_by_the_clinics_wall_may_be_registered(clinic, desk, now):
    late = now.replace(hour=2)  # the evening before, at Main St

    with pytest.raises(InputError, match="has not come yet"):
        register(clinic, desk, late, born_on=late.date())
