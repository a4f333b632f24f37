"""What each verb of the log is called on a page; the log itself keeps the verb."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from serein.server.library import library

# What only a machine asks of the line; it stays in the line itself.
UNSPOKEN = frozenset({"entry", "replaced_by", "sha256"})
_DIGEST = re.compile(r"[0-9a-f]{64}")


def acts() -> dict[str, str]:
    """Verb to words, in the order of a day."""
    return {
        "patients.view": _("looked at the chart"),
        "patients.register": _("registered the patient"),
        "patients.import": _("brought in from a file"),
        "patients.correct": _("corrected an entry of the chart"),
        "patients.correct_person": _("corrected birth date or sex"),
        "patients.add_entry": _("added an entry to the chart by hand"),
        "courses.start": _("started a course"),
        "courses.end": _("ended a course"),
        "courses.adopt": _("adopted a content file"),
        "courses.withdraw": _("withdrew the adoption of a content file"),
        "treatment.seat": _("seated the patient"),
        "treatment.record_checks": _("answered the checks before the dose"),
        "treatment.record_vitals": _("recorded a set of readings"),
        "treatment.record_observation": _("recorded an observation"),
        "treatment.record_danger_sign": _("recorded a danger sign"),
        "treatment.add_note": _("wrote a note"),
        "treatment.decide": _("decided on a rule, with a reason"),
        "treatment.sign_order": _("signed an order"),
        "treatment.take_telephone_order": _("took an order by telephone"),
        "treatment.cosign_order": _("co-signed a telephone order"),
        "treatment.record_device": _("recorded a device"),
        "treatment.weigh": _("weighed the patient"),
        "treatment.prepare_infusion": _("prepared an infusion"),
        "treatment.check_preparation": _("checked a preparation"),
        "treatment.run_infusion": _("recorded an act at the pump"),
        "treatment.record_dose": _("recorded a dose"),
        "supply.add_lot": _("put a lot on the shelf"),
        "supply.close_lot": _("closed a lot"),
        "treatment.stop_treatment": _("recorded that the patient wants no more"),
        "treatment.correct_reading": _("corrected a reading"),
        "treatment.correct_time": _("corrected the time of a set"),
        "treatment.correct_dose": _("corrected a device"),
        "treatment.release": _("released the patient"),
        "treatment.end_session": _("ended the session otherwise"),
        "treatment.reopen_session": _("opened an ended session again"),
        "treatment.finish_cleaning": _("freed the cleaned chair"),
        "treatment.block_chair": _("took a chair out of use"),
        "treatment.unblock_chair": _("put a chair back into use"),
        "treatment.add_chair": _("added a chair"),
        "treatment.rename_chair": _("gave a chair another name"),
        "treatment.remove_chair": _("took a chair off the floor"),
        "treatment.return_chair": _("put a chair back on the floor"),
        "treatment.set_up_chairs": _("set up the chairs"),
        "treatment.raise_overdue": _("raised what was overdue"),
        "alerts.acknowledge": _("saw an alert"),
        "alerts.resolve": _("closed an alert"),
        "accounts.sign_in": _("signed in"),
        "accounts.sign_out": _("signed out"),
        "accounts.sign_in_failed": _("failed to sign in"),
        "accounts.change_password": _("changed the password"),
        "accounts.second_factor": _("changed the second factor"),
        "accounts.invite_person": _("invited a person"),
        "accounts.change_roles": _("changed roles"),
        "accounts.reset_access": _("reset somebody's access"),
        "accounts.change_phones": _("changed the clinic's telephone numbers"),
        "accounts.set_up_clinic": _("set up the clinic"),
        "transfer.verify_backup": _("verified a backup"),
        "clock.set": _("set the clock (test and demo)"),
        "clock.advance": _("moved the clock on (test and demo)"),
    }


def more(details: Mapping[str, Any]) -> str:
    """What else a line says, in words; what is no or nothing is left out."""
    spoken = [_spoken(key, value) for key, value in details.items() if key not in UNSPOKEN]
    return "; ".join(filter(None, spoken))


def _spoken(key: str, value: Any) -> str:
    if value is True:
        return _key(key)
    said = _value(value)
    if not said:
        return ""
    return said if key == "codes" else f"{_key(key)}: {said}"


def _key(key: str) -> str:
    words = {
        "added": _("new"),
        "dose_mg": _("dose, mg"),
        "is_confirmed": _("confirmed"),
        "late": _("entered later"),
        "raised": _("alerts"),
        "telephone": _("by telephone"),
    }
    return words.get(key, key.removeprefix("is_").replace("_", " "))


def _value(value: Any) -> str:
    if value is None or value is False:
        return ""
    if isinstance(value, Mapping):
        return more(value)
    if isinstance(value, list):
        if value and all(_is_id(one) for one in value):
            return str(len(value))
        return ", ".join(filter(None, map(_value, value)))
    return "" if _is_id(value) or _DIGEST.fullmatch(str(value)) else _word(str(value))


def _word(value: str) -> str:
    """The title of a code of the dictionary; anything else as it stands."""
    term = library().dictionary.terms.get(value)
    return term.title if term else value


def _is_id(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(UUID(value))
    except ValueError:
        return False
