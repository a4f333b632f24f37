"""Reads of the floor: what is known of a session, and how it stands now."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from serein.clinical.facts import Chart as FactChart
from serein.clinical.facts import Fact
from serein.clinical.monitoring import SessionReading, read_session
from serein.clinical.observations import Observations
from serein.clinical.protocols import Protocol
from serein.clinical.schedule import session_label
from serein.server.accounts.models import Clinic, Role, User
from serein.server.accounts.permissions import may
from serein.server.alerts.models import Alert
from serein.server.alerts.queries import most_urgent_first
from serein.server.courses.queries import protocol
from serein.server.library import library
from serein.server.patients.models import COLUMNS, FactRow, Patient, fact
from serein.server.prepared import Select
from serein.server.treatment.models import Chair, Dose, Ending, Order, Session

DIED_AFTER = "after-end.death"
WEIGHED = ("weight", "height")
RELATED = ("clinic", "course", "patient", "chair", "nurse")
# What every tap reads; the rules judge it.
FACTS_OF_VISITS = Select(
    lambda visits: FactRow.objects.filter(encounter__in=visits).values_list(*COLUMNS)
)
# By patient and code alone: asked for rows without a visit too, SQLite would read all of those.
FACTS_OF_PATIENTS = Select(
    lambda patients, codes: FactRow.objects.filter(
        patient__pk__in=patients, code__in=codes
    ).values_list("patient_id", *COLUMNS)
)
ORDERS_OF_VISITS = Select(lambda visits: Order.objects.filter(session__pk__in=visits))
DOSES_OF_VISITS = Select(
    lambda visits: Dose.objects.filter(session__pk__in=visits).select_related("observer")
)
SESSION = Select(
    lambda clinic, pk: Session.objects.filter(clinic=clinic, pk=pk).select_related(*RELATED)
)
OPEN_SESSIONS = Select(
    lambda clinic, chairs: Session.objects.filter(
        clinic=clinic, ended_at=None, chair__pk__in=chairs
    ).select_related(*RELATED)
)
OPEN_ALERTS = Select(lambda visits: Alert.objects.filter(encounter__in=visits, resolved_at=None))
CHAIRS = Select(lambda clinic: Chair.objects.filter(clinic=clinic, gone_at=None).order_by("number"))


def sessions(user: User, clinic: Clinic) -> QuerySet[Session]:
    """Every session of this clinic that the person may see, newest first."""
    if not may(user, "treatment.view_session", at=clinic):
        return Session.objects.none()
    return Session.objects.filter(clinic=clinic).select_related(*RELATED).order_by("-seated_at")


def session(user: User, clinic: Clinic, id: UUID) -> Session:  # noqa: A002  every query names it so
    """One session, or 404 as if there were none."""
    found = SESSION.first(clinic=clinic.pk, pk=id)
    if found is None or not may(user, "treatment.view_session", at=clinic):
        raise Http404
    return found


def chair(user: User, clinic: Clinic, id: UUID) -> Chair:  # noqa: A002  every query names it so
    """One chair, or 404 as if there were none."""
    found = Chair.objects.filter(clinic=clinic, id=id).select_related("clinic").first()
    if found is None or not may(user, "treatment.view_floor", at=clinic):
        raise Http404
    return found


def the_dead(clinic: Clinic, *, but_for: Session | None = None) -> QuerySet[Patient]:
    """Patients of whom a death is recorded: in the chart, as the end of a visit, or after one.

    The end of one visit may be left out, when it is in doubt.
    """
    mine = {"patient": OuterRef("pk")}
    ended = Session.objects.filter(**mine, ending=Ending.DEATH)
    if but_for is not None:
        ended = ended.exclude(pk=but_for.pk)
    after = FactRow.objects.filter(**mine, code=DIED_AFTER, value=True, replaced_by=None)
    recorded = Q(died_on__isnull=False) | Exists(ended) | Exists(after)
    return Patient.objects.filter(recorded, clinic=clinic)


def standing_codes(of: Protocol) -> frozenset[str]:
    """Codes that outlive the visit: the registry's enrolment, and what an order by weight needs."""
    dictionary = library().dictionary
    asked = [ask.code for group in of.asks for ask in group.asks]
    by_weight = WEIGHED if of.limits else ()
    return frozenset(
        code for code in (*asked, *by_weight) if dictionary.code(code).scope == "patient"
    )


