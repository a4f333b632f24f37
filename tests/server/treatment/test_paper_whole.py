"""The record leaves nothing out: what was outside its gate, corrected, replaced, or taken home."""

from datetime import timedelta

import pytest

from serein.clinical.facts import Fact
from serein.server.alerts.models import Alert
from serein.server.ids import new_id
from serein.server.patients.actions import add_entry, record_facts
from serein.server.treatment import actions, queries
from serein.server.treatment.actions.leaving import WayHome
from serein.server.treatment.paper.chart import story
from serein.server.treatment.paper.record import record_content, record_pdf
from serein.server.treatment.queries import reading
from tests.server.treatment.day import CALM, WELL
from tests.server.treatment.screens import draw_pages
from tests.server.treatment.test_paper import pages


def content(day):
    day.session.refresh_from_db()
    return record_content(day.session, by=day.nurse, now=day.now)


def heading(day):
    return dict(content(day)["facts"])


def test_a_device_outside_its_gate_says_what_was_not_open_and_why_it_was_given(day):
    day.device(1, is_already_given=True, reason="given in the ambulance bay")

    said = content(day)
    [row], [line] = said["devices"], said["of_devices"]

    assert "outside gate" in row[2]
    assert "no order" in line
    assert "given in the ambulance bay" in line
    shut = reading(day.session, now=day.now).gates[0].text
    assert shut in line


def test_minutes_agree_with_the_clock_times_beside_them(day):
    day.now = day.now.replace(second=50)
    day.act(actions.record_vitals, values=CALM)
    day.later(0.5)
    day.check()
    day.order()
    day.device(1)
    day.now = day.now.replace(second=10) + timedelta(minutes=40)
    day.act(actions.record_vitals, values=CALM)
    day.act(actions.end_session, kind="transfer", told="Dr Lind", state="awake")

    said = content(day)
    assert [row[1] for row in said["readings"]] == ["-1 min", "0 min", "40 min"]
    assert dict(said["registry"])["Minutes from first device to end"] == "40"
    assert heading(day)["From the first dose"] == "40 min"


def test_a_device_entered_late_says_how_late(day):
    day.check()
    day.order()
    given_at = day.now
    day.now = day.now.replace(second=0) + timedelta(minutes=13)
    day.device(1, at=given_at, is_already_given=True, reason="the tablet was flat")

    [line] = content(day)["of_devices"]
    assert "entered 13 min later; the tablet was flat" in line


def test_the_chart_says_no_response_in_the_words_of_the_table(day):
    day.act(actions.record_vitals, values={**CALM, "sedation": 0})

    [row] = content(day)["readings"]
    assert "no response" in row
    assert "sedation no response at" in content(day)["chart"]


def test_that_the_patient_wants_no_more_is_in_the_record(day):
    day.act(actions.stop_treatment)

    assert any("The patient stopped" in line for line in content(day)["events"])


def test_the_escort_seen_at_the_door_is_in_the_record(day):
    day.dose()
    day.watch()
    day.release()

    assert "Escort seen: M. Nowak, +1 555 0123" in content(day)["leaving"]


def test_another_way_home_is_in_the_record(day):
    day.dose()
    day.watch()
    taxi = WayHome("taxi", "City Cab", is_not_driving=True)
    day.release(is_escort_seen=False, is_acknowledged_by_escort=False, other_way=taxi)

    leaving = content(day)["leaving"]
    assert any(line.startswith("Way home: ") and "City Cab" in line for line in leaving)
    assert not any("Escort seen" in line for line in leaving)


@pytest.mark.parametrize(("devices", "words"), [(1, "0 mg + 1 device partly"), (2, "2 devices")])
def test_a_device_given_in_part_is_counted_beside_the_milligrams(day, devices, words):
    day.check()
    day.order()
    for step in range(1, devices + 1):
        day.device(step, outcome="partly")
        day.later(5)

    assert words in heading(day)["Dose ordered / given"]


def test_an_order_says_what_it_replaces_and_whether_its_signature_is_owed(day):
    day.check()
    order = day.act(
        actions.take_telephone_order, dose_mg=56, prescriber=day.prescriber, is_read_back=True
    )
    day.device(1, outcome="failed")
    day.later(1)
    day.order(28, replaces_device=1)
    first, second = content(day)["orders"]
    assert "signature owed" in first
    assert "replaces device 1" in second

    day.later(1)
    actions.cosign_order(
        day.session,
        patient_id=day.session.patient_id,
        by=day.prescriber,
        now=day.now,
        order_id=order.id,
    )

    first, _ = content(day)["orders"]
    assert "signature owed" not in first
    assert "; signed " in first
    assert "; taken by Rosa Alvarez" in first


def test_the_marks_of_the_chart_have_their_words(day):
    assert content(day)["chart_marks"] == ""
    day.act(actions.add_note, text="Listens to music")
    day.act(actions.record_danger_sign, code="danger.seizure")

    said = content(day)

    assert "▲ alert" in said["chart_marks"]
    assert any("● " in line and "music" in line for line in said["events"])
    assert any(" ▲ " in line for line in said["events"])


