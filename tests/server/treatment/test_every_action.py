"""Each act of a session: it works, it is done once, it is refused to others, it leaves one line."""

from collections.abc import Iterable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db.models import Model

from serein.server.alerts.models import Alert
from serein.server.audit.models import Event
from serein.server.ids import new_id
from serein.server.patients.models import FactRow
from serein.server.treatment import actions
from serein.server.treatment.errors import SessionEndedError, WrongPatientError
from serein.server.treatment.models import Chair, Dose, Ending, Order, Session
from tests.server.treatment.acts import ACTS
from tests.server.treatment.day import sit_down
from tests.server.treatment.weighed import weighed_day


@pytest.fixture
def day(request, chair, patient, alvarez, lind, now):
    """The day of the act: of esketamine, or of racemic ketamine by the act's route."""
    act = request.node.callspec.params.get("act") if hasattr(request.node, "callspec") else None
    people = {"nurse": alvarez, "prescriber": lind}
    if act is not None and act.route:
        return weighed_day(patient, chair, now=now, route=act.route, **people)
    return sit_down(chair, request.getfixturevalue("course"), now=now, **people)


every_act = pytest.mark.parametrize("act", ACTS, ids=str)
TABLES: tuple[type[Model], ...] = (FactRow, Order, Dose, Session, Alert, Event, Chair)


def rows() -> dict[str, list[Any]]:
    """Everything the floor has written, as it stands."""
    return {
        table.__name__: list(table._default_manager.order_by("pk").values()) for table in TABLES
    }


@every_act
def test_an_act_leaves_one_line_of_who_did_what_to_whom_and_shows_on_every_screen(day, act):
    act.before(day)
    lines = Event.objects.count()
    version = Chair.objects.get().version

    act.do(day)

    line = Event.objects.latest("line")
    assert Event.objects.count() == lines + 1
    assert line.verb == f"treatment.{act.verb}"
    assert line.patient_id == day.session.patient_id
    assert line.by_id == (day.prescriber if act.by_prescriber else day.nurse).pk
    assert Chair.objects.get().version == version + 1


@every_act
def test_no_line_of_the_log_holds_a_name_or_what_somebody_wrote(day, act):
    act.before(day)
    act.do(day)

    words = str([line.details for line in Event.objects.all()])
    told = ("Nowak", "Rita", "Lind", "music", "usual for", "typed 128", "awake")
    assert [word for word in told if word in words] == []


@every_act
def test_an_act_sent_again_gives_its_first_result_and_writes_nothing(day, act):
    act.before(day)
    entry = new_id()
    # The words of the first sending: a correction names the value that was newest then.
    words = {**act.words(day), "id": entry}
    first = act.do(day, **words)
    stored = rows()
    day.later(1)

    again = act.do(day, **words)

    assert again == first
    assert rows() == stored


@every_act
def test_owen_of_the_other_clinic_is_turned_away_and_leaves_no_trace(day, act, owen):
    act.before(day)
    stored = rows()

    with pytest.raises(PermissionDenied):
        act.do(day, by=owen)

    assert rows() == stored


@every_act
def test_a_form_of_another_patient_is_refused_with_a_sentence(day, act):
    act.before(day)
    stored = rows()

    with pytest.raises(WrongPatientError, match="another patient"):
        act.do(day, patient_id=new_id())

    assert rows() == stored


@pytest.mark.parametrize("act", [one for one in ACTS if one.is_refused_after_the_end], ids=str)
def test_an_ended_session_takes_no_new_act(day, act):
    act.before(day)
    day.act(actions.end_session, kind="against-advice", told="Dr Lind", state="awake")
    day.later(1)
    stored = rows()

    with pytest.raises(SessionEndedError, match="ended"):
        act.do(day)

    assert rows() == stored


@pytest.mark.parametrize(
    "act",
    [one for one in ACTS if one.by_prescriber or one.verb in ("release", "record_device")],
    ids=str,
)
def test_a_monitor_takes_no_act_that_carries_a_dose_or_a_decision(day, act, morgan):
    act.before(day)

    with pytest.raises(PermissionDenied):
        act.do(day, by=morgan)


def test_every_action_of_a_session_is_in_the_table():
    tried = {act.action.__name__ for act in ACTS}
    elsewhere = {
        "seat_patient",
        "finish_cleaning",
        "block_chair",
        "unblock_chair",
        "add_chair",
        "rename_chair",
        "remove_chair",
        "return_chair",
        "acknowledge_alert",
        "resolve_alert",
        "raise_overdue",
    }
    assert tried | elsewhere == set(actions.__all__)


@pytest.mark.parametrize("kind", [one for one in Ending.values if one != Ending.RELEASED])
def test_an_end_is_never_called_release(day, kind):
    ended = day.act(actions.end_session, kind=kind, told="Dr Lind", state="awake", reason="unwell")

    assert ended.ending == kind
    assert _verbs() == {"treatment.end_session"}


def _verbs() -> set[str]:
    verbs: Iterable[str] = Event.objects.values_list("verb", flat=True)
    return {verb for verb in verbs if verb.startswith(("treatment.release", "treatment.end"))}
