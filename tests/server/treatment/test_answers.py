"""The form before the dose: a stale one overwrites nobody, what nobody changed writes nothing."""

import uuid

import pytest
from django.core.exceptions import PermissionDenied

from serein.server import clock
from serein.server.audit.models import Event
from serein.server.ids import new_id
from serein.server.patients.models import FactRow
from serein.server.treatment import actions
from serein.server.treatment.errors import AnswersError
from serein.server.treatment.queries import reading
from tests.server.treatment.day import ANSWERS, CALM

pytestmark = pytest.mark.usefixtures("server_clock")


@pytest.fixture
def tablet(day, signed_in):
    """A tablet that opens the form, and sends it as it was opened but for what is changed."""

    def open_form(by=None):
        clock.set_to(day.now, frozen=True)
        browser = signed_in(by or day.nurse)
        shown = browser.get(f"/sessions/{day.session.pk}/").context["forms"]["checks"]
        typed = {name: shown[name].value() for name in shown.fields}
        typed = {name: value for name, value in typed.items() if value is not None}

        def send(**changes):
            clock.set_to(day.now, frozen=True)
            return browser.post(f"/sessions/{day.session.pk}/checks/", {**typed, **changes})

        return send

    return open_form


def latest(day, code):
    return reading(day.session, now=day.now).latest[code]


def shut(day):
    return {gate.id for gate in reading(day.session, now=day.now).open_gates}


def test_a_stale_form_overwrites_no_colleague_s_newer_answer(day, tablet):
    day.check()
    send = tablet()
    day.later(1)
    day.act(actions.record_checks, answers={"suicidal-thoughts": True})
    held = shut(day)
    assert held
    day.later(1)

    assert send().status_code == 302

    assert latest(day, "suicidal-thoughts").value is True
    assert shut(day) == held


def test_answers_sent_back_as_they_were_shown_write_nothing(day, tablet):
    day.check()
    send = tablet()
    facts, lines = FactRow.objects.count(), Event.objects.filter(verb="treatment.record_checks")
    written = lines.count()
    day.later(1)

    assert send().status_code == 302

    assert FactRow.objects.count() == facts
    assert lines.count() == written


def test_a_decision_outlives_a_form_that_changes_nothing_of_what_it_rests_on(day, tablet):
    day.check()
    day.later(1)
    day.act(actions.record_checks, answers={"suicidal-thoughts": True})
    rule = next(one.id for one in reading(day.session, now=day.now).open_gates if one.waiver)
    day.act(actions.decide, by=day.prescriber, rule=rule, reason="seen and talked through")
    assert rule not in shut(day)
    send = tablet()
    day.later(1)

    assert send(**{"fasting.food": "no"}).status_code == 302

    assert rule not in shut(day)
    assert latest(day, "fasting.food").value is False


def test_a_conflict_keeps_what_was_typed_stores_the_rest_and_may_be_sent_again(day, tablet, osei):
    day.check(psychosis=True)
    send = tablet()
    day.later(1)
    day.act(actions.record_checks, by=osei, answers={"pregnancy": "unknown"})
    day.later(1)

    answer = send(**{"pregnancy": "yes", "psychosis": "no"})

    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Kofi Osei recorded “not known” at" in page
    assert latest(day, "psychosis").value is False
    assert latest(day, "pregnancy").value == "unknown"
    shown = answer.context["forms"]["checks"]
    assert shown["pregnancy"].value() == "yes"
    assert shown["seen.pregnancy"].value() == str(latest(day, "pregnancy").id)

    again = {name: shown[name].value() for name in shown.fields}
    assert send(**{name: value for name, value in again.items() if value}).status_code == 302
    assert latest(day, "pregnancy").value == "yes"


def test_after_the_dose_the_form_is_saved_without_a_consent_that_nobody_changed(day, tablet):
    day.dose()
    send = tablet()
    day.later(1)

    assert send(**{"transport.escort": "J. Nowak"}).status_code == 302

    assert latest(day, "transport.escort").value == "J. Nowak"


def test_a_consent_changed_after_the_dose_is_refused_by_itself(day, tablet):
    day.dose()
    send = tablet()
    day.later(1)

    answer = send(**{"transport.escort": "J. Nowak", "consent.seen": "no"})

    assert answer.status_code == 400
    assert "No consent is taken between the first dose and release" in answer.content.decode()
    assert latest(day, "consent.seen").value is True
    assert latest(day, "transport.escort").value == "J. Nowak"


def test_the_same_answer_from_two_tablets_is_stored_once(day, tablet, osei):
    send = tablet()
    day.later(1)
    day.act(actions.record_checks, by=osei, answers={"psychosis": False})

    assert send(psychosis="no").status_code == 302

    assert FactRow.objects.get(code="psychosis").by == osei


def test_a_changed_form_sent_twice_is_stored_once_with_one_line(day):
    day.check()
    seen = {code: latest(day, code).id for code in ANSWERS}
    day.later(1)
    words = {"id": new_id(), "answers": {**ANSWERS, "psychosis": True}, "seen": seen}
    first = day.act(actions.record_checks, **words)
    facts = FactRow.objects.count()

    assert day.act(actions.record_checks, **words) == first
    assert FactRow.objects.count() == facts


def test_owen_changes_no_answer_here(day, owen):
    with pytest.raises(PermissionDenied):
        day.act(actions.record_checks, by=owen, answers={"psychosis": False}, seen={})


def test_a_form_that_shows_another_fact_than_any_of_the_visit_passes_for_no_knowledge(day):
    day.check()
    day.act(actions.record_vitals, values=CALM)
    seen = {"psychosis": uuid.uuid4()}
    with pytest.raises(AnswersError, match="recorded “no”"):
        day.act(actions.record_checks, answers={"psychosis": True}, seen=seen)


def test_the_benefit_is_judged_by_the_prescriber_and_offered_to_nobody_else(day, tablet):
    answer = tablet()(**{"benefit.judged": "some", "psychosis": "no"})

    assert answer.status_code == 400
    assert "to say; ask them to record it" in answer.content.decode()
    assert 'name="benefit.judged"' not in answer.content.decode()
    assert latest(day, "psychosis").value is False
    assert not FactRow.objects.filter(code="benefit.judged").exists()

    day.later(1)
    assert tablet(day.prescriber)(**{"benefit.judged": "some"}).status_code == 302
    assert latest(day, "benefit.judged").value == "some"


def test_a_judgement_that_stands_goes_through_a_nurse_s_form_unchanged(day, tablet):
    day.act(actions.record_checks, by=day.prescriber, answers={"benefit.judged": "none"})
    day.later(1)

    assert tablet()(psychosis="no").status_code == 302

    assert latest(day, "benefit.judged").by == str(day.prescriber)
