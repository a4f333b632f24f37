"""The session record: one page in black and white."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from serein.clinical.facts import Chart, Fact
from serein.clinical.minutes import clock_minutes
from serein.clinical.monitoring import SessionReading
from serein.clinical.schedule import session_label
from serein.clinical.summary import summarize
from serein.server.accounts.models import User
from serein.server.alerts.queries import Told
from serein.server.courses.queries import protocol
from serein.server.documents import typeset
from serein.server.library import library
from serein.server.treatment import queries
from serein.server.treatment.actions.device import IN_A_REST, LATER_VISIT, NO_ORDER
from serein.server.treatment.models import Dose, Ending, Order, Outcome, Session
from serein.server.treatment.paper import times
from serein.server.treatment.paper.by_weight import weighed
from serein.server.treatment.paper.chart import TAPPED, chart_svg, in_grey, reading_rows, story
from serein.server.treatment.paper.corrections import (
    Correction,
    corrections,
    ends_taken_back,
    in_sets,
)
from serein.server.treatment.paper.leaving import leaving, told_of
from serein.server.treatment.paper.number import record_number
from serein.server.treatment.paper.ordered import outside
from serein.server.treatment.paper.registry import registry
from serein.server.treatment.paper.timeline import in_words
from serein.server.treatment.paper.told import told
from serein.server.treatment.wording import milligrams

TEMPLATE = Path(__file__).with_name("record.typ")
VALUES = (
    "pressure",
    "heart_rate",
    "spo2",
    "respiration",
    "sedation",
    "dissociation",
    "breathing",
)


def record_pdf(session: Session, *, by: User, now: datetime) -> bytes:
    """The session record, one page in black and white."""
    content = record_content(session, by=by, now=now)
    return typeset(TEMPLATE, content, at=now, drawings=["chart"])


def record_content(session: Session, *, by: User, now: datetime) -> dict[str, Any]:
    """All that the record says, in words, for its template."""
    known = _known(session)
    reading = queries.read(session, known, now=now)
    alerts = queries.all_alerts(session)
    drawn = story(session, known, reading, alerts=alerts)
    orders = list(queries.orders(session))
    beyond = outside(orders, session, known=known)
    reasons = queries.reasons(session)
    corrected = corrections(session, known, reasons=reasons)
    zone, product = session.clinic.zone, _product(session)
    return {
        "title": _("Session record"),
        "clinic": session.clinic.name,
        "on": times.day(session.seated_at, zone),
        "patient": str(session.patient),
        "who": _who(session),
        "footer": _footer(session, known, by=by, now=now),
        "facts": _heading(session, reading),
        "chart": in_grey(str(chart_svg(drawn))),
        "chart_in_words": in_words(drawn),
        "chart_marks": _("▲ alert   ● note: the time and words of each are under Events")
        if drawn.events
        else "",
        "readings": [
            _cells(row, reading, session) for row in reading_rows(drawn, corrected=corrected)
        ],
        "corrected": [_struck(one, session) for one in in_sets(corrected)],
        "orders": [
            _order(order, product, session, is_outside=order.id in beyond) for order in orders
        ],
        "devices": [
            [
                dose.device,
                dose.dose_mg,
                _outcome(dose),
                f"{dose.given_at.astimezone(zone):%H:%M}",
                _lot(dose),
                str(dose.observer),
            ]
            for dose in queries.doses(session)
        ],
        "of_devices": [
            line for dose in queries.doses(session) if (line := _of_device(dose, session))
        ],
        **weighed(session, reading, drawn.facts),
        "checks": _answers(session, drawn.facts),
        "events": _events(
            told(session, alerts, known=known, corrected=corrected, prescribers=()),
            known,
            session,
            reasons=reasons,
        ),
        "leaving": leaving(session, reading, drawn.facts),
        "registry": registry(session, summarize(reading)),
    }


def _known(session: Session) -> list[Fact]:
    """What is known of the visit; what the patient's chart learned after its end is not of it."""
    until = session.ended_at
    return [
        fact
        for fact in queries.known(session)
        if fact.encounter is not None or until is None or fact.effective_at <= until
    ]


def _product(session: Session) -> str:
    """The product's name without its strength."""
    return protocol(session.course).product_title.split(",")[0]


def _order(order: Order, product: str, session: Session, *, is_outside: bool) -> str:
    """What was ordered, by whom and when; what it replaces, and whether its signature is owed."""
    zone = session.clinic.zone
    words = _("%(product)s %(mg)s, %(how)s %(name)s, %(time)s") % {
        "product": product,
        "mg": _mg(order),
        "how": _("by telephone, read back:") if order.is_by_telephone else _("signed by"),
        "name": order.prescriber,
        "time": times.clock(order.ordered_at, zone),
    }
    more = [_("▲ outside the protocol: no dose of this session")] if is_outside else []
    if order.replaces_device:
        more.append(_("replaces device %(number)s") % {"number": order.replaces_device})
    if order.is_by_telephone:
        more.append(_("taken by %(name)s") % {"name": order.entered_by})
        signed = _("signed %(time)s") % {"time": times.clock(order.signed_at, zone)}
        more.append(signed if order.signed_at else _("signature owed"))
        more += [order.in_place] if order.in_place else []
    if late := _late(order.ordered_at, order.recorded_at, session):
        more.append(late)
    if order.reason:
        more.append(order.reason)
    return "; ".join([words, *more])


