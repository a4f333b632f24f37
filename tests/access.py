"""The table of who gets which answer at which address, and the world it is asked in.

`access.csv` has one row per address and method. A cell is the status of the answer, or `login` for
being sent to sign in. To add an address: add its rows and, when it takes arguments or a form,
a factory to `ARGUMENTS` or `FORMS` below. The failing test prints the row as it answers now;
read each cell before you copy it.
"""

import csv
import typing
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from serein.server import asgi, feed
from serein.server.accounts.models import Clinic, Role, User
from serein.server.alerts.models import Alert
from serein.server.audit.actions import record
from serein.server.courses.actions import adopt_content
from serein.server.courses.models import Adoption, Course
from serein.server.patients.models import FactRow, Patient
from serein.server.treatment.models import Chair, Session
from tests import cast

TABLE = Path(__file__).with_name("access.csv")
METHODS = ("GET", "POST")
STRANGER, OWEN = "stranger", "owen"
BY_ROLE = {
    Role.NURSE: "alvarez",
    Role.MONITOR: "morgan",
    Role.PRESCRIBER: "lind",
    Role.THERAPIST: "okafor",
    Role.PHARMACIST: "pym",
    Role.BILLER: "bray",
    Role.DESK: "desk",
    Role.OWNER: "owner",
}
ASKERS = (STRANGER, *(role.value for role in BY_ROLE), OWEN)
LOGIN = "login"
PERSON = {"born_on": "1950-01-02", "sex": "other", "reason": "the passport says so"}


@dataclass
class World:
    """Main St with its people and one patient in a chair; Owen's clinic beside it."""

    clinic: Clinic
    other: Clinic

    @classmethod
    def made(cls) -> "World":
        """A new one."""
        return cls(
            cast.open_clinic("Main St", cast.MAIN_ST), cast.open_clinic("Other Clinic", cast.OTHER)
        )

    def person(self, username: str) -> User:
        """One of the cast."""
        return User.objects.get(username=username)

    def signed_in(self, asker: str) -> Client:
        """The browser of a stranger, of the person with that role, or of Owen."""
        browser = Client()
        if asker != STRANGER:
            name = OWEN if asker == OWEN else BY_ROLE[Role(asker)]
            browser.force_login(self.person(name))
        return browser

    @cached_property
    def patient(self) -> Patient:
        """A patient of Main St, whose name no answer to Owen may hold."""
        patient = Patient.objects.create(
            clinic=self.clinic,
            family_name="Hollowell-Quint",
            given_name="Wren",
            born_on=date(1980, 2, 29),
            created_at=cast.NOW,
        )
        record(
            clinic=self.clinic,
            by=None,
            verb="patients.register_patient",
            subject=patient,
            patient=patient,
            now=cast.NOW,
        )
        return patient

    @cached_property
    def weight(self) -> FactRow:
        """A fact of the patient's that no session made."""
        return FactRow.objects.create(
            clinic=self.clinic,
            patient=self.patient,
            code="weight",
            value=70,
            unit="kg",
            effective_at=cast.NOW,
            recorded_at=cast.NOW,
            source="test",
        )

    @cached_property
    def trial(self) -> FactRow:
        """A medication trial of the patient's."""
        return FactRow.objects.create(
            clinic=self.clinic,
            patient=self.patient,
            code="trial",
            value={"drug": "sertraline", "weeks": 6},
            effective_at=cast.NOW,
            recorded_at=cast.NOW,
            source="test",
        )

    @cached_property
    def course(self) -> Course:
        """The patient's course."""
        return Course.objects.create(
            clinic=self.clinic,
            patient=self.patient,
            protocol_id="esketamine-trd-us",
            protocol_version=1,
            indication="treatment-resistant depression",
            prescriber=self.person("lind"),
            started_on=cast.NOW.date(),
            review_on=cast.NOW.date(),
        )

    @cached_property
    def adoption(self) -> Adoption:
        """A set of criteria in use at Main St."""
        return adopt_content(
            self.clinic,
            by=self.person("lind"),
            now=cast.NOW,
            content_id="trd-label-us",
            version=1,
        )

    @cached_property
    def alert(self) -> Alert:
        """Something of the patient's that is still open."""
        return Alert.objects.create(
            clinic=self.clinic,
            patient=self.patient,
            encounter=self.session.pk,
            rule="pressure-high",
            text="Blood pressure 160/100 or above",
            urgency="soon",
            for_role="prescriber",
            raised_at=cast.NOW,
        )

    @cached_property
    def chair(self) -> Chair:
        """A chair nobody sits in."""
        return Chair.objects.create(clinic=self.clinic, number=2)

    @cached_property
    def session(self) -> Session:
        """The patient's session in another chair."""
        return Session.objects.create(
            clinic=self.clinic,
            course=self.course,
            patient=self.patient,
            chair=Chair.objects.create(clinic=self.clinic, number=1),
            number=1,
            nurse=self.person("alvarez"),
            seated_at=cast.NOW,
        )


