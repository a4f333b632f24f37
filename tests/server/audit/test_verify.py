"""A change to any line, by whoever can write SQL, is found and its place is named."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import F
from pytest_django import Settings

from serein.server.accounts.models import Clinic
from serein.server.audit import queries, witness
from serein.server.audit.actions import record
from serein.server.audit.lines import FIELDS, HOUSE, Line, digest
from serein.server.audit.models import Chain, Event

LINES = 120
BYSTANDERS = 5
TRIALS = 20
Tamper = Callable[["str", int], None]


@pytest.fixture
def chain(clinic: Clinic, now: datetime) -> str:
    """A clinic's chain of many lines, beside a short one of the house."""
    for minute in range(LINES):
        record(
            clinic=clinic,
            by=None,
            verb="treatment.record_vitals",
            subject=clinic,
            now=now + timedelta(minutes=minute),
            details={"minute": minute},
        )
    for _ in range(BYSTANDERS):
        record(clinic=None, by=None, verb="accounts.sign_in", subject=None, now=now)
    return str(clinic.pk)


def test_an_untouched_log_is_intact(chain: str) -> None:
    verdict = queries.verify()

    assert (verdict.lines, verdict.intact, verdict.first_broken) == (LINES + BYSTANDERS, True, None)
    assert set(verdict.chains) == {chain, HOUSE}


def test_the_head_of_all_chains_changes_with_every_line(chain: str, now: datetime) -> None:
    before = queries.verify().head
    record(clinic=None, by=None, verb="a.b", subject=None, now=now)

    assert queries.verify().head != before


def _edit_details(chain: str, line: int) -> None:
    Event.objects.filter(chain=chain, line=line).update(details={"minute": -1})


def _edit_time(chain: str, line: int) -> None:
    Event.objects.filter(chain=chain, line=line).update(at=F("at") + timedelta(microseconds=1))


def _edit_verb(chain: str, line: int) -> None:
    Event.objects.filter(chain=chain, line=line).update(verb="treatment.release")


def _spoil_time(chain: str, line: int) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE audit_event SET at = 'noon' WHERE chain = %s AND line = %s", [chain, line]
            )
    else:
        _edit_time(chain, line)


def _drop(chain: str, line: int) -> None:
    Event.objects.filter(chain=chain, line=line).delete()


def _swap(chain: str, line: int) -> None:
    rows = Event.objects.filter(chain=chain)
    rows.filter(line=line).update(line=10**6)
    rows.filter(line=line + 1).update(line=line)
    rows.filter(line=10**6).update(line=line + 1)


def _insert(chain: str, line: int) -> None:
    """Push the lines up by one and put a forged one in, its own digest right."""
    rows = Event.objects.filter(chain=chain)
    rows.filter(line__gte=line).update(line=F("line") + 10**6)
    rows.filter(line__gte=10**6).update(line=F("line") - 10**6 + 1)
    after = rows.get(line=line + 1)
    forged = Event(**{field: getattr(after, field) for field in FIELDS}, hash="")
    forged.pk, forged.line, forged.verb = Event().pk, line, "treatment.release"
    forged.hash = digest(Line(**{field: getattr(forged, field) for field in FIELDS}))
    forged.save(force_insert=True)
    Chain.objects.filter(name=chain).update(lines=F("lines") + 1)


def _rehash(chain: str, line: int) -> None:
    """Edit a line and make its own digest right again; the next line still names the old one."""
    event = Event.objects.get(chain=chain, line=line)
    event.verb = "treatment.release"
    event.hash = digest(Line(**{field: getattr(event, field) for field in FIELDS}))
    event.save()


def _cut(chain: str, line: int) -> None:
    Event.objects.filter(chain=chain, line__gte=line).delete()


