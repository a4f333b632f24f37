"""Reads of eligibility: sets of criteria, what they find in a chart, and what is missing."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from serein.clinical import policies
from serein.clinical.criteria import Derived, Finding, Judgement, Verdict
from serein.clinical.dictionary import CodeEntry
from serein.clinical.facts import Fact
from serein.clinical.instruments import Flag, Instrument, Item
from serein.clinical.outcome_terms import newest_scales, standards_of
from serein.clinical.outcomes import Outcome
from serein.clinical.outcomes import outcomes as outcomes_of
from serein.clinical.policies import Policy, trials_counted
from serein.clinical.rules import URGENCIES, Fired, Rule
from serein.clinical.staging import KIND as STAGING
from serein.clinical.staging import Stage, Staging, staged
from serein.clinical.surveillance import State, Watched, surveil
from serein.clinical.trial_tables import RuleSet
from serein.clinical.trials import TRIAL, Weighed, failed, rules_named, weigh
from serein.server.accounts.models import Clinic, User
from serein.server.accounts.permissions import may
from serein.server.courses.models import Adoption
from serein.server.courses.queries import adoptions, judged, policies_on
from serein.server.library import library
from serein.server.patients.models import FactRow, Patient
from serein.server.patients.queries import patients

VIEW = "eligibility.view"
WATCH = "long-term"
ABOUT: dict[str, Promise] = {
    "contraindications": _("Contraindications and cautions"),
    "definition": _("What the illness is called, and by whom"),
    "screens": _("Looked at before the first session"),
    "setting": _("The setting"),
    "coverage": _("Payers, to begin"),
    "continuation": _("Payers, to go on"),
}
# Told at registration or worked out from the visits: no form asks for it.
TOLD_ELSEWHERE = frozenset({"birth-date", "sex", "course.started-on"})
WAITING_LAST = (State.NEVER, State.OVERDUE, State.DUE, State.WAITING, State.DONE)


class Held(NamedTuple):
    """One set of criteria, held against a chart."""

    of: Policy
    findings: list[Finding]
    adoption: Adoption | None

    @property
    def verdict(self) -> Verdict:
        """Unmet when one criterion is, else unknown when one is, else met."""
        return policies.together(self.findings)

    @property
    def unmet(self) -> int:
        """How many criteria stand in the way."""
        return self._count(Verdict.UNMET)

    @property
    def unknown(self) -> int:
        """How many nobody can answer yet."""
        return self._count(Verdict.UNKNOWN)

    @property
    def met(self) -> int:
        """How many are met."""
        return self._count(Verdict.MET)

    @property
    def missing(self) -> list[str]:
        """Every code that was never recorded, each once, in the order of the criteria."""
        found = [code for one in self.findings for code in one.missing]
        return list(dict.fromkeys(found))

    @property
    def judged(self) -> list[tuple[Rule, Finding]]:
        """Each criterion with its finding."""
        return list(zip(self.of.rules, self.findings, strict=True))

    def _count(self, verdict: Verdict) -> int:
        return sum(one.verdict is verdict for one in self.findings)


class Flagged(NamedTuple):
    """A question of a scale that must be seen for the patient's safety: its flags, gravest first.

    Of two that one answer reaches, the graver calls.
    """

    scale: Instrument
    number: int
    item: Item
    flags: list[Flag]

    @property
    def code(self) -> str:
        """The code under which its answer is kept."""
        return self.scale.item_fact(self.number)

    @property
    def title(self) -> str:
        """What it asks about, in the words of the scale's file."""
        return self.flags[0].text.partition(":")[0]

    @property
    def answers(self) -> list[tuple[int, str]]:
        """Every answer it takes, with its words where they are ours to show."""
        words = {one.value: one.text for one in self.item.answer or self.scale.answer}
        return [(value, words.get(value, "")) for value in self.scale.values(self.item)]

    def fired(self, fact: Fact, *, age: timedelta = timedelta()) -> Fired | None:
        """The gravest flag that the answer reaches, as an alert; None below each of them.

        An answer of an `age` calls no flag for which it is too old to be an alarm.
        """
        if not isinstance(fact.value, int):
            return None
        for flag in self.flags:
            is_old = flag.recent_days is not None and age > timedelta(days=flag.recent_days)
            if fact.value >= flag.at_least and not is_old:
                return self._alert(flag, fact)
        return None

    def _alert(self, flag: Flag, fact: Fact) -> Fired:
        assert flag.urgency is not None, "a flag that calls says how urgently"
        return Fired(
            rule=f"{self.scale.id}.{flag.item}",
            text=f"{self.scale.title}. {flag.text}",
            urgency=flag.urgency,
            for_role=flag.for_role,
            action=flag.action,
            judgement=Judgement(Verdict.MET, (fact,), (), ()),
            source=self.scale.source_of(flag),
            checked=flag.checked,
            policy=flag.policy,
        )


class Counted(NamedTuple):
    """The trials of a chart under the rules that a set names; none when it names none."""

    rules: RuleSet | None
    trials: list[Weighed]
    failed: Derived | None


def patient(user: User, clinic: Clinic, id: UUID) -> Patient:  # noqa: A002  every query names it so
    """The patient whose eligibility this person may see, or 404 as if there were none."""
    found = patients(user, clinic, verb=VIEW).select_related("clinic").filter(id=id).first()
    if found is None:
        raise Http404
    return found


