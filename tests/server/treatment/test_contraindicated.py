"""What is written in the chart against the product stops the dose on the floor."""

import pytest

from serein.clinical.errors import InputError
from serein.server.audit.models import Event
from serein.server.eligibility.actions import record_history
from serein.server.ids import new_id
from serein.server.treatment import actions, queries
from serein.server.treatment.errors import GateError
from serein.server.treatment.models import Dose

SET = "contraindications-esketamine-us"


@pytest.fixture
def tell(day, lind):
    def told(**answers):
        values = {code.replace("__", "."): value for code, value in answers.items()}
        patient = day.session.patient
        record_history(patient, by=lind, now=day.now, id=new_id(), values=values)

    return told


def test_an_aneurysm_found_during_the_course_stops_the_device_and_nobody_decides_otherwise(
    day, tell, lind
):
    day.check()
    day.order()
    tell(history__aneurysm=True)

    with pytest.raises(GateError, match="No aneurysmal disease"):
        day.device(1)
    with pytest.raises(InputError, match="is never waived"):
        day.act(actions.decide, by=lind, rule=f"{SET}.aneurysm", reason="Small and old")
    assert not Dose.objects.exists()


def test_a_caution_of_the_chart_waits_for_the_prescribers_reason(day, tell, lind):
    day.check()
    day.order()
    tell(**{"substance-use__active": True})

    with pytest.raises(GateError, match="No active substance use disorder"):
        day.device(1)
    day.act(actions.decide, by=lind, rule=f"{SET}.substance-use", reason="Sober, seen weekly")
    assert day.device(1).outcome == "given"
    assert Event.objects.filter(verb="treatment.decide").count() == 1


def test_there_is_nothing_to_decide_where_nothing_is_recorded(day, lind):
    day.check()

    with pytest.raises(InputError, match="nothing is recorded against it"):
        day.act(actions.decide, by=lind, rule=f"{SET}.psychosis", reason="To be sure")


def test_what_stands_against_the_product_is_read_with_the_rest_in_no_more_statements(
    day, tell, django_assert_num_queries
):
    day.check()
    queries.reading(day.session, now=day.now)
    with django_assert_num_queries(4):
        queries.reading(day.session, now=day.now)
    tell(**{"history__aneurysm": True, "substance-use__active": True})
    with django_assert_num_queries(4):
        reading = queries.reading(day.session, now=day.now)
    assert len([one for one in reading.open_gates if one.id.startswith(SET)]) == 2


def test_an_inpatient_who_is_not_enrolled_may_be_given_the_dose(day, tell):
    day.check(**{"rems.enrolled": False})
    day.order()
    with pytest.raises(GateError, match="enrolled in the registry"):
        day.device(1)

    tell(episode__inpatient=True)
    assert day.device(1).outcome == "given"