OF_SESSION = (
    "session",
    "record_checks",
    "record_vitals",
    "record_danger",
    "add_note",
    "mark_ready",
    "stop_treatment",
    "decide",
    "order",
    "cosign_order",
    "record_device",
    "release",
    "end_session",
    "correct_reading",
    "correct_dose",
    "reopen_session",
    "record_pdf",
    "aftercare_pdf",
)


def entry(world: World) -> dict[str, Any]:
    """What every form of the patient's session carries."""
    return {"entry": UUID(int=7), "patient": world.session.patient_id}


ARGUMENTS: dict[str, Callable[[World], dict[str, Any]]] = {
    **dict.fromkeys(OF_SESSION, lambda world: {"id": world.session.pk}),
    **dict.fromkeys(
        ("tile", "seat", "clean_chair", "block_chair", "unblock_chair"),
        lambda world: {"id": world.chair.pk},
    ),
    **dict.fromkeys(("acknowledge_alert", "resolve_alert"), lambda world: {"id": world.alert.pk}),
    "correct_fact": lambda world: {"id": world.weight.pk},
    "add_entry": lambda world: {"id": world.patient.pk, "kind": "allergy"},
    "correct_trial": lambda world: {"id": world.trial.pk},
    **dict.fromkeys(("course", "end_course"), lambda world: {"id": world.course.pk}),
    **dict.fromkeys(
        (
            "new_course",
            "patient",
            "correct_person",
            "eligibility",
            "record_history",
            "record_trial",
            "record_total",
            "decide_criterion",
        ),
        lambda world: {"id": world.patient.pk},
    ),
    **dict.fromkeys(("content", "adopt"), lambda _: {"id": "esketamine-trd-us", "version": 1}),
    "withdraw": lambda world: {
        "id": world.adoption.content_id,
        "version": world.adoption.version,
    },
    "compare_content": lambda _: {"id": "esketamine-trd-us", "before": 1, "after": 1},
    "person": lambda world: {"id": world.person("osei").pk},
    "reset_access": lambda world: {"id": world.person("osei").pk},
    "mfa_edit_webauthn": lambda _: {"pk": 1},
    "mfa_remove_webauthn": lambda _: {"pk": 1},
}
FORMS: dict[str, Callable[[World], dict[str, Any]]] = {
    "record_checks": lambda world: {**entry(world), "fasting.food": "yes"},
    "record_vitals": lambda world: {**entry(world), "heart-rate": 72},
    "record_danger": lambda world: {**entry(world), "code": "danger.confusion"},
    "add_note": lambda world: {**entry(world), "text": "asleep"},
    "mark_ready": entry,
    "stop_treatment": entry,
    "decide": lambda world: {**entry(world), "rule": "food", "reason": "only a sip of juice"},
    "end_session": lambda world: {**entry(world), "kind": "transfer"},
    "register_patient": lambda _: {
        "entry": UUID(int=6),
        "given_name": "Ada",
        "family_name": "Berg",
        "born_on": "1980-01-02",
        "sex": "female",
    },
    "record_history": lambda _: {"entry": UUID(int=9), "code": "glaucoma", "glaucoma": "no"},
    "record_trial": lambda _: {"entry": UUID(int=10), "drug": "sertraline"},
    "record_total": lambda _: {"entry": UUID(int=14), "scale": "phq-9", "total": 14},
    "correct_trial": lambda _: {"entry": UUID(int=11), "drug": "sertraline", "reason": "misread"},
    "decide_criterion": lambda _: {
        "entry": UUID(int=12),
        "policy": "contraindications-ketamine",
        "rule": "glaucoma",
        "reason": "an old and treated one",
    },
    "correct_fact": lambda _: {"entry": UUID(int=8), "value": "71", "reason": "typed wrong"},
    "correct_person": lambda _: {"entry": UUID(int=14), **PERSON},
    "add_entry": lambda _: {"entry": UUID(int=13), "text": "Latex", "verification": "confirmed"},
    "adopt": lambda _: {"is_read": "on"},
    "withdraw": lambda _: {"reason": "a newer label"},
    "block_chair": lambda _: {"reason": "broken"},
    "end_course": lambda _: {"reason": "moved away"},
    "resolve_alert": lambda _: {"resolution": "measured again"},
    "person": lambda _: {"roles": ["nurse"]},
    "invite_person": lambda _: {
        "id": UUID(int=5),
        "username": "park",
        "first_name": "Min",
        "last_name": "Park",
        "roles": ["nurse"],
    },
    "set_clock": lambda _: {"advance_min": 1},
    "change_phones": lambda _: {"phone_day": "+1 555 0111", "phone_night": ""},
}


