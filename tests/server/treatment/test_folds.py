"""Before the dose, what is finished is one line that opens; what is missing stays open."""

import re
from html import unescape

import pytest

from serein.server import clock
from serein.server.alerts.models import Alert
from serein.server.treatment import actions
from tests.server.treatment.day import ANSWERS, CALM
from tests.server.treatment.test_order import cosign, on_paper, telephone

HELD = {"suicidal-thoughts": True}


@pytest.fixture
def shown(day, signed_in):
    """What the session's page is drawn from, at this day's time."""

    def draw(by=None):
        clock.set_to(day.now, frozen=True)
        return signed_in(by or day.nurse).get(f"/sessions/{day.session.pk}/")

    return draw


def open_parts(page):
    return {part.name for part in page.context["parts"] if part.is_open}


def note(page, name):
    return next(part.note for part in page.context["parts"] if part.name == name)


def groups(page):
    return {group.title: group for group in page.context["questions"]}


def answer(day, **changes):
    day.act(actions.record_checks, answers={**ANSWERS, **changes})


def test_a_fresh_session_shows_what_is_asked_measured_and_ordered_and_folds_the_rest(shown):
    page = shown()

    assert open_parts(page) == {"checks", "vitals", "order"}
    folded = [title for title, group in groups(page).items() if not group.is_open]
    assert folded == ["The course"]
    text = page.content.decode()
    assert 'id="missing"' in text
    assert 'id="note">' in text


def test_each_finished_group_is_one_line_with_its_answers(day, shown):
    day.act(
        actions.record_checks,
        answers={
            code: value
            for code, value in ANSWERS.items()
            if code not in ("transport.arranged", "transport.escort", "pregnancy")
        },
    )

    found = groups(shown())

    assert [title for title, group in found.items() if group.is_open] == [
        "Ready for the spray",
        "Since the last contact",
    ]
    assert found["The house"].answers == ["4 × Yes"]
    assert (found["Medicines"].answers, found["Medicines"].unanswered) == (["6 × No"], 1)


def line(page, title):
    """What the folded group says on one line, its mark included."""
    text = re.sub(r"<[^>]+>", "", page.content.decode().split(f"<h3>{title}</h3>")[1])
    return " ".join(unescape(text.split("\n")[0]).split())


def test_the_line_names_every_answer_that_is_not_the_calm_one_before_it_counts_the_others(
    day, shown
):
    answer(day, **{"medicine.opioid": True, "medicines.changes": "tramadol 50 mg"})

    said = groups(shown())["Medicines"].answers

    assert said == ["What changed: tramadol 50 mg", "Opioid: Yes", "5 × No"]


def test_answers_that_ask_for_something_are_named_however_many_they_are(day, shown):
    classes = [code for code in ANSWERS if code.startswith("medicine")]
    answer(day, **dict.fromkeys(classes, True))

    said = groups(shown())["Medicines"].answers

    assert len(said) == len(classes)
    assert all(": Yes" in one for one in said)


def test_where_yes_is_the_calm_answer_each_no_is_named(day, shown):
    house = [code for code in ANSWERS if code.startswith(("site.", "rems."))]
    ready = {"fasting.food": False, "fasting.fluids": False, "nasal-spray.clear": False}
    answer(day, **dict.fromkeys(house, False), **ready, **{"transport.no-driving": False})

    found = groups(shown())

    assert [one.endswith(": No") for one in found["The house"].answers] == [True] * len(house)
    said = found["Ready for the spray"].answers
    assert said[:3] == [
        "Nothing eaten for 2 hours: No",
        "Nothing drunk for 30 minutes: No",
        "No nasal steroid or decongestant in the last hour: No",
    ]
    assert "The patient does not drive today: No" in said
    assert said[-1] == "1 × Yes"


def test_a_majority_of_dangerous_answers_is_named_and_so_is_who_decided_on_them(day, shown):
    day.check(
        **{"suicidal-thoughts": True, "psychosis": True, "urinary-symptoms": True},
    )
    for rule in ("suicidal-thoughts", "psychosis"):
        day.act(actions.decide, by=day.prescriber, rule=rule, reason="old and passive, plan made")

    page = shown()

    assert line(page, "Since the last contact").startswith(
        "▲ Suicidal thoughts: Yes, Astrid Lind decided to go ahead · "
        "Psychotic symptoms: Yes, Astrid Lind decided to go ahead · "
        "Pain, urgency or frequency in passing urine: Yes · "
    )
    assert groups(page)["Since the last contact"].answers[-1] == "1 × No"


