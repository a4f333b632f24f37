"""A patient in a chair, brought as far along the day as a test wants."""

from datetime import datetime

import pytest

from serein.server.accounts.models import Clinic, User
from serein.server.courses.models import Course
from serein.server.patients.models import Patient
from serein.server.treatment.models import Chair
from tests.server.treatment.day import Day, adopt, new_course, new_patient, sit_down


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
