"""What goes on paper is what was recorded, in words, on one page."""

from datetime import date

import pytest
import typst

from serein.clinical.errors import InputError
from serein.server.accounts.models import Clinic
from serein.server.library import library
from serein.server.patients.models import Patient
from serein.server.treatment import actions, queries
from serein.server.treatment.actions.leaving import WayHome
from serein.server.treatment.paper import aftercare, record
from serein.server.treatment.session.correcting import corrected
from tests.server.treatment.day import CALM

DROWSY = {**CALM, "sedation": 3, "nausea": "mild"}


@pytest.fixture
def gone(day):
    """A patient who was drowsy for half an hour and went home with an escort."""
    day.dose(84)
    day.later(10)
    day.act(actions.record_vitals, values=DROWSY)
    day.later(5)
    day.watch()
    day.act(actions.mark_ready)
    day.later(10)
    day.release()
    day.session.refresh_from_db()
    return day


def registry(day):
    content = record.record_content(day.session, by=day.nurse, now=day.now)
    return dict(content["registry"])


def pages(monkeypatch, paper, day):
    """The same document as pictures, one for each page."""
    compile_pdf = typst.compile

    def as_pictures(source, **words):
        words.update(format="png", pdf_standards=[])
        made = compile_pdf(source, **words)
        drawn.extend(made if isinstance(made, list) else [made])
        return b""

    drawn: list[bytes] = []
    monkeypatch.setattr(typst, "compile", as_pictures)
    paper(day.session, by=day.nurse, now=day.now)
    return drawn


def test_the_record_says_when_sedation_began_and_when_it_was_gone(gone):
    said = registry(gone)["Sedation"]

    assert "(25 min) – " in said
    assert said.endswith("(65 min)")


def test_the_record_tells_what_nobody_saw_from_what_nobody_looked_at(day):
    day.dose()

    before = registry(day)["Dissociation"]
    day.later(35)
    day.act(actions.record_vitals, values=CALM)

    assert before == "not observed"
    assert registry(day)["Dissociation"].startswith("none seen, last looked at ")
    assert registry(day)["Dissociation"].endswith(" (45 min)")


def test_the_record_gives_the_three_pressures_the_form_asks_for(gone):
    said = registry(gone)

    assert said["BP before"].startswith("128/82, ")
    assert said["BP at the check after the dose"].endswith("min)")
    assert said["BP at the end"].endswith("min)")


def test_a_check_that_was_not_done_is_said_and_no_later_reading_stands_for_it(day):
    day.dose()
    waiting = registry(day)["BP at the check after the dose"]
    assert "Minutes from first device until now, not ended" in registry(day)
    day.later(129)
    never = registry(day)["BP at the check after the dose"]
    day.act(actions.record_vitals, values=CALM)
    late = registry(day)["BP at the check after the dose"]

    assert (waiting, never) == ("not done yet", "not done between 30 and 50 min")
    assert late.startswith("not done between 30 and 50 min; the next was 128/82, ")
    assert late.endswith(" (139 min)")


def test_a_set_out_of_limits_before_the_one_that_decided_is_told_with_its_time(day):
    high_at = day.now
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 152})
    alone = registry(day)["Vital signs acceptable before"]
    day.later(10)
    day.dose()

    at = f"{high_at.astimezone(day.session.clinic.zone):%H:%M}"
    assert alone == f"no; outside a limit at {at}"
    assert registry(day)["Vital signs acceptable before"] == f"yes; outside a limit at {at}"


def test_vital_signs_that_the_prescriber_accepted_are_told_as_decided(day):
    day.check()
    assert registry(day)["Vital signs acceptable before"] == "yes"
    day.later(1)
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 152})
    day.act(
        actions.decide, by=day.prescriber, rule="baseline-pressure", reason="usual for this patient"
    )

    said = registry(day)["Vital signs acceptable before"]
    assert said.startswith("yes, as the prescriber decided; outside a limit at ")


def test_a_sedation_that_nobody_saw_gone_says_when_somebody_last_looked(day):
    day.dose()
    day.later(10)
    day.act(actions.record_vitals, values=DROWSY)
    day.later(60)

    assert "not gone when last looked at" in registry(day)["Sedation"]
    assert registry(day)["Sedation"].endswith(" (20 min)")


def test_the_record_names_who_went_through_the_instructions_and_when(gone):
    content = record.record_content(gone.session, by=gone.nurse, now=gone.now)

    [line] = [one for one in content["leaving"] if "acknowledged by the patient" in one]
    assert str(gone.nurse) in line


def test_the_record_shows_complaints_beside_the_numbers(gone):
    content = record.record_content(gone.session, by=gone.nurse, now=gone.now)

    assert any("nausea mild" in row for row in content["readings"])


