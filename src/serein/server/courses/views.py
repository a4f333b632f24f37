"""Courses, the library they are drawn from, and its adoption."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from serein.clinical.criteria import Verdict
from serein.clinical.errors import InputError, UnknownContentError
from serein.clinical.schedule import session_label
from serein.server.accounts.permissions import require
from serein.server.accounts.request import ClinicRequest
from serein.server.audit.actions import record_view
from serein.server.courses import actions, queries
from serein.server.courses.forms import ANOTHER, AdoptionForm, CourseForm, WithdrawalForm
from serein.server.courses.models import Course
from serein.server.ids import new_id
from serein.server.patients import queries as patients
from serein.server.patients.errors import asking
from serein.server.patients.models import Patient


@require_safe
def courses(request: ClinicRequest) -> HttpResponse:
    """Every course of the clinic."""
    require(request.user, "courses.view", at=request.clinic)
    return render(
        request, "courses/courses.html", {"courses": queries.courses(request.user, request.clinic)}
    )


@require_safe
def course(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
    """One course with its sessions."""
    require(request.user, "courses.view", at=request.clinic)
    shown = queries.course(request.user, request.clinic, id)
    return _course_page(request, shown)


@require_POST
def end_course(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
    """The prescriber ends the course."""
    require(request.user, "courses.end", at=request.clinic)
    shown = queries.course(request.user, request.clinic, id)
    reason = request.POST.get("reason", "")
    try:
        actions.end_course(shown, by=request.user, now=request.now, reason=reason)
    except InputError as refusal:
        return _course_page(request, shown, refusal=refusal, reason=reason)
    messages.success(request, _("Ended"))
    return redirect("course", shown.id)


def _course_page(
    request: ClinicRequest, shown: Course, *, refusal: InputError | None = None, reason: str = ""
) -> HttpResponse:
    record_view(request, shown.patient)
    of = queries.protocol(shown)
    sessions = [
        {"row": row, "label": session_label(of, row.number)}
        for row in shown.sessions.order_by("-seated_at")
    ]
    context = {
        "course": shown,
        "protocol": of,
        "sessions": sessions,
        "refusal": refusal,
        "reason": reason,
    }
    return render(request, "courses/course.html", context, status=400 if refusal else 200)


def new_course(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
    """Start a course for this patient."""
    require(request.user, "courses.start", at=request.clinic)
    patient = patients.patient(request.user, request.clinic, id)
    record_view(request, patient)
    groups = queries.startable(request.clinic)
    key = request.POST.get("protocol") or request.GET.get("protocol", "")
    chosen = next((one for _title, some in groups for one in some if one.key == key), None)
    form = CourseForm(request.POST or None, initial={"entry": new_id()})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            started = _start(request, patient, form)
        except (InputError, UnknownContentError) as error:
            refusal = error
        else:
            return redirect("course", started.id)
    context = {"patient": patient, "form": form, "groups": groups, "refusal": refusal}
    if chosen is not None:
        context |= _chosen(request, patient, chosen)
    status = 400 if request.method == "POST" else 200
    return render(request, "courses/new.html", context, status=status)


def _start(request: ClinicRequest, patient: Patient, form: CourseForm) -> Course:
    typed = form.cleaned_data
    content_id, _version, version = typed["protocol"].partition(" v")
    start = partial(
        actions.start_course,
        patient,
        by=request.user,
        now=request.now,
        id=typed["entry"],
        protocol_id=content_id,
        protocol_version=int(version) if version.isdecimal() else 0,
        indication=form.given_for,
        review_on=typed["review_on"],
        earlier_sessions=typed["earlier_sessions"],
        unknown_because=typed["unknown_because"],
    )
    return asking(start, confirmed=typed["confirms"])


def _chosen(
    request: ClinicRequest, patient: Patient, chosen: queries.Startable
) -> dict[str, object]:
    """The protocol, and what of its contraindications is not in order for this patient."""
    findings = queries.against(chosen.of, patient, now=request.now)
    today = request.now.astimezone(request.clinic.zone).date()
    forbidden = None
    try:
        actions.refuse_contraindicated(patient, chosen.of, findings=findings, on=today)
    except InputError as error:
        forbidden = error
    return {
        "chosen": chosen,
        "forbidden": forbidden,
        "cautions": [one for one in findings if one.verdict is Verdict.UNMET],
        "unknown": [one for one in findings if one.verdict is Verdict.UNKNOWN],
        "another": ANOTHER,
    }


@require_safe
def library(request: ClinicRequest) -> HttpResponse:
    """Every content file, with what nobody has checked yet."""
    require(request.user, "courses.view_library", at=request.clinic)
    shelves = queries.shelves(request.clinic)
    return render(request, "courses/library.html", {"shelves": shelves})


@require_safe
def content(request: ClinicRequest, id: str, version: int) -> HttpResponse:  # noqa: A002  the address's word
    """One file as a clinician reads it."""
    require(request.user, "courses.view_library", at=request.clinic)
    return _content(request, id, version)


def _content(
    request: ClinicRequest,
    id: str,  # noqa: A002  the address's word
    version: int,
    *,
    refusal: str = "",
) -> HttpResponse:
    file = queries.content_file(id, version)
    versions = queries.versions(request.clinic, id)
    shown = next(each for each in versions if each.file.version == version)
    context = {
        "shown": shown,
        "file": file,
        "versions": versions,
        "reading": queries.reading(file),
        "since": queries.since_adopted(shown, versions),
        "refusal": refusal,
    }
    return render(request, "courses/content.html", context, status=400 if refusal else 200)


@require_safe
def compare(request: ClinicRequest, id: str, before: int, after: int) -> HttpResponse:  # noqa: A002  the address's word
    """What differs between two versions of one file."""
    require(request.user, "courses.view_library", at=request.clinic)
    old, new = (queries.content_file(id, version) for version in (before, after))
    context = {
        "difference": queries.compared(old, new),
        "versions": queries.versions(request.clinic, id),
    }
    return render(request, "courses/compare.html", context)


@require_POST
def adopt(request: ClinicRequest, id: str, version: int) -> HttpResponse:  # noqa: A002  the address's word
    """The medical director adopts one version."""
    require(request.user, "courses.adopt", at=request.clinic)
    form = AdoptionForm(request.POST)
    if not form.is_valid():
        return _content(request, id, version, refusal=str(form.errors["is_read"][0]))
    try:
        actions.adopt_content(
            request.clinic,
            by=request.user,
            now=request.now,
            content_id=id,
            version=version,
            sha256=form.cleaned_data["sha256"],
        )
    except InputError as refusal:
        return _content(request, id, version, refusal=str(refusal))
    messages.success(request, _("Adopted"))
    return redirect("content", id, version)


@require_POST
def withdraw(request: ClinicRequest, id: str, version: int) -> HttpResponse:  # noqa: A002  the address's word
    """The medical director takes an adoption back."""
    require(request.user, "courses.adopt", at=request.clinic)
    form = WithdrawalForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        actions.withdraw_content(
            request.clinic,
            by=request.user,
            now=request.now,
            content_id=id,
            version=version,
            reason=reason,
        )
    except InputError as refusal:
        return _content(request, id, version, refusal=str(refusal))
    messages.success(request, _("Withdrawn"))
    return redirect("content", id, version)
