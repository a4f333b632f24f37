"""The page of eligibility: one chart, every set, each criterion with its evidence and its gap."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from serein.clinical.facts import FactValue
from serein.server.audit.models import Event
from serein.server.eligibility.actions import decide_criterion, record_history, record_trial
from serein.server.ids import new_id
from serein.server.library import library
from serein.server.patients.models import FactRow
from tests.server.treatment.day import CALM

US = "contraindications-esketamine-us"
TRIAL = {"drug": "sertraline", "dose_mg_per_day": 150, "weeks": 8, "improvement_percent": 10}


@pytest.fixture
def told(patient, lind, now):
    """Some history before today."""
    before = now - timedelta(days=3)
    values: dict[str, FactValue] = {
        "history.aneurysm": False,
        "substance-use.active": True,
        "pregnancy.now": "not-applicable",
        "phq-9.total": 21,
    }
    record_history(patient, by=lind, now=before, id=new_id(), values=values)
    for value in (
        {**TRIAL, "episode": "current"},
        {**TRIAL, "weeks": 2, "episode": "current"},
        {"drug": "venlafaxine"},
    ):
        record_trial(patient, by=lind, now=before, id=new_id(), value=value)
    return patient


@pytest.fixture
def page(server_clock, signed_in, told, lind):
    def seen(person=lind, **asked):
        address = reverse("eligibility", args=[told.id], query=asked)
        return signed_in(person).get(address)

    return seen


def text(answer):
    return " ".join(answer.content.decode().split())


def test_every_set_is_held_against_the_chart_by_what_it_is_about(page):
    seen = text(page())

    first = seen.index("Contraindications and cautions")
    assert first < seen.index("What the illness is called") < seen.index("Payers, to begin")
    assert "Cigna: esketamine" in seen
    assert "not adopted here" in seen


def test_a_criterion_shows_verdict_evidence_gap_and_source(page):
    seen = text(page(policy=US))

    assert "▲ not met" in seen
    assert "Active substance use disorder</dt><dd><b>yes</b>" in seen
    assert "11 Oct 2025 · Astrid Lind" in seen
    assert "<b>not applicable</b>" in seen
    assert "Not recorded: Raised intracranial pressure" in seen
    assert "code=intracranial-pressure.raised" in seen
    assert "? not yet checked" in seen
    assert "Birth date</dt><dd><b>1 Mar 1978</b>" in seen


def test_the_form_of_decision_is_the_prescribers(page, alvarez):
    assert "You may decide this" in text(page(policy=US))
    assert "The prescriber may decide this, with a reason." in text(page(alvarez, policy=US))


def test_the_biller_reads_and_records_nothing(page, bray):
    seen = text(page(bray, policy=US))

    assert "Active substance use disorder" in seen
    assert "Record" not in seen.split("</header>")[-1].replace("Recorded", "")


def test_a_set_that_nobody_has_is_not_found(page):
    assert page(policy="moonlight").status_code == 404


def test_each_trial_is_counted_or_not_or_nobody_can_say_with_the_reason(page):
    seen = text(page(policy="trd-label-us", part="trials"))

    assert "from 1 to 2 count as failed" in seen
    assert "counted as failed" in seen
    assert "Too short: 2 weeks" in seen
    assert "cannot say" in seen


def test_a_criterion_over_trials_says_how_many_count_and_shows_each(page):
    seen = text(page(policy="cigna-esketamine-trd"))
    rule = seen.split('id="rule-failed-trials"')[1].split('id="rule-')[0]

    assert "1 counts for certain, 1 cannot be said." in rule
    assert "sertraline, 150 mg a day, 8 weeks</b>: counted as failed" in rule
    assert "sertraline, 150 mg a day, 2 weeks</b>: not counted" in rule
    assert "venlafaxine</b>: cannot say" in rule
    assert "?part=trials&amp;policy=cigna-esketamine-trd" in rule
    assert "Not recorded" not in rule
    assert "comes with a visit" not in rule


def test_the_correction_of_what_decided_knows_the_way_back(page, told, lind, signed_in):
    seen = text(page(policy=US))
    [link] = {
        one.split('"')[0]
        for one in seen.split('href="')
        if "correct/?" in one and "rule-substance-use" in one.split('"')[0]
    }

    assert link.startswith("/facts/")
    form = text(signed_in(lind).get(link.replace("&amp;", "&")))
    there = reverse("eligibility", args=[told.id]) + f"?policy={US}#rule-substance-use"
    assert f'<a href="{there}">' in form


def test_without_any_trial_the_form_of_a_trial_is_offered(server_clock, signed_in, patient, lind):
    address = reverse("eligibility", args=[patient.id], query={"policy": "cigna-esketamine-trd"})
    seen = text(signed_in(lind).get(address))
    rule = seen.split('id="rule-failed-trials"')[1].split('id="rule-')[0]

    assert "Not recorded: Medication trial" in rule
    assert reverse("record_trial", args=[patient.id]) in rule
    assert "for certain" not in rule


def test_without_rules_the_trials_are_listed_and_not_counted(page):
    assert "Choose a set of criteria" in text(page(part="trials"))
    assert "counts no trials" in text(page(part="trials", policy=US))


def test_outcome_and_watch_are_parts_of_the_same_page(page):
    outcome, watch = text(page(part="outcome")), text(page(part="watch"))

    assert "PHQ-9" in outcome
    assert "Cannot be compared yet" in outcome
    assert "Bladder" in watch
    assert "Never recorded: Blood in the urine; Pain on passing urine" in watch
    assert "the one question before a dose does not ask about blood" in watch
    assert "due" in watch


def test_a_dose_of_a_visit_counts_for_the_course(page, day, told, lind, now):
    of = library().shelf.item("policy", US)
    words = {"rule": "substance-use", "reason": "In treatment, seen weekly"}
    decide_criterion(told, by=lind, now=now, id=new_id(), of=of, **words)
    day.dose()
    day.act(_vitals, values={**CALM, "heart-rate": 80})

    assert "never looked at" in text(page(part="watch"))


def _vitals(session, **words):
    from serein.server.treatment.actions import record_vitals  # noqa: PLC0415  one door of the day

    return record_vitals(session, **words)


def test_looking_is_logged_as_looking_at_the_chart(page):
    page(policy=US)

    assert Event.objects.filter(verb="patients.view").count() == 1


def test_the_page_costs_few_statements_however_long_the_chart(
    server_clock, signed_in, told, lind, now, django_assert_max_num_queries
):
    browser, address = signed_in(lind), reverse("eligibility", args=[told.id])
    for number in range(40):
        at = now - timedelta(days=2, minutes=number)
        record_history(told, by=lind, now=at, id=new_id(), values={"weight": 70})

    for asked in ({}, {"policy": US}, {"part": "trials"}, {"part": "outcome"}):
        with django_assert_max_num_queries(22):
            browser.get(address, asked)


def test_what_is_missing_is_asked_in_the_words_of_the_dictionary(signed_in, told, alvarez):
    address = reverse("record_history", args=[told.id], query={"policy": US})
    seen = text(signed_in(alvarez).get(address))

    assert "Raised intracranial pressure" in seen
    assert "A, mild" in seen
    assert "Aneurysmal disease" not in seen


def send(browser, address, **typed):
    return browser.post(address, {"entry": new_id(), **typed})


def test_answers_sent_are_stored_and_what_is_empty_stays_unknown(
    server_clock, signed_in, told, alvarez
):
    address = reverse("record_history", args=[told.id])
    codes = ["intracranial-pressure.raised", "liver.child-pugh", "weight", "ecg"]
    typed = {
        "policy": US,
        "code": codes,
        "intracranial-pressure.raised": "no",
        "liver.child-pugh": "a",
        "weight": "70.5",
        "on": "2025-10-01",
    }
    answer = send(signed_in(alvarez), address, **typed)

    assert answer["Location"] == reverse("eligibility", args=[told.id]) + f"?policy={US}"
    stored = dict(FactRow.objects.filter(code__in=codes).values_list("code", "value"))
    assert stored == {
        "intracranial-pressure.raised": False,
        "liver.child-pugh": "a",
        "weight": 70.5,
    }


def test_an_unusual_answer_asks_again_and_keeps_what_was_typed(
    server_clock, signed_in, told, alvarez
):
    address = reverse("record_history", args=[told.id])
    typed = {"code": ["episode.months"], "episode.months": "400"}
    first = send(signed_in(alvarez), address, **typed)

    assert first.status_code == 400
    assert "I looked again" in text(first)
    assert 'value="400.0"' in text(first) or 'value="400"' in text(first)
    asked = re.search(r'name="confirms" value="([^"]+)"', first.content.decode())
    assert asked is not None
    other = {**typed, "episode.months": "500", "confirms": asked[1]}
    assert send(signed_in(alvarez), address, **other).status_code == 400
    assert send(signed_in(alvarez), address, **typed, confirms=asked[1]).status_code == 302


def test_nothing_to_ask_is_said(signed_in, told, alvarez):
    address = reverse("record_history", args=[told.id], query={"code": "device"})

    assert "Nothing is missing that a form could ask for" in text(signed_in(alvarez).get(address))


def test_a_trial_typed_in_is_shown_and_corrected(server_clock, signed_in, told, lind):
    browser = signed_in(lind)
    typed = {"drug": "bupropion", "dose_mg_per_day": "300", "is_ongoing": "no"}
    send(browser, reverse("record_trial", args=[told.id]), **typed)
    row = FactRow.objects.get(value__drug="bupropion")
    address = reverse("correct_trial", args=[row.id])
    shown = reverse("eligibility", args=[told.id], query={"part": "trials"})

    assert row.value == {"drug": "bupropion", "dose_mg_per_day": 300.0, "is_ongoing": False}
    assert 'value="bupropion"' in text(browser.get(address))
    assert "dates unknown" in text(browser.get(shown))
    assert send(browser, address, **typed).status_code == 400
    changed = {**typed, "weeks": "9", "ended_on": "2025-09-01", "reason": "the letter says so"}
    assert send(browser, address, **changed).status_code == 302
    newest = FactRow.objects.get(replaces=row).value
    assert (newest["weeks"], newest["ended_on"]) == (9.0, "2025-09-01")
    assert "begin unknown – 1 Sep 2025" in text(browser.get(shown))


def test_a_trial_that_cannot_be_keeps_what_was_typed_and_one_that_is_doubtful_is_confirmed(
    server_clock, signed_in, told, lind
):
    browser, address = signed_in(lind), reverse("record_trial", args=[told.id])
    typed = {"drug": "bupropion", "started_on": "2025-09-01", "ended_on": "2025-08-01"}
    impossible = send(browser, address, **typed)
    typed |= {"ended_on": "2025-09-08", "weeks": "9"}
    doubtful = send(browser, address, **typed)

    assert impossible.status_code == doubtful.status_code == 400
    assert "ended on 1 Aug 2025, before it began on 1 Sep 2025" in text(impossible)
    assert 'value="2025-08-01"' in text(impossible)
    assert "I looked again" not in text(impossible)
    asked = doubtful.context["refusal"].may_be_confirmed
    assert send(browser, address, **typed, confirms=asked).status_code == 302


def test_a_trial_without_a_drug_is_refused(server_clock, signed_in, told, lind):
    answer = send(signed_in(lind), reverse("record_trial", args=[told.id]), weeks="3")

    assert answer.status_code == 400
    assert "Fill this in" in text(answer)


def test_a_decision_is_sent_from_its_criterion(server_clock, signed_in, told, lind):
    address = reverse("decide_criterion", args=[told.id])
    typed = {"policy": US, "rule": "substance-use"}
    short = send(signed_in(lind), address, **typed, reason="ok")
    assert short.status_code == 400
    assert "Give the reason in a sentence" in text(short)
    assert 'value="ok"' in text(short)

    answer = send(signed_in(lind), address, **typed, reason="in remission since spring")
    assert answer["Location"].endswith(f"?policy={US}#rule-substance-use")
    assert FactRow.objects.filter(code="decision.substance-use").count() == 1
    assert send(signed_in(lind), address, policy="", rule="substance-use").status_code == 400


def test_trials_and_decisions_are_no_readings_of_the_chart(signed_in, told, lind):
    address = reverse("patient", args=[told.id], query={"tab": "readings"})
    answer = signed_in(lind).get(address)

    assert answer.status_code == 200
    assert "Medication trial" not in text(answer)


def test_owen_finds_no_eligibility_and_no_trial_here(signed_in, told, owen):
    browser = signed_in(owen)
    row = FactRow.objects.filter(code="trial").first()
    assert row is not None

    for name in ("eligibility", "record_history", "record_trial"):
        assert browser.get(reverse(name, args=[told.id])).status_code == 404
    assert browser.get(reverse("correct_trial", args=[row.id])).status_code == 404


def test_a_refused_decision_shows_the_chart_and_leaves_the_line_of_a_look_at_it(
    page, told, signed_in, lind
):
    typed = {"entry": new_id(), "policy": US, "rule": "moonlight", "reason": "stable since May"}

    answer = signed_in(lind).post(reverse("decide_criterion", args=[told.id]), typed)

    assert answer.status_code == 400
    assert Event.objects.order_by("-line")[0].verb == "patients.view"


def test_the_trials_page_stages_the_illness_and_asks_for_what_is_open(page, told, lind, now):
    open_yet = text(page(part="trials", policy="cigna-esketamine-trd"))

    assert "Maudsley staging method" in open_yet
    assert "Not recorded: Length of the current episode" in open_yet
    assert "code=episode.months" in open_yet

    values: dict[str, FactValue] = {
        "episode.months": 13,
        "episode.severity": "moderate",
        "treatment.augmentation": False,
        "treatment.ect": True,
    }
    record_history(told, by=lind, now=now, id=new_id(), values=values)
    staged = text(page(part="trials", policy="cigna-esketamine-trd")).partition('id="staging"')[2]

    assert "Severity of the current episode at its worst</dt><dd><b>Moderate</b>" in staged
    # Two for the length, three for the severity, one for one or two failures, one for ECT.
    assert '<span class="chip num">7 points</span>' in staged
    assert '<span class="chip">moderate</span>' in staged


def test_no_rules_for_trials_stage_nothing(page):
    assert 'id="staging"' not in text(page(part="trials"))
