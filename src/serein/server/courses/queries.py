"""Reads of courses, and of what a clinic has adopted."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from serein.clinical import policies
from serein.clinical.content_file import ContentFile
from serein.clinical.content_kinds import KINDS, terms
from serein.clinical.content_reading import Reading, read
from serein.clinical.content_words import label
from serein.clinical.criteria import Finding
from serein.clinical.difference import Change, difference
from serein.clinical.errors import UnknownContentError
from serein.clinical.facts import Fact
from serein.clinical.policies import Policy
from serein.clinical.protocols import Protocol
from serein.clinical.rules import DECISION
from serein.server.accounts.models import Clinic, User
from serein.server.accounts.permissions import may
from serein.server.courses.models import Adoption, Course
from serein.server.library import library
from serein.server.patients.models import Patient
from serein.server.patients.queries import facts_of

# What is used for a patient only after the medical director has adopted it by name.
TO_ADOPT = frozenset(("protocol", "policy"))
KIND_TITLES = {
    "protocol": _("Protocols"),
    "session-rules": _("Rules of the day that protocols share"),
    "policy": _("Criteria: definitions, contraindications, payers"),
    "trial-rules": _("What counts as an antidepressant trial"),
    "antidepressants": _("Antidepressants"),
    "staging": _("Staging of resistance"),
    "instrument": _("Scales"),
    "observations": _("What is observed in a session"),
    "outcomes": _("What counts as response and relapse"),
    "surveillance": _("Long-term surveillance"),
    "billing": _("Billing codes"),
    "duties": _("Duties by law"),
    "crisis-lines": _("Crisis lines"),
    "statements": _("What is often said, and how it stands"),
    "evidence": _("Evidence"),
    "rates": _("How often side effects came"),
    "wording": _("Wording"),
    "dictionary": _("Facts and their codes"),
}

_Adoptions = Mapping[tuple[str, int], Adoption]
_PRODUCTS = {"esketamine-nasal": _("Esketamine"), "ketamine": _("Racemic ketamine")}


class Listed(NamedTuple):
    """One file in the list of the library."""

    file: ContentFile
    adoption: Adoption | None
    withdrawn: Adoption | None = None
    lapsed: Adoption | None = None

    @property
    def is_to_adopt(self) -> bool:
        """Whether the medical director has to adopt it before use."""
        return self.file.kind in TO_ADOPT


class Startable(NamedTuple):
    """A protocol in the version that a course may begin with: the newest adopted, else newest."""

    of: Protocol
    adoption: Adoption | None

    @property
    def key(self) -> str:
        """The protocol and its version in one word, as the form sends it."""
        return f"{self.of.id} v{self.of.version}"

    @property
    def is_labelled(self) -> bool:
        """Whether a label says everything it is given for."""
        return all(one.is_labelled for one in self.of.indications)


class Difference(NamedTuple):
    """What differs between two versions: what a patient is treated by, and the rest."""

    before: ContentFile
    after: ContentFile
    treats: list[Change]
    beside: list[Change]


def protocol(course: Course) -> Protocol:
    """The protocol in the version that this course is pinned to."""
    return library().protocol(course.protocol_id, course.protocol_version)


def gate_codes() -> frozenset[str]:
    """Every code that a gate of any protocol reads before a dose."""
    protocols = library().shelf.of_kind("protocol")
    return frozenset(code for of in protocols for gate in of.gates for code in gate.when.codes())


def is_adopted(clinic: Clinic, file: ContentFile) -> bool:
    """Whether the clinic's medical director has adopted exactly this file, withdrawn or not."""
    return _adopted(clinic, file).exists()


def is_in_use(clinic: Clinic, file: ContentFile) -> bool:
    """Whether exactly this file is adopted and not withdrawn, so that a course may begin by it."""
    return _adopted(clinic, file).filter(withdrawn_at=None).exists()


def _adopted(clinic: Clinic, file: ContentFile) -> QuerySet[Adoption]:
    return Adoption.objects.filter(
        clinic=clinic, content_id=file.id, version=file.version, sha256=file.sha256
    )


