"""Eligibility as its page shows it: findings, evidence and gaps in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from serein.clinical.criteria import Derived, Finding, Range, Verdict
from serein.clinical.facts import Chart, Fact
from serein.clinical.outcome_terms import newest_scales
from serein.clinical.policies import Policy
from serein.clinical.rules import DECISION
from serein.clinical.staging import Graded, Stage
from serein.clinical.trials import TERMS, TRIAL, Weighed
from serein.server.library import library
from serein.server.patients.charts import number

GROUPS: dict[str, Promise] = {
    "": gettext_lazy("Criteria"),
    "contraindication": gettext_lazy("Contraindications"),
    "near-absolute": gettext_lazy("Near-absolute contraindications"),
    "relative": gettext_lazy("Relative contraindications"),
    "caution": gettext_lazy("Cautions"),
    "precaution": gettext_lazy("Precautions"),
    "trials": gettext_lazy("Medication trials"),
}
PRODUCTS: dict[str, Promise] = {
    "esketamine-nasal": gettext_lazy("esketamine nasal spray"),
    "ketamine": gettext_lazy("racemic ketamine"),
}
WORDS: dict[Verdict, Promise] = {
    Verdict.MET: gettext_lazy("met"),
    Verdict.UNMET: gettext_lazy("not met"),
    Verdict.UNKNOWN: gettext_lazy("not known"),
}
COUNTED: dict[bool | None, Promise] = {
    True: gettext_lazy("counted as failed"),
    False: gettext_lazy("not counted"),
    None: gettext_lazy("cannot say"),
}
# Facts that are rows of something else; each is put right where it was made.
BIRTH_DATE = "birth-date"
REGISTRATION = "registration"
MADE_ELSEWHERE = (REGISTRATION, "course", "session", "dose")


@dataclass(frozen=True)
class TrialCount:
    """How many trials count for one criterion, in words, and what is said of each by its fact."""

    count: str
    words: Mapping[UUID, str]


@dataclass(frozen=True)
class Trials:
    """The medication trials on file, as the rules of a set count each sort of them."""

    by_code: Mapping[str, tuple[Derived, list[Weighed]]]

    def about(self, codes: Iterable[str]) -> TrialCount | None:
        """What a criterion over these codes counts; None when no trial is there."""
        for code in codes:
            found, weighed = self.by_code.get(code, (None, []))
            if found is not None and isinstance(found.value, Range):
                words = {one.fact.id: str(COUNTED[one.counted]) for one in weighed}
                return TrialCount(_counted(found.value), words)
        return None


@dataclass(frozen=True)
class Seen:
    """One fact that decided a criterion; what holds from birth on has no day of its own.

    `corrects` names the address at which it is put right, `anew` the code to record again.
    Of a trial `counted` says whether the rules of the set count it, `days` from when to when.
    """

    id: UUID
    title: str
    words: str
    at: datetime | None
    by: str
    corrects: str = ""
    anew: str = ""
    counted: str = ""
    days: str = ""


@dataclass(frozen=True)
class Gap:
    """Something that was never recorded, or not recently enough, and where that is done."""

    code: str
    title: str
    place: str

    @property
    def scale(self) -> str:
        """The scale whose total is missing."""
        return self.code.rpartition(".")[0]


@dataclass(frozen=True)
class Line:
    """One criterion with its finding, its evidence and its gaps."""

    finding: Finding
    seen: list[Seen]
    gaps: list[Gap]
    count: str = ""

    @property
    def sign(self) -> str:
        """The shape that says the verdict without its colour."""
        return sign(self.finding.verdict)

    @property
    def word(self) -> str:
        """The verdict in a word."""
        return str(WORDS[self.finding.verdict])

    @property
    def is_decidable(self) -> bool:
        """Whether a prescriber may decide it, with a reason."""
        is_left = self.finding.waiver == "prescriber"
        return is_left and self.finding.verdict is Verdict.UNMET


@dataclass(frozen=True)
class StagedLine:
    """One question of a method of staging: its points in words, what answers it, its gaps."""

    of: Graded
    points: str
    seen: list[Seen]
    gaps: list[Gap]


def staged(stage: Stage) -> list[StagedLine]:
    """The questions of a method with their points."""
    return [_staged(one) for one in stage.items]


def _staged(one: Graded) -> StagedLine:
    told = [seen(fact) for fact in one.evidence]
    words = {"low": one.low, "high": one.high}
    if one.is_staged is False:
        points = _("the method begins later")
    elif one.low == one.high:
        points = ngettext("%(low)s point", "%(low)s points", one.low) % words
    else:
        points = _("%(low)s to %(high)s points") % words
    asked = frozenset(code for code in one.missing if code in library().dictionary.entries)
    return StagedLine(one, points, told, gaps(one.missing, asked=asked))


def sign(verdict: Verdict) -> str:
    """The shape of a verdict."""
    return {"met": "✓", "unmet": "▲", "unknown": "○"}[verdict.value]


def groups(
    of: Policy, findings: Iterable[Finding], *, asked: frozenset[str], trials: Trials | None = None
) -> list[tuple[str, list[Line]]]:
    """The criteria of a set under the titles of their groups, in the order of its file.

    Args:
        of: The set.
        findings: Its criteria, judged.
        asked: The codes that a form can ask for.
        trials: The medication trials of the chart under the rules of the set.
    """
    codes = {rule.id: rule.when.codes() for rule in of.rules}
    found: dict[str, list[Line]] = {}
    for finding in findings:
        told = line(
            finding, asked=asked, of_trials=trials.about(codes[finding.id]) if trials else None
        )
        found.setdefault(of.groups[finding.id], []).append(told)
    return [(str(GROUPS.get(group) or group.capitalize()), lines) for group, lines in found.items()]


def line(finding: Finding, *, asked: frozenset[str], of_trials: TrialCount | None = None) -> Line:
    """One criterion in words; where trials were counted, how many, and each of them."""
    told = [seen(fact, asked=asked) for fact in finding.evidence]
    if of_trials is None:
        return Line(finding, told, gaps(finding.missing, asked=asked))
    told = [replace(one, counted=of_trials.words.get(one.id, "")) for one in told]
    missing = [code for code in finding.missing if code not in TERMS]
    return Line(finding, told, gaps(missing, asked=asked), of_trials.count)


def _counted(count: Range) -> str:
    """How many count for certain, and of how many more nobody can say it."""
    sure = ngettext("%(n)s counts for certain", "%(n)s count for certain", count.low)
    told = sure % {"n": count.low}
    if count.low == count.high:
        return told
    return _("%(sure)s, %(open)s cannot be said") % {"sure": told, "open": count.high - count.low}


def gaps(codes: Iterable[str], *, asked: frozenset[str]) -> list[Gap]:
    """What is missing, by its title and where it is recorded."""
    return [Gap(code, title(code), _place(code, asked)) for code in codes]


def title(code: str) -> str:
    """What a code is called; the code itself when nobody calls it anything."""
    entry = library().dictionary.entries.get(code)
    if code.startswith(DECISION):
        return _("The prescriber's decision")
    return entry.title if entry else code


def unseen(number: int, title: str) -> str:
    """That a question which must be seen was not, with this total."""
    return _(
        "Item %(number)s was not seen with this total. Look at the sheet, or ask: %(title)s"
    ) % {"number": number, "title": title}


def _place(code: str, asked: frozenset[str]) -> str:
    if code == TRIAL:
        return "trial"
    if code in {one.fact for one in newest_scales(library().shelf)}:
        return "total"
    if code in (BIRTH_DATE, "sex"):
        return "registration"
    return "form" if code in asked else "session"


def seen(fact: Fact, *, asked: frozenset[str] = frozenset()) -> Seen:
    """One fact in words."""
    corrects, days = "", ""
    if fact.code == TRIAL and isinstance(fact.value, Mapping):
        corrects, days = "correct_trial", trial_days(fact.value)
    elif fact.encounter is None and fact.source not in MADE_ELSEWHERE and _is_plain(fact):
        corrects = "correct_fact"
    at = None if fact.source == REGISTRATION else fact.effective_at
    anew = fact.code if fact.code in asked else ""
    return Seen(fact.id, title(fact.code), said(fact), at, fact.by, corrects, anew, days=days)


def _is_plain(fact: Fact) -> bool:
    return not isinstance(fact.value, Mapping)


def standing(facts: Iterable[Fact]) -> list[Fact]:
    """Facts that nothing corrected, in the order they were true."""
    return list(Chart.of(facts).facts)


def said(fact: Fact) -> str:
    """The value of a fact as a person would say it."""
    value = fact.value
    if fact.code == TRIAL and isinstance(value, Mapping):
        return trial(value)
    if isinstance(value, Mapping):
        return str(value.get("reason") or value.get("text") or _("on record"))
    entry = library().dictionary.entries.get(fact.code)
    if fact.code == BIRTH_DATE:
        return formats.date_format(date.fromisoformat(str(value)[:10]), "j M Y")
    if entry is None:
        return number(value)
    if isinstance(value, str):
        return entry.choices.get(value, value)
    return f"{number(value)} {entry.shown_unit}".strip()


def trial(value: Mapping[str, object]) -> str:
    """A medication trial in a line: drug, dose, weeks."""
    parts = [str(value.get("drug", ""))]
    if value.get("dose_mg_per_day") is not None:
        parts.append(_("%(dose)s mg a day") % {"dose": number(value["dose_mg_per_day"])})
    if value.get("weeks") is not None:
        parts.append(_("%(weeks)s weeks") % {"weeks": number(value["weeks"])})
    return ", ".join(parts)


def trial_days(value: Mapping[str, object]) -> str:
    """From when to when a trial was taken, as far as it is known."""
    began, ended = (
        formats.date_format(date.fromisoformat(str(value[part])), "j M Y")
        if value.get(part)
        else ""
        for part in ("started_on", "ended_on")
    )
    if not ended and value.get("is_ongoing"):
        ended = _("now")
    if not began and not ended:
        return _("dates unknown")
    return f"{began or _('begin unknown')} – {ended or _('end unknown')}"
