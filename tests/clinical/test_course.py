from datetime import timedelta

from serein.clinical.course import course_of
from serein.clinical.facts import Chart
from tests.clinical.years import START, day, dose, known, seen


def course(*facts):
    return course_of(Chart.of(facts))


def test_the_course_starts_with_the_first_dose_and_not_with_the_chair():
    found = course(seen(-0.02), dose(0), dose(0.003), dose(3))

    assert found.start_at == START
    assert [each.dose_mg for each in found.givings] == [112, 56]
    assert found.givings[0].last_at == day(0.003)


def test_without_a_dose_there_is_no_course():
    assert course(known("weight", 70.0, 0)).start_at is None
    assert course(dose(0, outcome="failed"), dose(0, outcome="never")).givings == ()


def test_a_visit_from_elsewhere_counts_while_no_dose_is_on_record_before_it():
    assert course(seen(-7), dose(0)).start_at == day(-7)
    assert [each.first_at for each in course(dose(0), seen(7)).givings] == [START]
    assert course(seen(0)).givings[0].product == "esketamine-nasal"


def test_a_visit_that_ended_before_any_dose_is_none():
    ended = known("session.ended", {"ending": "not-dosed"}, -6.9)
    other = known("session.ended", {"ending": "not-dosed"}, 20)

    assert course(seen(-7), ended, dose(0)).start_at == START
    assert course(seen(-7), other, dose(0)).start_at == day(-7)
    assert course(seen(-7), known("session.ended", "left", -6.9)).start_at == day(-7)
    refused = dose(-7, outcome="refused")
    assert course(seen(-7), refused, dose(0)).start_at == START


def test_a_new_course_leaves_the_doses_of_the_old_one_out():
    old, new = dose(-400), dose(0)

    assert course(old, known("course.started-on", "2026-01-05", -1), new).start_at == START
    assert course(old, known("course.started-on", "in January", -1), new).start_at == day(-400)


def test_a_course_said_to_have_started_without_a_dose_starts_after_that_day():
    said = known("course.started-on", "2026-01-05", -1)
    found = course(said)

    assert found.start_at == START.replace(hour=0) + timedelta(days=1)
    assert (found.givings, found.evidence) == ((), (said,))


def test_a_dose_given_in_part_or_without_milligrams_is_not_known():
    assert course(dose(0), dose(0.01, outcome="partly")).givings[0].dose_mg is None
    assert course(dose(0, None)).givings[0].dose_mg is None
    assert course(dose(0, None, mg=28)).givings[0].dose_mg == 28
    assert course(known("dose", 40, 0)).givings[0].dose_mg is None


def test_the_last_giving_before_a_time_is_none_before_the_first():
    found = course(dose(0), dose(7))

    assert found.last_before(day(0)) is None
    last = found.last_before(day(8))
    assert last is not None
    assert last.first_at == day(7)


HOUR = 1 / 24


def test_doses_up_to_half_a_day_apart_are_of_one_visit_and_later_ones_of_another():
    assert len(course(dose(0), dose(12 * HOUR)).givings) == 1
    assert len(course(dose(0), dose(12.01 * HOUR)).givings) == 2
    assert len(course(dose(0), dose(10 * HOUR), dose(20 * HOUR)).givings) == 1, "each near the last"


def test_a_course_rests_on_its_first_dose_alone():
    first = dose(0)

    assert course(first, dose(0.01), dose(7)).evidence == (first,)


def test_the_last_giving_before_a_time_is_the_nearest_one():
    last = course(dose(0), dose(3), dose(7)).last_before(day(8))

    assert last is not None
    assert last.first_at == day(7)


def test_a_day_that_cannot_be_read_starts_no_course():
    assert course(known("course.started-on", "in January", -1)).start_at is None


def test_a_start_told_with_its_hour_is_of_that_day():
    assert course(known("course.started-on", "2026-01-05T10:00", -1)).start_at == day(10 * HOUR)


def test_a_dose_of_that_day_counts_wherever_the_day_begins_first():
    """5 January begins at noon UTC of the 4th on the islands where it begins first."""
    said = known("course.started-on", "2026-01-05", -1)
    for hours in (-26, -6, 0):
        found = course(said, dose(hours * HOUR))
        assert [each.first_at for each in found.givings] == [day(hours * HOUR)]
    assert course(said, dose(-26.1 * HOUR)).givings == ()


def test_a_visit_without_a_dose_after_one_with_doses_is_no_giving():
    with_chair = course(seen(-0.02), dose(0), seen(7))
    between = course(dose(0), seen(7), dose(14))

    assert [each.first_at for each in with_chair.givings] == [START]
    assert [each.first_at for each in between.givings] == [START, day(14)]


def test_a_visit_from_elsewhere_rests_on_its_first_seating():
    first = seen(0)

    assert course(first, seen(0.01)).givings[0].facts == (first,)


def test_an_end_without_a_dose_is_looked_for_within_half_a_day_of_the_last_seating():
    def ended(on):
        return known("session.ended", {"ending": "not-dosed"}, on)

    assert course(seen(-7), ended(-7)).givings == ()
    assert course(seen(-7), ended(-6.5)).givings == ()
    assert len(course(seen(-7), ended(-6.49)).givings) == 1
    assert course(seen(-7), seen(-6.6), ended(-6.45)).givings == ()


def test_a_visit_is_named_by_the_first_product_given_in_it():
    found = course(dose(0), dose(0.01, product="ketamine"))

    assert found.givings[0].product == "esketamine-nasal"


def pump(step, on_min, **value):
    return known("infusion", {"step": step, **value}, on_min / (24 * 60))


def test_an_infusion_is_a_giving_of_what_ran_in_between_its_start_and_its_end():
    start = pump("start", 0, rate_ml_per_h=60, mg_per_ml=1, product="ketamine")
    found = course(seen(-0.02), start, pump("pause", 10), pump("resume", 20), pump("stop", 40))

    [giving] = found.givings
    assert found.start_at == START
    assert (giving.product, giving.dose_mg) == ("ketamine", 30)
    assert giving.last_at == START + timedelta(minutes=40)


def test_what_an_infusion_gave_is_not_known_before_it_is_stopped():
    start = pump("start", 0, rate_ml_per_h=60, mg_per_ml=1, product="ketamine")

    assert course(start, pump("pause", 10)).givings[0].dose_mg is None


def test_a_start_that_there_was_not_and_acts_without_one_are_no_giving():
    assert course(pump("never", 0), pump("stop", 5)).givings == ()
    assert course(pump("never", 0), dose(0)).givings[0].dose_mg == 56


BAG = {"rate_ml_per_h": 60, "mg_per_ml": 1, "product": "ketamine"}


def test_an_act_at_the_pump_before_its_start_is_no_part_of_the_giving():
    given = course(pump("stop", -5), pump("start", 0, **BAG), pump("stop", 20)).givings[0]
    assert (given.first_at, given.dose_mg) == (START, 20)


def test_a_late_stop_makes_no_more_of_a_giving_than_its_bag_held():
    given = course(pump("start", 0, **BAG, dose_mg=35), pump("stop", 60)).givings[0]
    assert given.dose_mg == 35
