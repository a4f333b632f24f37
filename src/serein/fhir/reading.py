"""A whole bundle: who is in it, what it says of them, and what could not be read, with the reason.

Every entry ends in exactly one of the three lists.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from serein.fhir import allergy, condition, encounter, medication, observation, patient
from serein.fhir.bundle import Entry
from serein.fhir.elements import Json, element, text
from serein.fhir.observation import Measure
from serein.fhir.records import Person, Record, UnreadableError

READ_KINDS = (
    "AllergyIntolerance",
    "Condition",
    "Encounter",
    "MedicationRequest",
    "MedicationStatement",
    "Observation",
)


@dataclass(frozen=True, slots=True)
class Unread:
    """One entry that is kept aside; `of` is the place of its patient's entry, when known."""

    entry: Entry
    reason: str
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """One entry that becomes facts of the patient whose entry stands at `of`.

    A Medication has no records of its own; `through` is the place of the order that it serves.
    """

    entry: Entry
    records: tuple[Record, ...]
    of: int
    through: int | None = None


@dataclass(frozen=True)
class Reading:
    """What a bundle says."""

    people: dict[int, tuple[Entry, Person]] = field(default_factory=dict)
    stored: list[Stored] = field(default_factory=list)
    drugs: list[Stored] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)


def read(
    entries: list[Entry], *, now: datetime, zone: tzinfo, measures: Mapping[str, Measure]
) -> Reading:
    """People first, then what is said of each; a resource is read whole or not at all."""
    index = _Index(entries)
    reading = Reading()
    for entry in entries:
        if entry.kind == "Patient":
            _read_person(entry, reading=reading, index=index, now=now)
    used_drugs: dict[int, Stored] = {}
    for entry in entries:
        if entry.kind in ("Patient", "Medication"):
            continue
        of = index.patient_of(entry)
        try:
            _refuse_unplaceable(entry, of=of, reading=reading, index=index)
            records = _records(entry, zone=zone, measures=measures, index=index)
            _refuse_future(records, now=now)
        except UnreadableError as error:
            known = of if of in reading.people else None
            reading.unread.append(Unread(entry, str(error), known))
            continue
        assert of is not None, "a resource without a patient was refused"
        stored = Stored(entry, tuple(records), of)
        reading.stored.append(stored)
        if (drug := index.find(medication.drug_reference(entry.resource))) is not None:
            used_drugs.setdefault(drug, stored)
    _read_drugs(entries, reading=reading, used=used_drugs)
    return reading


class _Index:
    """Which entry a reference names: none when two different entries share the name."""

    def __init__(self, entries: list[Entry]) -> None:
        """Index the entries by `Type/id` and by full address."""
        self.entries = {entry.place: entry for entry in entries}
        self.first: dict[str, int] = {}
        self.doubtful: set[str] = set()
        for entry in entries:
            for name in _names(entry):
                first = self.first.setdefault(name, entry.place)
                if self.entries[first].resource != entry.resource:
                    self.doubtful.add(name)
        self.drugs = {
            name: self.entries[place].resource
            for name, place in self.first.items()
            if self.entries[place].kind == "Medication" and name not in self.doubtful
        }

    def find(self, reference: str) -> int | None:
        """The place of the one entry with this name; a repeated entry counts once."""
        return None if reference in self.doubtful else self.first.get(reference)

    def earlier_twin(self, entry: Entry) -> int | None:
        """The place of an earlier entry with the same type and id."""
        first = self.first[entry.reference]
        return first if first < entry.place else None

    def is_doubtful(self, entry: Entry) -> bool:
        """Whether another entry bears the same name and says something else."""
        return not self.doubtful.isdisjoint(_names(entry))

    def patient_of(self, entry: Entry) -> int | None:
        """The place of the patient the entry is about."""
        if entry.kind == "Patient":
            return self.find(entry.reference)
        subject = entry.resource.get("subject") or entry.resource.get("patient")
        reference = subject.get("reference") if isinstance(subject, dict) else None
        found = self.find(reference) if isinstance(reference, str) else None
        if found is None or self.entries[found].kind != "Patient":
            return None
        return found


