"""The session's page: its parts in the order of the day, its forms, and how the session stands."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render

from serein.clinical.criteria import UNMET, Finding
from serein.clinical.dosing import allowed_doses, dosing, paper_doses, replaceable_numbers
from serein.clinical.facts import Fact
from serein.clinical.monitoring import SessionReading
from serein.clinical.schedule import session_label
from serein.server.accounts.models import User
from serein.server.accounts.permissions import PERMISSIONS, has_left, may, read_roles
from serein.server.accounts.request import ClinicRequest
from serein.server.alerts import queries as alerts_of
from serein.server.alerts.models import Alert
from serein.server.courses.queries import protocol
from serein.server.ids import new_id
from serein.server.library import library
from serein.server.treatment import queries
from serein.server.treatment.actions import afterwards
from serein.server.treatment.actions.order import SIGNING
from serein.server.treatment.floor import acts, board
from serein.server.treatment.forms import coded, visit, weighed
from serein.server.treatment.forms.entries import PlainEntryForm
from serein.server.treatment.models import Ending, Order, Session
from serein.server.treatment.paper import chart, told
from serein.server.treatment.paper.corrections import corrections, in_sets
from serein.server.treatment.paper.ordered import outside
from serein.server.treatment.session import by_weight, correcting, questions, steps

# More would push the danger signs and the readings off the screen; the list has them all.
MOST_BANNERS = 3


@dataclass
class Refused:
    """A form that was sent back: what was typed, and the sentence that says why."""

    name: str
    form: forms.Form
    sentence: str = ""
    standing: list[Any] = field(default_factory=list)
    # The sentences about unlikely values that somebody may confirm, one on each line.
    confirms: str = ""
    # Of the questions before the dose: those refused while the others were stored.
    answers: Collection[str] = ()
    # Another hand recorded this very step: what was typed is done with.
    is_overtaken: bool = False
    # Which alert the form is about.
    about: UUID | None = None


def show(
    request: ClinicRequest, shown: Session, refused: Refused | None = None, *, status: int = 200
) -> HttpResponse:
    """The session as it stands now, with every act on it; or again, with what was refused."""
    known = queries.known(shown)
    reading = queries.read(shown, known, now=request.now)
    alerts = queries.all_alerts(shown)
    story = chart.story(shown, known, reading, alerts=alerts)
    corrected = corrections(shown, known, reasons=queries.reasons(shown))
    prescribers = alerts_of.prescribers(shown.clinic)
    listed = told.told(
        shown, _open(alerts), known=known, corrected=corrected, prescribers=prescribers
    )
    listed.sort(key=_calm_last)
    asked = request.GET.get("correct", "")
    made = _forms(shown, reading, refused)
    asks = made["checks"]
    assert isinstance(asks, coded.ChecksForm)
    context = {
        "session": shown,
        "patient": shown.patient,
        "reading": reading,
        "label": session_label(protocol(shown.course), shown.number),
        "refused": refused,
        "prescribers": prescribers,
        "alerts": listed,
        "is_calm": all(one.is_taken_back or one.is_past for one in listed),
        "banners": listed[:MOST_BANNERS],
        "more_alerts": len(listed[MOST_BANNERS:]),
        "readings": chart.reading_rows(story, corrected=corrected),
        "correcting": correcting.correcting(asked, refused, known=known),
        "retiming": correcting.retiming(shown, request.GET.get("time", ""), refused, known=known),
        "answered": correcting.answered(shown, known),
        "corrected": [one for one in in_sets(corrected) if one.fact.panel is None],
        "notes": chart.notes(known, now=request.now),
        "taps": chart.taps(known, now=request.now),
        "chart": chart.chart_svg(story),
        "forms": made,
        "questions": questions.groups(
            asks,
            reading,
            waiting=steps.holding_codes(reading),
            refused=_sent_back(refused),
            alerts=_open(alerts),
        ),
        **_standing(shown, known, reading, refused, alerts),
        **_offered(shown, known, reading),
        **by_weight.told(shown, reading, user=request.user),
    }
    return render(request, "treatment/session.html", context, status=status)


def _standing(
    shown: Session,
    known: list[Fact],
    reading: SessionReading,
    refused: Refused | None,
    alerts: list[Alert],
) -> dict[str, Any]:
    """How far the session is, what it shows first and what it folds."""
    tile = queries.Tile(shown.chair, shown, known, reading, _open(alerts))
    face = board.face(tile, observations=queries.observations())
    upcoming = reading.next_device
    is_resting = upcoming is not None and upcoming.ready_at and upcoming.ready_at > reading.at
    return {
        "steps": steps.steps(tile),
        "parts": steps.parts(tile, refused=steps.part_of(reading, refused)),
        "decided_in": steps.part_of(reading, refused),
        "due": steps.due_with_checks(reading),
        "is_contradicted": shown.ending == Ending.NOT_DOSED and reading.first_dose_at is not None,
        "end_marks": _end_marks(reading),
        "after_end": [
            ending
            for ending in reading.protocol.endings
            if afterwards.is_recorded_after_end(shown, ending.id)
        ],
        "met_gates": [gate for gate in reading.gates if gate.is_met],
        "in_the_way": acts.in_the_way(reading),
        "things_left": acts.things_left(tile),
        "calls_now": [one for one in tile.standing if one.urgency == "now"],
        "holding": tile.prescriber_calls,
        "met_releases": [one for one in reading.release.findings if one.is_met],
        "cautions": reading.cautions,
        "values": face.values,
        "act": face.act,
        "caption": face.caption,
        "stands": acts.before_device(reading),
        **_told_apart(acts.before_device(reading)),
        "rest_until": upcoming.ready_at if upcoming and is_resting else None,
        "ready_at": next(
            (
                fact.effective_at
                for fact in reading.moment.by_code.get("ready-to-leave", ())
                if fact.value is True
            ),
            None,
        ),
    }


def _told_apart(stands: list[Finding]) -> dict[str, list[Finding]]:
    """What was answered or measured and stands in the way, and what is only missing yet."""
    return {
        "shut": [one for one in stands if one.verdict is UNMET],
        "missing": [one for one in stands if one.verdict is not UNMET],
    }


def _sent_back(refused: Refused | None) -> Collection[str]:
    """Questions of which an answer was sent back: those refused, or all that were typed."""
    if refused is None or refused.name != "checks":
        return ()
    return refused.answers or refused.form.changed_data


def _end_marks(reading: SessionReading) -> str:
    """What was moved so that the end could be stored; empty when nothing was."""
    ended = reading.latest.get("session.ended")
    return str(ended.value.get("marks", "")) if ended and isinstance(ended.value, dict) else ""


def _calm_last(one: alerts_of.Told) -> int:
    """What calls, then what was in the visit, then what may follow, then what was a mistake."""
    if one.is_taken_back:
        return 3
    if one.alert.urgency == "follow-up":
        return 2
    return 1 if one.is_past else 0


def _open(alerts: list[Alert]) -> list[Alert]:
    return alerts_of.most_urgent_first(alert for alert in alerts if alert.resolved_at is None)


def _offered(shown: Session, known: Sequence[Fact], reading: SessionReading) -> dict[str, Any]:
    """What the forms offer to choose from."""
    of = protocol(shown.course)
    orders = list(queries.orders(shown))
    allowed = allowed_doses(of, shown.number, moment=reading.moment)
    return {
        "protocol": of,
        "orders": orders,
        "outside_orders": outside(orders, shown, known=known),
        **_without_prescriber(orders, shown),
        "doses": queries.doses(shown),
        "next_step": queries.next_step(shown),
        "already_entry": new_id(),
        "doses_mg": allowed,
        "paper_doses_mg": paper_doses(of, allowed=allowed),
        "replaceable": replaceable_numbers(dosing(of, reading.moment.by_code)),
        "observers": observers(shown),
        "danger": queries.observations().danger,
        "endings": of.endings,
    }


def _without_prescriber(orders: Sequence[Order], shown: Session) -> dict[str, set[UUID]]:
    """Orders still to be signed whose prescriber may not sign here any more, or has left."""
    owed = [order for order in orders if order.signed_at is None]
    if owed:
        read_roles([order.prescriber for order in owed])
    gone = [one for one in owed if not may(one.prescriber, SIGNING, at=shown.clinic)]
    left = {one.id for one in gone if has_left(one.prescriber, at=shown.clinic)}
    return {"orders_to_sign_in_place": {one.id for one in gone}, "orders_of_who_left": left}


def observers(shown: Session) -> list[User]:
    """Who may watch a device, and so be named for one that was given earlier."""
    return list(
        User.objects.filter(
            memberships__clinic=shown.clinic,
            memberships__role__in=PERMISSIONS["treatment.record_device"],
            is_active=True,
        ).distinct()
    )


def _forms(
    shown: Session, reading: SessionReading, refused: Refused | None
) -> dict[str, forms.Form]:
    """A fresh form of each kind; the one that was sent back keeps what was typed."""
    made = {name: make(shown, None, reading.latest) for name, make in MAKERS.items()}
    if refused is None or refused.is_overtaken:
        return made
    if refused.answers:
        # The rest was stored: the form shows what stands now, and of this hand only what does not.
        typed = {code: refused.form[code].value() for code in refused.answers}
        made[refused.name].initial.update(typed)
    elif refused.name in made:
        made[refused.name] = refused.form
    return made


Latest = Mapping[str, Fact]
Maker = Callable[[Session, Any, Latest], forms.Form]


def form(name: str, shown: Session, typed: Any) -> forms.Form:
    """The form of this name with what was typed into it."""
    return MAKERS[name](shown, typed, {})


def _initial(shown: Session) -> dict[str, Any]:
    return {"entry": new_id(), "patient": shown.patient_id}


def _plain(kind: type[forms.Form]) -> Maker:
    def make(shown: Session, typed: Any, _latest: Latest) -> forms.Form:
        return kind(typed, initial=_initial(shown))

    return make


def _checks(shown: Session, typed: Any, latest: Latest) -> forms.Form:
    known = {code: fact for code, fact in latest.items() if isinstance(fact.value, bool | str)}
    answered = {
        code: ("yes" if fact.value else "no") if isinstance(fact.value, bool) else fact.value
        for code, fact in known.items()
    }
    seen = {coded.SEEN + code: fact.id for code, fact in known.items()}
    return coded.ChecksForm(
        typed,
        initial={**answered, **seen, **_initial(shown)},
        protocol=protocol(shown.course),
        dictionary=library().dictionary,
    )


def _order(shown: Session, typed: Any, _latest: Latest) -> forms.Form:
    is_by_weight = protocol(shown.course).limits is not None
    kind = weighed.WeighedOrderForm if is_by_weight else visit.OrderForm
    return kind(typed, initial=_initial(shown))


def _vitals(shown: Session, typed: Any, _latest: Latest) -> forms.Form:
    return coded.VitalsForm(
        typed,
        initial=_initial(shown),
        observations=queries.observations(),
        dictionary=library().dictionary,
    )


MAKERS: dict[str, Maker] = {
    "checks": _checks,
    "vitals": _vitals,
    "danger": _plain(visit.DangerForm),
    "note": _plain(visit.NoteForm),
    "stop": _plain(visit.StopForm),
    "decision": _plain(visit.DecisionForm),
    "order": _order,
    "weigh": _plain(weighed.WeightForm),
    "prepare": _plain(weighed.PreparationForm),
    "second": _plain(weighed.SecondCheckForm),
    "start": _plain(weighed.StartForm),
    "pump": _plain(weighed.PumpForm),
    "dose": _plain(weighed.DoseForm),
    "correct_given": _plain(weighed.GivenCorrectionForm),
    "cosign": _plain(visit.CosignForm),
    "device": _plain(visit.DeviceForm),
    "release": _plain(visit.ReleaseForm),
    "end": _plain(visit.EndForm),
    "correct": _plain(visit.CorrectionForm),
    "correct_time": _plain(visit.TimeForm),
    "correct_dose": _plain(visit.DoseCorrectionForm),
    "reopen": _plain(visit.ReopenForm),
    "ready": _plain(PlainEntryForm),
}
