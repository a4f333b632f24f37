"""The invented clinic: its people, chairs, patients, courses, and a day already under way.

Everything goes through the same doors as a real day, each act at its own time, so that the chart,
the alerts and the audit chain are those of a clinic that has worked for weeks. Patients come from
files, through the importer. The same `now` gives the same rows.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.contrib.auth.hashers import make_password

from serein.server.accounts.models import Clinic, Membership, User
from serein.server.courses.actions import adopt_content, start_course
from serein.server.demo.bundles import bundles
from serein.server.demo.day import Day, Visit
from serein.server.demo.people import (
    EXPECTED,
    HISTORIES,
    IN_CHAIR_1,
    IN_CHAIR_2,
    IN_CHAIR_3,
    IN_CHAIR_4,
    LEFT_CHAIR_5,
    MAIN_ST,
    OTHER_CLINIC,
    PASSWORD,
    SALT,
    SHELF,
    USED_UP,
    InventedCourse,
    InventedHistory,
    Person,
)
from serein.server.eligibility.actions import decide_criterion, record_history, record_trial
from serein.server.ids import ids_from, new_id
from serein.server.library import library
from serein.server.patients.models import Patient
from serein.server.supply.actions import add_lot, close_lot
from serein.server.transfer.actions import import_bundle
from serein.server.treatment import actions
from serein.server.treatment.models import Chair

__all__ = ["PASSWORD", "make_demo"]
CONTRAINDICATIONS = "contraindications-esketamine-us"
ADOPTED = (
    "esketamine-trd-us",
    "ketamine-iv",
    "ketamine-im",
    CONTRAINDICATIONS,
    "trd-label-us",
)
MONTH_DAYS = 30
CHAIRS = 6
OPENED_DAYS_AGO = 60
DAY_MIN = 24 * 60
# What is written before a day's first session, in minutes before the demo's own time of the day.
BEFORE_THE_DAY_MIN = 100
AFTERNOON_MIN = 4 * 60
LAST_VISITS_DAYS_AGO = 4


def make_demo(*, now: datetime) -> Clinic:
    """Two invented clinics; at Main St four patients are in their chairs at `now`."""
    with ids_from("demo"):
        since = now - timedelta(days=OPENED_DAYS_AGO)
        other = _clinic("Other Clinic", OTHER_CLINIC, since=since)
        Chair.objects.bulk_create(Chair(clinic=other, number=number) for number in range(1, 3))
        main = _clinic("Main St", MAIN_ST, since=since)
        chairs = [Chair(clinic=main, number=number) for number in range(1, CHAIRS + 1)]
        Chair.objects.bulk_create(chairs)
        nurse, second, prescriber = (_person(name) for name in ("alvarez", "osei", "lind"))
        day = Day(main, now, nurse, second, prescriber)
        _bring_in_patients(day, at=since)
        for content_id in ADOPTED:
            adopt_content(main, by=prescriber, now=since, content_id=content_id, version=1)
        _fill_shelf(day, at=since)
        for chair, expected in zip(chairs[1:], EXPECTED, strict=True):
            _come_later(day, chair, expected)
        for history in HISTORIES:
            _tell(day, history)
        _observing(_today(day, chairs[0], IN_CHAIR_1))
        _dosing(_today(day, chairs[1], IN_CHAIR_2))
        _turning(_today(day, chairs[2], IN_CHAIR_3))
        _arriving(_today(day, chairs[3], IN_CHAIR_4))
        _left(_today(day, chairs[4], LEFT_CHAIR_5))
        block = partial(actions.block_chair, chairs[5], by=nurse, reason="pump recall")
        day.plan(day.at(60), block)
        day.live()
    return main


def _clinic(name: str, people: Iterable[Person], *, since: datetime) -> Clinic:
    clinic = Clinic.objects.create(
        name=name, phone_day="+1 555 0100", phone_night="+1 555 0199", is_invented=True
    )
    password = make_password(PASSWORD, salt=SALT)
    for person in people:
        user = User.objects.create(
            username=person.username,
            first_name=person.first_name,
            last_name=person.last_name,
            password=password,
            date_joined=since,
        )
        for role in person.roles:
            Membership.objects.create(
                clinic=clinic, user=user, role=role, is_medical_director=person.is_medical_director
            )
    return clinic


def _fill_shelf(day: Day, *, at: datetime) -> None:
    pharmacist = _person("pym")
    for product, number, unit, strength_mg, months in SHELF:
        lot = add_lot(
            day.clinic,
            by=pharmacist,
            now=at,
            id=new_id(),
            product=product,
            number=number,
            unit=unit,
            strength_mg=strength_mg,
            expires_on=(at + timedelta(days=OPENED_DAYS_AGO + months * MONTH_DAYS)).date(),
        )
        if number == USED_UP:
            act = partial(close_lot, lot, by=pharmacist, reason="used up")
            day.plan(day.at(LAST_VISITS_DAYS_AGO * DAY_MIN - 2 * AFTERNOON_MIN), act)


def _person(username: str) -> User:
    return User.objects.get(username=username)


def _bring_in_patients(day: Day, *, at: datetime) -> None:
    for name, content in bundles():
        report = import_bundle(content, name=name, by=day.nurse, clinic=day.clinic, now=at)
        assert not report.is_refused, report.problems


def _start(day: Day, invented: InventedCourse) -> None:
    """The course, begun on the day of its first session here."""
    days_ago = invented.began_days_ago or max(days for days, _mg in invented.earlier)
    day.plan(day.at(days_ago * DAY_MIN + BEFORE_THE_DAY_MIN), partial(_begin, day, invented))


def _tell(day: Day, history: InventedHistory) -> None:
    """What was asked before the course: history, medication trials, totals of scales."""
    patient = _patient(day, history.given_name, history.family_name)
    asked_ago = history.days_ago * DAY_MIN + BEFORE_THE_DAY_MIN
    if history.answers:
        _tell_values(day, patient, asked_ago, history.answers)
    for number, value in enumerate(history.trials):
        act = partial(record_trial, patient, by=day.prescriber, id=new_id(), value=value)
        day.plan(day.at(asked_ago - 2 - number), act)
    for rule, reason in history.decided:
        of = library().shelf.item("policy", CONTRAINDICATIONS)
        words = {"of": of, "rule": rule, "reason": reason}
        act = partial(decide_criterion, patient, by=day.prescriber, id=new_id(), **words)
        day.plan(day.at(asked_ago - 10), act)
    for days_ago, code, total in history.totals:
        _tell_values(day, patient, days_ago * DAY_MIN + BEFORE_THE_DAY_MIN - 20, {code: total})


def _tell_values(day: Day, patient: Patient, minutes_ago: float, values: dict[str, Any]) -> None:
    act = partial(record_history, patient, by=day.prescriber, id=new_id(), values=values)
    day.plan(day.at(minutes_ago), act)


def _patient(day: Day, given_name: str, family_name: str) -> Patient:
    found = Patient.objects.select_related("clinic")
    return found.get(clinic=day.clinic, given_name=given_name, family_name=family_name)


def _begin(day: Day, invented: InventedCourse, *, now: datetime) -> None:
    day.courses[invented.family_name] = start_course(
        _patient(day, invented.given_name, invented.family_name),
        by=day.prescriber,
        now=now,
        id=new_id(),
        protocol_id=invented.protocol,
        protocol_version=1,
        indication="Treatment-resistant depression",
        review_on=(day.now + timedelta(days=45)).date(),
        earlier_sessions=invented.elsewhere,
        unknown_because="Told by the referring clinic, being written down",
    )


def _come_later(day: Day, chair: Chair, expected: InventedCourse) -> None:
    """The course and its earlier sessions, on afternoons; nobody of them is here yet today."""
    _start(day, expected)
    for days_ago, dose_mg in expected.earlier:
        visit = Visit(day, chair, expected, day.second)
        _earlier(visit, days_ago, dose_mg=dose_mg, later_min=AFTERNOON_MIN)


def _today(day: Day, chair: Chair, invented: InventedCourse) -> Visit:
    """Today's visit, after the course and its earlier sessions."""
    _start(day, invented)
    for days_ago, dose_mg in invented.earlier:
        _earlier(Visit(day, chair, invented, day.second), days_ago, dose_mg=dose_mg)
    return Visit(day, chair, invented, day.nurse)


