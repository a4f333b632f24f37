"""A course is pinned to an adopted version, has a day of review, and ends with a reason."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied

from serein.clinical.errors import InputError, UnknownContentError
from serein.server.audit.models import Event
from serein.server.courses.actions import NotAdoptedError, adopt_content, end_course
from serein.server.courses.models import Course
from serein.server.ids import new_id
from serein.server.patients.errors import ConfirmError
from tests.server.treatment.day import adopt, new_course, new_patient


@pytest.fixture
def start(clinic, patient, lind, now):
    adopt(clinic, by=lind, now=now)

    def begin(someone=None, **words):
        return new_course(someone or patient, **{"by": lind, "now": now, **words})

    return begin


def test_a_course_is_pinned_to_its_version_and_begins_on_the_clinics_own_day(start, lind):
    course = start()

    assert (course.protocol_id, course.protocol_version) == ("esketamine-trd-us", 1)
    assert (course.started_on, course.prescriber) == (date(2025, 10, 14), lind)


def test_a_course_of_a_version_nobody_adopted_is_not_started(patient, lind, now):
    with pytest.raises(NotAdoptedError, match="not adopted here as it stands"):
        new_course(patient, by=lind, now=now)

    assert not Course.objects.exists()


def test_a_questionnaire_is_no_course(start):
    with pytest.raises(UnknownContentError, match="no protocol is called 'phq-9'"):
        start(protocol_id="phq-9")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"review_on": None}, "Choose the day"),
        ({"review_on": date(2025, 10, 14)}, "lies after the start"),
        ({"indication": " "}, "for what the course is given"),
        ({"earlier_sessions": -1}, "how many sessions"),
    ],
)
def test_a_course_that_lacks_something_is_refused_with_what_it_lacks(start, words, sentence):
    with pytest.raises(InputError, match=sentence):
        start(**words)


def test_a_patient_has_one_open_course_of_a_protocol(start):
    start()

    with pytest.raises(InputError, match="has an open course"):
        start()


def test_a_second_course_beside_another_is_asked_about_with_both_named(start, clinic, lind, now):
    start()
    adopt_content(clinic, by=lind, now=now, content_id="ketamine-iv", version=1)

    with pytest.raises(ConfirmError) as question:
        start(protocol_id="ketamine-iv")

    assert question.value.may_be_confirmed == (
        "Rita Nowak is treated with esKETAMINE nasal spray (Spravato) for Treatment-resistant"
        " depression since 14 Oct 2025; this course of racemic KETAMINE for infusion would run"
        " beside it"
    )
    assert start(protocol_id="ketamine-iv", is_confirmed=True).protocol_id == "ketamine-iv"


def test_the_same_request_starts_one_course(start):
    entry = new_id()

    assert start(id=entry) == start(id=entry)
    assert Event.objects.filter(verb="courses.start").count() == 1


def test_an_id_that_started_somebody_elses_course_is_refused(start, clinic, now):
    first = start()

    with pytest.raises(InputError, match="sent before"):
        start(new_patient(clinic, now=now, name="Bello"), id=first.id)


def test_the_prescriber_of_a_course_is_one(start, alvarez):
    with pytest.raises(InputError, match="no prescriber at this clinic"):
        start(prescriber=alvarez)


def test_nurses_and_owen_start_no_course_here(start, alvarez, owen):
    for nobody in (alvarez, owen):
        with pytest.raises(PermissionDenied):
            start(by=nobody)  # new_course() is start_course() with an ordinary day's words

    assert not Course.objects.exists()


def test_a_course_ends_once_with_its_reason(start, lind, now):
    course = start()
    with pytest.raises(InputError, match="why the course ends"):
        end_course(course, by=lind, now=now, reason="")
    ended = end_course(course, by=lind, now=now, reason="remission")
    end_course(course, by=lind, now=now, reason="again")

    assert (ended.ended_on, ended.end_reason) == (date(2025, 10, 14), "remission")
    assert Event.objects.filter(verb="courses.end").count() == 1


def test_a_course_does_not_end_under_a_patient_in_the_chair(day, lind, now):
    with pytest.raises(InputError, match="in a chair"):
        end_course(day.session.course, by=lind, now=now, reason="moved away")


def test_owen_ends_no_course_here(start, owen, now):
    course = start()
    lines = Event.objects.count()

    with pytest.raises(PermissionDenied):
        end_course(course, by=owen, now=now, reason="mine")

    assert Event.objects.count() == lines


def test_no_course_is_started_for_somebody_who_died(start, patient):
    patient.died_on = date(2025, 1, 1)
    patient.save()

    with pytest.raises(InputError, match="Rita Nowak died on 1 Jan 2025"):
        start()


@pytest.fixture
def end(start, signed_in, server_clock):
    course = start()

    def send(person, **typed):
        return signed_in(person).post(f"/courses/{course.pk}/end/", typed)

    return send


def test_a_prescriber_ends_the_course_from_its_page(end, lind, signed_in):
    answer = end(lind, reason="remission")

    page = signed_in(lind).get(answer["Location"]).content.decode()
    assert "14 Oct 2025: remission" in page
    assert "End the course" not in page


def test_a_refused_end_says_why_and_keeps_what_was_typed(end, lind, alvarez, signed_in):
    answer = end(lind, reason="x" * 201)

    assert answer.status_code == 400
    assert "200 can be kept" in answer.content.decode()
    assert "x" * 201 in answer.content.decode()
    assert Course.objects.get().ended_on is None
    page = signed_in(alvarez).get(f"/courses/{Course.objects.get().pk}/").content.decode()
    assert "End the course" not in page


def test_nurses_and_owen_end_no_course_from_the_page(end, alvarez, owen):
    assert end(alvarez, reason="mine").status_code == 403
    assert end(owen, reason="mine").status_code == 404
    assert Course.objects.get().ended_on is None


def test_lists_call_a_course_by_its_protocols_title_or_by_its_id_when_the_file_is_gone(
    start, lind, signed_in
):
    course = start()
    pages = ("/courses/", f"/patients/{course.patient_id}/")
    prescriber = signed_in(lind)

    for page in pages:
        assert "Esketamine nasal spray, treatment" in prescriber.get(page).content.decode()

    Course.objects.update(protocol_id="our-own")
    for page in pages:
        assert "our-own, version 1" in prescriber.get(page).content.decode()