def observations() -> Observations:
    """The scales the nurse observes by, and the danger signs."""
    return library().observations("session-observations")


def known(session: Session) -> list[Fact]:
    """Every fact the rules may read of this session, corrected ones among them."""
    return known_of([session])[session.id]


def known_of(
    open_sessions: Iterable[Session], *, standing: Mapping[UUID, list[Fact]] | None = None
) -> dict[UUID, list[Fact]]:
    """The same for many sessions, in a constant number of statements.

    Args:
        open_sessions: The sessions to read.
        standing: What outlives the visit, by session, when it was read already.
    """
    many = {session.id: session for session in open_sessions}
    outliving = standing if standing is not None else standing_of(many.values())
    found: dict[UUID, list[Fact]] = {
        key: [*one.patient.own_facts(), *one.facts(), *outliving[key]] for key, one in many.items()
    }
    for values in FACTS_OF_VISITS(visits=list(many)):
        here = fact(*values)
        assert here.encounter is not None
        found[here.encounter].append(here)
    for order in ORDERS_OF_VISITS(visits=list(many)):
        found[order.session_id].extend(order.facts())
    for dose in DOSES_OF_VISITS(visits=list(many)):
        found[dose.session_id].extend(dose.facts())
    return found


def standing_of(open_sessions: Iterable[Session]) -> dict[UUID, list[Fact]]:
    """What outlives the visit, such as the registry's enrolment, read in the patient's open one."""
    many = {session.id: session for session in open_sessions}
    by_patient = {one.patient_id: key for key, one in many.items()}
    protocols = [protocol(one.course) for one in many.values()]
    codes = {code for of in protocols for code in standing_codes(of) | of.chart_codes}
    found: dict[UUID, list[Fact]] = {key: [] for key in many}
    for patient_id, *values in FACTS_OF_PATIENTS(patients=list(by_patient), codes=sorted(codes)):
        standing = fact(*values)
        if standing.encounter is None:
            found[by_patient[patient_id]].append(standing)
    return found


def reasons(session: Session) -> dict[UUID, str]:
    """What was said of each fact of this visit of which something was, by the fact."""
    rows = FactRow.objects.filter(encounter=session.id).exclude(reason="")
    return dict(rows.values_list("id", "reason"))


def reading(session: Session, *, now: datetime) -> SessionReading:
    """How the session stands at this moment."""
    return read(session, known(session), now=now)


def read(session: Session, known_facts: Iterable[Fact], *, now: datetime) -> SessionReading:
    """How the session stands, out of facts that were read already."""
    return read_session(
        protocol(session.course), known_facts, now=now, dictionary=library().dictionary
    )


def taken_back(
    some: Iterable[Alert], session: Session, known_facts: Sequence[Fact]
) -> frozenset[UUID]:
    """Those with a corrected value behind them whose rule fires on nothing of the visit any more.

    A device that was corrected has a duty of its own; what fires by time rests on no value.
    """
    corrected = {str(one.replaces) for one in known_facts if one.replaces and one.code != "device"}
    rules = {rule.id for rule in protocol(session.course).alerts}
    doubtful = [
        alert
        for alert in some
        if alert.rule in rules and not corrected.isdisjoint(one["id"] for one in alert.evidence)
    ]
    firing = ever_firing(session, known_facts) if doubtful else frozenset()
    return frozenset(alert.id for alert in doubtful if firing.isdisjoint(alert.rules))


