"""Every invented patient's story could have happened, and no part of it contradicts another."""

import re
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import transaction

from serein.cli.demo import OPENS_AT
from serein.clinical.dosing import allowed_doses
from serein.clinical.schedule import phase_of, week_of
from serein.server.accounts.models import User
from serein.server.courses.models import Adoption, Course
from serein.server.courses.queries import protocol
from serein.server.demo import people
from serein.server.demo.actions import make_demo
from serein.server.patients.models import FactRow, Patient
from serein.server.supply.models import Lot
from serein.server.treatment import queries
from serein.server.treatment.floor.seating import seatable
from serein.server.treatment.models import Dose, Order, Session

IN_CHAIRS = (people.IN_CHAIR_1, people.IN_CHAIR_2, people.IN_CHAIR_3, people.IN_CHAIR_4)
TREATED = [one.family_name for one in (*IN_CHAIRS, people.LEFT_CHAIR_5, *people.EXPECTED)]
# Twice a week is Tuesday and Friday.
FEWEST_DAYS = 3
# Who has what a test is about; the rest have none of it, which is a test of its own.
NOT_YET_HERE = ["Mosciski", "Kihn", "Larson"]
VISITED = [name for name in TREATED if name not in NOT_YET_HERE]
MEASURED = ["Windler", "Harris", "Sanford"]
MEASURED_AGAIN = ["Harris", "Sanford"]
ON_MEDICINES = ["Beatty", "Kihn", "Larson"]
every_patient = pytest.mark.parametrize("name", TREATED)
who_was_here = pytest.mark.parametrize("name", VISITED)
# Names of the classes that every visit answers with no.
ASKED_ABOUT = re.compile(
    r"(pam|lam|zolpidem|codone|codeine|morphine|fentanyl|tramadol|phenidate|amfetamine"
    r"|amphetamine|phenelzine|selegiline|tranylcypromine)\b",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """Made once for the tests of this file, and taken back after them."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_demo(now=OPENS_AT)
        transaction.set_rollback(True)


@pytest.fixture
def course(demo, name):
    return Course.objects.select_related("clinic", "patient").get(
        clinic=demo, patient__family_name=name
    )


@pytest.fixture
def sessions(course):
    return list(Session.objects.filter(course=course).order_by("seated_at"))


def day_of(at, course):
    return at.astimezone(course.clinic.zone).date()


def test_nobody_else_has_a_course(demo):
    found = Course.objects.values_list("patient__family_name", flat=True)
    assert sorted(found) == sorted(TREATED)


def having(rows):
    """The family names of the patients of these rows."""
    return set(rows.values_list("patient__family_name", flat=True))


def totals():
    """The PHQ-9 totals that were taken here, outside a visit, oldest first."""
    rows = FactRow.objects.filter(code="phq-9.total", encounter=None)
    return rows.exclude(source__startswith="import").order_by("effective_at")


def test_whoever_has_visits_totals_and_medicines_is_named_in_this_file(demo):
    today = FactRow.objects.filter(code="medication", patient__family_name__in=TREATED)
    again = [name for name in MEASURED if totals().filter(patient__family_name=name).count() > 1]

    assert having(Session.objects.filter(clinic=demo)) == set(VISITED)
    assert having(totals()) & set(TREATED) == set(MEASURED)
    assert again == MEASURED_AGAIN
    assert having(today.filter(value__status="active")) == set(ON_MEDICINES)


@every_patient
def test_the_course_began_after_its_protocol_was_adopted_and_is_reviewed_after_today(course):
    adopted = Adoption.objects.get(clinic=course.clinic, content_id=course.protocol_id)

    assert day_of(adopted.adopted_at, course) <= course.started_on <= day_of(OPENS_AT, course)
    assert course.review_on > day_of(OPENS_AT, course)


@who_was_here
def test_the_course_began_on_or_before_the_day_of_its_first_session(course, sessions):
    assert course.started_on <= day_of(sessions[0].seated_at, course)


@every_patient
def test_the_number_that_is_shown_is_that_of_the_earlier_sessions_and_one(course, sessions):
    ended = [one for one in sessions if one.ended_at]
    counted = [one.number for one in sessions]
    alvarez = User.objects.get(username="alvarez")
    shown = {
        tile.session.course_id: tile.label
        for tile in queries.floor(alvarez, course.clinic, now=OPENS_AT)
        if tile.session
    } | {one.course.pk: one.session for one in seatable(alvarez, course.clinic, now=OPENS_AT)}

    first = course.earlier_sessions + 1
    assert counted == list(range(first, first + len(sessions)))
    assert shown[course.pk].startswith(f"session {course.earlier_sessions + len(ended) + 1} ")


@who_was_here
def test_every_session_lies_in_the_week_of_the_course_that_its_protocol_plans(course, sessions):
    of = protocol(course)
    days = [day_of(one.seated_at, course) for one in sessions]

    for on, one in zip(days, sessions, strict=True):
        assert (on - days[0]).days // 7 + 1 == week_of(phase_of(of, one.number), one.number)
    assert all((later - earlier).days >= FEWEST_DAYS for earlier, later in pairwise(days))


@who_was_here
def test_what_was_ordered_is_allowed_and_was_given_from_a_lot_that_held(course, sessions):
    of = protocol(course)
    lots = {lot.number: lot for lot in Lot.objects.filter(clinic=course.clinic)}
    assert Dose.objects.filter(session__in=sessions).exists()
    for one in sessions:
        orders = Order.objects.filter(session=one)
        given = list(Dose.objects.filter(session=one))
        known = queries.reading(one, now=one.ended_at or OPENS_AT).moment
        for order in orders:
            assert order.mg in allowed_doses(of, one.number, moment=known)
        if one.ended_at:
            assert sum(dose.dose_mg for dose in given) == orders.get().mg
        for dose in given:
            lot = lots[dose.lot]
            assert lot.product == "esketamine"
            assert lot.expires_on > day_of(dose.given_at, course)
            assert lot.closed_at is None or lot.closed_at > dose.given_at


@who_was_here
def test_an_escort_is_a_person_with_a_telephone(course):
    told = FactRow.objects.filter(patient=course.patient, code="transport.escort")
    assert told.exists()
    for escort in told.values_list("value", flat=True):
        assert re.fullmatch(r"[A-Z]\. [A-Z][a-z]+, \+1 555 01\d\d", escort), escort


@who_was_here
def test_benefit_is_judged_from_the_ninth_session_on(course, sessions):
    judged = FactRow.objects.filter(patient=course.patient, code="benefit.judged")

    assert sorted(day_of(fact.effective_at, course) for fact in judged) == [
        day_of(one.seated_at, course) for one in sessions if one.number >= 9
    ]


@every_patient
def test_nobody_of_them_is_recorded_as_dead(course):
    assert course.patient.died_on is None


@who_was_here
def test_the_answer_on_pregnancy_fits_the_person(course):
    patient = course.patient
    said = FactRow.objects.filter(patient=patient, code="pregnancy").values_list("value", flat=True)

    assert set(said) == ({"no"} if patient.sex == "female" else {"not-applicable"})


@pytest.mark.parametrize("name", ON_MEDICINES)
def test_no_medicine_on_file_is_of_a_class_that_is_answered_with_no(course):
    on_file = FactRow.objects.filter(patient=course.patient, code="medication")
    active = [one.value["text"] for one in on_file.filter(value__status="active")]

    assert active
    assert not [text for text in active if ASKED_ABOUT.search(text)]


@pytest.mark.parametrize("name", MEASURED)
def test_a_total_was_taken_before_the_course_and_every_other_after_it_began(course):
    ours = totals().filter(patient=course.patient)
    first, *later = [day_of(fact.effective_at, course) for fact in ours]

    assert first < course.started_on
    assert all(course.started_on < day for day in later)


@pytest.mark.parametrize("name", MEASURED_AGAIN)
def test_the_total_falls_after_the_course_began(course):
    first, *later = [fact.value for fact in totals().filter(patient=course.patient)]

    assert [first, *later] == sorted((first, *later), reverse=True)
    assert later[-1] < first


def test_nothing_is_written_at_night_on_a_weekend_or_ahead_of_the_day(demo):
    written = FactRow.objects.exclude(source__startswith="import")
    assert written.exists()
    for at in written.values_list("effective_at", flat=True):
        local = at.astimezone(demo.zone)
        assert at <= OPENS_AT
        assert local.weekday() < 5, at
        assert timedelta(hours=7) <= timedelta(hours=local.hour) < timedelta(hours=18), at


def test_sessions_given_elsewhere_are_told_on_the_chart_and_the_course(demo, signed_in):
    larson = Patient.objects.get(family_name="Larson")
    browser = signed_in(User.objects.get(username="alvarez"))

    for page in (f"/patients/{larson.pk}/", f"/courses/{larson.courses.get().pk}/"):
        text = browser.get(page).content.decode()
        assert "1 session was given elsewhere before the course began here." in text
