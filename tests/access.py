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
from tests.access_world import BY_ROLE, OWEN, STRANGER, World

TABLE = Path(__file__).with_name("access.csv")
METHODS = ("GET", "POST")
ASKERS = (STRANGER, *(role.value for role in BY_ROLE), OWEN)
LOGIN = "login"
PERSON = {"born_on": "1950-01-02", "sex": "other", "reason": "the passport says so"}


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
    "weigh",
    "prepare_infusion",
    "check_preparation",
    "start_infusion",
    "change_infusion",
    "record_dose",
    "correct_given",
    "release",
    "end_session",
    "correct_reading",
    "correct_time",
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
        (
            *("tile", "seat", "clean_chair", "block_chair", "unblock_chair"),
            *("rename_chair", "remove_chair", "return_chair"),
        ),
        lambda world: {"id": world.chair.pk},
    ),
    **dict.fromkeys(("acknowledge_alert", "resolve_alert"), lambda world: {"id": world.alert.pk}),
    "correct_fact": lambda world: {"id": world.weight.pk},
    "close_lot": lambda world: {"id": world.lot.pk},
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
    "chairs": lambda _: {"entry": UUID(int=15), "name": "Window"},
    "rename_chair": lambda _: {"name": "Window"},
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
