"""Every act of a session, each ready to be tried: what comes before it, and what it is asked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from serein.server.patients.models import FactRow
from serein.server.supply.models import Lot
from serein.server.treatment import actions
from serein.server.treatment.actions.dose import Portion
from serein.server.treatment.actions.given import Right
from serein.server.treatment.models import Dose, Order
from serein.server.treatment.queries import reading
from tests.server.treatment import weighed
from tests.server.treatment.day import ANSWERS, CALM, Day

Words = dict[str, Any]
RELEASE = {
    "is_escort_seen": True,
    "is_acknowledged_by_patient": True,
    "is_acknowledged_by_escort": True,
}


def nothing(_day: Day) -> None:
    """Nothing need have happened."""


@dataclass(frozen=True)
class Act:
    """One action: its verb in the log, who does it, what must have happened, its words."""

    verb: str
    action: Callable[..., Any]
    words: Callable[[Day], Words]
    before: Callable[[Day], Any] = field(default=nothing)
    by_prescriber: bool = False
    is_refused_after_the_end: bool = True
    has_id: bool = True
    # The route of racemic ketamine; empty for a day of esketamine.
    route: str = ""

    def __str__(self) -> str:
        return self.action.__name__

    def do(self, day: Day, **words: Any) -> Any:
        """Do it, by the person whose act it is."""
        by = day.prescriber if self.by_prescriber else day.nurse
        if not self.has_id:
            return self.action(
                day.session,
                **{
                    "patient_id": day.session.patient_id,
                    "by": by,
                    "now": day.now,
                    **self.words(day),
                    **{key: value for key, value in words.items() if key != "id"},
                },
            )
        return day.act(self.action, **{"by": by, **self.words(day), **words})


def always(**words: Any) -> Callable[[Day], Words]:
    """The same words whatever the day."""
    return lambda _day: words


def high_pressure(day: Day) -> None:
    """A baseline that only the prescriber can pass."""
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 152})


def telephone(day: Day) -> None:
    """An order by telephone, still to be signed."""
    day.act(actions.take_telephone_order, dose_mg=56, prescriber=day.prescriber, is_read_back=True)


def ready(day: Day) -> None:
    """Everything in order for the first device."""
    day.check()
    day.order()


def well(day: Day) -> None:
    """Two hours after the last device, and well."""
    day.dose()
    day.watch()


def systolic(day: Day) -> Words:
    """The newest systolic reading is corrected."""
    wrong = reading(day.session, now=day.now).latest["bp.systolic"].id
    return {"wrong": wrong, "value": 131, "reason": "typed 128 for 131"}


def measured_late(day: Day) -> None:
    """A set of readings ten minutes into the visit."""
    day.later(10)
    day.act(actions.record_vitals, values=CALM)


def earlier(day: Day) -> Words:
    """The newest set was taken four minutes before."""
    wrong = reading(day.session, now=day.now).latest["bp.systolic"]
    at = wrong.effective_at - timedelta(minutes=4)
    return {"wrong": wrong.id, "at": at, "reason": "read from the wrong clock"}


def given(day: Day) -> None:
    """The first device given."""
    ready(day)
    day.device(1)


def first_device(day: Day) -> Words:
    """The first device's lot is corrected."""
    wrong = Dose.objects.get(session=day.session, step=1, replaces=None).id
    return {"wrong": wrong, "outcome": "given", "lot": "B99", "reason": "typed 128 for 99"}


def gone(day: Day) -> None:
    """The visit ended, by mistake as it turns out."""
    day.act(actions.end_session, kind="against-advice", told="Dr Lind", state="awake")


ACTS = [
    Act("record_checks", actions.record_checks, always(answers=ANSWERS)),
    Act(
        "record_vitals", actions.record_vitals, always(values=CALM), is_refused_after_the_end=False
    ),
    Act(
        "record_danger_sign",
        actions.record_danger_sign,
        always(code="danger.seizure"),
        is_refused_after_the_end=False,
    ),
    Act(
        "add_note",
        actions.add_note,
        always(text="Listens to music"),
        is_refused_after_the_end=False,
    ),
    Act("record_observation", actions.mark_ready, always()),
    Act("stop_treatment", actions.stop_treatment, always()),
    Act(
        "decide",
        actions.decide,
        always(rule="baseline-pressure", reason="usual for this patient"),
        before=high_pressure,
        by_prescriber=True,
    ),
    Act(
        "correct_reading",
        actions.correct_reading,
        systolic,
        before=lambda day: day.act(actions.record_vitals, values=CALM),
        is_refused_after_the_end=False,
    ),
    Act(
        "correct_time",
        actions.correct_time,
        earlier,
        before=measured_late,
        is_refused_after_the_end=False,
    ),
    Act(
        "correct_dose",
        actions.correct_dose,
        first_device,
        before=given,
        is_refused_after_the_end=False,
    ),
    Act(
        "reopen_session",
        actions.reopen_session,
        always(reason="awake in the wrong chair"),
        before=gone,
        is_refused_after_the_end=False,
    ),
    Act("sign_order", actions.sign_order, always(dose_mg=56), by_prescriber=True),
    Act(
        "take_telephone_order",
        actions.take_telephone_order,
        lambda day: {"dose_mg": 56, "prescriber": day.prescriber, "is_read_back": True},
    ),
    Act(
        "cosign_order",
        actions.cosign_order,
        lambda day: {"order_id": Order.objects.get(session=day.session).id},
        before=telephone,
        by_prescriber=True,
        is_refused_after_the_end=False,
        has_id=False,
    ),
    Act(
        "record_device",
        actions.record_device,
        always(step=1, outcome="given", lot="B12"),
        before=ready,
    ),
    Act("weigh", actions.weigh_patient, always(weight_kg=70.5), route="iv"),
    Act(
        "prepare_infusion",
        actions.prepare_infusion,
        lambda _day: {"lot": Lot.objects.get().id, "diluent_ml": 100, "minutes": 40},
        before=weighed.ordered,
        route="iv",
    ),
    Act(
        "check_preparation",
        actions.check_preparation,
        lambda _day: {
            "prepared": weighed.newest_preparation(),
            "weight_kg": 70,
            "lot": "K100",
            "ml_per_h": 151,
        },
        before=weighed.prepared,
        route="iv",
    ),
    Act(
        "run_infusion",
        actions.start_infusion,
        always(ml_per_h=151),
        before=weighed.checked,
        route="iv",
    ),
    Act(
        "run_infusion",
        actions.change_infusion,
        always(step="stop", because="awake"),
        before=weighed.running,
        route="iv",
    ),
    Act(
        "record_dose",
        actions.record_dose,
        lambda _day: {"portion": Portion(1, "given", 35, Lot.objects.get().id, "left deltoid")},
        before=weighed.ordered,
        route="im",
    ),
    Act(
        "correct_dose",
        actions.correct_given,
        lambda _day: {
            "wrong": FactRow.objects.get(code="infusion", replaces=None).id,
            "right": Right(ml_per_h=150),
            "reason": "typed 151",
        },
        before=weighed.running,
        is_refused_after_the_end=False,
        route="iv",
    ),
    Act("release", actions.release_patient, always(**RELEASE), before=well),
    Act(
        "end_session",
        actions.end_session,
        always(kind="transfer", told="Dr Lind", state="awake"),
        is_refused_after_the_end=False,
    ),
]
