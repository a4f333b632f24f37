from hypothesis import given
from hypothesis import strategies as st

from serein.clinical.infusion import infusion
from tests.clinical.chart import at, fact


def steps(*acts):
    return infusion([fact("infusion", {"step": step, **more}, time) for time, step, more in acts])


START = ("09:00", "start", {"rate_ml_per_h": 60, "mg_per_ml": 1})


def test_no_infusion_is_not_open_and_delivers_nothing():
    assert not steps().is_open
    assert steps().delivered_mg(now=at("10:00")) == 0


def test_what_ran_in_is_rate_by_strength_by_time():
    assert steps(START).delivered_mg(now=at("09:40")) == 40


def test_a_pause_delivers_nothing_and_a_resumed_infusion_runs_at_its_last_rate():
    run = steps(START, ("09:20", "pause", {}), ("09:30", "resume", {}), ("09:50", "stop", {}))
    assert run.delivered_mg(now=at("11:00")) == 40
    assert run.delivered_mg(now=at("09:25")) == 20


def test_a_change_of_rate_counts_from_its_own_time():
    run = steps(START, ("09:30", "rate", {"rate_ml_per_h": 30}), ("10:00", "stop", {}))
    assert run.delivered_mg(now=at("10:00")) == 45


def test_a_paused_infusion_is_not_over():
    assert steps(START, ("09:20", "pause", {})).is_open
    assert not steps(START, ("09:20", "stop", {})).is_open


def test_an_act_that_says_nothing_delivers_nothing():
    odd = infusion([fact("infusion", "odd", "09:00")])
    assert odd.delivered_mg(now=at("10:00")) == 0


@given(minutes=st.integers(0, 59), later=st.integers(0, 59))
def test_what_ran_in_never_shrinks(minutes, later):
    run = steps(START, ("09:20", "pause", {}), ("09:30", "resume", {}), ("09:50", "stop", {}))
    first, second = sorted((minutes, later))
    assert run.delivered_mg(now=at(f"09:{first:02}")) <= run.delivered_mg(now=at(f"09:{second:02}"))


def test_what_ran_in_is_the_rate_times_the_strength_times_the_hours():
    acts = [
        fact("infusion", {"step": "start", "rate_ml_per_h": 30, "mg_per_ml": 2}, "08:00"),
        fact("infusion", {"step": "stop"}, "08:40"),
    ]

    assert infusion(acts).delivered_mg(now=at("09:00")) == 40
    assert infusion(acts[:1]).delivered_mg(now=at("08:30")) == 30


def test_an_act_of_this_very_minute_has_ended_what_ran_before_it():
    acts = [
        fact("infusion", {"step": "start", "rate_ml_per_h": 30, "mg_per_ml": 2}, "08:00"),
        fact("infusion", {"step": "pause"}, "08:20"),
        fact("infusion", {"step": "resume"}, "08:30"),
    ]

    assert infusion(acts).delivered_mg(now=at("08:20")) == 20
    assert infusion(acts).delivered_mg(now=at("08:40")) == 30


def test_a_pump_without_rate_or_strength_delivers_nothing_that_is_known():
    start = fact("infusion", {"step": "start"}, "08:00")

    (step,) = infusion([start]).steps
    assert (step.rate_ml_per_h, step.mg_per_ml) == (0, 0)


BAG = ("09:00", "start", {"rate_ml_per_h": 60, "mg_per_ml": 1, "dose_mg": 40})


def test_a_bag_ends_when_its_dose_has_run_in_at_the_rate_of_now():
    assert steps(BAG).ends_at == at("09:40")
    slower = steps(BAG, ("09:20", "rate", {"rate_ml_per_h": 30}))
    assert slower.ends_at == at("10:00")
    assert steps(BAG, ("09:20", "pause", {}), ("09:30", "resume", {})).ends_at == at("09:50")
    assert steps(BAG, ("09:50", "rate", {"rate_ml_per_h": 30})).ends_at == at("09:50")


def test_a_bag_that_does_not_run_or_of_unknown_dose_has_no_end():
    assert steps().ends_at is None
    assert steps(START).ends_at is None
    assert steps(BAG, ("09:20", "pause", {})).ends_at is None
    assert steps(BAG, ("09:20", "stop", {})).ends_at is None


def test_a_second_bag_ends_by_its_own_dose():
    second = ("10:00", "start", {"rate_ml_per_h": 30, "mg_per_ml": 1, "dose_mg": 10})
    run = steps(BAG, ("09:30", "stop", {}), second)
    assert (run.dose_mg, run.ends_at) == (10, at("10:20"))


def test_an_act_that_never_was_is_none():
    assert steps(BAG, ("09:20", "never", {})).delivered_mg(now=at("09:30")) == 30


def test_a_bag_gives_no_more_than_it_holds_however_late_its_stop_is_told():
    for late in ("stop", "pause"):
        run = steps(BAG, ("10:00", late, {}))
        assert run.delivered_mg(now=at("09:39")) == 39
        assert run.delivered_mg(now=at("11:00")) == 40
    assert steps(BAG).delivered_mg(now=at("11:00")) == 40


def test_an_empty_bag_that_is_run_faster_gives_nothing_more():
    run = steps(BAG, ("09:50", "rate", {"rate_ml_per_h": 120}), ("10:20", "stop", {}))
    assert run.delivered_mg(now=at("11:00")) == 40


def test_each_started_bag_gives_at_most_its_own_dose():
    second = ("10:00", "start", {"rate_ml_per_h": 60, "mg_per_ml": 1, "dose_mg": 10})
    run = steps(BAG, ("09:50", "stop", {}), second, ("11:00", "stop", {}))
    assert run.delivered_mg(now=at("11:00")) == 50

    unknown = ("10:00", "start", {"rate_ml_per_h": 60, "mg_per_ml": 1})
    run = steps(BAG, ("09:50", "stop", {}), unknown, ("11:00", "stop", {}))
    assert run.delivered_mg(now=at("11:00")) == 100


def test_a_second_start_while_the_first_bag_runs_is_a_new_bag():
    second = ("09:20", "start", {"rate_ml_per_h": 60, "mg_per_ml": 1, "dose_mg": 10})
    assert steps(BAG, second, ("11:00", "stop", {})).delivered_mg(now=at("11:00")) == 30


def test_acts_at_the_pump_before_the_first_start_are_none():
    run = steps(("08:30", "stop", {}), ("08:40", "rate", {"rate_ml_per_h": 90}), BAG)
    assert [step.step for step in run.steps] == ["start"]
    assert not steps(("08:30", "pause", {})).is_open
