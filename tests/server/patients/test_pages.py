"""The list of patients and the chart: found, shown with times and sources, and logged."""

import json

import pytest
from django.urls import reverse

from serein.server.audit.models import Event
from serein.server.patients.models import FactRow, Patient
from serein.server.transfer.actions import import_bundle
from tests.server.transfer.bundles import allergy, coded, content, observation, person, pressure


@pytest.fixture
def ito(clinic, alvarez, now):
    condition = {
        "resourceType": "Condition",
        "id": "c1",
        "subject": {"reference": "Patient/p1"},
        "code": coded("370143000", "Major depression", "http://snomed.info/sct"),
        "onsetDateTime": "2015-02-03",
    }
    claim = {"resourceType": "Claim", "id": "k1", "patient": {"reference": "Patient/p1"}}
    more = {"telecom": [{"system": "phone", "value": "555-514-6152"}]}
    document = content(
        person(**more), condition, allergy(), pressure(upper=141.6), observation(), claim
    )
    import_bundle(document, name="ito.json", by=alvarez, clinic=clinic, now=now)
    return Patient.objects.get()


@pytest.fixture
def page(server_clock, signed_in, alvarez):
    browser = signed_in(alvarez)

    def get(name, *args, **asked):
        return browser.get(reverse(name, args=args), asked)

    return get


def names(answer):
    return [str(patient) for patient in answer.context["page"]]


@pytest.mark.parametrize(
    "asked",
    [
        {"words": "ito"},
        {"words": "ju it"},
        {"born_on": "1964-03-01"},
        {"number": "100"},
        {"phone_tail": "6152"},
        {"phone_tail": "146152"},
    ],
)
def test_a_patient_is_found_by_what_is_known_of_them(ito, page, asked):
    assert names(page("patients", **asked)) == ["Jun Ito"]


@pytest.mark.parametrize(
    "asked",
    [{"words": "marsh"}, {"born_on": "1964-03-02"}, {"number": "10"}, {"phone_tail": "555"}],
)
def test_a_search_that_fits_nobody_says_so(ito, page, asked):
    answer = page("patients", **asked)

    assert names(answer) == []
    assert "Nobody here fits that" in answer.content.decode()


def test_a_birth_date_that_is_none_is_said_and_what_was_typed_stays(ito, page):
    text = page("patients", born_on="1 March", words="ito").content.decode()

    assert "year-month-day" in text
    assert 'value="ito"' in text


def test_the_list_is_paged_and_keeps_the_search(clinic, page, now):
    for n in range(30):
        Patient.objects.create(
            clinic=clinic, family_name="Alike", given_name=f"N{n:02}", born_on=now, created_at=now
        )
    first = page("patients", words="alike")

    assert len(names(first)) == 25
    assert "?words=alike&amp;page=2" in first.content.decode()
    assert len(names(page("patients", words="alike", page="2"))) == 5


def test_an_empty_clinic_says_what_to_do(clinic, page):
    assert "No patient yet" in page("patients").content.decode()


def test_a_chart_shows_each_thing_with_its_time_and_source(ito, page):
    chart = page("patient", ito.pk).content.decode()
    for words in ("Jun Ito", "61", "born 1 Mar 1964", "Allergy: Penicillin", "Major depression"):
        assert words in chart
    assert "3 Feb 2015" in chart
    assert "import ito.json" in chart

    readings = page("patient", ito.pk, tab="readings").content.decode()
    assert "142/80" in readings
    assert "70.5" in readings
    assert '2 Jan 2020</span> <span class="once">05:00' in readings


def test_unread_lines_are_on_the_chart_with_their_reason(ito, page):
    ito.unread_lines.filter(kind="Claim").update(kind="Procedure")
    assert "could not be read" in page("patient", ito.pk).content.decode()


def test_a_claim_to_an_insurer_is_no_alarm_on_the_chart(ito, page):
    assert "could not be read" not in page("patient", ito.pk).content.decode()

    unread = page("patient", ito.pk, tab="unread").content.decode()
    assert "Claim is not read by Serein" in unread


def test_every_view_of_a_chart_leaves_one_line_of_the_log(ito, page, alvarez):
    before = Event.objects.count()
    log = page("patient", ito.pk, tab="log")

    event = Event.objects.order_by("line").reverse()[0]
    assert (Event.objects.count(), event.verb) == (before + 1, "patients.view")
    assert (event.patient_id, event.by_id) == (ito.pk, alvarez.pk)
    assert "patients.import" in log.content.decode()


@pytest.mark.parametrize("tab", ["chart", "readings", "visits", "unread", "log", "nonsense"])
def test_a_chart_with_nothing_in_it_works(clinic, page, now, tab):
    empty = Patient.objects.create(
        clinic=clinic, family_name="New", given_name="Nia", born_on=now, created_at=now
    )
    assert page("patient", empty.pk, tab=tab).status_code == 200


def test_the_desk_finds_names_and_opens_no_chart(ito, desk, signed_in, server_clock):
    browser = signed_in(desk)
    listed = browser.get(reverse("patients")).content.decode()

    assert "Ito, Jun" in listed
    assert str(ito.pk) not in listed
    assert browser.get(reverse("patient", args=[ito.pk])).status_code == 403


def test_owen_finds_nobody_and_no_chart(ito, owen, signed_in, server_clock):
    browser = signed_in(owen)

    assert "Ito" not in browser.get(reverse("patients")).content.decode()
    assert browser.get(reverse("patient", args=[ito.pk])).status_code == 404
    assert not Event.objects.filter(verb="patients.view").exists()


def test_a_script_in_a_name_is_shown_as_text(clinic, alvarez, now, page):
    tag = "<script>alert(1)</script>"
    document = content(person(family=tag), allergy(words=tag), observation(valueString=tag))
    import_bundle(document, name=f"{tag}.json", by=alvarez, clinic=clinic, now=now)
    someone = Patient.objects.get()

    for tab in ("chart", "readings", "unread", "log"):
        assert tag not in page("patient", someone.pk, tab=tab).content.decode()
    assert tag not in page("patients").content.decode()


def test_a_chart_takes_as_many_queries_with_many_facts_as_with_few(
    ito, page, now, django_assert_max_num_queries
):
    row = FactRow.objects.get(code="weight")
    for _ in range(60):
        row.pk = None
        row._state.adding = True
        row.save()
    page("patient", ito.pk)
    with django_assert_max_num_queries(20):
        page("patient", ito.pk)
    with django_assert_max_num_queries(20):
        readings = page("patient", ito.pk, tab="readings").content.decode()
    assert "50+10" in readings


def test_the_page_takes_files_in_and_reports_each(alvarez, signed_in, server_clock, tmp_path):
    whole, cut = tmp_path / "whole.json", tmp_path / "cut.json"
    whole.write_bytes(content(person(), observation()))
    cut.write_bytes(content(person(number="7"))[:50])
    browser = signed_in(alvarez)
    address = reverse("import_patients")

    def post(act):
        with whole.open("rb") as one, cut.open("rb") as other:
            return browser.post(address, {"bundles": [one, other], "act": act})

    tried = post("try").content.decode()
    assert "What would happen" in tried
    assert not Patient.objects.exists()
    taken = post("import").content.decode()
    assert Patient.objects.count() == 1
    assert "refused whole" in taken
    assert json.dumps("whole.json")[1:-1] in taken
    assert browser.post(address, {"act": "import"}).status_code == 400