def _mg(order: Order) -> str:
    """The milligrams, and of an order by weight how they were reckoned."""
    if order.weight_kg is None:
        return _("%(mg)s mg") % {"mg": order.mg}
    return _("%(mg)s mg (%(per_kg)s mg/kg, %(kg)s kg %(method)s)") % {
        "mg": order.mg,
        "per_kg": f"{order.mg_per_kg:g}",
        "kg": f"{order.weight_kg:g}",
        "method": order.weight_method,
    }


def _late(at: datetime, recorded_at: datetime | None, session: Session) -> str:
    """How late it was entered; empty when that is not late."""
    late_min = protocol(session.course).record.late_by(at, recorded_at or at)
    return _("entered %(count)s min later") % {"count": late_min} if late_min else ""


def _struck(one: Correction, session: Session) -> list[str]:
    """What stands before the old value, the old value, and what stands after it."""
    zone = session.clinic.zone
    then, since = (
        f"{fact.by} {times.clock(fact.recorded_at, zone)}" for fact in (one.wrong, one.fact)
    )
    reason = f": {one.reason}" if one.reason else ""
    head = f"{times.clock(one.fact.effective_at, zone)} {one.title} "
    return [head, str(one.was), f" → {one.now}; {then} → {since}{reason}"]


def _lot(dose: Dose) -> str:
    """The lot; one that nobody knows is said to be unknown, never left empty."""
    has_none = dose.outcome in (Outcome.REFUSED, Outcome.NEVER)
    return dose.lot if dose.lot or has_none else _("lot not known")


def _outcome(dose: Dose) -> str:
    """What became of it, and that something was not open; a corrected record says so and stays."""
    words = str(dose.get_outcome_display())
    if hasattr(dose, "replaced_by"):
        words = _("%(outcome)s (corrected)") % {"outcome": words}
    return _("%(outcome)s ▲ outside gate") % {"outcome": words} if dose.outside_gate else words


def _of_device(dose: Dose, session: Session) -> str:
    """What was not open when it was given, and what was said of it; empty for most."""
    said = []
    if dose.outside_gate:
        shut = "; ".join(_gate(one, session) for one in dose.outside_gate)
        said.append(_("outside gate: %(rules)s") % {"rules": shut})
    if dose.replaces_id is None and (late := _late(dose.given_at, dose.recorded_at, session)):
        said.append(late)
    if dose.note:
        said.append(dose.note)
    if not said:
        return ""
    head = _("Device %(number)s, %(time)s") % {
        "number": dose.device,
        "time": times.clock(dose.given_at, session.clinic.zone),
    }
    return f"{head}: {'; '.join(said)}"


def _gate(rule: str, session: Session) -> str:
    """What was not open, in the rule's own words."""
    others = {
        NO_ORDER: _("no order"),
        IN_A_REST: _("within the rest"),
        LATER_VISIT: _("once a later visit had begun"),
    }
    return others.get(rule) or protocol(session.course).rule(rule).text


def _footer(session: Session, known: Iterable[Fact], *, by: User, now: datetime) -> str:
    """Who printed it, when, and a digest of what it was made from."""
    digest = hashlib.sha256()
    for fact in sorted(known, key=lambda one: str(one.id)):
        digest.update(f"{fact.id}{fact.value}{fact.recorded_at.isoformat()}".encode())
    words = {
        "name": by,
        "time": times.moment(now, session.clinic.zone),
        "version": digest.hexdigest()[:12],
    }
    return _("Printed by %(name)s, %(time)s · record version %(version)s") % words


def _heading(session: Session, reading: SessionReading) -> list[list[str]]:
    of = reading.protocol
    first = reading.first_dose_at
    return [
        [_("Session"), session_label(of, session.number).removeprefix("session ").capitalize()],
        [_("Product"), _product(session)],
        [_("Dose ordered / given"), _doses(reading)],
        [_("Nurse"), str(session.nurse)],
        [_("First dose"), times.clock(reading.first_dose_at, session.clinic.zone)],
        [_("Last dose"), times.clock(reading.last_dose_at, session.clinic.zone)],
        [
            session.get_ending_display() or _("Not ended"),
            times.clock(session.ended_at, session.clinic.zone),
        ],
        [
            _("From the first dose"),
            f"{clock_minutes(first, reading.at)} min" if first is not None else "",
        ],
    ]


def _doses(reading: SessionReading) -> str:
    """Ordered and given; a device of which only a part was given has no milligrams of its own."""
    words = f"{reading.ordered_mg or '–'} / {milligrams(reading.given_mg)} mg"
    if not reading.partly_given:
        return words
    count = reading.partly_given
    partly = ngettext("%(count)s device partly given", "%(count)s devices partly given", count)
    return f"{words} + {partly % {'count': count}}"


