"""One word for one thing: the steps, the parts of the page and the tile say the same."""

import pytest

from serein.server.treatment import actions, queries
from serein.server.treatment.floor import acts, board
from serein.server.treatment.floor.strip import pressing
from serein.server.treatment.queries import Tile
from serein.server.treatment.session import steps
from tests.server.treatment.day import ANSWERS, CALM
from tests.server.treatment.screens import draw_pages


@pytest.fixture
def tile(day):
    """The session as it stands at this day's time."""

    def of():
        session = day.session
        session.refresh_from_db()
        known = queries.known(session)
        reading = queries.read(session, known, now=day.now)
        alerts = list(queries.open_alerts(session))
        return Tile(session.chair, session, known, reading, alerts)

    return of


def step(tile, word):
    return next(one for one in steps.steps(tile) if one.word == word)


def part(tile, name):
    return next(one for one in steps.parts(tile) if one.name == name)


def chips(tile):
    return [one.words for one in board.face(tile, observations=queries.observations()).chips]


@pytest.mark.parametrize("left", [0, 3, len(ANSWERS)])
def test_step_part_tile_and_button_count_the_same(day, tile, left):
    known = dict(list(ANSWERS.items())[: len(ANSWERS) - left])
    if known:
        day.act(actions.record_checks, answers=known)
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 152})

    now = tile()
    open_ones = len(acts.before_device(now.reading))
    assert open_ones
    assert part(now, "checks").note == f"{open_ones} open"
    assert step(now, "Checks").note == (f"{open_ones} open" if left else "")
    assert f"○ {open_ones} open before the dose" in chips(now)


@pytest.mark.parametrize(
    "code", [code for code, value in ANSWERS.items() if isinstance(value, bool)]
)
def test_checks_are_done_only_when_no_answer_holds_the_dose(day, tile, code):
    day.check(**{code: not ANSWERS[code]})
    day.order()

    now = tile()

    is_held = bool(now.reading.open_gates)
    assert step(now, "Checks").state == ("now" if is_held else "done")


def test_once_no_device_is_to_come_nothing_is_open_before_it(day, tile):
    day.dose()
    day.act(actions.record_danger_sign, code="danger.chest-pain")

    assert part(tile(), "checks").note == ""
    assert step(tile(), "Checks").note == ""


@pytest.mark.usefixtures("server_clock")
def test_the_page_lists_what_it_counts(day, tile):
    day.check()
    day.order()
    day.device(1)
    day.later(5)
    day.act(actions.record_danger_sign, code="danger.chest-pain")

    note = part(tile(), "checks").note
    listed = draw_pages(day).split('id="checks"')[1].split("Still in the way of the next device")
    held = listed[1].split('<details class="later"')[0].count("finding--unmet")
    assert note == f"{held} open"


def test_nothing_in_the_way_still_says_what_the_form_of_leaving_asks(day, tile):
    day.dose()
    day.watch()

    assert part(tile(), "leaving").note == "○ instructions and way home left"


@pytest.mark.parametrize(
    ("minutes", "sign"), [(0, "–"), (121, "✓")], ids=["at once", "after two hours"]
)
def test_who_left_before_the_time_was_over_was_not_observed_to_its_end(day, tile, minutes, sign):
    day.dose()
    day.later(minutes)
    day.act(actions.end_session, kind="against-advice", told="Dr Lind", state="awake")

    observed = step(tile(), "Observe")
    assert (observed.sign, observed.state) == (sign, "done" if sign == "✓" else "never")


def test_what_was_never_given_is_not_ticked_once_the_visit_is_over(day, tile):
    day.check()
    day.order()
    day.device(1)
    day.act(actions.end_session, kind="against-advice", told="Dr Lind", state="awake")

    assert {one.word: one.sign for one in steps.steps(tile())} == {
        "Seat": "✓",
        "Checks": "✓",
        "Baseline": "✓",
        "Order": "✓",
        "Devices": "–",
        "Observe": "–",
        "Leave": "✓",
    }


def test_the_strip_names_the_first_in_full_and_counts_what_has_no_room(day, tile):
    day.dose()
    for code in ("danger.chest-pain", "danger.sudden-headache", "danger.seizure"):
        day.act(actions.record_danger_sign, code=code)
    short = pressing(tile())
    assert short is not None
    assert len(short.text) <= 40

    day.act(actions.record_vitals, values={**CALM, "sedation": 1})
    day.act(actions.record_vitals, values={**CALM, "bp.systolic": 190})

    long = pressing(tile())
    assert long is not None
    calls = len(tile().unseen_calls)
    named = [one.text for one in tile().unseen_calls if one.text in long.text]
    assert ", ".join(named) == long.text
    assert len(named) + long.more == calls
