"""A file of heads that cannot be written stops no act; it is told wherever somebody looks."""

import ast

import pytest
from django.test import RequestFactory

from serein.server import checks
from serein.server.audit import witness
from tests.house.tree import PACKAGE, place, syntax


@pytest.fixture
def lost(settings, tmp_path, monkeypatch):
    """The other disk is not there."""
    monkeypatch.setattr(witness, "_trouble", "")
    settings.SEREIN_AUDIT_HEAD = str(tmp_path / "gone" / "heads")
    return tmp_path / "gone"


@pytest.mark.django_db(transaction=True)
def test_an_act_is_stored_although_its_head_cannot_be_written(
    lost, clinic, alvarez, signed_in, server_clock
):
    assert signed_in(alvarez).get("/").status_code in (200, 302)

    answer = signed_in(alvarez).post("/account/logout/")

    assert answer.status_code == 302
    assert "No such file" in witness.trouble()


def test_every_page_says_it_until_a_head_is_written_again(lost, now):
    witness.append("house", 1, "a" * 64, at=now)
    told = checks.unfinished(RequestFactory().get("/"))["warnings"]
    lost.mkdir()
    witness.append("house", 2, "b" * 64, at=now)

    assert any("second witness cannot be written" in sentence for sentence in told)
    assert checks.unwritten_head() == []


@pytest.mark.django_db
def test_healthz_is_not_well_and_says_why(lost, client):
    answer = client.get("/healthz")
    lost.mkdir()

    assert (answer.status_code, answer.json()["audit_head"]) == (503, "unwritable")
    assert client.get("/healthz").json()["audit_head"] == "written"


def test_looking_for_the_place_makes_no_file(lost):
    assert "no folder" in witness.obstacle()
    lost.mkdir()

    assert witness.obstacle() == ""
    assert list(lost.iterdir()) == []
    (lost / "heads").mkdir()
    assert witness.obstacle()


def test_the_start_is_refused_by_name(lost):
    assert [one.id for one in checks._head_outside()] == ["audit-head-unwritable"]


def test_what_runs_after_a_commit_has_a_name():
    """Django names a failing call by its __qualname__, which a partial has not."""
    nameless = [
        place(path, node.lineno)
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", "") == "on_commit"
        and not isinstance(node.args[0], ast.Name)
    ]
    assert nameless == []
