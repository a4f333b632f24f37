"""A day on which racemic ketamine is given by weight, and the hands that bring it along."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from serein.server.accounts.models import Clinic, User
from serein.server.courses.actions import adopt_content
from serein.server.ids import new_id
from serein.server.patients.models import FactRow, Patient
from serein.server.supply.actions import add_lot
from serein.server.supply.models import Lot
from serein.server.treatment import actions, queries
from serein.server.treatment.actions.by_weight import ByWeight
from serein.server.treatment.actions.dose import Portion
from serein.server.treatment.models import Chair
from tests.server.treatment.day import ANSWERS, CALM, Day, new_course, sit_down

SAID = {
    **{code: value for code, value in ANSWERS.items() if not code.startswith(("rems", "nasal"))},
    "site.airway-clinician": True,
    "site.acls-clinician": True,
    "mania.current": False,
}
SAID.pop("site.certified")
Start = Callable[..., "WeighedDay"]


class WeighedDay(Day):
    """A session of racemic ketamine, weighed, ordered, prepared and given."""

    def weigh(self, weight_kg: float = 70, **words: Any) -> Any:
        """The patient on the scale."""
        return self.act(actions.weigh_patient, weight_kg=weight_kg, **words)

    def check(self, **changes: Any) -> None:
        """Answer every question before the dose; calm baseline readings."""
        asked = {ask.code for group in self.protocol.asks for ask in group.asks}
        answers = {code: value for code, value in SAID.items() if code in asked}
        self.act(actions.record_checks, answers={**answers, **changes})
        self.act(actions.record_vitals, values=CALM)

    @property
    def protocol(self) -> Any:
        """The protocol of the course."""
        return queries.reading(self.session, now=self.now).protocol

    def order_by_weight(self, mg_per_kg: float | None = 0.5, **words: Any) -> Any:
        """The prescriber's order in mg/kg; words of the weight beside it."""
        keys = ("method", "because", "is_confirmed")
        weighed = ByWeight(mg_per_kg, **{key: words.pop(key) for key in keys if key in words})
        return self.act(actions.sign_order, by=self.prescriber, weighed=weighed, **words)

    def prepare(self, lot: Lot, **words: Any) -> Any:
        """The bag, as the nurse works it out."""
        asked = {"lot": lot.id, "diluent_ml": 100, "minutes": 40}
        return self.act(actions.prepare_infusion, **{**asked, **words})

    def second_check(self, by: User, **words: Any) -> Any:
        """The second person's own numbers."""
        asked = {"prepared": newest_preparation(), "weight_kg": 70, "lot": "K100", "ml_per_h": 151}
        return self.act(actions.check_preparation, by=by, **{**asked, **words})

    def ready(self, lot: Lot, *, second: User) -> None:
        """Everything until the pump may be started."""
        self.weigh()
        self.check()
        self.order_by_weight()
        self.prepare(lot)
        self.second_check(second)

    def start(self, **words: Any) -> Any:
        """The pump started."""
        return self.act(actions.start_infusion, **{"ml_per_h": 151, **words})

    def pump(self, step: str, because: str = "as planned", **words: Any) -> Any:
        """Another act at the pump."""
        return self.act(actions.change_infusion, step=step, because=because, **words)

    def give(self, mg: float, number: int = 1, *, lot: Lot | None, **words: Any) -> Any:
        """A dose in mg."""
        keys = ("outcome", "site")
        asked = {"outcome": "given", **{key: words.pop(key) for key in keys if key in words}}
        portion = Portion(number=number, mg=mg, lot=lot.id if lot else None, **asked)
        return self.act(actions.record_dose, portion=portion, **words)

    def given_mg(self) -> float:
        """What has reached the patient by now, mg."""
        return queries.reading(self.session, now=self.now).given_mg


def newest_preparation() -> UUID:
    """The preparation made last."""
    found: UUID = FactRow.objects.filter(code="preparation").latest("recorded_at").id
    return found


def vial(clinic: Clinic, *, by: User, now: Any, number: str = "K100", **label: Any) -> Lot:
    """A vial of 50 mg/mL on the shelf."""
    asked = {
        "product": "ketamine",
        "unit": "mL",
        "strength_mg": 50,
        "expires_on": now.date() + timedelta(days=365),
    }
    return add_lot(clinic, by=by, now=now, id=new_id(), number=number, **{**asked, **label})


def weighed_day(
    patient: Patient, chair: Chair, *, nurse: User, prescriber: User, now: Any, route: str
) -> WeighedDay:
    """A patient in the chair for racemic ketamine by this route."""
    protocol_id = f"ketamine-{route}"
    adopt_content(patient.clinic, by=prescriber, now=now, content_id=protocol_id, version=1)
    words = {"protocol_id": protocol_id, "earlier_sessions": 2}
    course = new_course(patient, by=prescriber, now=now, **words)
    day = sit_down(chair, course, nurse=nurse, prescriber=prescriber, now=now)
    return WeighedDay(day.session, day.nurse, day.prescriber, day.now)


def ordered(day: Day) -> None:
    """Weighed, checked and ordered, with a vial on the shelf."""
    assert isinstance(day, WeighedDay)
    vial(day.session.clinic, by=day.nurse, now=day.now)
    day.weigh()
    day.check()
    day.order_by_weight()


def prepared(day: Day) -> None:
    """The bag prepared, by the prescriber."""
    ordered(day)
    assert isinstance(day, WeighedDay)
    day.prepare(Lot.objects.get(), by=day.prescriber)


def checked(day: Day) -> None:
    """The bag checked, by the nurse."""
    prepared(day)
    assert isinstance(day, WeighedDay)
    day.second_check(day.nurse)


def running(day: Day) -> None:
    """The pump running."""
    checked(day)
    assert isinstance(day, WeighedDay)
    day.start()
