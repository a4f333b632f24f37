"""A rule promises nothing that its file does not say; the newest word is the one that stands."""

import pytest

from serein.clinical.criteria import MET, UNMET, Judgement, Moment, Source
from serein.clinical.facts import Chart
from serein.clinical.rules import Rule, decided
from serein.clinical.vocabulary import Place, Term, criterion
from tests.clinical.chart import at, fact, go_ahead

WHEN = criterion(
    {"fact": "spo2", "at_least": 93},
    terms={"spo2": Term("SpO2", "%")},
    place=Place("some.v1.toml", "rule.x.when"),
)


def test_a_rule_is_unchecked_and_holds_nothing_until_its_file_says_so():
    rule = Rule("oxygen", "Enough oxygen", WHEN, Source("A label"))

    said = (rule.checked, rule.policy, rule.is_for_every_device, rule.is_holding_device)
    assert said == (False, False, False, False)


@pytest.mark.parametrize(
    ("words", "stands"),
    [(("go-ahead", "wait"), False), (("wait", "go-ahead"), True)],
)
def test_the_newest_word_of_the_prescriber_stands(words, stands):
    reading = fact("spo2", 91, "08:00")
    told = [go_ahead("oxygen", f"08:0{n}", decision=word) for n, word in enumerate(words, 1)]
    moment = Moment(at("08:10"), Chart.of([reading, *told]).by_code)

    found = decided("oxygen", Judgement(UNMET, (reading,), (), ()), moment)

    assert (found == told[-1]) is stands
    assert WHEN.judge(moment).verdict is not MET
