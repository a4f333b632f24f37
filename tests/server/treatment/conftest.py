"""A patient in a chair, brought as far along the day as a test wants."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from serein.server.accounts.models import Clinic, User
from serein.server.courses.actions import adopt_content, start_course
from serein.server.courses.models import Course
from serein.server.ids import new_id
from serein.server.patients.models import Patient
from serein.server.treatment import actions
from serein.server.treatment.models import Chair, Session
from tests.server.treatment.day import ANSWERS, CALM


@pytest.fixture
def patient(clinic: Clinic, now: datetime) -> Patient:
    return Patient.objects.create(
        clinic=clinic,
        family_name="Nowak",
        given_name="Rita",
        born_on=date(1978, 3, 1),
        created_at=now,
    )


@pytest.fixture
def course(patient: Patient, lind: User, now: datetime) -> Course:
    adopt_content(patient.clinic, by=lind, now=now, content_id="esketamine-trd-us", version=1)
    return start_course(
        patient,
        by=lind,
        now=now,
        id=new_id(),
        protocol_id="esketamine-trd-us",
        protocol_version=1,
        indication="Treatment-resistant depression",
        review_on=date(2025, 12, 1),
        earlier_sessions=4,
    )


@pytest.fixture
def chair(clinic: Clinic) -> Chair:
    return Chair.objects.create(clinic=clinic, number=1)


@dataclass
class Day:
    """A session and the hands that bring it along."""

    session: Session
    nurse: User
    prescriber: User
    now: datetime

    def act(self, action: Callable[..., Any], *, by: User | None = None, **words: Any) -> Any:
        """One action of this session, at this day's time."""
        words.setdefault("id", new_id())
        return action(
            self.session,
            patient_id=self.session.patient_id,
            by=by or self.nurse,
            now=self.now,
            **words,
        )

    def later(self, minutes: float) -> None:
        """Let time pass."""
        self.now += timedelta(minutes=minutes)

    def check(self, **changes: Any) -> None:
        """Answer every question before the dose; calm baseline readings."""
        self.act(actions.record_checks, answers={**ANSWERS, **changes})
        self.act(actions.record_vitals, values=CALM)

    def order(self, dose_mg: int = 56) -> None:
        """The prescriber's order."""
        self.act(actions.sign_order, by=self.prescriber, dose_mg=dose_mg)

    def device(self, step: int, outcome: str = "given", **words: Any) -> Any:
        """One device."""
        return self.act(
            actions.record_device, step=step, outcome=outcome, **{"lot": "B12", **words}
        )

    def dose(self, dose_mg: int = 56) -> None:
        """Checks, order and every device with its rest."""
        self.check()
        self.order(dose_mg)
        for step in range(1, dose_mg // 28 + 1):
            self.device(step)
            self.later(5)


@pytest.fixture
def day(chair: Chair, course: Course, alvarez: User, lind: User, now: datetime) -> Day:
    session = actions.seat_patient(
        chair,
        course=course,
        by=alvarez,
        now=now,
        id=new_id(),
        identifiers=["name", "birth date"],
        is_call_device_shown=True,
    )
    return Day(session, alvarez, lind, now)