def test_the_going_home_sheet_has_lines_to_sign_before_release_and_names_after(day):
    day.dose()
    blank = aftercare.aftercare_content(day.session, by=day.nurse, now=day.now)
    day.watch()
    day.release()
    told = aftercare.aftercare_content(day.session, by=day.nurse, now=day.now)

    assert [said for *_who, said in blank["signatures"]] == ["", ""]
    assert all(str(day.nurse) in said for *_who, said in told["signatures"])
    assert blank["signatures"][0][1] == str(day.session.patient)


def test_the_going_home_sheet_tells_two_people_of_one_name_apart(day):
    Patient.objects.update(born_on=date(1978, 3, 1))
    day.session.patient.refresh_from_db()

    sheet = aftercare.aftercare_content(day.session, by=day.nurse, now=day.now)

    assert (sheet["patient"], sheet["born"]) == ("Rita Nowak", "Born 1 Mar 1978")


@pytest.mark.parametrize("content_id", ["esketamine-trd-us", "esketamine-trd-eu", "ketamine-iv"])
def test_the_going_home_sheet_of_every_protocol_is_one_page(monkeypatch, day, content_id):
    sheet = aftercare.aftercare_content(day.session, by=day.nurse, now=day.now)
    lines = {one.id: one.text for one in library().protocol(content_id).aftercare}
    told = {
        **sheet,
        "driving": lines.pop(aftercare.DRIVING),
        "parts": [{"title": "Tonight", "lines": list(lines.values())}],
    }
    monkeypatch.setattr(aftercare, "aftercare_content", lambda *_given, **_words: told)

    assert len(pages(monkeypatch, aftercare.aftercare_pdf, day)) == 1


def test_the_going_home_sheet_without_a_number_has_room_for_one_and_does_not_send_to_it(day):
    day.dose()
    Clinic.objects.update(phone_day="", phone_night="")
    day.session.clinic.refresh_from_db()

    blank = aftercare.aftercare_content(day.session, by=day.nurse, now=day.now)

    assert [number for _when, number in blank["phones"]] == [
        "Write the number: _______________"
    ] * 2
    assert not [line for line in blank["parts"][0]["lines"] if "number on this page" in line]


def test_the_going_home_sheet_with_one_number_sends_to_it_and_has_room_for_the_other(day):
    day.dose()
    Clinic.objects.update(phone_day="+1 555 0100", phone_night="")
    day.session.clinic.refresh_from_db()

    sheet = aftercare.aftercare_content(day.session, by=day.nurse, now=day.now)

    assert sheet["phones"] == [
        ["By day", "+1 555 0100"],
        ["At night", "Write the number: _______________"],
    ]
    assert [line for line in sheet["parts"][0]["lines"] if "number on this page" in line]


def test_who_goes_without_an_escort_takes_the_other_way_home_on_the_sheet(day):
    day.dose()
    day.watch()
    words = {"is_escort_seen": False, "is_acknowledged_by_escort": False}
    day.release(**words, other_way=WayHome("taxi", "City Cab, sister waits", is_not_driving=True))

    sheet = aftercare.aftercare_content(day.session, by=day.nurse, now=day.now)

    assert sheet["signatures"][1][:2] == [
        "Way home",
        "Taxi or ride service: City Cab, sister waits",
    ]


@pytest.mark.parametrize("paper", [record.record_pdf, aftercare.aftercare_pdf])
def test_a_day_like_others_fits_on_one_page(monkeypatch, gone, paper):
    assert len(pages(monkeypatch, paper, gone)) == 1


def test_a_long_and_eventful_session_still_fits_on_one_page(monkeypatch, day):
    day.dose(84)
    for turn in range(14):
        day.later(9)
        day.act(actions.record_vitals, values=DROWSY if turn % 3 else CALM)
        day.act(actions.add_note, text=f"Note {turn}: asked for water and a blanket, calm, talks")

    assert len(pages(monkeypatch, record.record_pdf, day)) == 1


def test_a_correction_of_a_scale_is_typed_as_its_word_and_stored_as_its_step(gone):
    wrong = next(fact for fact in queries.known(gone.session) if fact.code == "sedation")

    assert corrected(gone.session, wrong.id, "Slow to name") == 4
    with pytest.raises(InputError, match="Sedation is one of: alert, slow to name"):
        corrected(gone.session, wrong.id, "4")


def test_a_correction_of_a_measurement_is_typed_as_its_number(gone):
    wrong = next(fact for fact in queries.known(gone.session) if fact.code == "spo2")

    assert corrected(gone.session, wrong.id, "97") == 97


@pytest.mark.parametrize("paper", ["record", "aftercare"])
def test_paper_is_printed_whatever_the_name_and_the_notes_hold(
    day, alvarez, signed_in, server_clock, paper
):
    Patient.objects.update(given_name="小明 🫁\x0b")
    day.act(actions.add_note, text="says: feels great 🫁 \x01 ไม่เป็นไร")

    answer = signed_in(alvarez).get(f"/sessions/{day.session.pk}/{paper}.pdf")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