@dataclass(frozen=True)
class Row:
    """What one address answers to everybody, by one method."""

    url: str
    method: str
    answers: dict[str, str]

    def __str__(self) -> str:
        return ",".join((self.url, self.method, *(self.answers[asker] for asker in ASKERS)))


def rows() -> list[Row]:
    """The table as written."""
    with TABLE.open(newline="") as file:
        return [
            Row(line.pop("url"), line.pop("method"), dict(line)) for line in csv.DictReader(file)
        ]


def names(resolver: URLResolver | None = None) -> Iterator[str]:
    """The name of every address that the server's router knows; of a nameless one, its pattern."""
    for found in (resolver or get_resolver()).url_patterns:
        if isinstance(found, URLPattern):
            yield found.name or f"nameless: {found.pattern}"
        else:
            yield from names(found)


def outside() -> dict[str, Route]:
    """The addresses that are answered before Django is asked, by name."""
    assert isinstance(asgi.application.app, Starlette)
    routes = [each for each in asgi.application.app.routes if not isinstance(each, Mount)]
    assert all(isinstance(each, Route) for each in routes), "a kind of address nobody walks yet"
    return {each.name: each for each in routes if isinstance(each, Route)}


def doors() -> set[tuple[str, str]]:
    """Every address with every method that needs a row."""
    own = {
        (name, method)
        for name, route in outside().items()
        for method in METHODS
        if method in (route.methods or METHODS)
    }
    return own | {(name, method) for name in names() for method in METHODS}


def ask(world: World, url: str, method: str, asker: str) -> HttpResponse:
    """The answer that this person gets; whatever it wrote is undone."""
    if url in outside():
        return _ask_outside(outside()[url], method, browser=world.signed_in(asker))
    arguments = ARGUMENTS[url](world) if url in ARGUMENTS else {}
    form = FORMS[url](world) if url in FORMS and method == "POST" else {}
    browser = world.signed_in(asker)
    browser.raise_request_exception = False
    cache.clear()  # The throttle at the door would count these askers as one.
    point = transaction.savepoint()
    send = browser.get if method == "GET" else browser.post
    answer = send(reverse(url, kwargs=arguments), form)
    transaction.savepoint_rollback(point)
    return typing.cast("HttpResponse", answer)


def _ask_outside(route: Route, method: str, *, browser: Client) -> HttpResponse:
    """What the endpoint answers, with Django's test transaction and no event loop around it."""
    signed = browser.cookies.get(settings.SESSION_COOKIE_NAME)
    cookie = f"{signed.key}={signed.value}" if signed else ""
    scope = {
        "type": "http",
        "method": method,
        "path": route.path,
        "query_string": b"",
        "headers": [(b"host", b"testserver"), (b"cookie", cookie.encode())],
        "app": SimpleNamespace(state=SimpleNamespace(hub=None)),
    }
    with mock.patch.object(feed, "run_in_threadpool", _here):
        answer = _finished(route.endpoint(Request(scope)))
    return HttpResponse(status=answer.status_code, headers=dict(answer.headers))


async def _here(function: Callable[..., Any], *args: Any) -> Any:
    return function(*args)


def _finished(answering: Coroutine[Any, Any, Response]) -> Response:
    try:
        answering.send(None)
    except StopIteration as done:
        return typing.cast("Response", done.value)
    raise AssertionError("the endpoint waited for something")


def answered(world: World, url: str, method: str) -> Row:
    """The row as the server answers now."""
    return Row(url, method, {asker: _cell(ask(world, url, method, asker)) for asker in ASKERS})


def _cell(answer: HttpResponse) -> str:
    is_to_login = answer.status_code == 302 and answer["Location"].startswith("/account/login/")
    return LOGIN if is_to_login else str(answer.status_code)
