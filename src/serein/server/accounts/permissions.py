"""Who may do what: one table, closed by default."""

from collections.abc import Collection
from typing import TypeGuard
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from serein.server.accounts.models import Clinic, Membership, Role, User
from serein.server.prepared import Select

ROLES = Select(lambda users: Membership.objects.filter(user__pk__in=users).select_related("clinic"))
NURSE, MONITOR, PRESCRIBER, THERAPIST = (
    Role.NURSE,
    Role.MONITOR,
    Role.PRESCRIBER,
    Role.THERAPIST,
)
PHARMACIST, BILLER, DESK, OWNER = Role.PHARMACIST, Role.BILLER, Role.DESK, Role.OWNER

GIVES = frozenset({NURSE, PRESCRIBER})
OBSERVES = GIVES | {MONITOR}
READS_CHARTS = OBSERVES | {THERAPIST, PHARMACIST, BILLER}
EVERYBODY = frozenset(Role)

PERMISSIONS: dict[str, frozenset[Role]] = {
    # The floor. A monitor watches and writes down; the acts that carry a dose are not theirs.
    "treatment.view_floor": OBSERVES | {THERAPIST, PHARMACIST, DESK},
    "treatment.view_session": READS_CHARTS,
    "treatment.print_record": READS_CHARTS,
    "treatment.seat": OBSERVES,
    "treatment.record_checks": OBSERVES,
    "treatment.record_vitals": OBSERVES,
    "treatment.record_observation": OBSERVES,
    "treatment.record_danger_sign": OBSERVES | {THERAPIST},
    "treatment.correct_reading": OBSERVES,
    "treatment.correct_time": OBSERVES,
    "treatment.correct_dose": GIVES,
    "treatment.reopen_session": GIVES,
    "treatment.add_note": OBSERVES | {THERAPIST},
    "treatment.stop_treatment": OBSERVES,
    "treatment.decide": frozenset({PRESCRIBER}),
    "treatment.sign_order": frozenset({PRESCRIBER}),
    "treatment.cosign_order": frozenset({PRESCRIBER}),
    "treatment.take_telephone_order": frozenset({NURSE}),
    "treatment.record_device": GIVES,
    "treatment.weigh": OBSERVES,
    "treatment.prepare_infusion": GIVES,
    "treatment.check_preparation": GIVES | {PHARMACIST},
    "treatment.run_infusion": GIVES,
    "treatment.record_dose": GIVES,
    "treatment.release": GIVES,
    # A patient who walks out, is taken away or dies is written down by whoever was there.
    "treatment.end_session": OBSERVES,
    "treatment.finish_cleaning": OBSERVES | {DESK},
    # A chair is out of use for the patients' safety: who may say so says when that is over.
    "treatment.block_chair": GIVES | {OWNER},
    # The shelf.
    "supply.view": GIVES | {PHARMACIST, OWNER},
    "supply.keep_lots": GIVES | {PHARMACIST},
    # Charts. The desk knows names and dates of birth, and nothing clinical.
    "patients.search": READS_CHARTS | {DESK},
    "patients.register": GIVES | {DESK},
    "patients.view": READS_CHARTS,
    "patients.record_facts": OBSERVES | {THERAPIST},
    "patients.correct": GIVES,
    "patients.add_entry": GIVES,
    "patients.import": GIVES | {DESK, OWNER},
    "courses.view": READS_CHARTS,
    "courses.start": frozenset({PRESCRIBER}),
    "courses.end": frozenset({PRESCRIBER}),
    "courses.adopt": frozenset({PRESCRIBER}),
    "courses.view_library": EVERYBODY,
    "eligibility.view": READS_CHARTS,
    "eligibility.decide": frozenset({PRESCRIBER}),
    # Who reads no chart sees and closes what is addressed to their own role, and no reading.
    "alerts.view": READS_CHARTS | {DESK, OWNER},
    "alerts.view_any": READS_CHARTS,
    "alerts.acknowledge": OBSERVES | {THERAPIST, DESK, OWNER},
    "alerts.acknowledge_any": OBSERVES | {THERAPIST},
    "alerts.resolve": GIVES | {DESK, OWNER},
    "alerts.resolve_any": GIVES,
    # The house.
    "audit.view": frozenset({OWNER}),
    "audit.view_patient": GIVES | {OWNER},
    "accounts.manage": frozenset({OWNER}),
    "transfer.backup": frozenset({OWNER}),
    # In demo and test alone; it moves the whole floor.
    "clock.set": GIVES | {OWNER},
}
DIRECTOR_ONLY = frozenset({"courses.adopt"})
DIRECTOR_TOO = frozenset({"audit.view"})


def require(user: User | AnonymousUser | None, verb: str, *, at: Clinic) -> None:
    """Refuse with a sentence unless the person may do this at this clinic."""
    if may(user, verb, at=at):
        return
    sentence = _("Your role at %(clinic)s does not allow this.") % {"clinic": at}
    if not may(user, "accounts.manage", at=at):
        sentence += " " + _("Ask the clinic's owner.")
    raise PermissionDenied(sentence)


def may(user: User | AnonymousUser | None, verb: str, *, at: Clinic) -> bool:
    """Whether one of the person's roles at this clinic allows it; an unknown verb, nobody."""
    return any(_allows(role, verb) for role in _here(user, at))


def allowed(user: User | AnonymousUser | None, *, at: Clinic) -> frozenset[str]:
    """Every verb that the person may do at this clinic."""
    here = _here(user, at)
    return frozenset(verb for verb in PERMISSIONS if any(_allows(role, verb) for role in here))


def roles(user: User | AnonymousUser | None, *, at: Clinic) -> frozenset[str]:
    """What the person is at this clinic."""
    return frozenset(one.role for one in _here(user, at))


def has_left(user: User, *, at: Clinic) -> bool:
    """Whether the clinic is closed to the person: no role here, or no account any more."""
    return not _here(user, at)


def memberships(user: User | AnonymousUser | None) -> list[Membership]:
    """The person's roles, as they were read for this request; none for a closed account."""
    if not _is_person(user):
        return []
    return user.roles_read if user.roles_read is not None else ROLES(users=[user.pk])


def read_roles(users: Collection[User]) -> None:
    """Read what these people are, in one statement; it holds for this request."""
    by_user: dict[UUID, list[Membership]] = {user.pk: [] for user in users}
    for role in ROLES(users=list(by_user)):
        by_user[role.user_id].append(role)
    for user in users:
        user.roles_read = by_user[user.pk]


def _here(user: User | AnonymousUser | None, at: Clinic) -> list[Membership]:
    return [role for role in memberships(user) if role.clinic_id == at.pk]


def _is_person(user: User | AnonymousUser | None) -> TypeGuard[User]:
    return user is not None and user.is_authenticated and user.is_active


def _allows(membership: Membership, verb: str) -> bool:
    if verb in DIRECTOR_ONLY and not membership.is_medical_director:
        return False
    if verb in DIRECTOR_TOO and membership.is_medical_director:
        return True
    return membership.role in PERMISSIONS.get(verb, frozenset())
