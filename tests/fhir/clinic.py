"""Where and when the bundles of these tests are read, and what the clinic has codes for."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from serein.fhir.observation import Measure
from serein.fhir.reading import Reading

NOW = datetime(2025, 10, 14, 14, 12, 41, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
MEASURES = {
    "8480-6": Measure("bp.systolic", "mm[Hg]", 40, 300),
    "8462-4": Measure("bp.diastolic", "mm[Hg]", 20, 200),
    "29463-7": Measure("weight", "kg", 2, 500),
    "8302-2": Measure("height", "cm", 30, 260),
    "8867-4": Measure("heart-rate", "/min", 20, 300),
    "44261-6": Measure("phq-9.total", "{score}", 0, 27),
}


def placed(found: Reading) -> list[int]:
    """The place of every entry, wherever it ended."""
    stored = [one.entry.place for one in (*found.stored, *found.drugs)]
    return sorted([*found.people, *stored, *(one.entry.place for one in found.unread)])
