"""Fills the demo clinic: chairs occupied by the acts of a day, and charts of a million facts."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from serein.server import clock
from serein.server.accounts.models import Clinic, User
from serein.server.courses.actions import start_course
from serein.server.demo.day import Day, Visit
from serein.server.demo.people import InventedCourse
from serein.server.ids import new_id
from serein.server.patients.models import FactRow, Patient
from serein.server.treatment.models import Chair

PROTOCOL = "esketamine-trd-us"
MEASURES = (("weight", "kg"), ("height", "cm"), ("heart-rate", "/min"), ("spo2", "%"))
COLUMNS = (
    "id",
    "clinic_id",
    "patient_id",
    "code",
    "value",
    "unit",
    "effective_at",
    "recorded_at",
    "by_name",
    "source",
    "reason",
)


def occupy(chairs: int) -> None:
    """Seat patients until so many chairs are occupied; each is watched for an hour already."""
    clinic = Clinic.objects.get(name="Main St")
    nurse, second, prescriber = (User.objects.get(username=n) for n in ("alvarez", "osei", "lind"))
    day = Day(clinic, clock.now(), nurse, second, prescriber)
    occupied = Chair.objects.filter(clinic=clinic, sessions__ended_at=None).distinct().count()
    for number in range(7, 7 + chairs - occupied):
        chair = Chair.objects.create(clinic=clinic, number=number)
        invented = InventedCourse("Bench", f"Chair{number}", "a friend")
        day.courses[invented.family_name] = _course(day, invented)
        visit = Visit(day, chair, invented, nurse)
        visit.ready(70, dose_mg=56)
        visit.device(70, 1)
        visit.device(65, 2)
        visit.measure(31, 134, 86, 80, 97, sedation=4, dissociation="mild")
        visit.measure(2, 128, 82, 76, 98)
    day.live()


def _course(day: Day, invented: InventedCourse) -> Any:
    patient = Patient.objects.create(
        clinic=day.clinic,
        given_name=invented.given_name,
        family_name=invented.family_name,
        born_on=date(1970, 1, 1),
        created_at=day.now,
        is_invented=True,
    )
    return start_course(
        patient,
        by=day.prescriber,
        now=day.at(24 * 60),
        id=new_id(),
        protocol_id=PROTOCOL,
        protocol_version=1,
        indication="Treatment-resistant depression",
        review_on=(day.now + timedelta(days=45)).date(),
        earlier_sessions=3,
        unknown_because="Invented for measuring",
    )


def load(*, patients: int, facts: int) -> None:
    """So many more patients and facts, written past the actions: a million of those take hours."""
    clinic = Clinic.objects.get(name="Main St")
    now = clock.now()
    people = [
        Patient(
            clinic=clinic,
            given_name="Many",
            family_name=f"Person{number}",
            born_on=date(1950, 1, 1) + timedelta(days=number),
            created_at=now,
            is_invented=True,
        )
        for number in range(patients)
    ]
    Patient.objects.bulk_create(people, batch_size=1000)
    rows = _rows(clinic.pk, [one.pk for one in people], now=now, each=facts // patients)
    if connection.vendor == "postgresql":
        _copy(rows)
    else:
        _insert(rows)


def _rows(clinic: UUID, patients: list[UUID], *, now: Any, each: int) -> Iterator[tuple[Any, ...]]:
    for patient in patients:
        for number in range(each):
            code, unit = MEASURES[number % len(MEASURES)]
            at = now - timedelta(days=number)
            yield new_id(), clinic, patient, code, json.dumps(70), unit, at, at, "", "bench", ""


def _insert(rows: Iterator[tuple[Any, ...]]) -> None:
    holes = ", ".join("?" * len(COLUMNS))
    statement = f"INSERT INTO patients_fact ({', '.join(COLUMNS)}) VALUES ({holes})"  # noqa: S608  our own names
    connection.ensure_connection()
    plain = (tuple(_plain(each) for each in row) for row in rows)
    connection.connection.execute("BEGIN")
    connection.connection.executemany(statement, plain)
    connection.connection.execute("COMMIT")


def _plain(value: Any) -> Any:
    """As Django writes it on SQLite."""
    if isinstance(value, UUID):
        return value.hex
    return str(value.replace(tzinfo=None)) if hasattr(value, "tzinfo") else value


def _copy(rows: Iterator[tuple[Any, ...]]) -> None:
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        with cursor.copy(f"COPY patients_fact ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute("ANALYZE patients_fact")


def count() -> int:
    """How many facts there are."""
    return FactRow.objects.count()
