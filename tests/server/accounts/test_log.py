"""The pages of the log and of the clock, and the pages of refusals."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.test import Client
from pytest_django import Settings

from serein.clinical.errors import InputError, UnknownContentError
from serein.server import clock, errors
from serein.server.accounts.actions import advance_clock, set_clock
from serein.server.accounts.models import Clinic, User
from serein.server.audit.actions import record, record_view
from serein.server.audit.models import Event
from serein.server.patients.models import Patient
from tests.cast import SignIn

# Each page hides another token in its forms; nothing else may differ.
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"')


@pytest.fixture
def patient(clinic: Clinic, now: datetime) -> Patient:
    return Patient.objects.create(
        clinic=clinic, family_name="Quint", given_name="Wren", born_on=now.date(), created_at=now
    )


def test_looking_at_a_chart_leaves_one_line(
    clinic: Clinic, alvarez: User, patient: Patient, now: datetime
) -> None:
    request = HttpRequest()
    request.user, request.clinic, request.now = alvarez, clinic, now  # type: ignore[attr-defined]  # as the middleware does
    record_view(request, patient)  # type: ignore[arg-type]  # the two attributes just set

    event = Event.objects.get()
    assert (event.verb, event.by_id, event.patient_id) == (
        "patients.view", alvarez.pk, patient.pk,
    )  # fmt: skip


def test_the_log_is_filtered_by_its_address(
    clinic: Clinic, alvarez: User, osei: User, owner: User, patient: Patient, now: datetime,
    signed_in: SignIn,
) -> None:  # fmt: skip
    record(clinic=clinic, by=alvarez, verb="a.one", subject=None, now=now, patient=patient)
    record(clinic=clinic, by=osei, verb="b.two", subject=None, now=now - timedelta(days=1))
    browser = signed_in(owner)

    def verbs(query: str) -> list[str]:
        lines = browser.get(f"/audit/?{query}").context["lines"]
        return [line.verb for line in lines]

    assert verbs("") == ["b.two", "a.one"]
    assert verbs("verb=a") == ["a.one"]
    assert verbs(f"person={osei.pk}") == ["b.two"]
    assert verbs("on=2025-10-14") == ["a.one"]
    assert verbs("on=2025-13-45") == ["b.two", "a.one"]
    assert verbs("before=2") == ["a.one"]
    assert verbs(f"before={'9' * 40}") == ["b.two", "a.one"]
    assert verbs(f"patient={patient.pk}") == ["a.one"]


def test_a_long_log_is_read_in_pages(
    clinic: Clinic, owner: User, now: datetime, signed_in: SignIn
) -> None:
    for _ in range(101):
        record(clinic=clinic, by=None, verb="a.one", subject=None, now=now)
    page = signed_in(owner).get("/audit/")

    assert (len(page.context["lines"]), page.context["older"]) == (100, 2)
    assert "Older lines" in page.content.decode()


def test_a_nurse_reads_the_log_of_a_patient_and_not_of_the_clinic(
    clinic: Clinic, alvarez: User, patient: Patient, now: datetime, signed_in: SignIn
) -> None:
    record(clinic=clinic, by=alvarez, verb="a.one", subject=None, now=now, patient=patient)
    browser = signed_in(alvarez)

    assert browser.get(f"/audit/?patient={patient.pk}").status_code == 200
    assert browser.get("/audit/").status_code == 403


@pytest.mark.parametrize("asked", ["not-an-id", "3a45bca0-1c77-46ed-b314-801cf595f962"])
def test_a_patient_the_clinic_does_not_know_is_not_found(
    clinic: Clinic, owner: User, signed_in: SignIn, asked: str
) -> None:
    assert signed_in(owner).get(f"/audit/?patient={asked}").status_code == 404


def test_owen_finds_no_log_of_a_patient_of_main_st(
    clinic: Clinic, owen: User, patient: Patient, now: datetime, signed_in: SignIn
) -> None:
    record(clinic=clinic, by=None, verb="a.one", subject=None, now=now, patient=patient)

    assert signed_in(owen).get(f"/audit/?patient={patient.pk}").status_code == 404


def test_the_clock_goes_on_and_leaves_a_line(
    clinic: Clinic, alvarez: User, server_clock: datetime
) -> None:
    advance_clock(timedelta(minutes=40), by=alvarez, at=clinic, now=server_clock)

    assert clock.now() == server_clock + timedelta(minutes=40)
    event = Event.objects.get()
    assert (event.verb, event.details) == ("clock.advance", {"s": 2400})


def test_the_clock_is_set_on_the_clinics_wall(
    clinic: Clinic, alvarez: User, server_clock: datetime, signed_in: SignIn
) -> None:
    form = {"set_at": "2025-10-14T11:30", "is_frozen": "on", "next": "/floor/"}
    answer = signed_in(alvarez).post("/clock/", form)

    assert answer["Location"] == "/floor/"
    assert clock.now().isoformat() == "2025-10-14T15:30:00+00:00"
    assert Event.objects.get().verb == "clock.set"


@pytest.mark.parametrize("form", [{}, {"advance_min": "0"}, {"set_at": "noon"}])
def test_a_clock_form_that_says_nothing_is_refused(
    clinic: Clinic, alvarez: User, server_clock: datetime, signed_in: SignIn, form: dict[str, str]
) -> None:
    assert signed_in(alvarez).post("/clock/", form).status_code == 422
    assert clock.now() == server_clock


@pytest.mark.parametrize(
    "typed", ["9999-12-31T23:59", "0001-01-01T00:00", "1999-12-31T23:59", "2100-01-01T00:00"]
)
def test_a_time_that_no_page_could_show_is_refused_with_a_sentence(
    clinic: Clinic, alvarez: User, server_clock: datetime, signed_in: SignIn, typed: str
) -> None:
    answer = signed_in(alvarez).post("/clock/", {"set_at": typed, "is_frozen": "on"})

    assert answer.status_code == 422
    assert "Set a time from 2000 to 2099" in answer.content.decode()
    assert clock.now() == server_clock


def test_the_clock_goes_no_further_than_it_can_be_shown(
    clinic: Clinic, alvarez: User, server_clock: datetime
) -> None:
    last = clock.LATEST - timedelta(minutes=1)
    with pytest.raises(InputError, match="year 2100"):
        advance_clock(timedelta(minutes=1), by=alvarez, at=clinic, now=last)
    with pytest.raises(InputError, match="year 2100"):
        set_clock(clock.LATEST, by=alvarez, at=clinic, now=server_clock)

    assert clock.now() == server_clock
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    "garbled",
    [
        "",
        "{",
        "[]",
        '{"offset_s": "soon", "frozen_at": null}',
        '{"offset_s": 1e300, "frozen_at": null}',
        '{"offset_s": 0, "frozen_at": "noon"}',
        '{"offset_s": 0, "frozen_at": "2025-10-14T14:12:41"}',
    ],
)
def test_a_garbled_file_of_the_clock_leaves_the_machines_time(
    server_clock: datetime, garbled: str
) -> None:
    clock._path().write_text(garbled)

    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_the_clock_does_not_lead_to_another_house(
    clinic: Clinic, alvarez: User, server_clock: datetime, signed_in: SignIn
) -> None:
    form = {"advance_min": "1", "next": "//elsewhere.example/"}

    assert signed_in(alvarez).post("/clock/", form)["Location"] == "/clock/"


def test_owen_cannot_set_the_clock_for_main_st(
    clinic: Clinic, owen: User, server_clock: datetime
) -> None:
    for move in (
        lambda: advance_clock(timedelta(minutes=1), by=owen, at=clinic, now=server_clock),
        lambda: set_clock(server_clock, by=owen, at=clinic, now=server_clock),
    ):
        with pytest.raises(PermissionDenied):
            move()
    assert clock.now() == server_clock


def test_a_live_server_has_no_clock_page_and_refuses_the_act(
    clinic: Clinic, alvarez: User, now: datetime, signed_in: SignIn, settings: Settings
) -> None:
    settings.SEREIN_CLOCK = "live"

    assert signed_in(alvarez).get("/clock/").status_code == 404
    with pytest.raises(InputError, match="live server"):
        advance_clock(timedelta(minutes=1), by=alvarez, at=clinic, now=now)
    with pytest.raises(InputError, match="live server"):
        set_clock(now, by=alvarez, at=clinic, now=now)


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (InputError("80/120 cannot be a reading; measure again"), 400),
        (errors.TakenError("The chair is taken"), 409),
        (UnknownContentError("no such protocol"), 404),
    ],
)
def test_a_refusal_of_the_rules_is_a_page_with_its_sentence(
    clinic: Clinic, alvarez: User, refusal: InputError, status: int
) -> None:
    request = HttpRequest()
    answer = errors.RefusalMiddleware(lambda _: None).process_exception(request, refusal)  # type: ignore[arg-type,return-value]  # never called

    assert answer
    assert answer.status_code == status
    assert str(refusal) in answer.content.decode()


def test_a_fault_of_the_software_is_no_refusal_of_the_rules() -> None:
    middleware = errors.RefusalMiddleware(lambda _: None)  # type: ignore[arg-type,return-value]  # never called

    assert middleware.process_exception(HttpRequest(), KeyError("x")) is None
    assert errors.broken(HttpRequest()).status_code == 500


def test_refusals_in_a_fragment_are_a_fragment(
    clinic: Clinic, morgan: User, signed_in: SignIn
) -> None:
    answer = signed_in(morgan).get("/people/", headers={"HX-Request": "true"})

    assert answer.status_code == 403
    assert "<html" not in answer.content.decode()
    assert "does not allow this" in answer.content.decode()


def test_an_unknown_address_says_nothing_about_what_exists(
    clinic: Clinic, owner: User, owen: User, signed_in: SignIn, server_clock: datetime
) -> None:
    nowhere = signed_in(owner).get(f"/people/{uuid4()}/")
    theirs = signed_in(owner).get(f"/people/{owen.pk}/")

    assert (nowhere.status_code, theirs.status_code) == (404, 404)
    assert TOKEN.sub(b"", nowhere.content) == TOKEN.sub(b"", theirs.content)


def test_a_form_without_its_token_is_refused_with_a_sentence(clinic: Clinic, owner: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner)
    answer = browser.post("/people/invite/", {})

    assert answer.status_code == 403
    assert "nothing was saved" in answer.content.decode()


def test_no_page_of_ours_needs_an_inline_script_or_style() -> None:
    folder = Path(errors.__file__).parent
    for template in folder.glob("**/templates/**/*.html"):
        text = template.read_text()
        assert "<style" not in text, template
        assert " style=" not in text, template
        assert " onclick=" not in text, template


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"on": "9999-12-31"}, "choose a day from 2000 on"),
        ({"on": "0001-01-01"}, "choose a day from 2000 on"),
        ({"verb": "\x00"}, "choose one from the list"),
    ],
)
def test_an_address_that_no_line_can_answer_is_refused_with_a_sentence(
    owner: User, signed_in: SignIn, asked: dict[str, str], sentence: str
) -> None:
    answer = signed_in(owner).get("/audit/", asked)

    assert answer.status_code == 400
    assert sentence in answer.content.decode()


def test_a_fault_says_when_it_happened_by_the_machines_own_clock() -> None:
    page = errors.broken(HttpRequest()).content.decode()

    assert re.search(r"it broke at \d\d:\d\d:\d\d UTC\.", page)
