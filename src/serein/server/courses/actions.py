"""Adopting a content file, starting and ending a course."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from serein.clinical.criteria import Finding, Verdict
from serein.clinical.errors import InputError
from serein.clinical.person import age_years
from serein.clinical.protocols import Protocol
from serein.clinical.vitals import Concern
from serein.server.accounts.models import Clinic, User
from serein.server.accounts.permissions import may, require
from serein.server.actions import action, hold
from serein.server.audit import actions as audit
from serein.server.courses.models import Adoption, Course
from serein.server.courses.queries import against, is_adopted, is_in_use
from serein.server.ids import new_id
from serein.server.library import library
from serein.server.patients.errors import ConfirmError
from serein.server.patients.models import Patient
from serein.server.wording import SHORTEST_REASON, typed

ADULT_YEARS = 18


class NotAdoptedError(InputError):
    """The clinic's medical director has not adopted this version."""


@action
def adopt_content(
    clinic: Clinic, *, by: User, now: datetime, content_id: str, version: int, sha256: str = ""
) -> Adoption:
    """The medical director's word that this version may be used here, unchecked numbers and all.

    An adoption that lapsed, for the file was changed under its version, ends with it. `sha256` is
    of the text that was read; empty where nobody read it on a page.

    Raises:
        InputError: The file is not what was read.
    """
    require(by, "courses.adopt", at=clinic)
    file = library().file(content_id, version)
    if sha256 not in ("", file.sha256):
        raise InputError(
            _("%(file)s is no longer what was shown here; read it as it stands now")
            % {"file": file.title}
        )
    standing = _standing(clinic, content_id=content_id, version=version)
    if standing is not None and standing.sha256 == file.sha256:
        return standing
    if standing is not None:
        why = _("The file was changed under its version; its new text was adopted")
        _withdraw(standing, by=by, now=now, why=why)
    adoption = Adoption.objects.create(
        clinic=clinic,
        content_id=file.id,
        version=file.version,
        sha256=file.sha256,
        content=dict(file.raw),
        adopted_by=by,
        adopted_at=now,
        unchecked=file.unchecked,
    )
    audit.record(
        clinic=clinic,
        by=by,
        verb="courses.adopt",
        subject=adoption,
        now=now,
        details={"content": file.id, "version": file.version, "sha256": file.sha256},
    )
    return adoption


@action
def withdraw_content(
    clinic: Clinic, *, by: User, now: datetime, content_id: str, version: int, reason: str
) -> Adoption:
    """Take back an adoption: no new course begins by it, those that run stay with it."""
    require(by, "courses.adopt", at=clinic)
    why = typed(reason, asking=_("Say why it is withdrawn"))
    adoption = _standing(clinic, content_id=content_id, version=version)
    if adoption is not None:
        return _withdraw(adoption, by=by, now=now, why=why)
    rows = Adoption.objects.filter(clinic=clinic, content_id=content_id, version=version)
    before = rows.order_by("withdrawn_at").last()
    if before is None:
        raise InputError(_("This version is not adopted here; there is nothing to withdraw"))
    return before


def _standing(clinic: Clinic, *, content_id: str, version: int) -> Adoption | None:
    # Two adoptions of one version must not both find that none stands.
    hold(clinic)
    rows = Adoption.objects.filter(clinic=clinic, content_id=content_id, version=version)
    return rows.filter(withdrawn_at=None).first()


def _withdraw(adoption: Adoption, *, by: User, now: datetime, why: str) -> Adoption:
    adoption.withdrawn_by, adoption.withdrawn_at, adoption.withdrawn_because = by, now, why
    adoption.save(update_fields=["withdrawn_by", "withdrawn_at", "withdrawn_because"])
    audit.record(
        clinic=adoption.clinic,
        by=by,
        verb="courses.withdraw",
        subject=adoption,
        now=now,
        details={"content": adoption.content_id, "version": adoption.version},
    )
    return adoption


@action
def start_course(
    patient: Patient,
    *,
    by: User,
    now: datetime,
    id: UUID | None = None,  # noqa: A002  the client-made id, by the name every action gives it
    protocol_id: str,
    protocol_version: int,
    indication: str,
    review_on: date | None,
    prescriber: User | None = None,
    earlier_sessions: int = 0,
    unknown_because: str = "",
    is_confirmed: bool = False,
) -> Course:
    """A new course, pinned to an adopted version of its protocol, with a day of review.

    While a contraindication is not known, `unknown_because` says why it begins all the same.

    Raises:
        InputError: Something is missing, or forbids it.
        ConfirmError: Another course runs beside it, until that is confirmed.
    """
    clinic = patient.clinic
    require(by, "courses.start", at=clinic)
    # Two prescribers must not both find that the patient has no open course.
    hold(patient)
    if id and (again := Course.objects.filter(id=id).first()) is not None:
        return _same(again, patient, protocol_id)
    of = library().protocol(protocol_id, protocol_version)
    require_in_use(clinic, content_id=of.id, version=of.version)
    signer = prescriber or by
    if not may(signer, "treatment.sign_order", at=clinic):
        raise InputError(_("%(name)s is no prescriber at this clinic") % {"name": signer})
    began = now.astimezone(clinic.zone).date()
    if review_on is None:
        raise InputError(_("Choose the day on which the course is reviewed"))
    if review_on <= began:
        raise InputError(_("The day of review lies after the start; choose a later day"))
    if earlier_sessions < 0:
        raise InputError(_("Enter how many sessions were given before, or 0"))
    if patient.courses.filter(protocol_id=protocol_id, ended_on=None).exists():
        raise InputError(_("The patient has an open course of this protocol; end it first"))
    if not is_confirmed:
        _ask_beside(patient, of)
    if patient.died_on is not None:
        raise InputError(
            _("%(patient)s died on %(day)s: no course is started")
            % {"patient": patient, "day": date_format(patient.died_on, "j M Y")}
        )
    findings = against(of, patient, now=now)
    refuse_contraindicated(patient, of, findings=findings, on=began)
    unknown = _unknown_told(findings, because=unknown_because)
    course = Course.objects.create(
        id=id or new_id(),
        clinic=clinic,
        patient=patient,
        protocol_id=of.id,
        protocol_version=of.version,
        indication=typed(indication, asking=_("Say for what the course is given"), at_most=200),
        prescriber=signer,
        started_on=began,
        review_on=review_on,
        earlier_sessions=earlier_sessions,
    )
    _log(course, by=by, verb="courses.start", now=now, **unknown)
    return course


