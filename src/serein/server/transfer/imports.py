"""Storing one bundle that was read: charts, facts, and the lines that stay unread."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Q

from serein.clinical.facts import Fact
from serein.clinical.outcome_terms import newest_scales
from serein.clinical.person import NO_DRUG_KNOWN, NONE_KNOWN
from serein.fhir.allergy import answered
from serein.fhir.observation import Measure
from serein.fhir.reading import Reading, Stored, Unread
from serein.fhir.records import Number, Record, UnreadableError
from serein.server.accounts.models import Clinic, User
from serein.server.actions import hold
from serein.server.eligibility.actions import raise_flags
from serein.server.library import library
from serein.server.patients.actions import record_facts
from serein.server.patients.models import FactRow, Patient
from serein.server.transfer.matching import chart_of, made_id, source_of
from serein.server.transfer.models import ImportedFile
from serein.server.transfer.reports import FileReport
from serein.server.transfer.unread import keep_unread, mark_read

SOURCE = "import"


def measures() -> dict[str, Measure]:
    """Our own code for each LOINC code that the dictionary of facts names."""
    answers = {
        scale.item_fact(number): {one.loinc: one.value for one in item.answer or scale.answer}
        for scale in newest_scales(library().shelf)
        for number, item in enumerate(scale.item, start=1)
        if item.loinc
    }
    return {
        entry.loinc: Measure(
            entry.code, entry.unit, entry.low, entry.high, answers.get(entry.code, {})
        )
        for entry in library().dictionary.entries.values()
        if entry.loinc
    }


@dataclass
class Intake:
    """One file on its way in: whose, by whom, when, and what became of it so far."""

    clinic: Clinic
    by: User | None
    now: datetime
    name: str
    sha256: str
    report: FileReport
    charts: dict[int, Patient] = field(default_factory=dict)
    sources: dict[int, Number] = field(default_factory=dict)
    added: set[int] = field(default_factory=set)
    stored: list[tuple[Patient, list[Fact]]] = field(default_factory=list)
    raised: list[str] = field(default_factory=list)


def store(reading: Reading, *, intake: Intake) -> ImportedFile:
    """The row of the file; afterwards the intake's report is complete."""
    # One import at a time in one clinic, while charts are matched; it holds back nobody else.
    hold(intake.clinic)
    for place in reading.people:
        _open_chart(place, reading=reading, intake=intake)
    of_place: dict[int, list[Stored]] = defaultdict(list)
    for stored in reading.stored:
        of_place[stored.of].append(stored)
    for place, mine in of_place.items():
        _store_facts(mine, place=place, reading=reading, intake=intake)
    refused = {unread.entry.place for unread in reading.unread}
    reading.stored[:] = [stored for stored in reading.stored if stored.entry.place not in refused]
    intake.added |= {drug.entry.place for drug in reading.drugs if drug.through in intake.added}
    intake.report.count(reading)
    intake.report.added = len(intake.added)
    file = _file(intake)
    keep_unread(reading, file=file, charts=intake.charts)
    # Last of all: to call somebody holds the chart, and a nurse's next device waits for it.
    for patient, facts in intake.stored:
        intake.raised += raise_flags(patient, facts, now=intake.now, is_out_of_file=True)
    return file


def _open_chart(place: int, *, reading: Reading, intake: Intake) -> None:
    _entry, person = reading.people[place]
    patient, has_added = chart_of(
        person,
        clinic=intake.clinic,
        now=intake.now,
        report=intake.report,
        is_invented=intake.clinic.is_invented,
    )
    intake.charts[place], intake.sources[place] = patient, source_of(person)
    if has_added:
        intake.added.add(place)


def _store_facts(mine: list[Stored], *, place: int, reading: Reading, intake: Intake) -> None:
    patient = intake.charts[place]
    known = Known.of(patient)
    new: list[Fact] = []
    read_now: list[Stored] = []
    for stored in mine:
        facts = _facts(stored, source=intake.sources[place], known=known, intake=intake)
        try:
            wanted = _lacking(facts, known=known)
        except UnreadableError as error:
            reading.unread.append(Unread(stored.entry, str(error), place))
            continue
        if wanted:
            new += wanted
            read_now.append(stored)
    intake.added |= {stored.entry.place for stored in read_now}
    intake.report.facts += len(new)
    stored_now = record_facts(patient, by=intake.by, now=intake.now, facts=new, source=SOURCE)
    intake.stored.append((patient, stored_now))
    mark_read(patient, stored=read_now, now=intake.now)


