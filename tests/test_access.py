"""Every address answers every role as `access.csv` says, and no address is left out."""

import ast
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import clear_url_caches, path
from starlette.applications import Starlette
from starlette.routing import Route

import serein.server
from serein.server import asgi, feed, urls
from serein.server.accounts import permissions
from serein.server.accounts.models import Role
from tests import access
from tests.access import ASKERS, Row
from tests.access_world import BY_ROLE, OWEN, STRANGER, World

Site = tuple[str, int]
SERVER = Path(serein.server.__file__).parent
permissions_require = permissions.require
OPEN_TO_STRANGERS = frozenset({"account_login", "account_inactive", "front", "healthz"})


@pytest.fixture
def world(db: None, server_clock: datetime) -> World:
    world = World.made()
    assert world.session.patient == world.patient
    return world


def test_every_address_and_method_has_one_row(world: World) -> None:
    written = [(row.url, row.method) for row in access.rows()]
    known = access.doors()

    assert sorted(set(written)) == sorted(written)
    unwritten = [str(access.answered(world, *one)) for one in sorted(known - set(written))]
    assert not unwritten, "addresses without a row; they answer now:\n" + "\n".join(unwritten)
    assert set(written) - known == set(), "rows of access.csv without an address"


def test_a_planted_address_before_django_without_a_row_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = asgi.application.app
    assert isinstance(app, Starlette)
    planted = [Route("/every-patient", feed.live, name="planted"), *app.routes]
    monkeypatch.setattr(app.router, "routes", planted)

    with pytest.raises(AssertionError, match="without a row"):
        test_every_address_and_method_has_one_row(world)


def test_every_role_has_a_column() -> None:
    assert set(BY_ROLE) == set(Role)
    assert all(tuple(row.answers) == ASKERS for row in access.rows())


@pytest.mark.parametrize("row", access.rows(), ids=lambda row: f"{row.url}-{row.method}")
def test_everybody_gets_the_answer_of_the_table(world: World, row: Row) -> None:
    assert str(access.answered(world, row.url, row.method)) == str(row)


def test_a_stranger_gets_no_page_of_signed_in_people() -> None:
    for row in access.rows():
        if row.answers[STRANGER] not in (access.LOGIN, "302", "401", "404", "405"):
            assert row.url in OPEN_TO_STRANGERS, row


def test_nothing_of_main_st_is_in_what_owen_is_shown(world: World) -> None:
    for row in access.rows():
        if row.method == "GET" and row.answers[OWEN] == "200":
            shown = access.ask(world, row.url, "GET", OWEN)
            text = b"".join(shown) if shown.streaming else shown.content
            assert world.patient.family_name.encode() not in text, row.url


def test_every_answer_carries_the_headers_that_bind_the_browser(world: World) -> None:
    for row in access.rows():
        for asker in (STRANGER, Role.NURSE.value):
            answer = access.ask(world, row.url, row.method, asker)
            policy = answer.headers.get("Content-Security-Policy", "")
            place = f"{row.url} {row.method} {asker}"
            assert "default-src 'self'" in policy or row.url in access.outside(), place
            assert "default-src" in policy, place
            assert "frame-ancestors 'none'" in policy, place
            assert "unsafe" not in policy, place
            assert answer.headers["X-Content-Type-Options"] == "nosniff", place
            assert answer.headers["X-Frame-Options"] == "DENY", place
            assert answer.headers["Referrer-Policy"] == "same-origin", place
            if asker != STRANGER:
                assert "no-store" in answer.headers["Cache-Control"], place
            for cookie in answer.cookies.values():
                assert cookie["httponly"] or cookie["max-age"] == 0, place
                assert cookie["samesite"] == "Lax", place


def _unchecked(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("every patient")


def test_a_planted_address_without_a_row_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = [*urls.urlpatterns, path("every-patient/", _unchecked, name="planted")]
    monkeypatch.setattr(urls, "urlpatterns", planted)
    clear_url_caches()
    try:
        assert "planted" in set(access.names())
        with pytest.raises(AssertionError, match="without a row"):
            test_every_address_and_method_has_one_row(world)
    finally:
        monkeypatch.undo()
        clear_url_caches()


def test_a_planted_opening_of_a_verb_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = next(row for row in access.rows() if (row.url, row.method) == ("people", "GET"))
    monkeypatch.setitem(permissions.PERMISSIONS, "accounts.manage", frozenset(Role))

    assert str(access.answered(world, row.url, row.method)) != str(row)


def test_deleting_any_single_check_changes_an_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each call of `require` that turns somebody away at an address, skipped alone.

    A check that stands behind another one of the same request is left to the test of its action.
    """
    checks = Checks(monkeypatch)
    deciding: dict[Site, list[tuple[str, str, str]]] = {}
    for row in access.rows():
        for asker, cell in row.answers.items():
            if cell == "403":
                checks.refused_at.clear()
                access.ask(world, row.url, row.method, asker)
                for site in checks.refused_at[:1]:
                    deciding.setdefault(site, []).append((row.url, row.method, asker))

    for site, asked in deciding.items():
        checks.skipped = site
        survivors = [one for one in asked if access.ask(world, *one).status_code != 403]
        checks.refused_at.clear()
        behind = bool(access.ask(world, *asked[0]).status_code == 403 and checks.refused_at)
        assert survivors or behind, f"nothing notices that the check at {site} is gone"
    assert deciding


class Checks:
    """Every `require` of the server, watched, and one of them skipped when asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.skipped: Site | None = None
        self.refused_at: list[Site] = []
        for module in _modules_that_require():
            monkeypatch.setattr(module, "require", self._require)

    def _require(self, *args: Any, **kwargs: Any) -> None:
        site = _site(sys._getframe(1))
        if site == self.skipped:
            return
        try:
            permissions_require(*args, **kwargs)
        except PermissionDenied:
            self.refused_at.append(site)
            raise


def _site(frame: FrameType) -> Site:
    return Path(frame.f_code.co_filename).relative_to(SERVER).as_posix(), frame.f_lineno


def _modules_that_require() -> Iterator[ModuleType]:
    for module in list(sys.modules.values()):
        is_ours = getattr(module, "__name__", "").startswith("serein.server.")
        if is_ours and module is not permissions and "require" in vars(module):
            yield module


def test_every_action_asks_for_permission() -> None:
    """An action without `require` is one of the few that nobody could be asked about."""
    asked_nobody = {
        "accounts.set_up_clinic",
        "accounts.change_password",
        # At the console, by whoever could write the tables; no page calls it.
        "accounts.reset_access_from_console",
        "accounts.record_sign_in",
        "accounts.record_sign_out",
        "accounts.record_failed_sign_in",
        "accounts.record_second_factor",
        "audit.record_view",
        # Raised by the rules, inside an act that has asked, or by the sweep.
        "alerts.raise_alerts",
        "alerts.raise_duty",
    }
    found = set()
    for file in SERVER.glob("*/*actions*.py"):
        for function in ast.parse(file.read_text()).body:
            if isinstance(function, ast.FunctionDef) and _is_action(function):
                names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
                if "require" not in names:
                    found.add(f"{file.parent.name}.{function.name}")

    assert found - asked_nobody == set()


def _is_action(function: ast.FunctionDef) -> bool:
    return any(
        isinstance(mark, ast.Name) and mark.id == "action" for mark in function.decorator_list
    )
