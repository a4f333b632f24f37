"""Whoever manages the clinic adds a chair, names one, and takes one off the floor and back."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from serein.clinical.errors import InputError
from serein.server.audit.models import Event
from serein.server.feed import read_versions
from serein.server.ids import new_id
from serein.server.treatment import actions, queries
from serein.server.treatment.errors import TakenError
from serein.server.treatment.models import MOST_CHAIRS, Chair

VERBS = ("add_chair", "rename_chair", "remove_chair", "return_chair")


def do(act, chair, *, by, now):
    """The act with what it needs."""
    if act == "add_chair":
        return actions.add_chair(chair.clinic, by=by, now=now, id=new_id())
    words = {"name": "Window"} if act == "rename_chair" else {}
    return getattr(actions, act)(chair, by=by, now=now, **words)


def lines():
    return list(Event.objects.order_by("line").values_list("verb", "details"))


def labels(user, clinic):
    return [chair.label for chair in queries.chairs(user, clinic)]


def test_a_new_chair_comes_last_and_goes_by_its_number(chair, owner, alvarez, clinic, now):
    entry = new_id()
    for _tap in range(2):
        added = actions.add_chair(clinic, by=owner, now=now, id=entry)
    named = actions.add_chair(clinic, by=owner, now=now, id=new_id(), name="  By  door ")

    assert (added.number, added.label, str(named)) == (2, "2", "Chair By door")
    assert labels(alvarez, clinic) == ["1", "2", "By door"]
    assert lines() == [("treatment.add_chair", {"chair": n}) for n in (2, 3)]


def test_a_chair_keeps_its_place_under_another_name(chair, owner, alvarez, clinic, now):
    actions.add_chair(clinic, by=owner, now=now, id=new_id())
    version = Chair.objects.get(pk=chair.pk).version

    for _tap in range(2):
        actions.rename_chair(chair, by=owner, now=now, name="Window")

    assert labels(alvarez, clinic) == ["Window", "2"]
    assert Chair.objects.get(pk=chair.pk).version == version + 1
    assert [verb for verb, _ in lines()].count("treatment.rename_chair") == 1
    assert actions.rename_chair(chair, by=owner, now=now, name="1").name == ""


@pytest.mark.parametrize("name", ["window", "WINDOW", " Window "])
def test_two_chairs_of_a_clinic_are_never_called_the_same(chair, owner, clinic, now, name):
    other = actions.add_chair(clinic, by=owner, now=now, id=new_id(), name="Window")
    actions.remove_chair(other, by=owner, now=now)
    before = lines()

    with pytest.raises(InputError, match="Another chair is called Window"):
        actions.rename_chair(chair, by=owner, now=now, name=name)
    with pytest.raises(InputError, match="letters long"):
        actions.rename_chair(chair, by=owner, now=now, name="x" * 9)

    assert lines() == before


def test_the_database_itself_holds_a_name_once(clinic):
    Chair.objects.create(clinic=clinic, number=1, name="Window")
    with pytest.raises(IntegrityError), transaction.atomic():
        Chair.objects.create(clinic=clinic, number=2, name="window")


@pytest.mark.parametrize("name", ["2", " 2 ", "9", "01", "12345678", "٢"])
def test_no_chair_is_called_by_a_number_that_is_not_its_own(chair, owner, clinic, now, name):
    before = lines()
    with pytest.raises(InputError, match=r"this one is 1\. Leave the name empty"):
        actions.rename_chair(chair, by=owner, now=now, name=name)
    with pytest.raises(InputError, match=r"this one is 2\. Leave the name empty"):
        actions.add_chair(clinic, by=owner, now=now, id=new_id(), name="1")
    assert lines() == before

    assert actions.rename_chair(chair, by=owner, now=now, name="1").label == "1"
    assert actions.rename_chair(chair, by=owner, now=now, name="Room 2").label == "Room 2"


def test_a_number_that_a_chair_bears_as_its_name_since_before_is_given_to_no_other(
    chair, owner, clinic, now
):
    Chair.objects.filter(pk=chair.pk).update(name="2")
    with pytest.raises(InputError, match="Another chair is called 2"):
        actions.add_chair(clinic, by=owner, now=now, id=new_id())

    assert actions.add_chair(clinic, by=owner, now=now, id=new_id(), name="Two").number == 2


def test_a_chair_leaves_every_screen_and_its_visits_keep_it(day, owner, alvarez, clinic, signed_in):
    session, chair = day.session, day.session.chair
    with pytest.raises(TakenError, match="Somebody sits in Chair 1"):
        actions.remove_chair(chair, by=owner, now=day.now)
    day.act(actions.end_session, kind="not-dosed", reason="ill")

    for _tap in range(2):
        actions.remove_chair(chair, by=owner, now=day.now)

    assert labels(alvarez, clinic) == []
    assert read_versions([clinic.pk]) == {clinic.pk: {}}
    assert "chair 1" in signed_in(alvarez).get(f"/sessions/{session.pk}/").content.decode().lower()
    assert [verb for verb, _ in lines()].count("treatment.remove_chair") == 1


def test_nobody_sits_down_in_a_chair_that_has_gone_nor_is_a_visit_opened_there_again(
    day, owner, alvarez
):
    chair = day.session.chair
    day.act(actions.end_session, kind="not-dosed", reason="ill")
    actions.remove_chair(chair, by=owner, now=day.now)

    with pytest.raises(TakenError, match="no longer on the floor; choose another"):
        actions.seat_patient(
            chair,
            course=day.session.course,
            by=alvarez,
            now=day.now,
            id=new_id(),
            identifiers=["name", "birth date"],
            is_call_device_shown=True,
        )
    with pytest.raises(TakenError, match=r"no longer on the floor\. The owner puts it back first"):
        day.act(actions.reopen_session, reason="ended by mistake")

    actions.return_chair(chair, by=owner, now=day.now)
    assert day.act(actions.reopen_session, reason="ended by mistake").ended_at is None


def test_a_chair_comes_back_to_its_old_place(chair, owner, alvarez, clinic, now):
    actions.add_chair(clinic, by=owner, now=now, id=new_id())
    actions.remove_chair(chair, by=owner, now=now)
    assert actions.add_chair(clinic, by=owner, now=now, id=new_id()).number == 3

    for _tap in range(2):
        actions.return_chair(chair, by=owner, now=now)

    assert labels(alvarez, clinic) == ["1", "2", "3"]
    assert [verb for verb, _ in lines()].count("treatment.return_chair") == 1


def test_a_clinic_has_no_more_chairs_than_a_floor_can_show(chair, owner, clinic, now):
    gone = actions.remove_chair(chair, by=owner, now=now)
    Chair.objects.bulk_create(Chair(clinic=clinic, number=n) for n in range(2, MOST_CHAIRS + 2))
    for act in ("add_chair", "return_chair"):
        with pytest.raises(InputError, match="1 to 200 chairs"):
            do(act, gone, by=owner, now=now)


@pytest.mark.parametrize("act", VERBS)
def test_neither_owen_nor_a_nurse_changes_our_chairs(chair, owen, alvarez, now, act):
    before = list(Chair.objects.values())
    for person in (owen, alvarez):
        with pytest.raises(PermissionDenied):
            do(act, chair, by=person, now=now)

    assert list(Chair.objects.values()) == before
    assert not Event.objects.exists()


def test_another_clinics_entry_is_not_given_back(chair, owner, owen, other_clinic, now):
    theirs = Chair.objects.create(clinic=other_clinic, number=1)
    with pytest.raises(InputError, match="sent before"):
        actions.add_chair(chair.clinic, by=owner, now=now, id=theirs.pk)


def test_the_page_does_all_four_and_keeps_what_it_refuses(
    chair, owner, clinic, signed_in, server_clock
):
    browser = signed_in(owner)
    assert 'href="/people/chairs/"' in browser.get("/people/").content.decode()
    entry = new_id()

    added = browser.post("/people/chairs/", {"entry": entry, "name": "Window"}, follow=True)
    assert "the last on the floor" in added.content.decode()
    wrong = browser.post(f"/people/chairs/{chair.pk}/rename/", {"name": "window"})
    long = browser.post(f"/people/chairs/{chair.pk}/rename/", {"name": "by the long wall"})
    browser.post(f"/people/chairs/{entry}/rename/", {"name": "Garden"})
    browser.post(f"/people/chairs/{chair.pk}/remove/")

    assert (wrong.status_code, long.status_code) == (400, 400)
    assert "Another chair is called Window" in wrong.content.decode()
    assert 'value="window"' in wrong.content.decode()
    assert 'value="by the long wall"' in long.content.decode()
    page = browser.get("/people/chairs/").content.decode()
    assert "Garden" in page
    assert f"/people/chairs/{chair.pk}/return/" in page
    browser.post(f"/people/chairs/{chair.pk}/return/")
    assert Chair.objects.get(pk=chair.pk).gone_at is None


def test_the_floor_says_the_name(chair, owner, alvarez, now, signed_in, server_clock):
    actions.rename_chair(chair, by=owner, now=now, name="Window")

    page = signed_in(alvarez).get("/floor/").content.decode()

    assert "Chair Window, Free" in page
    assert 'data-number="1"' in page