def _names(entry: Entry) -> set[str]:
    return {entry.full_url, entry.reference if entry.id else ""} - {""}


def _read_person(entry: Entry, *, reading: Reading, index: _Index, now: datetime) -> None:
    try:
        _refuse_nameless(entry)
        if index.is_doubtful(entry):
            raise UnreadableError("shares its id with another patient of the file")
        _refuse_twin(entry, index=index)
        person = patient.read(entry.resource)
        if person.born_on > now.date():
            raise UnreadableError(f"is born after today ({person.born_on})")
    except UnreadableError as error:
        reading.unread.append(Unread(entry, str(error)))
    else:
        reading.people[entry.place] = (entry, person)


def _refuse_nameless(entry: Entry) -> None:
    if not entry.id:
        raise UnreadableError("has no id, so a second import could not know it again")


def _refuse_twin(entry: Entry, *, index: _Index) -> None:
    twin = index.earlier_twin(entry)
    if twin is not None:
        raise UnreadableError(f"has the same id as resource {twin} of the file")


def _refuse_unplaceable(entry: Entry, *, of: int | None, reading: Reading, index: _Index) -> None:
    if not entry.kind:
        raise UnreadableError("says no resource type")
    if entry.kind not in READ_KINDS:
        raise UnreadableError(f"{entry.kind} is not read by Serein")
    _refuse_nameless(entry)
    _refuse_twin(entry, index=index)
    if of is None:
        raise UnreadableError("does not name a patient of the file")
    if of not in reading.people:
        raise UnreadableError("its patient could not be read")
    for reference in _references(entry.resource):
        place = index.find(reference)
        if place is None or place == entry.place:
            continue
        about = index.patient_of(index.entries[place])
        if about is not None and about != of:
            raise UnreadableError("points at what belongs to another patient of the file")


def _references(resource: Json) -> Iterator[str]:
    waiting: list[object] = [resource]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if isinstance(reference := part.get("reference"), str):
                yield reference
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)


def _records(
    entry: Entry, *, zone: tzinfo, measures: Mapping[str, Measure], index: _Index
) -> list[Record]:
    resource = entry.resource
    match entry.kind:
        case "AllergyIntolerance":
            return allergy.read(resource, zone=zone)
        case "Condition":
            return condition.read(resource, zone=zone)
        case "Encounter":
            return encounter.read(resource, zone=zone)
        case "MedicationRequest":
            return medication.read_request(resource, zone=zone, drugs=index.drugs)
        case "MedicationStatement":
            return medication.read_statement(resource, zone=zone, drugs=index.drugs)
    return observation.read(resource, zone=zone, measures=measures)


def _refuse_future(records: list[Record], *, now: datetime) -> None:
    for record in records:
        for at in (record.effective_at, record.recorded_at):
            if at and at > now:
                raise UnreadableError(f"is dated after today ({at.date()})")


def _read_drugs(entries: list[Entry], *, reading: Reading, used: Mapping[int, Stored]) -> None:
    """A Medication is read with the order that points at it, and is a record of none by itself."""
    for entry in entries:
        if entry.kind != "Medication":
            continue
        if entry.place in used:
            order = used[entry.place]
            reading.drugs.append(Stored(entry, (), order.of, through=order.entry.place))
        else:
            reading.unread.append(Unread(entry, "no medicine that was read points at it"))


def title(entry: Entry) -> str:
    """A few words by which a person recognises an unread entry; empty when it has none."""
    for name in ("code", "vaccineCode", "medicationCodeableConcept", "type", "category"):
        try:
            words = _first_words(entry.resource.get(name))
        except UnreadableError:
            continue
        if words:
            return words[:200]
    return ""


def _first_words(value: object) -> str:
    idea = value[0] if isinstance(value, list) and value else value
    if not isinstance(idea, dict):
        return ""
    codings = idea.get("coding")
    coding = codings[0] if isinstance(codings, list) and codings else None
    shown = element(coding, name="coding").get("display") if coding else None
    return text(idea.get("text"), name="text") or text(shown, name="display")
