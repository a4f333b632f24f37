"""Every box filled to its last letter is stored; one letter more is refused in a sentence.

The boxes of a session are in tests/server/treatment; PostgreSQL counts letters, SQLite does not.
"""

import pytest
from django.urls import reverse

from serein.clinical.errors import InputError
from serein.clinical.facts import Fact
from serein.server.accounts.models import User
from serein.server.alerts.models import Alert
from serein.server.courses.models import Course
from serein.server.eligibility.actions import correct_fact
from serein.server.ids import new_id
from serein.server.patients.actions import record_facts
from serein.server.patients.models import FactRow, Patient
from serein.server.treatment import actions
from serein.server.treatment.models import Chair, Session
from tests.server.treatment.conftest import chair, course, day, patient
from tests.server.treatment.day import CALM, adopt

__all__ = ["chair", "course", "day", "patient"]
# Two bytes each: a column is measured in letters.
REASON, INDICATION = "ö" * 400, "ö" * 200

pytestmark = pytest.mark.usefixtures("server_clock")


@pytest.fixture
def send(signed_in):
    def post(by, name, *of, **typed):
        address = reverse(name, args=of)
        return signed_in(by).post(address, {"entry": new_id(), **typed}).status_code

    return post


@pytest.fixture
def weight(patient, alvarez, now):
    fact = Fact(new_id(), "weight", 80.5, now, now, unit="kg")
    record_facts(patient, by=alvarez, now=now, facts=[fact], source="history")
    return FactRow.objects.get(id=fact.id)


def test_a_person_who_is_new_here(clinic, send, desk):
    mail = f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.org"
    typed = {
        "given_name": "ö" * 120,
        "family_name": "ü" * 120,
        "born_on": "1980-01-02",
        "sex": "other",
        "phone": "1" * 40,
        "number": "9" * 200,
    }

    assert send(desk, "register_patient", **typed, email=mail) == 302
    assert Patient.objects.get().email == mail
    longer = mail.replace("@", "@" + "e" * 10 + ".")
    assert send(desk, "register_patient", **{**typed, "number": "8"}, email=longer) == 400


def test_somebody_who_is_invited(send, owner):
    names = {"first_name": "ö" * 75, "last_name": "ü" * 75}
    username = "ä" * 150
    form = {"id": new_id(), "username": username, "roles": ["nurse"]}

    assert send(owner, "invite_person", **names, **form) == 200
    assert User.objects.get(username=username).last_name == "ü" * 75


def test_a_corrected_fact_and_why(send, weight, alvarez, now):
    assert send(alvarez, "correct_fact", weight.pk, value="81", reason=REASON) == 302
    assert FactRow.objects.get(replaces=weight).reason == REASON

    with pytest.raises(InputError, match="400 can be kept"):
        correct_fact(weight, by=alvarez, now=now, id=new_id(), value=82, reason=REASON + "ö")


def test_a_trial_and_its_correction(send, patient, lind):
    def unknown(letter: str) -> dict[str, str]:
        """A drug that nobody knows, looked at again."""
        drug = letter * 400
        hint = "it knows nothing like it"
        return {
            "drug": drug,
            "confirms": f"“{drug}” is not in the list of antidepressants; {hint}",
        }

    assert send(lind, "record_trial", patient.pk, **unknown("ö")) == 302
    trial = FactRow.objects.get(code="trial")
    assert send(lind, "correct_trial", trial.pk, **unknown("ü"), reason=REASON) == 302


def test_a_criterion_that_is_decided(send, patient, lind):
    asked = {"code": "hypertension.uncontrolled", "hypertension.uncontrolled": "yes"}
    assert send(lind, "record_history", patient.pk, **asked) == 302
    of = {"policy": "contraindications-ketamine", "rule": "hypertension"}
    assert send(lind, "decide_criterion", patient.pk, **of, reason=REASON) == 302


def test_a_course_and_its_end(send, patient, clinic, lind, now):
    adopt(clinic, by=lind, now=now)
    typed = {
        "protocol": "esketamine-trd-us v1",
        "indication": "another",
        "other_indication": INDICATION,
        "review_on": "2025-12-01",
        "earlier_sessions": 500,
        "unknown_because": "ö" * 400,
    }

    assert send(lind, "new_course", patient.pk, **typed) == 302
    course = Course.objects.get()
    assert course.indication == INDICATION
    assert send(lind, "end_course", course.pk, reason=INDICATION) == 302
    assert Course.objects.get().end_reason == INDICATION


def test_a_chair_a_seating_and_an_alert(send, chair, course, clinic, alvarez, lind, now):
    broken = Chair.objects.create(clinic=clinic, number=2)
    assert send(alvarez, "block_chair", broken.pk, reason="ö" * 120) == 302
    broken.refresh_from_db()
    assert broken.blocked_reason == "ö" * 120
    seated = {
        "course": course.pk,
        "identifiers": ["name", "document"],
        "is_call_device_shown": "on",
        "at": "09:30",
        "reason": "ö" * 300,
    }
    assert send(alvarez, "seat", chair.pk, **seated) == 302
    visit = Session.objects.get()
    actions.record_vitals(
        visit,
        patient_id=visit.patient_id,
        by=alvarez,
        now=now,
        id=new_id(),
        values={**CALM, "bp.systolic": 185},
    )
    alert = Alert.objects.get(rule="pressure-severe")
    said = {"resolution": REASON, "answered_by": lind.pk}
    assert send(alvarez, "resolve_alert", alert.pk, **said) == 302
    assert Alert.objects.get(pk=alert.pk).resolution == f"{lind}: {REASON}"
