"""An order is this session's, signed by its prescriber, within the protocol's doses."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from serein.clinical.errors import InputError
from serein.server.alerts.models import Alert
from serein.server.audit.models import Event
from serein.server.ids import new_id
from serein.server.treatment import actions, queries
from serein.server.treatment.errors import GateError
from serein.server.treatment.models import Order, Session
from serein.server.treatment.paper.ordered import outside
from serein.server.treatment.paper.record import record_content
from serein.server.treatment.queries import reading
from tests.server.treatment.screens import draw_pages


def shut(day):
    return {gate.id for gate in reading(day.session, now=day.now).open_gates}


def test_the_first_session_takes_56_mg_only(day):
    Session.objects.filter(pk=day.session.pk).update(number=1)
    with pytest.raises(InputError, match="84 mg is not a dose of session 1"):
        day.order(84)

    assert day.order(56).dose_mg == 56


@pytest.mark.parametrize("dose_mg", [0, 28, 55, 112, -56])
def test_other_doses_are_refused_with_those_that_are_allowed(day, dose_mg):
    with pytest.raises(InputError, match="allows 56, 84 mg"):
        day.order(dose_mg)


def test_a_later_order_stands_beside_the_earlier(day):
    day.order(56)
    day.later(1)
    day.order(84)

    assert list(Order.objects.order_by("ordered_at").values_list("dose_mg", flat=True)) == [56, 84]
    assert reading(day.session, now=day.now).ordered_mg == 84


def test_an_order_may_not_leave_out_a_device_that_is_recorded(day):
    day.dose(84)

    with pytest.raises(InputError, match="Device 3 is recorded already"):
        day.order(56)


def test_an_order_signed_on_paper_is_stored_with_the_device_beyond_it_told(day):
    day.check()
    signed_at = day.now
    for step in (1, 2, 3):
        day.later(5)
        day.device(step, is_already_given=True, at=day.now, reason="the screen was away")

    day.order(56, at=signed_at, reason="signed on paper")

    seen = reading(day.session, now=day.now)
    assert seen.ordered_mg == 56
    told = [hit.evidence for hit in seen.alerts if hit.rule == "dose-not-ordered"]
    assert told == [[seen.devices[-1].fact]]
    assert seen.devices[-1].number == 3
    [call] = [alert for alert in Alert.objects.all() if "dose-not-ordered" in alert.rules]
    assert call.resolved_at is None


def on_paper(day, dose_mg=84):
    """Session 1, all asked; the paper of five minutes ago says another dose."""
    Session.objects.filter(pk=day.session.pk).update(number=1)
    day.session.refresh_from_db()
    day.check()
    ordered_at = day.now
    day.later(5)
    return day.order(dose_mg, at=ordered_at, reason="on paper")


def test_an_order_on_paper_of_another_size_is_stored_and_calls_the_prescriber(day):
    lines = Event.objects.count()
    order = on_paper(day)

    assert (order.dose_mg, Order.objects.count()) == (84, 1)
    assert Event.objects.count() == lines + 3
    call = Alert.objects.get()
    assert (call.rules, call.urgency, call.for_role) == (["order-outside"], "now", "prescriber")
    assert call.evidence[0]["id"] == str(order.id)


def test_it_holds_the_next_device_and_not_the_record_of_those_given(day):
    on_paper(day)
    with pytest.raises(GateError) as refused:
        day.device(1)
    assert {one.id for one in refused.value.standing} == {"order-dose"}

    for step in (1, 2, 3):
        dose = day.device(step, is_already_given=True, reason="given from the paper")
        assert dose.outside_gate == ["order-dose"]
        day.later(5)
    assert reading(day.session, now=day.now).given_mg == 84


def test_no_signature_on_another_order_closes_that_call(day):
    on_paper(day)
    day.later(2)
    order = telephone(day)

    cosign(day, order)

    assert Alert.objects.get(rule="order-unsigned").resolution == "Order signed"
    assert Alert.objects.get(rule="order-outside").resolved_at is None


@pytest.mark.usefixtures("server_clock")
def test_page_and_record_mark_it_and_go_on_marking_it_once_another_stands(day):
    on_paper(day)
    day.order(56)

    page = draw_pages(day)
    assert page.count("▲ outside the protocol</span>") == 1
    record = record_content(day.session, by=day.prescriber, now=day.now)
    assert [("outside the protocol" in line) for line in record["orders"]] == [True, False]
    assert "The dose ordered is none of this session" in "\n".join(record["events"])


def marked(day):
    orders = list(queries.orders(day.session))
    beyond = outside(orders, day.session, known=queries.known(day.session))
    return {order.dose_mg: order.id in beyond for order in orders}


def test_an_order_signed_before_the_seating_is_marked_too(day):
    Session.objects.filter(pk=day.session.pk).update(number=1)
    day.session.refresh_from_db()
    day.later(5)
    day.order(56)

    day.order(84, at=day.session.seated_at - timedelta(minutes=2), reason="on paper")

    assert marked(day) == {84: True, 56: False}
    assert Alert.objects.get().rules == ["order-outside"]


def test_of_two_orders_of_one_minute_each_is_marked_by_its_own_dose(day):
    paper = on_paper(day)

    day.order(56, at=paper.ordered_at, reason="on paper too")

    assert marked(day) == {84: True, 56: False}


def test_a_dose_of_another_size_says_how_it_came_to_it_however_soon_it_is_entered(day):
    Session.objects.filter(pk=day.session.pk).update(number=1)
    day.session.refresh_from_db()
    day.later(2)
    for ordered_at in (
        day.now,
        day.session.seated_at,
        day.session.seated_at - timedelta(minutes=2),
    ):
        with pytest.raises(InputError, match=r"84 mg is not a dose of session 1\. Say how"):
            day.order(84, at=ordered_at)
    assert not Order.objects.exists()

    assert day.order(84, at=day.now, reason="said so on the ward round").dose_mg == 84
    assert day.order(56, at=day.now).reason == ""


def test_what_no_paper_can_say_is_refused(day):
    for dose_mg, why in ((55, "cannot be made of 28 mg devices"), (280, "would be 10 devices")):
        with pytest.raises(InputError, match=why):
            on_paper(day, dose_mg)
    assert not Order.objects.exists()


def test_a_new_order_of_another_size_is_told_of_the_paper(day):
    with pytest.raises(InputError, match="on paper is entered with its time"):
        day.order(28)


def test_nothing_is_ordered_after_the_patient_stopped(day):
    day.act(actions.stop_treatment)

    with pytest.raises(InputError, match="stopped"):
        day.order()


def test_an_order_names_this_sessions_product(day):
    assert day.order().product == day.session.product == "esketamine-nasal"


def telephone(day, **words):
    asked = {"dose_mg": 56, "prescriber": day.prescriber, "is_read_back": True, **words}
    return day.act(actions.take_telephone_order, **asked)


def test_a_telephone_order_that_was_not_read_back_is_no_order(day):
    with pytest.raises(InputError, match="Read the order back"):
        telephone(day, is_read_back=False)

    assert not Order.objects.exists()


def test_a_telephone_order_opens_the_gate_and_owes_a_signature(day):
    order = telephone(day)

    assert "order-signed" not in shut(day)
    assert (order.signed_at, order.prescriber, order.entered_by) == (
        None,
        day.prescriber,
        day.nurse,
    )
    owed = Alert.objects.get(rule="order-unsigned")
    assert (owed.for_role, owed.urgency) == ("prescriber", "follow-up")


def test_the_signature_closes_what_was_owed_even_after_the_visit(day):
    order = telephone(day)
    day.act(actions.end_session, kind="not-dosed", reason="ill")
    day.later(60)

    signed = cosign(day, order)

    assert signed.signed_at == day.now
    closed = Alert.objects.get(rule="order-unsigned")
    assert (closed.resolved_by, closed.resolution) == (day.prescriber, "Order signed")


def cosign(day, order, **words):
    asked = {"patient_id": day.session.patient_id, "by": day.prescriber, "now": day.now, **words}
    return actions.cosign_order(day.session, **asked, order_id=order.id)


@pytest.mark.usefixtures("server_clock")
def test_no_word_stands_in_for_the_signature(day, signed_in):
    order = telephone(day)
    owed = Alert.objects.get(rule="order-unsigned")

    with pytest.raises(InputError, match="Only the signature closes “A telephone order waits"):
        actions.resolve_alert(
            owed,
            by=day.nurse,
            now=day.now,
            resolution="will sign later",
            answered_by=day.prescriber,
        )
    with pytest.raises(InputError, match="Only the signature"):
        actions.resolve_alert(owed, by=day.prescriber, now=day.now, resolution="later")
    for page in (draw_pages(day), signed_in(day.nurse).get("/alerts/").content.decode()):
        assert "Only the signature closes this" in page
        assert f"/alerts/{owed.id}/resolve/" not in page

    owed.refresh_from_db()
    assert owed.resolved_at is None
    cosign(day, order)
    owed.refresh_from_db()
    assert owed.resolution == "Order signed"


@pytest.fixture(params=[0, 1], ids=["the older first", "the newer first"])
def two(day, request):
    """Two telephone orders, in the order in which they are signed."""
    first = telephone(day)
    day.later(1)
    both = [first, telephone(day, dose_mg=84)]
    return both if request.param == 0 else both[::-1]


def test_one_of_two_signatures_leaves_the_other_owed(day, two):
    cosign(day, two[0])

    assert Alert.objects.get(rule="order-unsigned").resolved_at is None


def test_the_last_signature_settles_what_was_owed(day, two):
    for order in two:
        cosign(day, order)

    assert Alert.objects.get(rule="order-unsigned").resolution == "Order signed"


def test_who_gave_the_order_signs_it_and_nobody_else(day, clinic, owner):
    owner.memberships.create(clinic=clinic, role="prescriber")
    order = telephone(day)

    with pytest.raises(InputError, match="Astrid Lind gave this order"):
        cosign(day, order, by=owner)
    with pytest.raises(PermissionDenied):
        cosign(day, order, by=day.nurse)


def test_an_order_of_another_session_is_not_signed_here(day):
    with pytest.raises(InputError, match="not of this session"):
        actions.cosign_order(
            day.session,
            patient_id=day.session.patient_id,
            by=day.prescriber,
            now=day.now,
            order_id=new_id(),
        )


def test_a_telephone_order_comes_from_a_prescriber_of_this_clinic(day, osei, owen):
    for nobody in (osei, owen):
        with pytest.raises(InputError, match="no prescriber at this clinic"):
            telephone(day, prescriber=nobody)


def test_nobody_takes_their_own_order_by_telephone(day, clinic):
    day.nurse.memberships.create(clinic=clinic, role="prescriber")

    with pytest.raises(InputError, match="your own order"):
        telephone(day, prescriber=day.nurse)


def test_a_replacement_is_one_device_that_failed_or_was_given_in_part(day):
    day.check()
    day.order(84)
    day.device(1)
    day.later(5)
    day.device(2, outcome="failed", reason="the plunger stuck")
    with pytest.raises(InputError, match="one device of 28 mg"):
        day.order(56, replaces_device=2)
    with pytest.raises(InputError, match="neither failed nor"):
        day.order(28, replaces_device=1)
    with pytest.raises(InputError, match="neither failed nor"):
        day.order(28, replaces_device=3)

    assert day.order(28, replaces_device=2).replaces_device == 2
    with pytest.raises(InputError, match="ordered already"):
        day.order(28, replaces_device=2)


def test_an_order_sent_again_with_another_dose_is_refused(day):
    entry = new_id()
    day.order(56, id=entry)

    with pytest.raises(InputError, match="sent before"):
        day.order(84, id=entry)