@pytest.fixture
def corrected(day):
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 150})
    wrong = reading(day.session, now=day.now).latest["bp.systolic"].id
    day.later(1)
    day.act(
        actions.correct_reading, by=day.prescriber, wrong=wrong, value=128, reason="150 for 128"
    )
    return day


@pytest.mark.usefixtures("server_clock")
def test_a_corrected_reading_shows_the_old_value_struck_with_reason_and_author(corrected):
    page = draw_pages(corrected)

    assert "<s>150</s> → 128" in page
    at = [
        f"{one.astimezone(corrected.session.clinic.zone):%H:%M}"
        for one in (corrected.now - timedelta(minutes=1), corrected.now)
    ]
    assert f"Rosa Alvarez, {at[0]} → Astrid Lind, {at[1]}: 150 for 128" in page
    assert content(corrected)["corrected"] == [
        [
            f"{at[0]} Systolic blood pressure ",
            "150",
            f" → 128; Rosa Alvarez {at[0]} → Astrid Lind {at[1]}: 150 for 128",
        ]
    ]


@pytest.mark.usefixtures("server_clock")
def test_an_answer_that_another_hand_gave_anew_stays_with_both_names_and_times(day):
    day.check(pregnancy="unknown")
    day.later(4)
    day.act(
        actions.record_checks,
        by=day.prescriber,
        answers={"pregnancy": "no", "rems.enrolled": False, "fasting.food": True},
    )

    page, said = draw_pages(day), content(day)["corrected"]

    assert {(old, after.split(";")[0]) for _before, old, after in said} == {
        ("not known", " → no"),
        ("yes", " → no"),
    }
    assert all("Rosa Alvarez 1" in after and "→ Astrid Lind 1" in after for *_old, after in said)
    assert "<s>not known</s> → no" in page
    [line] = [one for one in content(day)["checks"] if one.startswith("Pregnant")]
    assert "no (Astrid Lind 1" in line
    assert content(day)["checks"][0].startswith("Answered by Rosa Alvarez 1")


def test_what_the_chart_learned_after_the_visit_is_not_in_its_record(day):
    day.check()
    day.act(actions.end_session, kind="not-dosed", reason="ill")
    day.later(60 * 24)
    fresh = Fact(
        id=new_id(),
        code="rems.enrolled",
        value=False,
        effective_at=day.now,
        recorded_at=day.now,
    )
    before = content(day)
    record_facts(day.session.patient, by=day.nurse, now=day.now, facts=[fresh], source="chart")

    assert content(day) == before


def test_a_single_reading_that_was_corrected_names_who_took_it_and_is_not_late(day):
    day.act(actions.record_vitals, values={"heart-rate": 67})
    wrong = reading(day.session, now=day.now).latest["heart-rate"].id
    day.later(12)
    day.act(actions.correct_reading, by=day.prescriber, wrong=wrong, value=76, reason="turned")

    [row] = content(day)["readings"]
    assert ("76" in row, row[-1], "(+" in row[0]) == (True, "Rosa Alvarez", False)


def test_an_end_that_was_taken_back_stays_in_the_record_with_both_names(day):
    day.dose()
    day.act(actions.end_session, kind="against-advice", told="Dr Lind", state="steady")
    day.later(2)
    day.act(actions.reopen_session, by=day.prescriber, reason="she sat down again")

    [line] = [one for one in content(day)["events"] if "Left against advice" in one]
    assert "(Rosa Alvarez; State: steady; Told: Dr Lind): taken back" in line
    assert line.endswith("by Astrid Lind: she sat down again")


@pytest.mark.usefixtures("server_clock")
def test_a_correction_of_a_correction_shows_both_old_values(corrected):
    wrong = reading(corrected.session, now=corrected.now).latest["bp.systolic"].id
    corrected.later(1)
    corrected.act(actions.correct_reading, wrong=wrong, value=129, reason="read again")

    page = draw_pages(corrected)
    assert "<s>150</s>" in page
    assert "<s>128</s>" in page


@pytest.mark.usefixtures("server_clock")
def test_a_corrected_answer_a_tap_and_a_note_show_what_was_there(day):
    day.check()
    day.act(actions.add_note, text="Listens to musik")
    for code, value in (("pregnancy", "unknown"), ("note", "Listens to music")):
        wrong = reading(day.session, now=day.now).latest[code].id
        day.act(actions.correct_reading, wrong=wrong, value=value, reason="typed wrong")

    page = draw_pages(day)

    assert "<s>no</s> → not known" in page
    assert "<s>Listens to musik</s> → Listens to music" in page


@pytest.mark.usefixtures("server_clock")
def test_a_session_without_a_correction_strikes_nothing(day):
    day.check()

    assert "<s>" not in draw_pages(day)
    assert content(day)["corrected"] == []