def _cells(row: dict[str, Any], reading: SessionReading, session: Session) -> list[str]:
    first = reading.first_dose_at
    after = f"{clock_minutes(first, row['at'])} min" if first else ""
    late = f" (+{row['late_min']} min)" if row["late_min"] else ""
    values = ["" if row[name] is None else str(row[name]) for name in VALUES]
    at = times.clock(row["at"], session.clinic.zone)
    others = [row["others"]] if row["others"] else []
    if session.ended_at is not None and row["at"] > session.ended_at:
        others.append(_("after the end"))
    return [at + late, after, *values, ", ".join(others), row["by"]]


def _answers(session: Session, chart: Chart) -> list[str]:
    """Every question with its answer; who gave most of them is named once, the others each."""
    asks = [ask for group in protocol(session.course).asks for ask in group.asks]
    found = {ask: fact for ask in asks if (fact := chart.latest(ask.code)) is not None}
    said_by = {ask: _by(fact, session) for ask, fact in found.items()}
    most = max(said_by.values(), key=list(said_by.values()).count, default="")
    lines = [_("Answered by %(name)s, unless named") % {"name": most}] if most else []
    for ask in asks:
        answer = _answer(found[ask]) if ask in found else _("not asked")
        is_named = ask in found and said_by[ask] != most
        lines.append(f"{ask.text}: {answer}" + (f" ({said_by[ask]})" if is_named else ""))
    return lines


def _by(fact: Fact, session: Session) -> str:
    """Who said it, and when it was so."""
    return f"{fact.by} {times.clock(fact.effective_at, session.clinic.zone)}"


def _answer(found: Fact) -> str:
    """An answer in the words it was picked in."""
    if isinstance(found.value, bool):
        return _("yes") if found.value else _("no")
    return library().dictionary.code(found.code).choices.get(str(found.value), str(found.value))


def _events(
    alerts: Iterable[Told],
    known: Sequence[Fact],
    session: Session,
    *,
    reasons: Mapping[UUID, str],
) -> list[str]:
    seated = _("Seated in chair %(number)s by %(name)s") % {
        "number": session.chair.label,
        "name": session.nurse,
    }
    happened = [(session.seated_at, seated)]
    happened += [(one.at or one.alert.raised_at, _told(one, session)) for one in alerts]
    title = library().dictionary.code
    standing = [
        fact for fact in Chart.of(known).facts if fact.code in TAPPED and fact.value is True
    ]
    for fact in Chart.of(known).facts:
        if fact.code.startswith("decision.") and isinstance(fact.value, dict):
            rule = protocol(session.course).rule(fact.code.removeprefix("decision."))
            words = f"{fact.by}: {rule.text}: {fact.value.get('reason')}"
            happened.append((fact.effective_at, words))
        elif fact.code == "note":
            happened.append((fact.effective_at, f"● {fact.by}: {fact.value}"))
    for end, undone in ends_taken_back(known):
        happened.append((end.effective_at, _taken_back(end, undone, session, reasons)))
    taps = ((fact.effective_at, title(fact.code).title) for fact in standing)
    happened.extend(taps)
    return [_at(at, words, session) for at, words in sorted(happened)]


def _taken_back(end: Fact, undone: Fact, session: Session, reasons: Mapping[UUID, str]) -> str:
    """An end that did not stand: what was recorded of it, who took it back, when and why."""
    assert isinstance(end.value, dict)
    words = {
        "ending": Ending(end.value["ending"]).label,
        "said": "; ".join([end.by, *told_of(end)]),
        "time": times.clock(undone.recorded_at, session.clinic.zone),
        "who": undone.by,
        "reason": reasons.get(undone.id, ""),
    }
    return _("%(ending)s (%(said)s): taken back %(time)s by %(who)s: %(reason)s") % words


def _who(session: Session) -> str:
    """What tells the patient from another of the same name."""
    born = times.born(session.patient.born_on)
    number = record_number(session.patient.identifiers.all())
    return " · ".join(part for part in (born, number) if part)


def _told(one: Told, session: Session) -> str:
    """An alert, what its reading was corrected to, who took it up, and who closed it with what."""
    zone, alert = session.clinic.zone, one.alert
    words = [f"{'○' if one.is_taken_back else '▲'} {alert.words}", *alert.lesser, *one.corrected]
    if one.is_late:
        words.append(_("entered %(time)s") % {"time": times.clock(alert.raised_at, zone)})
    if alert.acknowledged_at is not None:
        named = {"time": times.clock(alert.acknowledged_at, zone), "who": alert.acknowledged_by}
        words.append(_("taken up %(time)s by %(who)s") % named)
    if alert.resolved_at is not None:
        named = {"time": times.clock(alert.resolved_at, zone), "who": alert.resolved_by}
        words.append(_("closed %(time)s by %(who)s: ") % named + alert.resolution)
    else:
        words.append(_("still open"))
    return "; ".join(words)


def _at(at: datetime, words: str, session: Session) -> str:
    """When and what; what came once the visit was over says so."""
    line = f"{times.clock(at, session.clinic.zone)} {words}"
    is_after = session.ended_at is not None and at > session.ended_at
    return _("%(line)s (after the end)") % {"line": line} if is_after else line
