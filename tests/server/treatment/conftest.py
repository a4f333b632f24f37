"""A patient in a chair, brought as far along the day as a test wants."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from serein.server import clock
from serein.server.accounts.models import Clinic, User
from serein.server.courses.models import Course
from serein.server.patients.models import Patient
from serein.server.supply.models import Lot
from serein.server.treatment.models import Chair
from tests.cast import SignIn
from tests.server.treatment.day import Day, adopt, new_course, new_patient, sit_down
from tests.server.treatment.weighed import WeighedDay, vial, weighed_day


@pytest.fixture
def patient(clinic: Clinic, now: datetime) -> Patient:
    return new_patient(clinic, now=now)


@pytest.fixture
def course(patient: Patient, lind: User, now: datetime) -> Course:
    adopt(patient.clinic, by=lind, now=now)
    return new_course(patient, by=lind, now=now)


@pytest.fixture
def chair(clinic: Clinic) -> Chair:
    return Chair.objects.create(clinic=clinic, number=1)


@pytest.fixture
def day(chair: Chair, course: Course, alvarez: User, lind: User, now: datetime) -> Day:
    return sit_down(chair, course, nurse=alvarez, prescriber=lind, now=now)


@pytest.fixture
def send(day: Day, signed_in: SignIn) -> Callable[..., Any]:
    """A form of the session's page, sent as a tablet sends it, at the day's own time."""

    def post(path: str, by: User | None = None, **typed: Any) -> Any:
        clock.set_to(day.now, frozen=True)
        words = {"entry": uuid.uuid4(), "patient": day.session.patient_id, **typed}
        return signed_in(by or day.nurse).post(f"/sessions/{day.session.pk}/{path}/", words)

    return post


@pytest.fixture
def drip(patient: Patient, chair: Chair, alvarez: User, lind: User, now: datetime) -> WeighedDay:
    """A visit by drip, seated."""
    return weighed_day(patient, chair, nurse=alvarez, prescriber=lind, now=now, route="iv")


@pytest.fixture
def lot(clinic: Clinic, pym: User, now: datetime) -> Lot:
    """A vial on the shelf."""
    return vial(clinic, by=pym, now=now)


@pytest.fixture
def ready(drip: WeighedDay, lot: Lot, osei: User) -> WeighedDay:
    """A visit whose bag was checked."""
    drip.ready(lot, second=osei)
    return drip
