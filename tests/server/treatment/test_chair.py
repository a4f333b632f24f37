"""A chair is cleaned, blocked and freed; each change is one line."""

import pytest
from django.core.exceptions import PermissionDenied

from serein.clinical.errors import InputError
from serein.server.audit.models import Event
from serein.server.treatment import actions
from serein.server.treatment.errors import TakenError
from serein.server.treatment.models import Chair


@pytest.fixture
def cleaning(day):
    day.act(actions.end_session, kind="not-dosed", reason="ill")
    return day.session.chair


def test_an_ended_session_leaves_its_chair_to_be_cleaned(cleaning, day):
    assert Chair.objects.get().cleaning_since == day.now


def test_the_desk_may_say_that_the_chair_is_clean(cleaning, desk, now):
    assert actions.finish_cleaning(cleaning, by=desk, now=now).cleaning_since is None


def test_a_chair_is_marked_clean_once(cleaning, alvarez, now):
    actions.finish_cleaning(cleaning, by=alvarez, now=now)
    actions.finish_cleaning(cleaning, by=alvarez, now=now)

    assert Event.objects.filter(verb="treatment.finish_cleaning").count() == 1


def test_a_chair_is_blocked_with_a_reason_and_freed(chair, alvarez, now):
    with pytest.raises(InputError, match="why the chair is blocked"):
        actions.block_chair(chair, by=alvarez, now=now, reason=" ")
    with pytest.raises(InputError, match="letters long"):
        actions.block_chair(chair, by=alvarez, now=now, reason="x" * 121)

    blocked = actions.block_chair(chair, by=alvarez, now=now, reason="pump recall")
    assert blocked.blocked_reason == "pump recall"
    assert actions.unblock_chair(chair, by=alvarez, now=now).blocked_reason == ""
    verbs = ["treatment.block_chair", "treatment.unblock_chair"]
    assert list(Event.objects.order_by("line").values_list("verb", flat=True)) == verbs


def test_a_chair_somebody_sits_in_is_not_blocked(day, osei):
    with pytest.raises(TakenError, match="Somebody sits"):
        actions.block_chair(day.session.chair, by=osei, now=day.now, reason="pump recall")


@pytest.mark.parametrize("act", ["finish_cleaning", "block_chair", "unblock_chair"])
def test_owen_leaves_our_chairs_alone(chair, owen, now, act):
    words = {"reason": "mine"} if act == "block_chair" else {}

    with pytest.raises(PermissionDenied):
        getattr(actions, act)(chair, by=owen, now=now, **words)

    assert not Event.objects.exists()


def test_the_desk_neither_blocks_a_chair_nor_puts_it_back_in_use(
    chair, alvarez, desk, now, signed_in, server_clock
):
    actions.block_chair(chair, by=alvarez, now=now, reason="pump recall")
    lines = Event.objects.count()

    for act, words in (("block_chair", {"reason": "mine"}), ("unblock_chair", {})):
        with pytest.raises(PermissionDenied):
            getattr(actions, act)(chair, by=desk, now=now, **words)

    assert "Put back in use" not in signed_in(desk).get("/floor/").content.decode()
    chair.refresh_from_db()
    assert chair.blocked_reason == "pump recall"
    assert Event.objects.count() == lines


def test_a_second_tap_blocks_no_less_and_frees_no_less(chair, alvarez, signed_in, server_clock):
    browser = signed_in(alvarez)
    for _tap in range(2):
        browser.post(f"/chairs/{chair.pk}/block/", {"reason": "oxygen outlet broken"})
    chair.refresh_from_db()
    assert chair.blocked_reason == "oxygen outlet broken"
    assert f"/chairs/{chair.pk}/unblock/" in browser.get("/floor/").content.decode()

    for _tap in range(2):
        browser.post(f"/chairs/{chair.pk}/unblock/")
    chair.refresh_from_db()
    assert chair.blocked_reason == ""
    assert Event.objects.filter(verb__endswith="block_chair").count() == 2