def ever_firing(session: Session, known_facts: Sequence[Fact]) -> frozenset[str]:
    """The rules that fire at some time of the visit, as its facts stand now."""
    moments = {fact.effective_at for fact in known_facts}
    hits = (hit for at in moments for hit in read(session, known_facts, now=at).alerts)
    return frozenset(hit.rule for hit in hits)


@dataclass(frozen=True)
class Tile:
    """One chair as the board shows it."""

    chair: Chair
    session: Session | None = None
    facts: Sequence[Fact] = ()
    reading: SessionReading | None = None
    alerts: list[Alert] = field(default_factory=list)

    @property
    def label(self) -> str:
        """Which session of which phase this is."""
        if self.session is None:
            return ""
        return session_label(protocol(self.session.course), self.session.number)

    @cached_property
    def taken_back(self) -> frozenset[UUID]:
        """The open alerts whose reading was wrong: they call nobody, and wait to be closed."""
        if self.session is None:
            return frozenset()
        return taken_back(self.alerts, self.session, self.facts)

    @property
    def standing(self) -> list[Alert]:
        """The open alerts that are still so."""
        return [one for one in self.alerts if one.id not in self.taken_back]

    @property
    def unseen_calls(self) -> list[Alert]:
        """Open alerts that call for somebody now and that nobody has seen, the newest first."""
        return [one for one in self.standing if one.urgency == "now" and not one.acknowledged_at]

    @property
    def prescriber_calls(self) -> list[Alert]:
        """Those that call the prescriber: they come before all that is due, and let nobody go.

        What calls the nurse is answered by what is due itself.
        """
        return [one for one in self.unseen_calls if one.for_role == Role.PRESCRIBER]

    @property
    def chart(self) -> FactChart:
        """The facts as they stand, for the sparkline and the statements."""
        return FactChart.of(self.facts, now=self.reading.at if self.reading else None)


def chairs(user: User, clinic: Clinic) -> list[Chair]:
    """The clinic's chairs in the order of their numbers; none for who may not see the floor."""
    if not may(user, "treatment.view_floor", at=clinic):
        return []
    return CHAIRS(clinic=clinic.pk)


@dataclass(frozen=True)
class Place:
    """One chair, who sits in it, and enough of the rest to know whether its tile still holds."""

    chair: Chair
    session: Session | None = None
    standing: list[Fact] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)

    @property
    def stamp(self) -> tuple[object, ...]:
        """Differs whenever anything that the tile shows has changed, but for the time."""
        seen = [(alert.id, alert.acknowledged_at) for alert in self.alerts]
        facts = sorted(fact.id for fact in self.standing)
        who = (self.session.id, str(self.session.patient)) if self.session else ()
        return (self.chair.version, who, tuple(facts), tuple(seen))


def floor(user: User, clinic: Clinic, *, now: datetime) -> list[Tile]:
    """Every chair as it stands now, in a constant number of statements."""
    return tiles(places(clinic, chairs(user, clinic)), now=now)


def places(clinic: Clinic, some: Iterable[Chair]) -> list[Place]:
    """These chairs with who sits there, in three statements however many there are."""
    wanted = list(some)
    open_sessions = {
        one.chair_id: one
        for one in OPEN_SESSIONS(clinic=clinic.pk, chairs=[chair.id for chair in wanted])
    }
    if not open_sessions:
        return [Place(chair) for chair in wanted]
    standing = standing_of(open_sessions.values())
    open_alerts = defaultdict(list)
    for alert in OPEN_ALERTS(visits=list(standing)):
        open_alerts[alert.encounter].append(alert)
    return [
        Place(chair, one, standing[one.id], most_urgent_first(open_alerts[one.id]))
        if (one := open_sessions.get(chair.id)) is not None
        else Place(chair)
        for chair in wanted
    ]


