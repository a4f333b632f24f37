"""What an ordinary day answers and measures, and the hands that bring a session along it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from serein.server.accounts.models import Clinic, User
from serein.server.courses.actions import adopt_content, start_course
from serein.server.courses.models import Adoption, Course
from serein.server.ids import new_id
from serein.server.patients.models import Patient
from serein.server.treatment import actions
from serein.server.treatment.models import Chair, Dose, Session

ANSWERS = {
    "site.certified": True,
    "rems.enrolled": True,
    "site.prescriber-present": True,
    "site.pulse-oximeter": True,
    "consent.seen": True,
    "fasting.food": True,
    "fasting.fluids": True,
    "nasal-spray.clear": True,
    "transport.arranged": True,
    "transport.escort": "M. Nowak, +1 555 0123",
    "medicines.changed": False,
    "medicine.benzodiazepine": False,
    "medicine.sedative-hypnotic": False,
    "medicine.opioid": False,
    "medicine.psychostimulant": False,
    "medicine.maoi": False,
    "suicidal-thoughts": False,
    "psychosis": False,
    "urinary-symptoms": False,
    "ketamine-elsewhere": False,
    "pregnancy": "no",
}
CALM = {
    "bp.systolic": 128,
    "bp.diastolic": 82,
    "heart-rate": 76,
    "spo2": 98,
    "respiration": 14,
    "sedation": 5,
    "dissociation": "none",
    "breathing": "normal",
}
WELL = {**CALM, "bp.systolic": 126, "bp.diastolic": 80}


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
        words.setdefault("patient_id", self.session.patient_id)
        words.setdefault("now", self.now)
        return action(self.session, by=by or self.nurse, **words)

    def later(self, minutes: float) -> None:
        """Let time pass."""
        self.now += timedelta(minutes=minutes)

    def check(self, **changes: Any) -> None:
        """Answer every question before the dose; calm baseline readings."""
        self.act(actions.record_checks, answers={**ANSWERS, **changes})
        self.act(actions.record_vitals, values=CALM)

    def order(self, dose_mg: int = 56, **words: Any) -> Any:
        """The prescriber's order."""
        return self.act(actions.sign_order, by=self.prescriber, dose_mg=dose_mg, **words)

    def device(self, step: int, outcome: str = "given", **words: Any) -> Dose:
        """One device."""
        dose = self.act(
            actions.record_device, step=step, outcome=outcome, **{"lot": "B12", **words}
        )
        assert isinstance(dose, Dose)
        return dose

    def dose(self, dose_mg: int = 56) -> None:
        """Checks, order and every device with its rest."""
        self.check()
        self.order(dose_mg)
        for step in range(1, dose_mg // 28 + 1):
            self.device(step)
            self.later(5)

    def watch(self) -> None:
        """Observe after the dose, until the last check before the door."""
        self.later(35)
        self.act(actions.record_vitals, values=CALM)
        self.later(80)
        self.act(actions.record_vitals, values=WELL)

    def release(self, **words: Any) -> Any:
        """Let the patient go with the escort."""
        asked = {
            "is_escort_seen": True,
            "is_acknowledged_by_patient": True,
            "is_acknowledged_by_escort": True,
        }
        return self.act(actions.release_patient, **{**asked, **words})


def new_patient(clinic: Clinic, *, now: datetime, name: str = "Nowak") -> Patient:
    """Somebody to be treated."""
    return Patient.objects.create(
        clinic=clinic,
        family_name=name,
        given_name="Rita",
        born_on=date(1978, 3, 1),
        created_at=now,
    )


def adopt(clinic: Clinic, *, by: User, now: datetime) -> Adoption:
    """The protocol may be used at this clinic."""
    return adopt_content(clinic, by=by, now=now, content_id="esketamine-trd-us", version=1)


def new_course(patient: Patient, *, by: User, now: datetime, **words: Any) -> Course:
    """A course in which four sessions were given before."""
    asked: dict[str, Any] = {
        "protocol_id": "esketamine-trd-us",
        "protocol_version": 1,
        "indication": "Treatment-resistant depression",
        "review_on": date(2025, 12, 1),
        "earlier_sessions": 4,
        "unknown_because": "Asked on the day of the first visit",
    }
    return start_course(patient, by=by, now=now, **{"id": new_id(), **asked, **words})


def sit_down(
    chair: Chair, course: Course, *, nurse: User, prescriber: User, now: datetime, **words: Any
) -> Day:
    """The patient in the chair."""
    asked = {"identifiers": ["name", "birth date"], "is_call_device_shown": True}
    session = actions.seat_patient(
        chair, course=course, by=nurse, now=now, **{"id": new_id(), **asked, **words}
    )
    return Day(session, nurse, prescriber, now)