@pytest.mark.parametrize(
    ("tamper", "fault", "shift"),
    [
        (_edit_details, "edited", 0),
        (_edit_time, "edited", 0),
        (_edit_verb, "edited", 0),
        (_spoil_time, "edited", 0),
        (_drop, "missing", 0),
        (_swap, "out-of-order", 0),
        (_insert, "out-of-order", 1),
        (_rehash, "out-of-order", 1),
        (_cut, "missing", 0),
    ],
)
def test_tampering_is_found_and_its_place_named(
    chain: str, tamper: Tamper, fault: str, shift: int
) -> None:
    places = random.Random(7).sample(range(2, LINES - 1), TRIALS)  # noqa: S311  a fixed seed
    rows = list(Event.objects.all())
    chains = list(Chain.objects.all())
    for place in places:
        tamper(chain, place)

        broken = queries.verify().first_broken

        assert broken
        assert (broken.chain, broken.line, broken.fault) == (chain, place + shift, fault)
        assert broken.text
        Event.objects.all().delete()
        Event.objects.bulk_create(rows)
        for row in chains:
            row.save()
    assert queries.verify().intact


def test_a_head_that_names_another_line_is_found(chain: str) -> None:
    Chain.objects.filter(name=chain).update(head="f" * 64)

    broken = queries.verify().first_broken

    assert broken
    assert (broken.line, broken.fault) == (LINES, "head")


def test_lines_after_the_head_are_found(chain: str) -> None:
    last = Event.objects.get(chain=chain, line=LINES)
    Chain.objects.filter(name=chain).update(lines=LINES - 1, head=last.previous)

    broken = queries.verify().first_broken

    assert broken
    assert (broken.line, broken.fault) == (LINES, "beyond-head")


def test_a_chain_without_a_head_is_found(chain: str) -> None:
    Chain.objects.filter(name=chain).delete()

    broken = queries.verify().first_broken

    assert broken
    assert (broken.chain, broken.fault) == (chain, "beyond-head")


@pytest.fixture
def witnessed(chain: str, tmp_path: Path, settings: Settings) -> str:
    """The same chain with the file of heads that its commits would have written."""
    settings.SEREIN_AUDIT_HEAD = str(tmp_path / "heads")
    for event in Event.objects.filter(chain=chain):
        witness.append(chain, event.line, event.hash, at=event.at)
    assert queries.verify().intact
    return chain


def _forge_whole_chain(chain: str, *, first: int, upto: int) -> None:
    """What a patient administrator with SQL can do: change a line, compute all that follow anew."""
    Event.objects.filter(chain=chain, line__gt=upto).delete()
    head = ""
    for event in Event.objects.filter(chain=chain).order_by("line"):
        event.previous = head or event.previous
        if event.line == first:
            event.verb = "treatment.release"
        event.hash = head = digest(Line(**{field: getattr(event, field) for field in FIELDS}))
        event.save()
    Chain.objects.filter(name=chain).update(lines=upto, head=head)


def test_a_chain_computed_anew_is_found_by_the_file_outside(witnessed: str) -> None:
    _forge_whole_chain(witnessed, first=40, upto=LINES)

    broken = queries.verify().first_broken

    assert broken
    assert (broken.line, broken.fault) == (40, "outside")


def test_a_chain_cut_back_with_its_head_is_found_by_the_file_outside(witnessed: str) -> None:
    _forge_whole_chain(witnessed, first=0, upto=50)

    broken = queries.verify().first_broken

    assert broken
    assert (broken.line, broken.fault) == (51, "truncated")


def test_a_chain_removed_whole_is_found_by_the_file_outside(witnessed: str) -> None:
    Event.objects.filter(chain=witnessed).delete()
    Chain.objects.filter(name=witnessed).delete()

    broken = queries.verify().first_broken

    assert broken
    assert (broken.chain, broken.line, broken.fault) == (witnessed, 1, "truncated")


def test_without_the_file_outside_a_chain_computed_anew_passes(chain: str) -> None:
    """The limit that the guide tells: a chain alone proves nothing against an administrator."""
    _forge_whole_chain(chain, first=40, upto=LINES)

    assert queries.verify().intact


def test_a_line_of_the_file_torn_by_a_power_cut_is_passed_over(witnessed: str) -> None:
    path = witness.file()
    assert path
    with path.open("a") as heads:
        heads.write(f"2025-10-14T14:12:41+00:00 {witnessed} 12")

    assert queries.verify().intact