def adoptions(clinic: Clinic) -> dict[tuple[str, int], Adoption]:
    """The clinic's adoptions in use, by content id and version; of the files as they stand."""
    return {key: row for key, row in _not_withdrawn(clinic).items() if _is_as_it_stands(row)}


def _not_withdrawn(clinic: Clinic) -> dict[tuple[str, int], Adoption]:
    rows = Adoption.objects.filter(clinic=clinic, withdrawn_at=None).select_related("adopted_by")
    return {(row.content_id, row.version): row for row in rows.defer("content")}


def _is_as_it_stands(adoption: Adoption) -> bool:
    """Whether the file is what was adopted; one that is no longer here cannot be otherwise."""
    try:
        return library().file(adoption.content_id, adoption.version).sha256 == adoption.sha256
    except UnknownContentError:
        return True


def withdrawals(clinic: Clinic) -> dict[tuple[str, int], Adoption]:
    """The clinic's adoptions that were withdrawn, the last of each content id and version."""
    rows = Adoption.objects.filter(clinic=clinic, withdrawn_at__isnull=False)
    newest_last = rows.select_related("withdrawn_by").defer("content").order_by("withdrawn_at")
    return {(row.content_id, row.version): row for row in newest_last}


def shelves(clinic: Clinic) -> list[tuple[str, list[Listed]]]:
    """Every content file under the title of its kind; the newest version of each id first."""
    known = [*KIND_TITLES, *(kind.name for kind in KINDS if kind.name not in KIND_TITLES)]
    adopted, withdrawn = _not_withdrawn(clinic), withdrawals(clinic)
    files = sorted(
        library().files,
        key=lambda file: (known.index(file.kind), file.title, file.id, -file.version),
    )
    return [
        (
            str(KIND_TITLES.get(kind) or label(kind)),
            [_listed(file, adopted, withdrawn) for file in group],
        )
        for kind, group in groupby(files, key=lambda file: file.kind)
    ]


def startable(clinic: Clinic) -> list[tuple[str, list[Startable]]]:
    """Every protocol by product; esketamine and racemic ketamine never stand in one list."""
    adopted = adoptions(clinic)
    found: dict[str, Startable] = {}
    for of in library().shelf.of_kind("protocol"):
        one = Startable(of, adopted.get((of.id, of.version)))
        before = found.get(of.id)
        if before is None or before.adoption is None or one.adoption is not None:
            found[of.id] = one
    ordered = sorted(found.values(), key=lambda one: (one.adoption is None, one.of.title))
    groups: dict[str, list[Startable]] = {str(title): [] for title in _PRODUCTS.values()}
    for one in ordered:
        title = str(_PRODUCTS.get(one.of.product, one.of.product_title))
        groups.setdefault(title, []).append(one)
    return [(title, some) for title, some in groups.items() if some]


def content_file(content_id: str, version: int) -> ContentFile:
    """One content file, or 404."""
    try:
        return library().file(content_id, version)
    except UnknownContentError as missing:
        raise Http404(str(missing)) from missing


def versions(clinic: Clinic, content_id: str) -> list[Listed]:
    """Every version of a content file, newest first."""
    adopted, withdrawn = _not_withdrawn(clinic), withdrawals(clinic)
    files = [file for file in library().files if file.id == content_id]
    files.sort(key=lambda file: -file.version)
    return [_listed(file, adopted, withdrawn) for file in files]


def _listed(file: ContentFile, adopted: _Adoptions, withdrawn: _Adoptions) -> Listed:
    key = (file.id, file.version)
    standing = adopted.get(key)
    if standing is None:
        return Listed(file, None, withdrawn=withdrawn.get(key))
    if standing.sha256 != file.sha256:
        return Listed(file, None, lapsed=standing)
    return Listed(file, standing)


def reading(file: ContentFile) -> Reading:
    """A content file as a clinician reads it."""
    return read(file.raw, terms=terms(library().dictionary))


