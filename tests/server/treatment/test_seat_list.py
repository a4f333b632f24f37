"""Who may sit down is told apart by product and session; a form that is refused stays in place."""

from datetime import timedelta

import pytest

from serein.server import clock
from serein.server.courses.models import Course
from serein.server.treatment.floor.seating import seatable
from serein.server.treatment.models import Chair, Session
from tests.server.treatment.day import new_course, new_patient

pytestmark = pytest.mark.usefixtures("server_clock")


@pytest.fixture
def second_chair(clinic):
    return Chair.objects.create(clinic=clinic, number=2)


@pytest.fixture
def page(signed_in, alvarez, second_chair):
    def get(**words):
        return signed_in(alvarez).get(f"/seat/{second_chair.pk}/", **words).content.decode()

    return get


@pytest.fixture
def post(signed_in, alvarez, second_chair, course):
    def send(**typed):
        words = {
            "entry": "01890a5d-ac96-774b-bcce-b302099a8057",
            "course": course.pk,
            "identifiers": ["name", "document"],
            "is_call_device_shown": "on",
        }
        headers = typed.pop("headers", {})
        return signed_in(alvarez).post(
            f"/seat/{second_chair.pk}/", {**words, **typed}, headers=headers
        )

    return send


def ketamine(patient, *, by, now):
    """An open course of the other product beside the one there is."""
    return Course.objects.create(
        clinic=patient.clinic,
        patient=patient,
        protocol_id="ketamine-iv",
        protocol_version=1,
        indication="Treatment-resistant depression",
        prescriber=by,
        started_on=now.date(),
        review_on=now.date() + timedelta(days=60),
    )


def test_each_is_offered_with_product_and_session(course, page):
    told = page()

    assert "Nowak, Rita" in told
    assert "esKETAMINE nasal spray (Spravato), session 5 of 8, induction week 3" in told


def test_the_session_offered_is_the_one_that_seating_makes(course, page, post, day):
    day.dose()
    day.watch()
    day.release()
    day.later(60 * 72)
    clock.set_to(day.now, frozen=True)
    assert "session 6 of 8" in page()

    post()

    assert Session.objects.latest("seated_at").number == 6


def test_who_had_a_dose_today_is_last_and_says_when(day, page, lind, clinic):
    day.dose()
    day.watch()
    day.release()
    new_course(new_patient(clinic, now=day.now, name="Zito"), by=lind, now=day.now)
    clock.set_to(day.now, frozen=True)

    told = page()

    assert told.index("Zito, Rita") < told.index("Dosed today already") < told.index("Nowak, Rita")
    assert "dosed today 10:17" in told
    day.later(60 * 24)
    clock.set_to(day.now, frozen=True)
    assert "osed today" not in page()


def test_who_sits_is_offered_by_none_of_their_courses(day, page, lind):
    ketamine(day.session.patient, by=lind, now=day.now)

    assert "Nowak" not in page()


def test_two_open_courses_of_different_products_are_both_named(
    patient, course, lind, now, page, signed_in
):
    assert "Be sure which is meant" not in page()
    ketamine(patient, by=lind, now=now)

    for told in (page(), signed_in(lind).get(f"/patients/{patient.pk}/").content.decode()):
        assert "Be sure which is meant" in told
        assert "esKETAMINE nasal spray (Spravato)" in told
        assert "racemic KETAMINE for infusion" in told


def test_the_list_takes_as_many_statements_for_ten_as_for_one(
    course, clinic, alvarez, lind, now, django_assert_max_num_queries
):
    for count in range(9):
        new_course(new_patient(clinic, now=now, name=f"P{count}"), by=lind, now=now)

    with django_assert_max_num_queries(6):
        assert len(seatable(alvarez, clinic, now=now)) == 10


def test_a_time_to_come_is_refused_as_such(post):
    answer = post(at="14:00")

    assert answer.status_code == 400
    assert "That time has not come yet" in answer.content.decode()
    assert not Session.objects.exists()


def test_a_refused_seating_is_put_in_place_and_one_that_is_done_leaves_the_page(post, page):
    form = page().split("<form")[-1]
    assert "hx-post" in form
    refused = post(identifiers=["name"], headers={"HX-Request": "true"})
    assert refused.status_code == 400
    assert "Not seated" in refused.content.decode()

    done = post(headers={"HX-Request": "true"})

    assert done.headers["HX-Redirect"] == f"/sessions/{Session.objects.get().pk}/"