def tiles(some: Iterable[Place], *, now: datetime) -> list[Tile]:
    """How these places stand now, in three statements more; none when nobody sits there."""
    wanted = list(some)
    seated = {place.session.id: place for place in wanted if place.session is not None}
    standing = {key: place.standing for key, place in seated.items()}
    sessions_here = [place.session for place in seated.values() if place.session is not None]
    known_here = known_of(sessions_here, standing=standing) if sessions_here else {}
    made = []
    for place in wanted:
        if place.session is None:
            made.append(Tile(place.chair))
            continue
        of_session = known_here[place.session.id]
        how = read(place.session, of_session, now=now)
        made.append(Tile(place.chair, place.session, of_session, how, place.alerts))
    return made


def prescriber_calls(
    session: Session, known_facts: Sequence[Fact], reading: SessionReading
) -> list[Alert]:
    """What calls the prescriber now in this session and nobody has seen, the newest first."""
    alerts = most_urgent_first(open_alerts(session))
    return Tile(session.chair, session, known_facts, reading, alerts).prescriber_calls


def orders(session: Session) -> QuerySet[Order]:
    """The session's orders, oldest first."""
    with_people = session.orders.select_related("prescriber", "entered_by", "signed_in_place_by")
    return with_people.order_by("ordered_at")


def doses(session: Session) -> QuerySet[Dose]:
    """The session's devices in the order they were tried, each before what corrects it."""
    return session.doses.select_related("observer", "replaced_by").order_by("step", "recorded_at")


def next_step(session: Session) -> int:
    """Which attempt of the visit the next device is; a correction is none."""
    return session.doses.filter(replaces=None).count() + 1


def last_given_mg(session: Session) -> float | None:
    """What was given of this product at the visit before, mg; None when nothing ever was."""
    earlier = Session.objects.filter(
        patient=session.patient_id, product=session.product, seated_at__lt=session.seated_at
    )
    for one in earlier.select_related(*RELATED).order_by("-seated_at"):
        end = one.ended_at or session.seated_at
        if given := reading(one, now=end).given_mg:
            return given
    return None


def weights(session: Session) -> list[Fact]:
    """Every weight of the patient as it stands, oldest first."""
    return FactChart.of(known(session)).all("weight")


def author(fact: Fact) -> UUID | None:
    """Who entered it; None for what no hand entered."""
    return FactRow.objects.values_list("by_id", flat=True).get(pk=fact.id)


def awaited(alert: Alert, session: Session) -> str:
    """The act that alone closes it, such as a signature; empty where a word does."""
    rules = protocol(session.course).alerts
    return next((rule.awaits for rule in rules if rule.id == alert.rule), "")


def visits(some: Iterable[Alert]) -> dict[UUID | None, Session]:
    """The visits that these alerts are of."""
    of = {alert.encounter for alert in some if alert.encounter}
    found = Session.objects.filter(pk__in=of).select_related(*RELATED) if of else ()
    return {one.id: one for one in found}


def taken_back_of(some: Iterable[Alert]) -> frozenset[UUID]:
    """The same of alerts of any visits; one statement when no value behind them was corrected."""
    listed = list(some)
    behind = {one["id"] for alert in listed for one in alert.evidence}
    replaced = FactRow.objects.filter(replaces__in=behind).values_list("replaces", flat=True)
    corrected = {str(one) for one in replaced} if behind else set()
    doubtful = [
        alert for alert in listed if not corrected.isdisjoint(one["id"] for one in alert.evidence)
    ]
    of_visits = visits(doubtful).values()
    return frozenset().union(*(taken_back(doubtful, one, known(one)) for one in of_visits))


def open_alerts(session: Session) -> QuerySet[Alert]:
    """What is still to be closed in this session."""
    return Alert.objects.filter(encounter=session.id, resolved_at=None).order_by("raised_at")


def all_alerts(session: Session) -> list[Alert]:
    """Every alert of this session, oldest first."""
    found = Alert.objects.filter(encounter=session.id)
    found = found.select_related("acknowledged_by", "resolved_by")
    return list(found.order_by("raised_at"))
