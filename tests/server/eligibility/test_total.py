"""A total of a scale that was filled in elsewhere, and the answers that must be seen with it."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from serein.clinical.errors import InputError
from serein.server.alerts.models import Alert
from serein.server.audit.models import Event
from serein.server.eligibility import queries
from serein.server.eligibility.actions import record_history, record_total
from serein.server.ids import new_id
from serein.server.patients.models import FactRow
from tests.server.treatment.day import new_patient


@pytest.fixture
def put(patient, alvarez, now):
    def store(scale="phq-9", total=14, items=None, **words):
        asked = {"by": alvarez, "now": now, "id": new_id(), **words}
        return record_total(
            patient, scale=queries.scale(scale), total=total, items=items or {}, **asked
        )

    return store


@pytest.fixture
def browser(server_clock, signed_in, alvarez):
    return signed_in(alvarez)


@pytest.fixture
def send(browser, patient):
    def post(**typed):
        address = reverse("record_total", args=[patient.id])
        asked = {"entry": new_id(), "scale": "phq-9", "total": "14", **typed}
        return browser.post(address, asked, follow=True)

    return post


def text(answer):
    return " ".join(answer.content.decode().split())


def test_a_total_typed_in_is_compared_where_it_is_asked_for(browser, patient, send):
    page = text(browser.get(reverse("eligibility", args=[patient.id]), {"part": "outcome"}))
    assert reverse("record_total", args=[patient.id]) in page

    answer = send(on="2025-10-13")

    assert "<b>14</b>" in text(answer)
    assert "13 Oct 2025" in text(answer)
    row = FactRow.objects.get()
    assert (row.code, row.value, row.unit, row.source) == ("phq-9.total", 14, "{score}", "history")


def test_the_form_says_the_range_and_asks_for_item_nine(browser, patient):
    address = reverse("record_total", args=[patient.id])
    page = text(browser.get(address, {"scale": "phq-9"}))

    assert "Total, from 0 to 27" in page
    assert "Item 9: Thoughts of death or self-harm" in page
    assert "3 · Nearly every day" in page
    assert "Item" not in text(browser.get(address, {"scale": "gad-7"})).split("<form")[-1]
    assert browser.get(address, {"scale": "c-ssrs-screen"}).status_code == 404


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"total": "28"}, "lies between 0 and 27, not at 28"),
        ({"total": "-1"}, "lies between 0 and 27"),
        ({"total": "much"}, "Enter a whole number"),
        ({"on": "2025-10-15"}, "has not come yet"),
        ({"item-9": "7"}, "Select a valid choice"),
    ],
)
def test_what_the_scale_does_not_have_is_refused_and_stays_typed(send, typed, sentence):
    answer = send(**typed)

    assert answer.status_code == 400
    assert sentence in text(answer)
    assert not FactRow.objects.exists()


def test_item_nine_above_zero_calls_the_prescriber(put, patient):
    put(items={9: 1})

    [alert] = Alert.objects.all()
    assert (alert.patient, alert.encounter, alert.urgency) == (patient, None, "now")
    assert alert.for_role == "prescriber"
    assert "item 9 above zero" in alert.text
    [flag] = queries.scale("phq-9").flag
    assert flag.policy
    assert (alert.urgency, alert.for_role) == (flag.urgency, flag.for_role)
    assert alert.source["action"] == flag.action
    assert "C-SSRS" in flag.action
    [event] = Event.objects.all()
    assert event.details["raised"] == ["phq-9.self-harm"]


def test_item_nine_at_zero_calls_nobody_and_is_seen(send):
    answer = send(**{"item-9": "0"})

    assert not Alert.objects.exists()
    assert "was not seen" not in text(answer)


def test_a_total_alone_says_that_item_nine_was_not_seen(send, browser, patient):
    assert "Item 9 was not seen with this total" in text(send())

    page = text(browser.get(reverse("eligibility", args=[patient.id]), {"part": "outcome"}))
    assert "Item 9 was not seen with this total" in page


def test_an_open_alert_is_not_opened_twice_and_another_patients_is_their_own(
    put, patient, alvarez, now, clinic
):
    put(items={9: 1})
    put(items={9: 2})
    assert Alert.objects.count() == 1

    record_total(
        new_patient(clinic, now=now, name="Berg"),
        by=alvarez,
        now=now,
        id=new_id(),
        scale=queries.scale("phq-9"),
        total=9,
        items={9: 1},
    )
    assert Alert.objects.count() == 2


def test_an_answer_to_item_nine_told_with_the_history_calls_too(patient, alvarez, now):
    record_history(patient, by=alvarez, now=now, id=new_id(), values={"phq-9.item-9": 2})

    assert Alert.objects.filter(rule="phq-9.self-harm").count() == 1


def test_the_alert_is_on_the_list_with_its_chart(put, browser, patient):
    put(items={9: 1})

    page = text(browser.get(reverse("alerts")))

    assert "Thoughts of death or self-harm" in page
    assert reverse("patient", args=[patient.id]) in page


def test_the_same_form_sent_twice_is_stored_once(put):
    entry = new_id()
    assert put(id=entry, items={9: 1}) == put(id=entry, items={9: 1})

    assert FactRow.objects.count() == 2
    assert Event.objects.count() == 1
    with pytest.raises(InputError, match="saved before with something else"):
        put(id=entry, total=3)


def test_a_total_of_an_earlier_day_is_dated_on_it(put):
    [fact] = put(on=date(2025, 9, 1))

    assert fact.effective_at.date() == date(2025, 9, 1)


@pytest.mark.parametrize("name", ["owen", "bray", "desk", "pym"])
def test_owen_the_biller_the_desk_and_the_pharmacist_type_no_total(put, request, name):
    with pytest.raises(PermissionDenied):
        put(by=request.getfixturevalue(name))

    assert not FactRow.objects.exists()
    assert not Event.objects.exists()


def test_the_therapist_types_a_total(put, okafor):
    assert put(by=okafor)
