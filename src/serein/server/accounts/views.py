"""Pages about people: one's clinic, the people of the clinic, the clock of a demo."""

from datetime import timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from serein.clinical.errors import SereinError
from serein.server import clock
from serein.server.accounts import actions, queries
from serein.server.accounts.forms import ClockForm, InvitationForm, PhonesForm, RolesForm
from serein.server.accounts.middleware import clinics
from serein.server.accounts.permissions import require
from serein.server.accounts.request import ClinicRequest, without_clinic
from serein.server.errors import status_of


@require_safe
def home(request: ClinicRequest) -> HttpResponse:
    """The page on which this person's day begins."""
    return redirect(queries.home_of(request.user, request.clinic))


@without_clinic
@require_http_methods(["GET", "POST"])
def choose_clinic(request: ClinicRequest) -> HttpResponse:
    """Let a person who works at several clinics say where they are now."""
    options = clinics(request)
    if not options:
        raise PermissionDenied(_("You have no role at any clinic. Ask the owner to give you one."))
    chosen = [clinic for clinic in options if str(clinic.pk) == request.POST.get("clinic")]
    if chosen:
        request.session["clinic"] = str(chosen[0].pk)
        return redirect("home")
    return render(request, "accounts/choose_clinic.html", {"clinics": options})


@require_safe
def people(request: ClinicRequest) -> HttpResponse:
    """Everybody with a role at the clinic."""
    found = queries.people(request.user, request.clinic)
    return render(request, "accounts/people.html", {"people": found})


@require_http_methods(["GET", "POST"])
def invite_person(request: ClinicRequest) -> HttpResponse:
    """Make an account and show its one-time password, once."""
    require(request.user, "accounts.manage", at=request.clinic)
    form = InvitationForm(request.POST or None)
    if not form.is_valid():
        return _form_page(request, "accounts/invite.html", form)
    try:
        invitation = actions.invite_person(
            request.clinic, by=request.user, now=request.now, **form.cleaned_data
        )
    except SereinError as refusal:
        form.add_error(None, str(refusal))
        return _form_page(request, "accounts/invite.html", form, status=status_of(refusal))
    return render(request, "accounts/invited.html", {"invitation": invitation})


@require_http_methods(["GET", "POST"])
def person(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the house's word
    """One person's roles."""
    found = queries.person(request.user, request.clinic, id)
    held = {"roles": found.roles, "is_medical_director": found.is_medical_director}
    form = RolesForm(request.POST or None, initial=held)
    if not form.is_valid():
        return _form_page(request, "accounts/person.html", form, person=found)
    try:
        actions.change_roles(
            found.user,
            by=request.user,
            at=request.clinic,
            now=request.now,
            **form.cleaned_data,
        )
    except SereinError as refusal:
        form.add_error(None, str(refusal))
        return _form_page(
            request, "accounts/person.html", form, person=found, status=status_of(refusal)
        )
    return redirect("people")


@require_http_methods(["GET", "POST"])
def change_phones(request: ClinicRequest) -> HttpResponse:
    """The clinic's telephone numbers, as they stand on the sheet that patients take home."""
    require(request.user, "accounts.manage", at=request.clinic)
    clinic = request.clinic
    held = {"phone_day": clinic.phone_day, "phone_night": clinic.phone_night}
    form = PhonesForm(request.POST if request.method == "POST" else None, initial=held)
    if not form.is_valid():
        return _form_page(request, "accounts/phones.html", form)
    try:
        actions.change_phones(clinic, by=request.user, now=request.now, **form.cleaned_data)
    except SereinError as refusal:
        form.add_error(None, str(refusal))
        return _form_page(request, "accounts/phones.html", form, status=status_of(refusal))
    return redirect("people")


@require_POST
def reset_access(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the house's word
    """Give a person a new one-time password and show it, once."""
    found = queries.person(request.user, request.clinic, id)
    invitation = actions.reset_access(
        found.user, by=request.user, at=request.clinic, now=request.now
    )
    return render(request, "accounts/invited.html", {"invitation": invitation})


@require_http_methods(["GET", "POST"])
def set_clock(request: ClinicRequest) -> HttpResponse:
    """Set or advance the clock; on a live server there is no such page."""
    if not clock.is_settable():
        raise Http404
    require(request.user, "clock.set", at=request.clinic)
    form = ClockForm(request.POST or None)
    if not form.is_valid():
        return _form_page(request, "accounts/clock.html", form)
    if minutes := form.cleaned_data["advance_min"]:
        actions.advance_clock(
            timedelta(minutes=minutes), by=request.user, at=request.clinic, now=request.now
        )
    else:
        actions.set_clock(
            form.moment(request.clinic.zone),
            by=request.user,
            at=request.clinic,
            now=request.now,
            frozen=form.cleaned_data["is_frozen"],
        )
    return redirect(_next_page(request) or "set_clock")


def _next_page(request: HttpRequest) -> str:
    asked = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()})
    return asked if is_ours else ""


def _form_page(
    request: ClinicRequest, template: str, form: object, *, status: int = 0, **extra: object
) -> HttpResponse:
    """The form as it was typed; 422 when something in it is wrong."""
    return render(
        request,
        template,
        {"form": form, **extra},
        status=status or (422 if request.method == "POST" else 200),
    )
