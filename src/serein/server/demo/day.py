"""Acts written down first and done in the order of their times, as in a clinic that worked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from serein.server.accounts.models import Clinic, User
from serein.server.courses.models import Course
from serein.server.demo.people import InventedCourse
from serein.server.ids import new_id
from serein.server.treatment import actions
from serein.server.treatment.models import Chair, Session

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
    "pregnancy": "not-applicable",
}
JUDGED = {"benefit.judged": "some"}
# The questions speak of it from the ninth session on.
JUDGED_FROM_SESSION = 9


@dataclass
class Day:
    """A clinic, its hands, and what is to be done when."""

    clinic: Clinic
    now: datetime
    nurse: User
    second: User
    prescriber: User
    acts: list[tuple[datetime, int, Callable[..., Any]]] = field(default_factory=list)
    courses: dict[str, Course] = field(default_factory=dict)

    def at(self, minutes_ago: float) -> datetime:
        """The time so many minutes before the demo opens."""
        return self.now - timedelta(minutes=minutes_ago)

    def plan(self, when: datetime, act: Callable[..., Any]) -> None:
        """Do this at that time."""
        self.acts.append((when, len(self.acts), act))

    def live(self) -> None:
        """Do everything that was planned, earliest first."""
        for when, _order, act in sorted(self.acts, key=lambda one: one[:2]):
            act(now=when)
        self.acts.clear()


@dataclass
class Visit:
    """One session on its way: seated first, then each act at so many minutes before the opening."""

    day: Day
    chair: Chair
    invented: InventedCourse
    by: User
    session: Session | None = None

    def seat(self, minutes_ago: float) -> None:
        """The patient sits down."""
        self.day.plan(self.day.at(minutes_ago), self._seat)

    def act(self, action: Callable[..., Any], minutes_ago: float, **words: Any) -> None:
        """One act of the session at its own time."""
        self.day.plan(self.day.at(minutes_ago), partial(self._act, action, **words))

    def ask(self, minutes_ago: float, *, leaving_out: tuple[str, ...] = ()) -> None:
        """The questions before the dose."""
        answers = {**ANSWERS, "transport.escort": self.invented.escort, **self.invented.answers}
        asked = {code: value for code, value in answers.items() if code not in leaving_out}
        self.act(actions.record_checks, minutes_ago, answers=asked)
        self.day.plan(self.day.at(minutes_ago), self._judge)

    def measure(
        self,
        minutes_ago: float,
        systolic: int,
        diastolic: int,
        heart_rate: int,
        spo2: int,
        **more: Any,
    ) -> None:
        """One set of readings."""
        values = {
            "bp.systolic": systolic,
            "bp.diastolic": diastolic,
            "heart-rate": heart_rate,
            "spo2": spo2,
            "respiration": 14,
            "sedation": 5,
            "dissociation": "none",
            "breathing": "normal",
            **more,
        }
        self.act(actions.record_vitals, minutes_ago, values=values)

    def ready(self, first_ago: float, *, dose_mg: int) -> None:
        """Seated, asked, measured and ordered: ready for the first device."""
        self.seat(first_ago + 20)
        self.ask(first_ago + 16)
        self.measure(first_ago + 9, *self.invented.base)
        prescriber = self.day.prescriber
        self.act(actions.sign_order, first_ago + 5, by=prescriber, dose_mg=dose_mg)

    def device(self, minutes_ago: float, step: int, *, lot: str = "B1207") -> None:
        """One device given."""
        self.act(actions.record_device, minutes_ago, step=step, outcome="given", lot=lot)

    def release(self, minutes_ago: float) -> None:
        """The patient goes home with the escort."""
        self.act(
            actions.release_patient,
            minutes_ago,
            is_escort_seen=True,
            is_acknowledged_by_patient=True,
            is_acknowledged_by_escort=True,
        )

    def clean(self, minutes_ago: float) -> None:
        """The chair is free again."""
        clean = partial(actions.finish_cleaning, self.chair, by=self.by)
        self.day.plan(self.day.at(minutes_ago), clean)

    def _seat(self, *, now: datetime) -> None:
        self.session = actions.seat_patient(
            self.chair,
            course=self.day.courses[self.invented.family_name],
            by=self.by,
            now=now,
            id=new_id(),
            identifiers=["name", "birth date"],
            is_call_device_shown=True,
        )

    def _judge(self, *, now: datetime) -> None:
        assert self.session is not None, "a visit begins in the chair"
        if self.session.number >= JUDGED_FROM_SESSION:
            prescriber = self.day.prescriber
            self._act(actions.record_checks, now=now, by=prescriber, answers=JUDGED)

    def _act(self, action: Callable[..., Any], *, now: datetime, **words: Any) -> None:
        assert self.session is not None, "a visit begins in the chair"
        words.setdefault("by", self.by)
        action(self.session, patient_id=self.session.patient_id, now=now, id=new_id(), **words)
