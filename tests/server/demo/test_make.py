"""The invented clinic: marked as invented, from real-format files, with a day under way."""

import gzip
import json
from itertools import pairwise

import pytest
from django.db import transaction

from serein.cli.demo import OPENS_AT
from serein.server.alerts.models import Alert
from serein.server.audit.models import Event
from serein.server.audit.queries import verify
from serein.server.courses.models import Adoption, Course
from serein.server.demo.actions import make_demo
from serein.server.demo.bundles import FOLDER, bundles
from serein.server.library import library
from serein.server.patients.models import FactRow, Patient
from serein.server.transfer.models import ImportedFile
from serein.server.treatment.models import Chair, Session
from serein.server.treatment.queries import reading


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """Made once for the tests of this file, and taken back after them."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_demo(now=OPENS_AT)
        transaction.set_rollback(True)


def test_the_floor_stands_as_drawn(demo):
    chairs = Chair.objects.filter(clinic=demo).order_by("number")
    open_sessions = {
        session.chair.number: session for session in Session.objects.filter(ended_at=None)
    }
    stages = {number: reading(one, now=OPENS_AT).stage for number, one in open_sessions.items()}

    assert stages == {1: "observing", 2: "dosing", 3: "observing", 4: "before-dose"}
    first, dosing, third = (reading(open_sessions[n], now=OPENS_AT) for n in (1, 2, 3))
    assert (first.number, dosing.number, third.number) == (5, 3, 12)
    assert dosing.ordered_mg == 84
    assert dosing.next_device is not None
    assert (dosing.next_device.number, dosing.next_device.is_ready) == (3, False)
    assert third.latest["bp.systolic"].value == 162
    assert chairs[4].cleaning_since is not None
    assert chairs[5].blocked_reason == "pump recall"
    assert [alert.patient for alert in Alert.objects.filter(resolved_at=None)] == [
        open_sessions[3].patient
    ]


def test_everybody_in_it_is_invented_and_came_from_the_files(demo):
    assert not Patient.objects.filter(is_invented=False).exists()
    assert Patient.objects.count() == ImportedFile.objects.count() == len(list(bundles())) == 20
    assert FactRow.objects.filter(source__startswith="import", encounter=None).count() > 2000


def test_treated_patients_are_adults_with_earlier_sessions_of_their_own(demo):
    for course in Course.objects.select_related("patient"):
        age = OPENS_AT.year - course.patient.born_on.year
        assert 25 <= age <= 70
        assert not any(letter.isdigit() for letter in str(course.patient))
    ended = Session.objects.filter(ended_at__isnull=False)
    assert ended.count() == 33
    assert set(ended.values_list("ending", flat=True)) == {"released"}
    for session in ended:
        assert FactRow.objects.filter(encounter=session.pk).count() > 30


def test_the_log_of_the_clinic_is_whole_and_in_the_order_of_the_day(demo):
    times = [at for (at,) in Event.objects.order_by("line").values_list("at")]

    assert verify().intact
    assert all(earlier <= later for earlier, later in pairwise(times))


def test_nothing_is_adopted_before_it_holds(demo):
    adopted = {
        adoption: library().file(adoption.content_id, adoption.version)
        for adoption in Adoption.objects.filter(clinic=demo)
    }

    assert len(adopted) == 5
    for adoption, file in adopted.items():
        assert adoption.adopted_at.date() >= file.raw["effective"], file.title


def test_the_files_are_packed_without_a_date():
    for file in FOLDER.glob("*.json.gz"):
        assert file.read_bytes()[4:8] == b"\0\0\0\0", file.name
        assert json.loads(gzip.decompress(file.read_bytes()))["resourceType"] == "Bundle"
