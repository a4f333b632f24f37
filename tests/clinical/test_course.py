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
