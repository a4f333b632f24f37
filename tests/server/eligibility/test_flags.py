"""An answer about suicide calls the prescriber once, however it came into the chart."""

from datetime import timedelta

import pytest
from django.urls import reverse

from serein.server.alerts.actions import resolve_alert
from serein.server.alerts.models import Alert
from serein.server.audit.models import Event
from serein.server.eligibility import queries
from serein.server.eligibility.actions import correct_fact, record_total
from serein.server.ids import new_id
from serein.server.patients.models import FactRow
from serein.server.transfer.actions import import_bundle
from tests.server.transfer.bundles import coded, content, observation, person, quantity

ITEM_9 = "44260-8"


@pytest.fixture
def answered(patient, alvarez, now):
    """Item 9 as it was typed with a total."""

    def put(value):
        scale = queries.scale("phq-9")
        words = {"by": alvarez, "now": now, "id": new_id(), "scale": scale, "total": 12}
        record_total(patient, items={9: value}, **words)
        return FactRow.objects.get(code="phq-9.item-9")

    return put


@pytest.fixture
def take(clinic, alvarez, now):
    def take_in(*answers, **words):
        asked = {"name": "file.json", "by": alvarez, "clinic": clinic, "now": now, **words}
        return import_bundle(content(person(), *answers), **asked)

    return take_in


@pytest.fixture
def dated(now):
    def answer(days_ago, value=None, **more):
        at = (now - timedelta(days=days_ago)).isoformat()
        return observation(code=ITEM_9, at=at, **(value or quantity(2, "{score}")), **more)

    return answer


def test_item_nine_corrected_upwards_calls_the_prescriber_once(answered, alvarez, lind, now):
    wrong = answered(0)
    words = {"by": alvarez, "now": now, "id": new_id(), "value": 1, "reason": "the wrong column"}
    assert not Alert.objects.exists()

    right = correct_fact(wrong, **words)
    correct_fact(wrong, **words)

    [alert] = Alert.objects.all()
    assert (alert.rule, alert.for_role, alert.urgency) == ("phq-9.self-harm", "prescriber", "now")
    assert [one["id"] for one in alert.evidence] == [str(right.id)]
    [event] = Event.objects.filter(verb="patients.correct")
    assert event.details["raised"] == ["phq-9.self-harm"]
    resolve_alert(alert, by=lind, now=now, resolution="spoke with her")
    correct_fact(wrong, **words)
    assert Alert.objects.count() == 1


def test_of_two_flags_on_one_question_the_graver_one_calls_whichever_stands_last(
    answered, monkeypatch
):
    scale = queries.scale("phq-9")
    [flag] = scale.flag
    milder = flag.model_copy(update={"urgency": "follow-up", "for_role": "nurse", "at_least": 1})
    graver = flag.model_copy(update={"urgency": "now", "at_least": 2})
    both = [scale.model_copy(update={"flag": two}) for two in ([milder, graver], [graver, milder])]
    for scale in both:
        monkeypatch.setattr(queries, "scale", lambda _name, found=scale: found)
        monkeypatch.setattr("serein.server.eligibility.actions.flags.scales", lambda f=scale: [f])
        Alert.objects.all().delete()
        answered(2)

        [alert] = Alert.objects.all()
        assert (alert.urgency, alert.for_role) == ("now", "prescriber")
        FactRow.objects.all().delete()
        Alert.objects.all().delete()
        answered(1)
        assert Alert.objects.get().urgency == "follow-up"
        FactRow.objects.all().delete()

    [question] = queries.flagged(both[0])
    assert question.flags == [graver, milder]


def test_item_nine_corrected_downwards_calls_nobody_and_closes_nothing(answered, alvarez, now):
    wrong = answered(2)

    correct_fact(wrong, by=alvarez, now=now, id=new_id(), value=0, reason="the wrong column")

    [alert] = Alert.objects.all()
    assert alert.resolved_at is None


