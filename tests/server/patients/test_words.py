"""A chart is read in words: units as a ward writes them, states and sources without codes."""

import pytest

from serein.server.patients.charts import source, spoken_unit
from serein.server.patients.models import FactRow
from serein.server.patients.templatetags.patients import state


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("mm[Hg]", "mmHg"),
        ("kg/m2", "kg/m²"),
        ("10*6/uL", "10⁶/µL"),
        ("mL/min/{1.73_m2}", "mL/min/1.73 m²"),
        ("ug/L", "µg/L"),
        ("{score}", ""),
        ("mg/dL", "mg/dL"),
    ],
)
def test_a_unit_is_read_as_a_ward_writes_it(code, words):
    assert spoken_unit(code) == words


def test_a_source_is_said_in_a_word():
    assert source(FactRow(source="history")) == "entered by hand"
    assert source(FactRow(source="session")) == "visit"
    assert source(FactRow(source="import ito.json Observation/1")) == "import ito.json"


def test_a_state_is_said_as_the_form_offers_it():
    assert (state("resolved"), state("on-hold"), state("active")) == ("over", "on hold", "active")