def _earlier(visit: Visit, days_ago: int, *, dose_mg: int, later_min: int = 0) -> None:
    """A whole session on an earlier day, from the chair to the door."""
    first_ago = days_ago * DAY_MIN + 60.0 - later_min
    last_ago = first_ago - (10 if dose_mg == 84 else 5)  # noqa: PLR2004  three devices, not two
    systolic, diastolic, heart_rate, spo2 = visit.invented.base
    visit.ready(first_ago, dose_mg=dose_mg)
    for step in range(1, dose_mg // 28 + 1):
        visit.device(first_ago - 5 * (step - 1), step, lot="B1194")
    visit.measure(
        first_ago - 40,
        systolic + 14,
        diastolic + 8,
        heart_rate + 8,
        spo2 - 1,
        sedation=4,
        dissociation="mild",
    )
    visit.measure(last_ago - 80, systolic + 6, diastolic + 3, heart_rate + 4, spo2)
    visit.act(actions.mark_ready, last_ago - 85)
    visit.measure(last_ago - 118, systolic, diastolic, heart_rate, spo2)
    visit.release(last_ago - 122)
    visit.clean(last_ago - 132)


def _observing(visit: Visit) -> None:
    """Two minutes before the two hours are over."""
    visit.ready(122.7, dose_mg=56)
    visit.device(122.7, 1)
    visit.device(117.67, 2)
    visit.measure(82, 148, 90, 84, 97, sedation=4, dissociation="mild", nausea="mild")
    visit.measure(45, 136, 86, 80, 98)
    visit.measure(9, 128, 82, 76, 98)


def _dosing(visit: Visit) -> None:
    """Two of three devices given, the rest running."""
    visit.ready(6.92, dose_mg=84)
    visit.device(6.92, 1)
    visit.device(1.92, 2, lot="B1208")


def _turning(visit: Visit) -> None:
    """A pressure that has risen over its limit a minute ago."""
    visit.ready(46.2, dose_mg=56)
    visit.device(46.2, 1)
    visit.device(41.2, 2)
    visit.measure(1, 162, 97, 94, 96, sedation=4, dissociation="moderate")


def _arriving(visit: Visit) -> None:
    """Just seated; the ride is not confirmed and nothing is measured yet."""
    visit.seat(6)
    visit.ask(3, leaving_out=("transport.arranged", "transport.escort", "pregnancy"))


def _left(visit: Visit) -> None:
    """Released four minutes ago; the chair is being cleaned."""
    visit.ready(140, dose_mg=56)
    visit.device(140, 1)
    visit.device(134, 2)
    visit.measure(99, 139, 84, 82, 97, sedation=4, dissociation="mild")
    visit.act(actions.mark_ready, 50)
    visit.measure(8, 124, 78, 72, 98)
    visit.release(4)
