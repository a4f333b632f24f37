"""What became of one file: every resource of it stored, or unread with its reason."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from serein.fhir.reading import Reading, Unread
from serein.server.patients.models import Patient


@dataclass
class FileReport:
    """Counts of one file; resources = stored + unread, and added are those that were new."""

    file: str
    resources: int = 0
    stored: int = 0
    unread: int = 0
    added: int = 0
    facts: int = 0
    problems: list[str] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)
    patients: list[dict[str, Any]] = field(default_factory=list)
    candidates: list[dict[str, Any]] = field(default_factory=list)
    is_refused: bool = False
    is_dry_run: bool = False

    @property
    def already(self) -> int:
        """Resources that were stored before."""
        return self.stored - self.added

    def count(self, reading: Reading) -> None:
        """Take the counts of what was read, and the reasons of what was not."""
        self.stored = len(reading.people) + len(reading.stored) + len(reading.drugs)
        self.unread = len(reading.unread)
        self.reasons = reasons(reading.unread)
        self.problems += [
            ngettext("%(reason)s: %(count)s resource", "%(reason)s: %(count)s resources", count)
            % {"reason": reason, "count": count}
            for reason, count in self.reasons.items()
        ]

    def refuse(self, sentence: str) -> None:
        """Nothing of the file was stored, for this one reason."""
        self.is_refused = True
        self.stored = self.added = self.facts = 0
        self.unread = self.resources
        self.reasons = {sentence: self.resources} if self.resources else {}
        self.problems = [sentence]
        self.patients, self.candidates = [], []

    def name_patient(self, patient: Patient, *, is_new: bool) -> None:
        """Say whose chart the file speaks of."""
        self.patients.append({"id": str(patient.pk), "name": str(patient), "is_new": is_new})

    def name_candidates(self, patient: Patient, alike: Iterable[Patient]) -> None:
        """Say who may be the same person; nobody is merged."""
        for other in alike:
            words = {"name": str(patient), "born": patient.born_on.isoformat(), "other": str(other)}
            sentence = _(
                "%(name)s, born %(born)s, may be the same person as %(other)s, who is known here"
                " by other numbers; two charts were kept"
            )
            self.problems.append(sentence % words)
            self.candidates.append({"patient": str(patient.pk), "same_as": str(other.pk)})


def reasons(unread: Iterable[Unread]) -> dict[str, int]:
    """How many resources each reason keeps unread, the most frequent first."""
    return dict(Counter(one.reason for one in unread).most_common())
