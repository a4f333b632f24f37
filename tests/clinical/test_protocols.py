import pytest

from serein.clinical.errors import InputError
from tests.clinical.chart import at, dosed, fact, facts, leaving, vitals, without


def test_the_protocol_says_what_the_day_needs(protocol):
    assert [phase.id for phase in protocol.phases] == ["induction", "optimization", "maintenance"]
    assert (protocol.devices.mg_each, protocol.devices.rest_min) == (28, 5)
    assert (protocol.observe.min, protocol.observe.anchor) == (120, "last-dose")
    asked = {ask.code for group in protocol.asks for ask in group.asks}
    gated = {code for gate in protocol.gates for code in gate.when.codes()}
    derived = ("bp.", "order.", "danger-", "wait.", "session.", "alerts.")
    answers = {code for code in gated if not code.startswith(derived)}
    answers |= {wait.asked for wait in protocol.waits}
    assert answers - {"spo2", "respiration", "heart-rate"} <= asked


def test_time_respiration_sedation_and_dissociation_are_never_waived(protocol):
    waivers = {rule.id: rule.waiver for rule in protocol.release}
    for rule in ("time", "respiration", "sedation", "dissociation", "devices-settled"):
        assert waivers[rule] == "never"
    assert waivers["pressure"] == "prescriber"
    assert waivers["transport"] == "alternative"


def test_every_rule_names_a_source_or_is_policy(protocol):
    for rule in protocol.rules_by_id.values():
        assert rule.policy or rule.source.url
        assert rule.policy or rule.source.read


def test_a_rule_or_an_ending_is_found_by_its_id(protocol):
    assert protocol.rule("forty-minute-overdue").for_role == "nurse"
    with pytest.raises(InputError, match="no rule 'lunch'"):
        protocol.rule("lunch")
    transfer = protocol.ending("transfer")
    assert "prescriber-told" in {follow.id for follow in transfer.follows}
    assert protocol.ending("not-dosed").is_only_before_dose
    with pytest.raises(InputError, match="choose one of not-dosed"):
        protocol.ending("lunch")


def test_each_ending_but_the_undosed_calls_the_prescriber_at_once(protocol):
    for ending in protocol.endings:
        calls = {(each.for_role, each.urgency) for each in ending.follows}
        assert (("prescriber", "now") in calls) == (ending.id != "not-dosed")


def test_the_escort_may_be_replaced_by_another_safe_way_and_the_why_says_which(read):
    told = [*without([*dosed(), *leaving()], "transport.seen")]
    told += facts(
        "10:30",
        {
            "transport.no-driving": True,
            "transport.way": "taxi",
            "transport.way-detail": "City Cab, with his brother",
        },
    )
    reading = read(told, "10:38")
    finding = next(each for each in reading.release.findings if each.id == "transport")
    assert finding.is_met
    assert finding.why.endswith("Instead: City Cab, with his brother")
    assert reading.release.may_release


def test_a_seen_escort_outweighs_the_other_way(read):
    told = [*dosed(), *leaving(), fact("transport.no-driving", False, "10:30")]
    assert read(told, "10:38").release.may_release


def test_a_prescriber_may_answer_for_the_pressure_but_not_for_old_readings(read):
    told = [*dosed(), *leaving(), *vitals("10:30", 158, 96)]
    word = {"decision": "waived", "reason": "Usual for him", "by_role": "prescriber"}
    told.append(fact("decision.pressure", word, "10:35"))
    assert read(told, "10:39").release.may_release
    late = read(told, "11:05")
    assert not late.release.may_release
    assert late.release.earliest_at == at("10:38")