def trial(user: User, clinic: Clinic, id: UUID) -> FactRow:  # noqa: A002  every query names it so
    """One medication trial on file, or 404 as if there were none."""
    rows = FactRow.objects.filter(clinic=clinic, id=id, code=TRIAL)
    found = rows.select_related("clinic", "patient").first()
    if found is None or not may(user, VIEW, at=clinic):
        raise Http404
    return found


def policy(name: str, *, on: date) -> Policy:
    """The set of criteria of this name, or 404."""
    found = {one.id: one for one in policies_on(on)}
    if name not in found:
        raise Http404
    return found[name]


def shelves(clinic: Clinic, facts: list[Fact], *, now: datetime) -> list[tuple[str, list[Held]]]:
    """Every set of criteria, held against these facts, under the title of what it is about."""
    adopted = adoptions(clinic)
    found: dict[str, list[Held]] = {about: [] for about in ABOUT}
    for one in policies_on(_today(clinic, now)):
        held = Held(one, judged(one, facts, now=now), adopted.get((one.id, one.version)))
        found[one.table.about].append(held)
    return [(str(ABOUT[about]), sets) for about, sets in found.items() if sets]


def held(clinic: Clinic, of: Policy, facts: list[Fact], *, now: datetime) -> Held:
    """One set of criteria, held against these facts."""
    adopted = adoptions(clinic).get((of.id, of.version))
    return Held(of, judged(of, facts, now=now), adopted)


def counted(of: Policy | None, facts: list[Fact], *, now: datetime) -> Counted:
    """Each trial: counted as failed or not, by the rules of this set, and why."""
    if of is None or not of.table.trial_rules:
        return Counted(None, [], None)
    rules = rules_named(library().shelf, of.table.trial_rules)
    return Counted(rules, weigh(rules, facts, now=now), failed(rules, facts, now=now))


def stages(
    rules: RuleSet | None, facts: list[Fact], *, now: datetime
) -> list[tuple[Staging, Stage]]:
    """How far the illness has resisted treatment by each method, trials counted by these rules."""
    if rules is None:
        return []
    newest: dict[str, Staging] = {one.id: one for one in library().shelf.of_kind(STAGING)}
    return [(of, staged(of, facts, rules=rules, now=now)) for of in newest.values()]


def trials_by_code(
    of: Policy, facts: list[Fact], *, now: datetime
) -> dict[str, tuple[Derived, list[Weighed]]]:
    """For each count of trials that a set asks for: the count, and each trial it weighed."""
    return trials_counted(of, facts, now=now, on=library().shelf)


def outcomes(facts: list[Fact], *, now: datetime) -> list[Outcome]:
    """Every scale that was answered: is it working?"""
    shelf = library().shelf
    return outcomes_of(
        facts, instruments=newest_scales(shelf), standards=standards_of(shelf), now=now
    )


def scales() -> list[Instrument]:
    """Every scale with a total, by its title."""
    return sorted(newest_scales(library().shelf), key=lambda one: one.title.casefold())


def scale(name: str) -> Instrument:
    """The scale of this name, or 404."""
    found = next((one for one in scales() if one.id == name), None)
    if found is None:
        raise Http404
    return found


def flagged(scale: Instrument) -> list[Flagged]:
    """Its questions that call somebody when they are answered so: thoughts of suicide."""
    return [
        Flagged(scale, number, item, flags)
        for number, item in enumerate(scale.item, start=1)
        if (flags := sorted(_calling(scale, item), key=_gravest_first))
    ]


def _calling(scale: Instrument, item: Item) -> list[Flag]:
    return [flag for flag in scale.flag if flag.item == item.id and flag.urgency]


def _gravest_first(flag: Flag) -> tuple[int, int]:
    return URGENCIES.index(flag.urgency or URGENCIES[-1]), -flag.at_least


def unseen(one: Outcome, facts: list[Fact]) -> list[Flagged]:
    """Questions that must be seen and were not, with the newest total of this scale."""
    latest = one.latest
    if latest is None:
        return []
    seen = {fact.code for fact in facts if fact.effective_at == latest.effective_at}
    return [each for each in flagged(one.instrument) if each.code not in seen]


def watched(facts: list[Fact], *, now: datetime) -> list[Watched]:
    """What is watched for over years: what was never looked at and what is overdue first."""
    found = surveil(library().shelf.item("surveillance", WATCH), facts, now=now)
    shown = [one for one in found if one.state in WAITING_LAST]
    return sorted(shown, key=lambda one: WAITING_LAST.index(one.state))


def entries(codes: Iterable[str]) -> list[CodeEntry]:
    """The codes that a form can ask for, in this order, each once."""
    known = library().dictionary.entries
    found = [known[code] for code in dict.fromkeys(codes) if code in known]
    return [entry for entry in found if is_asked(entry)]


def is_asked(entry: CodeEntry) -> bool:
    """Whether a person answers it outside a visit: nothing worked out, nothing told elsewhere."""
    is_plain = entry.scope == "patient" and entry.type != "structured"
    return is_plain and entry.derived_by in ("", "scoring") and entry.code not in TOLD_ELSEWHERE


def _today(clinic: Clinic, now: datetime) -> date:
    return now.astimezone(clinic.zone).date()
