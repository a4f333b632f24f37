"""The demo: made once, kept on a second start, refused where real patients are."""

import re
import urllib.request
from urllib.error import HTTPError

import pytest

from tests.house_of_its_own import new_house
from tests.serving import serving

COUNT = """
from serein.server.audit.models import Event
from serein.server.patients.models import Patient
from serein.server.treatment.models import Session
print(Patient.objects.count(), Session.objects.count(), Event.objects.count())
"""
TIME = """
from serein.server import clock
print(clock.now().isoformat())
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A demo that was started once and stopped."""
    found = new_house(tmp_path_factory.mktemp("demo") / "data")
    words = ("demo", "--no-open")
    with serving(found.folder, *words, environment=found.environment) as server:
        with urllib.request.urlopen(server.url, timeout=10) as answer:  # noqa: S310  our own address
            assert answer.status == 200
        assert server.stop() == 0
    return found


def test_it_prints_its_address_and_the_people_to_sign_in_as(house):
    text = house.folder.with_name(house.folder.name + ".log").read_text()

    assert re.search(r"Serein answers at http://127\.0\.0\.1:\d+/", text)
    assert "Rosa Alvarez, nurse at Main St" in text
    assert "The password of everybody is:" in text
    assert "Ctrl-C stops it; what you entered is kept for the next start." in text
    assert text.rstrip().endswith("Stopped.")


def test_a_demo_in_a_passing_folder_says_that_ctrl_c_deletes_it_and_what_keeps_it(tmp_path):
    script = "from serein.cli.demo import _ending; print(_ending(is_kept=False))"
    told = new_house(tmp_path / "data").python(script)

    assert told == (
        "Ctrl-C stops it and deletes what you entered; `serein demo --data FOLDER` keeps it."
    )


def test_everything_in_it_is_marked_as_invented(house):
    found = house.python(
        "from serein.server.accounts.models import Clinic\n"
        "print({clinic.is_invented for clinic in Clinic.objects.all()})"
    )
    assert found == "{True}"


def test_it_opens_on_its_fixed_morning(house):
    assert house.python(TIME).startswith("2026-10-13T14:1")


def test_a_second_start_keeps_the_data_and_goes_on_from_the_last_line(house):
    before = house.python(COUNT)
    (house.folder / "clock.json").unlink()
    last = house.python(
        "from serein.server.audit.models import Event\n"
        "print(Event.objects.order_by('-at')[0].at.isoformat())"
    )
    words = ("demo", "--no-open")
    with serving(house.folder, *words, environment=house.environment):
        resumed = house.python(TIME)

    assert house.python(COUNT) == before
    assert last <= resumed < last[:13] + ":59:59"


def test_it_is_refused_where_a_real_clinic_is_kept(set_up_house, tmp_path):
    house = set_up_house(tmp_path / "data", SEREIN_MODE="production", SEREIN_CLOCK="live")

    told = house.serein("demo", "--no-open")

    assert told.returncode == 1
    assert "A real clinic is kept here" in told.stderr


def test_a_stranger_finds_no_page_but_the_front(house):
    words = ("demo", "--no-open")
    with serving(house.folder, *words, environment=house.environment) as server:
        for path in ("/floor/", "/people/", "/audit/"):
            with urllib.request.urlopen(server.url + path, timeout=10) as answer:  # noqa: S310  our own address
                assert answer.url.startswith(f"{server.url}/account/login/")
        with pytest.raises(HTTPError) as refused:
            urllib.request.urlopen(f"{server.url}/floor/live", timeout=10)  # noqa: S310  our own address
        refused.value.close()
    assert refused.value.code == 401
