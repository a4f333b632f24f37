"""A prescriber decides what a set leaves to them, for that set and for what is known."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from serein.clinical.criteria import Verdict
from serein.clinical.errors import InputError
from serein.server.audit.models import Event
from serein.server.courses.queries import judged, known
from serein.server.eligibility.actions import decide_criterion, record_history
from serein.server.eligibility.queries import policy
from serein.server.ids import new_id
from serein.server.patients.models import FactRow
from tests.server.treatment.day import new_patient

SET = "contraindications-ketamine"
REASON = "treated since and stable"


@pytest.fixture
def decide(patient, lind, now):
    record_history(
        patient,
        by=lind,
        now=now,
        id=new_id(),
        values={"hypertension.uncontrolled": True, "capacity": False},
    )

    def act(rule="hypertension", someone=patient, **words):
        asked = {"by": lind, "now": now, "id": new_id(), "reason": REASON, **words}
        return decide_criterion(someone, of=policy(SET, on=now.date()), rule=rule, **asked)

    return act


def verdict(patient, name, rule, now):
    findings = judged(policy(name, on=now.date()), known(patient), now=now)
    return next(one.verdict for one in findings if one.id == rule)


def test_a_decision_turns_the_criterion_and_leaves_one_line(decide, patient, now):
    assert verdict(patient, SET, "hypertension", now) is Verdict.UNMET
    entry = new_id()
    assert decide(id=entry) == decide(id=entry)

    assert verdict(patient, SET, "hypertension", now) is Verdict.MET
    [event] = Event.objects.filter(verb="eligibility.decide")
    assert event.details == {"codes": ["decision.hypertension"], "policy": SET}


def test_a_decision_counts_for_its_own_set_alone(decide, patient, now):
    decide()

    words = FactRow.objects.get(code="decision.hypertension").value
    FactRow.objects.filter(code="decision.hypertension").update(value={**words, "policy": "other"})
    assert verdict(patient, SET, "hypertension", now) is Verdict.UNMET


def test_a_go_ahead_for_one_visit_decides_nothing_about_the_patient(decide, patient, lind, now):
    fact = decide()
    FactRow.objects.filter(id=fact.id).update(encounter=new_id())

    assert verdict(patient, SET, "hypertension", now) is Verdict.UNMET


def test_a_decision_does_not_cover_what_is_learnt_later(decide, patient, lind, now):
    decide()
    later = now + timedelta(hours=1)
    values = {"hypertension.uncontrolled": True}
    record_history(patient, by=lind, now=later, id=new_id(), values=values)

    assert verdict(patient, SET, "hypertension", later) is Verdict.UNMET


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("capacity", "is never waived"),
        ("glaucoma", "before it is known"),
        ("moonlight", "has no criterion"),
    ],
)
def test_what_is_not_the_prescribers_to_decide_is_refused(decide, rule, sentence):
    with pytest.raises(InputError, match=sentence):
        decide(rule)


@pytest.mark.parametrize("reason", ["", "ok"])
def test_a_decision_needs_a_sentence(decide, reason):
    with pytest.raises(InputError, match="reason in a sentence"):
        decide(reason=reason)


def test_what_is_met_is_not_decided_twice(decide):
    decide()

    with pytest.raises(InputError, match="nothing to decide"):
        decide()


def test_nurses_and_owen_decide_nothing(decide, alvarez, owen):
    for nobody in (alvarez, owen):
        with pytest.raises(PermissionDenied):
            decide(by=nobody)

    assert not Event.objects.filter(verb="eligibility.decide").exists()


def test_an_entry_of_another_chart_is_refused(decide, clinic, lind, now):
    fact = decide()
    other = new_patient(clinic, now=now, name="Bello")

    with pytest.raises(InputError, match="another chart"):
        decide(someone=other, id=fact.id)
