"""Every act on a session's page: one form is read, one door is gone through, a refusal is said."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from serein.clinical.errors import InputError
from serein.server.accounts.permissions import may, require
from serein.server.accounts.request import ClinicRequest
from serein.server.audit.actions import record_view
from serein.server.patients.errors import asking
from serein.server.treatment import queries
from serein.server.treatment.errors import AnswersError, ConfirmError, GateError, TakenError
from serein.server.treatment.forms.entries import EntryForm
from serein.server.treatment.models import Session
from serein.server.treatment.session import page

Act = Callable[..., Any]


def acting(name: str, *verbs: str) -> Callable[[Act], Callable[..., HttpResponse]]:
    """A view that reads one form and goes through one door; a refusal keeps what was typed."""

    def wrap(act: Act) -> Callable[..., HttpResponse]:
        @require_POST
        def view(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
            if not any(may(request.user, verb, at=request.clinic) for verb in verbs):
                require(request.user, verbs[0], at=request.clinic)
            shown = queries.session(request.user, request.clinic, id)
            form = page.form(name, shown, request.POST)
            if not form.is_valid():
                refused = page.Refused(name, form, _("Look at the marked boxes again"))
                return _sent_back(request, shown, refused)
            try:
                confirmed = form.cleaned_data.get("confirms", "")
                asking(partial(act, request, shown, form), confirmed=confirmed)
            except InputError as refusal:
                return _sent_back(request, shown, _refused(name, form, refusal))
            messages.success(request, _said(request))
            return _onward(request, shown)

        return view

    return wrap


def _sent_back(request: ClinicRequest, shown: Session, refused: page.Refused) -> HttpResponse:
    """The whole chart again around what was refused, and so a look at it like any other."""
    record_view(request, shown.patient)
    return page.show(request, shown, refused, status=400)


def _refused(name: str, form: forms.Form, refusal: InputError) -> page.Refused:
    confirms = ""
    if isinstance(refusal, ConfirmError):
        confirms = refusal.may_be_confirmed
        for concern in refusal.concerns:
            for code in concern.codes:
                if code in form.fields:
                    form.add_error(code, "")
    if isinstance(refusal, GateError):
        return page.Refused(name, form, refusal.sentence, refusal.standing)
    if isinstance(refusal, AnswersError):
        words = _("%(why)s What else you changed is stored") % {"why": refusal}
        return page.Refused(name, form, words, answers=tuple(refusal.refused))
    is_overtaken = name == "device" and isinstance(refusal, TakenError)
    return page.Refused(name, form, str(refusal), confirms=confirms, is_overtaken=is_overtaken)


def _said(request: ClinicRequest) -> str:
    local = request.now.astimezone(request.clinic.zone)
    return _("Saved %(time)s") % {"time": f"{local:%H:%M:%S}"}


def _onward(request: ClinicRequest, shown: Session) -> HttpResponse:
    """Back to the session, or to the floor; a form sent in place must leave its page for that."""
    if request.POST.get("next") != "floor":
        return redirect("session", shown.id)
    if request.htmx:
        return HttpResponseClientRedirect(reverse("floor"))
    return redirect("floor")


def words(request: ClinicRequest, form: Any) -> dict[str, Any]:
    """Who, when and which entry, as every action takes them."""
    who = {"by": request.user, "now": request.now}
    if isinstance(form, EntryForm):
        return {**who, **form.words(now=request.now, zone=request.clinic.zone)}
    return {**who, **form.words()}
