"""What was given by weight and recorded wrongly: set right beside the wrong record."""

import pytest

from serein.clinical.errors import InputError
from serein.server.alerts.models import Alert
from serein.server.ids import new_id
from serein.server.patients.models import FactRow
from serein.server.treatment import actions, queries
from serein.server.treatment.actions.given import Right
from tests.server.treatment.weighed import vial, weighed_day


@pytest.fixture
def drip(patient, chair, alvarez, osei, lind, pym, clinic, now):
    day = weighed_day(patient, chair, nurse=alvarez, prescriber=lind, now=now, route="iv")
    day.ready(vial(clinic, by=pym, now=now), second=osei)
    day.start()
    return day


@pytest.fixture
def injected(patient, chair, alvarez, lind, pym, clinic, now):
    day = weighed_day(patient, chair, nurse=alvarez, prescriber=lind, now=now, route="im")
    lot = vial(clinic, by=pym, now=now)
    day.weigh()
    day.check()
    day.order_by_weight()
    day.give(35, lot=lot, site="left deltoid")
    return day


def correct(day, wrong, *, reason="typed wrongly", at=None, **right):
    return day.act(actions.correct_given, wrong=wrong, right=Right(**right), reason=reason, at=at)


def act_of(step):
    return FactRow.objects.get(code="infusion", value__step=step, replaced_by=None).id


def test_a_wrong_rate_is_set_right_and_counted_anew(drip):
    drip.later(10)
    correct(drip, act_of("start"), ml_per_h=75)
    assert drip.given_mg() == pytest.approx(75 / 6 * 0.3476, abs=0.01)
    assert FactRow.objects.filter(code="infusion").count() == 2, "the wrong one stays"
    assert Alert.objects.filter(rule="given-corrected", for_role="prescriber").exists()


def test_an_end_recorded_too_late_moves_the_two_hours(drip):
    drip.later(20)
    really = drip.now
    drip.later(10)
    drip.pump("stop", "nausea")
    correct(drip, act_of("stop"), at=really)
    seen = queries.reading(drip.session, now=drip.now)
    assert seen.last_dose_at == really


def test_an_act_that_was_never_done_is_taken_back(drip):
    drip.later(10)
    drip.pump("stop", "wrong chair")
    correct(drip, act_of("stop"), is_never=True)
    assert queries.reading(drip.session, now=drip.now).infusion.is_open


def test_a_correction_that_makes_the_pump_do_the_impossible_is_refused(drip):
    drip.later(10)
    drip.pump("stop", "nausea")
    with pytest.raises(InputError, match="correct that act first"):
        correct(drip, act_of("start"), is_never=True)
    assert not FactRow.objects.filter(code="infusion", replaces__isnull=False).exists()


def test_only_a_start_and_a_change_have_a_rate(drip):
    drip.later(10)
    drip.pump("stop", "nausea")
    with pytest.raises(InputError, match="has a rate to correct"):
        correct(drip, act_of("stop"), ml_per_h=10)


def test_a_dose_of_which_a_part_was_given_is_set_right(injected):
    wrong = FactRow.objects.get(code="dose").id
    correct(injected, wrong, outcome="partly", mg=20)
    kept = FactRow.objects.get(code="dose", replaces=wrong).value
    assert (kept["outcome"], kept["mg"], kept["amount"]) == ("partly", 20, 0.4)
    assert injected.given_mg() == 20


def test_a_dose_that_never_was_gives_its_order_back(injected):
    correct(injected, FactRow.objects.get(code="dose").id, outcome="never")
    seen = queries.reading(injected.session, now=injected.now)
    assert (seen.given_mg, seen.stage) == (0, "before-dose")
    assert seen.next_dose is not None
    assert seen.next_dose.mg == 35


@pytest.mark.parametrize(
    "right", [{"outcome": "vanished"}, {"outcome": "given", "mg": 0}, {"mg": -3}]
)
def test_a_dose_that_cannot_be_is_refused(injected, right):
    with pytest.raises(InputError):
        correct(injected, FactRow.objects.get(code="dose").id, **right)


def test_a_correction_says_what_was_wrong_and_is_made_once(drip):
    wrong = act_of("start")
    with pytest.raises(InputError, match="Say what was recorded wrongly"):
        correct(drip, wrong, ml_per_h=75, reason=" ")
    entry = new_id()
    for _ in range(2):
        drip.act(
            actions.correct_given, id=entry, wrong=wrong, right=Right(ml_per_h=75), reason="typed"
        )
    assert FactRow.objects.filter(code="infusion").count() == 2
    with pytest.raises(InputError, match="corrected already"):
        correct(drip, wrong, ml_per_h=80)
    with pytest.raises(InputError, match="not of this session"):
        correct(drip, FactRow.objects.get(code="preparation").id, ml_per_h=80)
