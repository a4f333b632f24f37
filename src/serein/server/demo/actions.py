"""The invented clinic: its people, chairs, courses, and a day already under way.

Everything goes through the same doors as a real day, each act at its own time, so that the chart,
the alerts and the audit chain are those of a clinic that has worked since morning.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from serein.server.accounts.models import Clinic, Membership, Role, User
from serein.server.courses.actions import adopt_content, start_course
from serein.server.courses.models import Course
from serein.server.demo.people import MAIN_ST, OTHER_CLINIC, PASSWORD, PATIENTS, InventedPatient
from serein.server.ids import new_id
from serein.server.patients.actions import register_patient
from serein.server.treatment import actions
from serein.server.treatment.models import Chair, Session

__all__ = ["PASSWORD", "make_demo"]
PROTOCOL = "esketamine-trd-us"
CHAIRS = 6
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
    "transport.escort": "A. Friend, +1 555 0142",
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


def make_demo(*, now: datetime) -> Clinic:
    """Two invented clinics; at Main St four patients are in their chairs at `now`."""
    other = _clinic("Other Clinic", OTHER_CLINIC)
    Chair.objects.bulk_create(Chair(clinic=other, number=number) for number in range(1, 3))
    main = _clinic("Main St", MAIN_ST)
    chairs = [Chair(clinic=main, number=number) for number in range(1, CHAIRS + 1)]
    Chair.objects.bulk_create(chairs)
    day = Day(main, now)
    day.adopt()
    courses = [day.course(patient) for patient in PATIENTS]
    _observing(day, chairs[0], courses[0])
    _dosing(day, chairs[1], courses[1])
    _turning(day, chairs[2], courses[2])
    _arriving(day, chairs[3], courses[3])
    _left(day, chairs[4], courses[4])
    actions.block_chair(chairs[5], by=day.nurse, now=day.at(60), reason="pump recall")
    return main


def _clinic(name: str, people: tuple[tuple[str, str, str, tuple[Role, ...], bool], ...]) -> Clinic:
    clinic = Clinic.objects.create(
        name=name, phone_day="+1 555 0100", phone_night="+1 555 0199", is_invented=True
    )
    stand_in = User()
    stand_in.set_password(PASSWORD)
    for username, first, last, roles, is_director in people:
        user = User.objects.create(
            username=username, first_name=first, last_name=last, password=stand_in.password
        )
        for role in roles:
            Membership.objects.create(
                clinic=clinic, user=user, role=role, is_medical_director=is_director
            )
    return clinic


@dataclass
class Day:
    """The clinic, its hands, and how long ago something happened."""

    clinic: Clinic
    now: datetime

    def at(self, minutes_ago: float) -> datetime:
        """The time so many minutes before the demo opens."""
        return self.now - timedelta(minutes=minutes_ago)

    @property
    def nurse(self) -> User:
        """Who watches."""
        return User.objects.get(username="alvarez")

    @property
    def prescriber(self) -> User:
        """Who orders."""
        return User.objects.get(username="lind")

    def adopt(self) -> None:
        """The medical director's adoption, a month ago."""
        adopt_content(
            self.clinic,
            by=self.prescriber,
            now=self.now - timedelta(days=40),
            content_id=PROTOCOL,
            version=1,
        )

    def course(self, invented: InventedPatient) -> Course:
        """One patient with an open course."""
        began = self.now - timedelta(days=invented.days_in)
        patient = register_patient(
            self.clinic,
            by=self.nurse,
            now=began,
            id=new_id(),
            family_name=invented.family_name,
            given_name=invented.given_name,
            born_on=date(invented.born_in, 3, 1),
            identifiers=[("urn:demo:mrn", invented.record_number, "MRN")],
            is_invented=True,
        )
        return start_course(
            patient,
            by=self.prescriber,
            now=began,
            id=new_id(),
            protocol_id=PROTOCOL,
            protocol_version=1,
            indication="Treatment-resistant depression",
            review_on=(self.now + timedelta(days=45)).date(),
            earlier_sessions=invented.earlier_sessions,
        )

    def seat(self, chair: Chair, course: Course, *, minutes_ago: float) -> Session:
        """A patient sits down."""
        return actions.seat_patient(
            chair,
            course=course,
            by=self.nurse,
            now=self.at(minutes_ago),
            id=new_id(),
            identifiers=["name", "birth date"],
            is_call_device_shown=True,
        )

    def act(
        self,
        action: Callable[..., Any],
        session: Session,
        *,
        minutes_ago: float,
        by: User | None = None,
        **words: Any,
    ) -> None:
        """One act of the session at its own time."""
        action(
            session,
            patient_id=session.patient_id,
            by=by or self.nurse,
            now=self.at(minutes_ago),
            id=new_id(),
            **words,
        )

    def measure(
        self,
        session: Session,
        pressure: str,
        heart_rate: int,
        spo2: int,
        *,
        minutes_ago: float,
        **more: Any,
    ) -> None:
        """One set of readings."""
        systolic, diastolic = pressure.split("/")
        values = {
            "bp.systolic": int(systolic),
            "bp.diastolic": int(diastolic),
            "heart-rate": heart_rate,
            "spo2": spo2,
            "respiration": 14,
            "sedation": 5,
            "dissociation": "none",
            "breathing": "normal",
            **more,
        }
        self.act(actions.record_vitals, session, minutes_ago=minutes_ago, values=values)

    def ready(
        self,
        chair: Chair,
        course: Course,
        *,
        first_ago: float,
        dose_mg: int,
        base: tuple[str, int, int],
        **changes: Any,
    ) -> Session:
        """Seated, asked, measured and ordered: ready for the first device."""
        session = self.seat(chair, course, minutes_ago=first_ago + 20)
        answers = {**ANSWERS, **changes}
        self.act(actions.record_checks, session, minutes_ago=first_ago + 16, answers=answers)
        self.measure(session, *base, minutes_ago=first_ago + 9)
        self.act(
            actions.sign_order,
            session,
            minutes_ago=first_ago + 5,
            by=self.prescriber,
            dose_mg=dose_mg,
        )
        return session

    def device(
        self, session: Session, step: int, *, minutes_ago: float, lot: str = "B1207"
    ) -> None:
        """One device given."""
        self.act(
            actions.record_device,
            session,
            minutes_ago=minutes_ago,
            step=step,
            outcome="given",
            lot=lot,
        )


