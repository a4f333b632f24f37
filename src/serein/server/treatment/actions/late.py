"""What follows from what is entered late, or set right after its visit has ended."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from serein.clinical.facts import Fact
from serein.clinical.monitoring import caught_up
from serein.server.alerts.actions import settle_duty
from serein.server.treatment.actions import count, room
from serein.server.treatment.actions.room import Room
from serein.server.treatment.models import Dose, Ending

CONTRADICTED = "ending-contradicted"
RELEASED_EARLY = "released-early"
DOSE_AFTER_END = "dose-after-end"
UNFOUNDED = "release-unfounded"
RENUMBERED = "renumbered"


def tell_of_late_dose(here: Room) -> None:
    """The prescriber hears of a dose entered after the end."""
    _tell(here, rule=DOSE_AFTER_END, text=_("A dose was recorded after the session had ended"))


def lot_rule(dose: Dose) -> str:
    """The duty to find this device's lot."""
    return f"lot-unknown.{dose.step}"


def ask_for_lot(here: Room, dose: Dose) -> None:
    """A device was given and nobody knows its lot: somebody finds it."""
    room.tell(
        here,
        rule=lot_rule(dose),
        text=_("Find the lot of device %(number)s, then correct the device")
        % {"number": dose.device},
        for_role="nurse",
        urgency="follow-up",
    )


def look_again(here: Room, new: Sequence[Fact]) -> None:
    """What a dose as it now stands says of the end, of the stay and of later visits."""
    then = here.knowing(new)
    if is_contradicted(then):
        _tell(
            here,
            rule=CONTRADICTED,
            text=_("A dose was given in this visit: say how it really ended"),
            for_role="nurse",
        )
    tell_of_short_stay(then)
    tell_later_visits(here)


def tell_later_visits(here: Room) -> None:
    """Count the later visits anew; what changed shows on their tiles, and is told in them."""
    changed = count.recount(here.session)
    if not changed:
        return
    room.hold_chairs([here.session.chair, *(later.chair for later in changed)])
    for later in changed:
        room.touch(later.chair)
        words = {
            "day": date_format(later.seated_at.astimezone(later.clinic.zone), "j M Y"),
            "number": later.number,
        }
        counted = _("Counted anew: session %(number)s") % words
        settle_duty(later.id, rule=RENUMBERED, by=here.by, now=here.now, resolution=counted)
        _tell(
            replace(here, session=later),
            rule=RENUMBERED,
            text=_(
                "A dose before the visit of %(day)s was recorded or corrected. "
                "It now counts as session %(number)s: look at its dose"
            )
            % words,
        )


def is_contradicted(here: Room) -> bool:
    """Whether the visit ended as one without a dose, and yet something reached the patient."""
    is_undosed = here.session.ending == Ending.NOT_DOSED
    return is_undosed and here.reading().first_dose_at is not None


def tell_of_short_stay(here: Room) -> None:
    """A patient let go before the time was over, as it now turns out."""
    ended_at = here.session.ended_at
    if here.session.ending != Ending.RELEASED or ended_at is None:
        return
    earliest_at = here.reading().release.earliest_at
    if earliest_at is not None and ended_at < earliest_at:
        observe_min = here.protocol.observe.min
        stayed_min = observe_min - (earliest_at - ended_at).total_seconds() / 60
        _tell(
            here,
            rule=RELEASED_EARLY,
            text=_(
                "The patient left %(stayed)s minutes after the last dose, not %(asked)s: "
                "call them, and write down what was done"
            )
            % {"stayed": int(stayed_min), "asked": observe_min},
        )


def tell_of_unfounded_release(here: Room, new: Sequence[Fact]) -> None:
    """A patient let go by what did not hold at that time, as it now turns out."""
    if here.session.ending != Ending.RELEASED or here.reading().release.blockers:
        return
    if shut := here.knowing(new).reading().release.blockers:
        _tell(
            here,
            rule=UNFOUNDED,
            text=_(
                "By the corrected time, not all of it held when the patient left: call them, "
                "and write down what was done. Missing then: %(rules)s"
            )
            % {"rules": "; ".join(one.text for one in shut)},
        )


def _tell(here: Room, *, rule: str, text: str, for_role: str = "prescriber") -> None:
    room.tell(here, rule=rule, text=text, for_role=for_role, urgency="now")


def settle_caught_up(here: Room, new: Sequence[Fact], *, at: datetime) -> None:
    """Close what told of a check as missed, once a reading of its own time is entered."""
    words = _("Taken at %(at)s, entered %(now)s") % {
        "at": room.wall(here.session, at),
        "now": room.wall(here.session, here.now),
    }
    for rule in caught_up(here.reading(), here.knowing(new).reading(), at=at):
        settle_duty(here.session.id, rule=rule, by=here.by, now=here.now, resolution=words)