@dataclass(frozen=True)
class Known:
    """What earlier imports put into a chart, and what has replaced it since."""

    rows: Mapping[UUID, FactRow]
    replaced_by: Mapping[UUID, FactRow]

    @classmethod
    def of(cls, patient: Patient) -> "Known":
        """The chart's imported facts and its corrections."""
        rows = FactRow.objects.filter(
            Q(source__startswith=SOURCE) | Q(replaces__isnull=False), patient=patient
        )
        found = {row.pk: row for row in rows}
        later = {row.replaces_id: row for row in found.values() if row.replaces_id}
        return cls(found, later)

    def last_of(self, row: FactRow) -> FactRow:
        """The newest correction of this fact; itself when there is none."""
        while row.pk in self.replaced_by:
            row = self.replaced_by[row.pk]
        return row


def _facts(stored: Stored, *, source: Number, known: Known, intake: Intake) -> list[Fact]:
    base = (intake.clinic.pk, source.system, source.value, stored.entry.reference)
    panel = made_id(*base, "panel") if len(stored.records) > 1 else None
    facts = []
    for record in stored.records:
        fact_id = made_id(*base, "part", record.part)
        # Without any date it is known since it first came in.
        since = known.rows[fact_id].effective_at if fact_id in known.rows else intake.now
        fact = Fact(
            id=fact_id,
            code=record.code,
            value=record.value,
            unit=record.unit,
            effective_at=record.effective_at or record.recorded_at or since,
            recorded_at=record.recorded_at or intake.now,
            source=_source(stored, record=record, intake=intake),
            panel=panel,
        )
        facts.append(fact)
    return facts


def _source(stored: Stored, *, record: Record, intake: Intake) -> str:
    given_as = f" (given as {record.given_as[:30]})" if record.given_as else ""
    return f"{SOURCE} {intake.name[:60]} {stored.entry.reference[:90]}{given_as}"


def _lacking(facts: Sequence[Fact], *, known: Known) -> list[Fact]:
    """Which of the resource's facts the chart lacks; a changed one replaces what it was."""
    changed = (_changed(fact, known=known) if fact.id in known.rows else fact for fact in facts)
    return [fact for fact in changed if fact]


def _changed(fact: Fact, *, known: Known) -> Fact | None:
    """The fact as a correction of what an earlier file said; None when it says the same."""
    earlier = known.rows[fact.id]
    if _says(fact) == _says(earlier):
        return None
    if earlier.code != fact.code and not _is_read_anew(earlier, code=fact.code):
        raise UnreadableError("its id named another thing in an earlier file")
    newer_id = made_id(fact.id, _says(fact))
    if newer_id in known.rows:
        return None
    last = known.last_of(earlier)
    if not last.source.startswith(SOURCE):
        raise UnreadableError("differs from an earlier file, but was corrected here since")
    return replace(fact, id=newer_id, replaces=last.pk)


def _is_read_anew(earlier: FactRow, *, code: str) -> bool:
    """Whether an older reader kept the same entry under another code than this one does."""
    if earlier.code == NONE_KNOWN:
        return code == NO_DRUG_KNOWN
    if earlier.code == "allergy":
        return answered(earlier.value) == code
    entry = library().dictionary.entries.get(code)
    return entry is not None and bool(entry.loinc) and earlier.code == f"loinc/{entry.loinc}"


def _says(fact: Fact | FactRow) -> str:
    """What is said, in one line: numbers and texts alike whether fresh or out of a database."""
    value = json.dumps(fact.value, sort_keys=True)
    return f"{fact.code} {value} {fact.unit or ''} {fact.effective_at.astimezone(UTC).isoformat()}"


def _file(intake: Intake) -> ImportedFile:
    report = intake.report
    file, _is_new = ImportedFile.objects.get_or_create(
        clinic=intake.clinic,
        sha256=intake.sha256,
        defaults={
            "id": made_id(intake.clinic.pk, intake.sha256, "file"),
            "name": intake.name,
            "resources": report.resources,
            "stored": report.stored,
            "unread": report.unread,
            "imported_at": intake.now,
            "imported_by": intake.by,
        },
    )
    return file