def test_a_device_of_before_the_seating_is_drawn_where_it_was(day):
    day.later(30)
    at = day.session.seated_at - timedelta(minutes=30)
    day.device(1, at=at, is_already_given=True, reason="on paper")
    known = queries.known(day.session)

    drawn = story(day.session, known, reading(day.session, now=day.now), alerts=[])

    assert drawn.reach.begins_at == at


def test_a_reading_after_the_end_is_in_the_table_and_on_the_chart(day):
    day.dose()
    day.watch()
    day.release()
    day.later(20)
    day.session.refresh_from_db()
    rows = len(content(day)["readings"])
    day.act(actions.record_vitals, values=WELL)

    table = content(day)["readings"]
    assert len(table) == rows + 1
    assert "after the end" in str(table[-1])
    assert "after the end" not in str(table[-2])
    known = queries.known(day.session)
    drawn = story(day.session, known, reading(day.session, now=day.now), alerts=[])
    assert drawn.reach.ends_at >= day.now


def test_who_takes_a_patient_over_reads_what_was_done_and_what_nobody_wrote_down(day):
    day.dose()
    day.later(35)
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 190})
    day.later(3)
    day.act(actions.end_session, kind="transfer", told="", state="")

    said = content(day)["leaving"]

    assert said[0].endswith("Emergency transfer, recorded by Rosa Alvarez")
    assert said[1:4] == [
        "State: not recorded",
        "Told: not recorded",
        "Watched 43 min after the last dose; the protocol asks 120",
    ]
    assert "systolic blood pressure 190, diastolic blood pressure 82, heart rate 76" in said[4]
    assert said[5:] == ["Allergies: nothing on file", "The clinic's telephone: +1 555 0100"]


def test_an_allergy_goes_with_the_patient_and_so_does_that_none_is_known(day):
    none = {"code": "allergy.none-known", "value": True}
    some = {"code": "allergy", "value": {"text": "Penicillin", "status": "active"}}
    day.act(actions.end_session, kind="transfer", told="Dr Lind", state="awake")
    told = []
    for entry in (none, some):
        add_entry(day.session.patient, by=day.prescriber, now=day.now, id=new_id(), **entry)
        day.later(1)
        told += [one for one in content(day)["leaving"] if one.startswith("Allergies")]

    assert told == ["Allergies: none known", "Allergies: Penicillin"]


def test_who_left_against_advice_left_without_instructions_and_the_record_says_so(day):
    day.act(actions.end_session, kind="against-advice", told="Dr Lind", state="steady")
    said = content(day)["leaving"]

    assert "Nothing was given" in said
    assert "Last readings: none taken" in said
    assert "Way home: not recorded" in said
    assert "Instructions for home: not recorded as gone through" in said


def test_a_death_after_the_visit_stands_beside_its_end(day):
    day.dose()
    day.watch()
    day.release()
    day.later(30)
    day.act(actions.end_session, kind="death", told="Dr Lind", state="found at home")

    said = content(day)["leaving"]
    assert said[-1].endswith("Death after the visit had ended (Rosa Alvarez)")
    assert not any("not recorded" in line for line in said)
    assert any("The patient has died; still open" in line for line in content(day)["events"])


def test_an_eventful_record_is_printed_on_one_page(monkeypatch, corrected):
    day = corrected
    day.act(actions.take_telephone_order, dose_mg=56, prescriber=day.prescriber, is_read_back=True)
    day.device(1, lot="", outcome="partly", is_already_given=True, reason="on paper")
    for text in ("Listens to music", "Asks for water", "Dozes"):
        day.act(actions.add_note, text=text)
    day.later(5)
    day.order(28, replaces_device=1)
    day.later(2)
    day.act(actions.record_vitals, values={**CALM, "sedation": 3})
    day.act(actions.stop_treatment)
    day.later(125)
    day.act(actions.record_vitals, values=WELL)
    day.act(actions.end_session, kind="against-advice", told="Dr Lind", state="awake, steady")
    day.session.refresh_from_db()
    day.later(10)
    day.act(actions.record_danger_sign, code="danger.seizure")
    day.act(actions.end_session, kind="transfer", told="Dr Lind", state="fell in the lobby")

    assert len(pages(monkeypatch, record_pdf, day)) == 1


def test_the_record_says_who_took_an_alert_up_and_who_closed_it_with_what(day):
    day.dose()
    day.act(actions.record_danger_sign, code="danger.chest-pain")
    alert = Alert.objects.get(text="Chest pain")
    day.later(1)
    actions.acknowledge_alert(alert, by=day.nurse, now=day.now)
    day.later(4)
    actions.resolve_alert(alert, by=day.prescriber, now=day.now, resolution="ECG taken, calm")

    [line] = [one for one in content(day)["events"] if "▲ Chest pain" in one]

    assert "; taken up " in line
    assert f" by {day.nurse}; closed " in line
    assert f" by {day.prescriber}: ECG taken, calm" in line