def _ask_beside(patient: Patient, of: Protocol) -> None:
    """Ask about a second course beside those that run, naming what each gives."""
    asked = [
        _(
            "%(patient)s is treated with %(other)s for %(indication)s since %(day)s; this course"
            " of %(product)s would run beside it"
        )
        % {
            "patient": patient,
            "other": one.product_title,
            "indication": one.indication,
            "day": date_format(one.started_on, "j M Y"),
            "product": of.product_title.partition(",")[0],
        }
        for one in patient.courses.filter(ended_on=None).order_by("started_on", "id")
    ]
    if asked:
        raise ConfirmError([Concern((), "unlikely", sentence) for sentence in asked])


def _unknown_told(findings: Iterable[Finding], *, because: str) -> dict[str, Any]:
    """Which contraindications nobody has asked about, and why the course begins all the same."""
    unknown = [one for one in findings if one.verdict is Verdict.UNKNOWN]
    if not unknown:
        return {}
    asking = ngettext(
        "%(count)s contraindication is not known (%(first)s). Record it, or write why the"
        " course begins without it",
        "%(count)s contraindications are not known (the first: %(first)s). Record them, or write"
        " why the course begins without them",
        len(unknown),
    ) % {"count": len(unknown), "first": unknown[0].text}
    why = typed(because, asking=asking, at_least=SHORTEST_REASON)
    return {"unknown": [one.id for one in unknown], "because": why}


@action
def end_course(course: Course, *, by: User, now: datetime, reason: str) -> Course:
    """End a course, with the reason."""
    require(by, "courses.end", at=course.clinic)
    why = typed(reason, asking=_("Say why the course ends"), at_most=200)
    locked = (
        Course.objects.select_for_update(of=("self",), no_key=True)
        .select_related("clinic")
        .get(pk=course.pk)
    )
    if locked.ended_on is not None:
        return locked
    if locked.sessions.filter(ended_at=None).exists():
        raise InputError(_("The patient is in a chair; end the session first"))
    locked.ended_on = now.astimezone(locked.clinic.zone).date()
    locked.end_reason = why
    locked.save(update_fields=["ended_on", "end_reason"])
    _log(locked, by=by, verb="courses.end", now=now)
    return locked


def refuse_contraindicated(
    patient: Patient, of: Protocol, *, findings: Iterable[Finding], on: date
) -> None:
    """Refuse whom this product is never given to, naming the criterion."""
    if age_years(patient.born_on, on=on) < ADULT_YEARS:
        raise InputError(_("%(patient)s is under 18: no course is started") % {"patient": patient})
    never = [one for one in findings if one.waiver == "never" and one.verdict is Verdict.UNMET]
    if never:
        raise InputError(
            _("%(title)s is contraindicated. %(criterion)s: not met. %(why)s Source: %(source)s")
            % {
                "title": of.title,
                "criterion": never[0].text,
                "why": never[0].why,
                "source": never[0].source.title,
            }
        )


def require_adopted(clinic: Clinic, *, content_id: str, version: int) -> None:
    """Refuse a version that the clinic's medical director has not adopted by name."""
    file = library().file(content_id, version)
    if not is_adopted(clinic, file):
        raise NotAdoptedError(
            _(
                "%(title)s, version %(version)s, is not adopted here as it stands; "
                "the medical director does that in the library"
            )
            % {"title": file.title, "version": file.version}
        )


def require_in_use(clinic: Clinic, *, content_id: str, version: int) -> None:
    """Refuse a version that is not adopted, or whose adoption was withdrawn."""
    require_adopted(clinic, content_id=content_id, version=version)
    file = library().file(content_id, version)
    if not is_in_use(clinic, file):
        raise NotAdoptedError(
            _(
                "%(title)s, version %(version)s, was withdrawn here: "
                "courses that run go on, no new one begins"
            )
            % {"title": file.title, "version": file.version}
        )


def _same(again: Course, patient: Patient, protocol_id: str) -> Course:
    if (again.patient_id, again.protocol_id) != (patient.id, protocol_id):
        raise InputError(
            _("This form was sent before, for something else. Open the page again and repeat it")
        )
    return again


def _log(course: Course, *, by: User, verb: str, now: datetime, **more: Any) -> None:
    audit.record(
        clinic=course.clinic,
        by=by,
        verb=verb,
        subject=course,
        patient=course.patient,
        now=now,
        details={"protocol": course.protocol_id, "version": course.protocol_version, **more},
    )