def compared(before: ContentFile, after: ContentFile) -> Difference:
    """What differs between two versions of a content file, in words."""
    changes = difference(before.raw, after.raw, terms=terms(library().dictionary))
    return Difference(
        before,
        after,
        [change for change in changes if change.treats],
        [change for change in changes if not change.treats],
    )


def since_adopted(shown: Listed, all_versions: list[Listed]) -> Difference | None:
    """What differs from what was adopted here, when this is newer or was changed since.

    None when nothing was, or when an older adoption kept no text to compare with.
    """
    version = shown.file.version
    if shown.lapsed is not None:
        adopted = shown.lapsed.content
        if adopted is None:
            return None
        stands = json.loads(json.dumps(dict(shown.file.raw), cls=DjangoJSONEncoder))
        return compared(replace(shown.file, raw=adopted), replace(shown.file, raw=stands))
    earlier = [
        each for each in all_versions if each.adoption is not None and each.file.version < version
    ]
    if shown.adoption is not None or not earlier:
        return None
    return compared(earlier[0].file, shown.file)


def courses(user: User, clinic: Clinic) -> QuerySet[Course]:
    """Every course of this clinic that the person may see."""
    if not may(user, "courses.view", at=clinic):
        return Course.objects.none()
    return (
        Course.objects.filter(clinic=clinic)
        .select_related("clinic", "patient", "prescriber")
        .order_by("ended_on", "patient__family_name", "patient__given_name")
    )


def known(patient: Patient) -> list[Fact]:
    """Everything the rules may read of a patient, whatever the visit, in five statements."""
    found = patient.own_facts()
    for one in patient.courses.select_related("clinic").order_by("pk"):
        found.extend(one.facts())
    visits = patient.sessions.select_related("clinic").prefetch_related("doses__observer")
    for visit in visits.order_by("pk"):
        found.extend(visit.facts())
        found.extend(fact for dose in visit.doses.all() for fact in dose.facts())
    return found + [fact for fact in facts_of(patient) if not _is_of_a_visit(fact)]


def _is_of_a_visit(fact: Fact) -> bool:
    """A go-ahead for one visit's reading says nothing about the patient beyond that visit."""
    return fact.code.startswith(DECISION) and fact.encounter is not None


def policies_on(day: date) -> list[Policy]:
    """The newest version of every set of criteria, those left out that no longer hold."""
    newest = {policy.id: policy for policy in library().shelf.of_kind("policy")}
    return [one for one in newest.values() if one.table.until is None or day <= one.table.until]


def judged(of: Policy, facts: list[Fact], *, now: datetime) -> list[Finding]:
    """Every criterion of a set; a prescriber's word counts for the set it was given on."""
    told = [fact for fact in facts if _is_said_of(fact, of)]
    return policies.judge(of, told, now=now, on=library().shelf)


def _is_said_of(fact: Fact, of: Policy) -> bool:
    if not fact.code.startswith(DECISION) or not isinstance(fact.value, dict):
        return True
    return bool(fact.value.get("policy", of.id) == of.id)


def against(of: Protocol, patient: Patient, *, now: datetime) -> list[Finding]:
    """What the contraindications of a protocol's product and place do not find in order."""
    facts = known(patient)
    today = now.astimezone(patient.clinic.zone).date()
    sets = [one for one in policies_on(today) if _is_contraindicating(one, of)]
    findings = [finding for one in sets for finding in judged(one, facts, now=now)]
    return [finding for finding in findings if not finding.is_met]


def _is_contraindicating(one: Policy, of: Protocol) -> bool:
    table = one.table
    places = ("any", of.jurisdiction)
    is_of_product = table.product in ("", of.product)
    return table.about == "contraindications" and is_of_product and table.jurisdiction in places


def course(user: User, clinic: Clinic, id: UUID) -> Course:  # noqa: A002  every query names it so
    """One course, or 404 as if there were none."""
    found = courses(user, clinic).filter(id=id).first()
    if found is None:
        raise Http404
    return found