def _observing(day: Day, chair: Chair, course: Course) -> None:
    """Two minutes before the two hours are over."""
    session = day.ready(chair, course, first_ago=122.7, dose_mg=56, base=("124/80", 72, 98))
    day.device(session, 1, minutes_ago=122.7)
    day.device(session, 2, minutes_ago=117.67)
    day.measure(
        session, "148/90", 84, 97, minutes_ago=82, sedation=4, dissociation="mild", nausea="mild"
    )
    day.measure(session, "136/86", 80, 98, minutes_ago=45)
    day.measure(session, "128/82", 76, 98, minutes_ago=9)


def _dosing(day: Day, chair: Chair, course: Course) -> None:
    """Two of three devices given, the rest running."""
    session = day.ready(chair, course, first_ago=6.92, dose_mg=84, base=("131/84", 88, 97))
    day.device(session, 1, minutes_ago=6.92)
    day.device(session, 2, minutes_ago=1.92, lot="B1208")


def _turning(day: Day, chair: Chair, course: Course) -> None:
    """A pressure that has risen over its limit a minute ago."""
    session = day.ready(chair, course, first_ago=46.2, dose_mg=56, base=("138/86", 80, 97))
    day.device(session, 1, minutes_ago=46.2)
    day.device(session, 2, minutes_ago=41.2)
    day.measure(session, "162/97", 94, 96, minutes_ago=1, sedation=4, dissociation="moderate")


def _arriving(day: Day, chair: Chair, course: Course) -> None:
    """Just seated; the ride is not confirmed and nothing is measured yet."""
    session = day.seat(chair, course, minutes_ago=6)
    left_open = {"transport.arranged", "transport.escort", "pregnancy"}
    answers = {code: value for code, value in ANSWERS.items() if code not in left_open}
    day.act(actions.record_checks, session, minutes_ago=3, answers=answers)


def _left(day: Day, chair: Chair, course: Course) -> None:
    """Released four minutes ago; the chair is being cleaned."""
    session = day.ready(chair, course, first_ago=140, dose_mg=56, base=("126/78", 74, 98))
    day.device(session, 1, minutes_ago=140)
    day.device(session, 2, minutes_ago=134)
    day.measure(session, "139/84", 82, 97, minutes_ago=99, sedation=4, dissociation="mild")
    day.act(actions.mark_ready, session, minutes_ago=50)
    day.measure(session, "124/78", 72, 98, minutes_ago=8)
    day.act(
        actions.release_patient,
        session,
        minutes_ago=4,
        is_escort_seen=True,
        is_acknowledged_by_patient=True,
        is_acknowledged_by_escort=True,
    )
