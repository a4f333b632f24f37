"""The shelf: a lot is put there once, and closed with a reason."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import reverse

from serein.clinical.errors import InputError
from serein.server.audit.models import Event
from serein.server.ids import new_id
from serein.server.supply import queries
from serein.server.supply.actions import add_lot, close_lot
from serein.server.supply.models import Lot


@pytest.fixture
def label(now):
    return {
        "product": "ketamine",
        "number": " K100 ",
        "unit": "mL",
        "strength_mg": 50.0,
        "expires_on": now.date() + timedelta(days=365),
    }


def test_a_lot_is_on_the_shelf_with_its_label_and_one_line_in_the_log(clinic, pym, now, label):
    lot = add_lot(clinic, by=pym, now=now, id=new_id(), **label)
    assert (lot.number, str(lot)) == ("K100", "K100, 50 mg/mL")
    assert list(queries.lots(pym, clinic)) == [lot]
    assert Event.objects.filter(verb="supply.add_lot", subject_id=str(lot.id)).count() == 1


def test_a_form_sent_twice_is_one_lot(clinic, pym, now, label):
    entry = new_id()
    assert add_lot(clinic, by=pym, now=now, id=entry, **label) == add_lot(
        clinic, by=pym, now=now, id=entry, **label
    )
    assert Lot.objects.count() == 1
    with pytest.raises(InputError, match="sent before, for something else"):
        add_lot(clinic, by=pym, now=now, id=entry, **{**label, "number": "K200"})


def test_two_people_with_one_delivery_put_it_there_once(clinic, pym, alvarez, now, label):
    add_lot(clinic, by=pym, now=now, id=new_id(), **label)
    with pytest.raises(InputError, match="Lot K100 is on the shelf already"):
        add_lot(clinic, by=alvarez, now=now, id=new_id(), **label)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"number": "  "}, "Enter the lot number"),
        ({"product": "lidocaine"}, "Choose the product"),
        ({"unit": "crate"}, "Choose the product"),
        ({"strength_mg": 0.0}, "0 mg is no strength; enter the milligrams in one mL"),
        ({"strength_mg": 5000.0}, "5000 mg is no strength"),
        ({"strength_mg": float("nan")}, "nan mg is no strength"),
    ],
)
def test_a_label_that_cannot_be_is_refused(clinic, pym, now, label, changed, said):
    with pytest.raises(InputError, match=said):
        add_lot(clinic, by=pym, now=now, id=new_id(), **{**label, **changed})
    assert not Lot.objects.exists()


def test_an_expired_lot_does_not_go_on_the_shelf(clinic, pym, now, label):
    today = now.astimezone(clinic.zone).date()
    with pytest.raises(InputError, match="it does not go on the shelf"):
        add_lot(
            clinic,
            by=pym,
            now=now,
            id=new_id(),
            **{**label, "expires_on": today - timedelta(days=1)},
        )
    add_lot(clinic, by=pym, now=now, id=new_id(), **{**label, "expires_on": today})


def test_a_closed_lot_stays_in_the_list_and_is_no_longer_picked(clinic, pym, now, label):
    lot = add_lot(clinic, by=pym, now=now, id=new_id(), **label)
    with pytest.raises(InputError, match="Say why it is closed"):
        close_lot(lot, by=pym, now=now, reason=" ")
    closed = close_lot(lot, by=pym, now=now, reason="recalled")
    assert (closed.closed_by, closed.closed_because) == (pym, "recalled")
    picked = queries.on_the_shelf(clinic, product="ketamine", units=["mL"], on=now.date())
    assert list(picked) == []
    assert list(queries.lots(pym, clinic)) == [lot]
    assert close_lot(lot, by=pym, now=now, reason="again").closed_because == "recalled"


def test_the_lot_that_expires_first_is_offered_first_and_only_its_own_product(
    clinic, pym, now, label
):
    late, soon = (
        add_lot(
            clinic,
            by=pym,
            now=now,
            id=new_id(),
            **{**label, "number": number, "expires_on": now.date() + timedelta(days=days)},
        )
        for number, days in (("L", 300), ("S", 30))
    )
    add_lot(clinic, by=pym, now=now, id=new_id(), **{**label, "product": "esketamine"})
    add_lot(clinic, by=pym, now=now, id=new_id(), **{**label, "unit": "troche"})

    def shelf(days):
        on = now.date() + timedelta(days=days)
        return list(queries.on_the_shelf(clinic, product="ketamine", units=["mL"], on=on))

    assert shelf(0) == [soon, late]
    assert shelf(31) == [late]


def test_owen_sees_and_closes_nothing_here(clinic, pym, owen, now, label):
    lot = add_lot(clinic, by=pym, now=now, id=new_id(), **label)
    assert list(queries.lots(owen, clinic)) == []
    with pytest.raises(Http404):
        queries.lot(owen, clinic, lot.id)
    with pytest.raises(PermissionDenied):
        close_lot(lot, by=owen, now=now, reason="recalled")
    with pytest.raises(PermissionDenied):
        add_lot(clinic, by=owen, now=now, id=new_id(), **label)


def test_the_page_lists_takes_and_closes(server_clock, signed_in, pym, now, label):
    browser = signed_in(pym)
    empty = browser.get(reverse("shelf")).content.decode()
    assert "The shelf is empty" in empty
    typed = {**label, "entry": new_id(), "expires_on": label["expires_on"].isoformat()}
    assert browser.post(reverse("shelf"), typed).status_code == 302
    page = browser.get(reverse("shelf")).content.decode()
    assert "K100" in page
    assert "racemic KETAMINE" in page
    wrong = browser.post(reverse("shelf"), {**typed, "entry": new_id(), "strength_mg": "0"})
    assert wrong.status_code == 400
    assert "0 mg is no strength" in wrong.content.decode()
    bad = browser.post(reverse("shelf"), {**typed, "entry": new_id(), "expires_on": "soon"})
    assert "Look at the marked boxes again" in bad.content.decode()
    lot = Lot.objects.get()
    refused = browser.post(reverse("close_lot", args=[lot.id]), {"reason": ""})
    assert "Say why it is closed" in refused.content.decode()
    assert (
        browser.post(reverse("close_lot", args=[lot.id]), {"reason": "used up"}).status_code == 302
    )
    assert "1 closed lot" in browser.get(reverse("shelf")).content.decode()


def test_an_empty_form_says_under_each_box_what_to_do(pym, signed_in, server_clock):
    page = signed_in(pym).post("/supply/", {"entry": new_id(), "strength_mg": "many"})

    assert page.status_code == 400
    text = page.content.decode()
    for words in (
        "Choose the product that the label names",
        "Type the lot number as the label has it",
        "Choose what it is counted in",
        "Type the milligrams as a number, such as 50",
        "Type the day on which it expires",
    ):
        assert f'<p class="ask__wrong">{words}</p>' in text
    assert 'value="many"' in text
