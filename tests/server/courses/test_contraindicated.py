"""A course that is contraindicated does not begin; what is not known is asked, or said why not."""

from datetime import date
from types import MappingProxyType

import pytest

from serein.clinical.criteria import Verdict
from serein.clinical.errors import InputError
from serein.server.audit.models import Event
from serein.server.courses.actions import adopt_content
from serein.server.courses.models import Course
from serein.server.courses.queries import against, known, policies_on, startable
from serein.server.eligibility.actions import record_history
from serein.server.ids import new_id
from serein.server.library import library
from tests.server.treatment.day import new_course

US, IV = "esketamine-trd-us", "ketamine-iv"
IN_ORDER = {
    "history.aneurysm": False,
    "history.arteriovenous-malformation": False,
    "history.intracerebral-haemorrhage": False,
    "hypersensitivity.ketamine": False,
    "hypertension.uncontrolled": False,
    "intracranial-pressure.raised": False,
    "cardiovascular-event": False,
    "psychosis.current": False,
    "mania.current": False,
    "diagnosis": "mdd",
    "pregnancy.now": "no",
    "breastfeeding": False,
    "substance-use.active": False,
    "ketamine.misuse": False,
    "liver.child-pugh": "none",
    "bladder.cystitis": False,
}


@pytest.fixture
def start(clinic, patient, lind, now):
    for content_id in (US, IV, "esketamine-trd-eu"):
        adopt_content(clinic, by=lind, now=now, content_id=content_id, version=1)

    def begin(protocol_id=US, *, words=MappingProxyType({}), **answers):
        if answers:
            values = {code.replace("__", "."): value for code, value in answers.items()}
            record_history(patient, by=lind, now=now, id=new_id(), values=values)
        return new_course(patient, by=lind, now=now, protocol_id=protocol_id, **words)

    return begin


def test_an_aneurysm_keeps_esketamine_away_and_the_sentence_names_it(start):
    with pytest.raises(InputError, match=r"No aneurysmal disease .*: not met.* Source: Spravato"):
        start(history__aneurysm=True)

    assert not Course.objects.exists()


def test_the_same_finding_is_a_caution_where_the_prescriber_decides(start, patient, now):
    assert start(IV, history__aneurysm=True).protocol_id == IV

    [finding] = [
        one
        for one in against(library().protocol(IV), patient, now=now)
        if one.verdict is Verdict.UNMET
    ]
    assert (finding.id, finding.waiver) == ("aneurysm", "prescriber")


def test_each_place_has_its_own_contraindications(start, patient, now):
    found = [
        {one.id for one in against(library().protocol(name), patient, now=now)}
        for name in (US, "esketamine-trd-eu")
    ]

    assert found[0] != found[1]


def test_what_is_not_known_is_answered_or_the_prescriber_says_why_not(start, patient, now):
    asked = [one.id for one in against(library().protocol(US), patient, now=now)]
    with pytest.raises(InputError, match=r"15 contraindications are not known .*aneurysmal"):
        start(words={"unknown_because": " why "})
    assert not Course.objects.exists()

    start(words={"unknown_because": "Emergency, asked at the chair"})
    told = Event.objects.get(verb="courses.start").details
    assert (told["unknown"], told["because"]) == (asked, "Emergency, asked at the chair")


def test_a_course_of_somebody_of_whom_all_is_known_asks_for_no_such_word(start):
    start(
        words={"unknown_because": ""},
        **{code.replace(".", "__"): value for code, value in IN_ORDER.items()},
    )
    assert set(Event.objects.get(verb="courses.start").details) == {"protocol", "version"}


@pytest.mark.parametrize("protocol_id", [US, IV, "esketamine-trd-eu"])
def test_under_eighteen_there_is_no_course(start, patient, protocol_id):
    patient.born_on = date(2007, 10, 15)
    patient.save()

    with pytest.raises(InputError, match="under 18"):
        start(protocol_id)


def test_on_the_eighteenth_birthday_there_may_be_one(start, patient):
    patient.born_on = date(2007, 10, 14)
    patient.save()

    assert start().protocol_id == US


def test_birth_date_sex_and_course_are_facts_of_the_patient(start, patient):
    patient.sex = "female"
    patient.save()
    start()

    told = {fact.code: fact.value for fact in known(patient)}
    assert told == {
        "birth-date": "1978-03-01",
        "sex": "female",
        "course.started-on": "2025-10-14",
    }


def test_a_sex_that_is_not_known_is_no_fact(patient):
    patient.sex = "unknown"

    assert [fact.code for fact in patient.own_facts()] == ["birth-date"]


def test_the_whole_chart_is_read_in_five_statements(day, django_assert_max_num_queries):
    day.dose()
    patient = day.session.patient

    with django_assert_max_num_queries(5):
        codes = [fact.code for fact in known(patient)]
    assert codes.count("device") == 2
    assert "session" in codes


def test_a_set_that_no_longer_holds_is_left_out():
    names = [{one.id for one in policies_on(day)} for day in (date(2025, 6, 1), date(2026, 6, 1))]

    assert names[0] - names[1] == {"bcbs-nd-esketamine-2024", "evicore-esketamine-trd"}


def test_esketamine_and_racemic_ketamine_never_stand_in_one_list(start, clinic):
    groups = startable(clinic)

    assert [title for title, _some in groups] == ["Esketamine", "Racemic ketamine"]
    for _title, some in groups:
        assert len({one.of.product for one in some}) == 1
    assert [one.of.id for one in groups[1][1] if one.adoption] == [IV]