def test_an_old_answer_corrected_downwards_is_no_news_for_today(answered, alvarez, lind, now):
    wrong = answered(3)
    resolve_alert(Alert.objects.get(), by=lind, now=now, resolution="spoke with her")
    later = now + timedelta(days=90)

    words = {"by": alvarez, "now": later, "reason": "the wrong column"}
    right = correct_fact(wrong, id=new_id(), value=1, **words)

    assert not Alert.objects.filter(resolved_at=None).exists()
    assert Event.objects.filter(verb="patients.correct").get().details.keys() == {
        "code",
        "replaced_by",
    }
    moved = {"effective_at": later - timedelta(days=1), "value": 1}
    correct_fact(FactRow.objects.get(pk=right.id), id=new_id(), **moved, **words)
    assert Alert.objects.get(resolved_at=None).rule == "phq-9.self-harm"


def test_item_nine_set_right_on_its_page_is_on_the_list_of_alerts(
    answered, server_clock, signed_in, alvarez
):
    browser = signed_in(alvarez)
    typed = {"entry": new_id(), "value": "1", "reason": "the wrong column"}

    browser.post(reverse("correct_fact", args=[answered(0).pk]), typed)

    assert "Thoughts of death or self-harm" in browser.get(reverse("alerts")).content.decode()


@pytest.mark.parametrize(
    "value",
    [
        quantity(2, "{score}"),
        {"valueQuantity": {"value": 2}},
        {"valueInteger": 2},
        {"valueCodeableConcept": coded("LA6570-1", "More than half the days")},
    ],
    ids=["a score", "a number", "a whole number", "an answer"],
)
def test_a_recent_item_nine_out_of_a_file_calls_the_prescriber_once(take, dated, value):
    take(dated(20, value))
    take(dated(20, value))

    [row] = FactRow.objects.filter(code="phq-9.item-9")
    [alert] = Alert.objects.all()
    assert (row.value, alert.rule) == (2, "phq-9.self-harm")
    assert [one["id"] for one in alert.evidence] == [str(row.id)]
    assert [event.details["raised"] for event in Event.objects.order_by("line")] == [
        ["phq-9.self-harm"],
        [],
    ]


def test_a_whole_phq_9_out_of_a_file_is_read_item_by_item(take, dated):
    parts = [
        {"code": coded("44261-6", "Total"), **quantity(14, "{score}")},
        {"code": coded(ITEM_9, "Item 9"), "valueCodeableConcept": coded("LA6569-3", "Several")},
    ]
    take({**dated(1), "valueQuantity": None, "code": coded("44249-1", "PHQ-9"), "component": parts})

    told = dict(FactRow.objects.values_list("code", "value"))
    assert told == {"phq-9.total": 14, "phq-9.item-9": 1}
    assert Alert.objects.count() == 1


def test_of_several_answers_the_newest_stands_in_the_alert(take, dated):
    take(dated(20), dated(3, id_="o2"))

    [alert] = Alert.objects.all()
    assert alert.evidence[0]["id"] == str(FactRow.objects.latest("effective_at").id)


def test_an_old_item_nine_out_of_a_file_is_no_alarm_and_is_seen_on_the_chart(
    take, dated, server_clock, signed_in, alvarez
):
    take(dated(31))

    assert not Alert.objects.exists()
    row = FactRow.objects.get()
    page = signed_in(alvarez).get(reverse("patient", args=[row.patient_id]), {"tab": "readings"})
    assert "PHQ-9 item 9" in page.content.decode()


@pytest.mark.parametrize("words", [{"is_dry_run": True}, {}], ids=["tried", "at zero"])
def test_a_file_that_is_only_tried_or_says_not_at_all_calls_nobody(take, dated, words):
    take(dated(1, None if words else quantity(0, "{score}")), **words)

    assert not Alert.objects.exists()


@pytest.mark.parametrize(
    "value",
    [
        {"valueString": "Nearly every day"},
        {"valueCodeableConcept": {"text": "Nearly every day"}},
        {
            "valueCodeableConcept": {
                "coding": [{"system": "https://hospital.example/answers", "code": "LA6570-1"}]
            }
        },
        {"valueQuantity": {"value": 2, "code": "{score}", "comparator": ">="}},
    ],
    ids=["words", "words of a concept", "another system's code", "at least"],
)
def test_an_answer_that_cannot_be_read_is_told_as_unread_and_never_kept_unheard(take, dated, value):
    report = take(dated(1, value))

    assert (report.unread, FactRow.objects.count()) == (1, 0)
    assert any("read the sheet and type it in" in reason for reason in report.reasons)