def test_a_tick_stands_only_before_what_calls_nobody(day, shown):
    day.check(**{"suicidal-thoughts": True})
    assert not groups(shown())["Since the last contact"].is_calm

    day.act(
        actions.decide,
        by=day.prescriber,
        rule="suicidal-thoughts",
        reason="old and passive, plan made",
    )
    assert line(shown(), "Since the last contact").startswith("✓ Suicidal thoughts: Yes, Astrid")

    day.later(1)
    day.act(actions.record_checks, answers={"urinary-symptoms": True})
    assert line(shown(), "Since the last contact").startswith("▲")
    [call] = Alert.objects.filter(rule="urinary-symptoms-told")
    actions.resolve_alert(call, by=day.prescriber, now=day.now, resolution="urine test asked for")
    assert line(shown(), "Since the last contact").startswith("✓")


def test_an_answer_that_holds_a_gate_shut_keeps_its_group_and_its_part_open(day, shown):
    day.check(**HELD)
    day.order()
    page = shown(by=day.prescriber)

    assert open_parts(page) == {"checks"}
    assert groups(page)["Since the last contact"].is_open
    assert f"/sessions/{day.session.pk}/decision/" in page.content.decode()

    gate = next(one.id for one in page.context["shut"])
    day.act(actions.decide, by=day.prescriber, rule=gate, reason="old and passive, plan made")

    page = shown()
    assert "checks" not in open_parts(page)
    said = groups(page)["Since the last contact"]
    assert not said.is_open
    assert "Suicidal thoughts: Yes, Astrid Lind decided to go ahead" in said.answers


def test_with_everything_done_the_device_alone_is_open_and_the_rest_says_what_it_holds(day, shown):
    day.check()
    day.order()

    page = shown()

    assert open_parts(page) == {"device"}
    assert (note(page, "vitals"), note(page, "order")) == ("128/82", "56 mg")
    assert note(page, "checks") == "✓ nothing open"
    for form in ("checks", "vitals", "device", "note"):
        assert f"/sessions/{day.session.pk}/{form}/" in page.content.decode()


def test_an_order_that_holds_the_next_dose_keeps_its_part_open_and_says_so(day, shown):
    on_paper(day)
    page = shown(by=day.prescriber)
    assert "order" in open_parts(page)
    assert note(page, "order") == "84 mg · ▲ holds the next dose"

    day.device(1, is_already_given=True, reason="given from the paper")
    assert "order" in open_parts(shown())

    day.later(1)
    day.order(56)
    page = shown()
    assert "order" not in open_parts(page)
    assert note(page, "order") == "56 mg"


def test_an_order_waiting_for_its_signature_keeps_its_part_open_to_the_end_and_after(day, shown):
    day.check()
    order = telephone(day)
    page = shown(by=day.prescriber)
    assert open_parts(page) == {"order", "device"}
    assert note(page, "order") == "56 mg · signature owed"

    day.act(actions.end_session, kind="not-dosed", reason="ill")
    assert open_parts(shown()) == {"order"}

    cosign(day, order)
    page = shown()
    assert open_parts(page) == set()
    assert note(page, "order") == "56 mg"


def test_a_baseline_that_has_grown_old_is_asked_for_again(day, shown):
    day.check()
    day.order()
    day.later(61)

    assert "vitals" in open_parts(shown())


def test_a_pressure_above_the_limit_keeps_open_where_it_is_decided_and_measured(day, shown):
    answer(day)
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 150})
    day.order()

    assert open_parts(shown()) == {"checks", "vitals"}


def test_what_was_sent_back_is_open_again(day, shown, send):
    answer(day)
    typed = {"site.certified": "no", "at": "07:00"}

    page = send("checks", **typed)

    assert page.status_code == 400
    assert groups(page)["The house"].is_open


def test_once_a_dose_was_given_the_parts_are_open_as_before(day, shown):
    day.check()
    day.order()
    day.device(1)

    assert open_parts(shown()) == {"device", "vitals"}
