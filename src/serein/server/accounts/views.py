"""Pages about people: one's clinic, the people of the clinic, the log."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from serein.server.accounts.middleware import clinics
from serein.server.accounts.request import ClinicRequest, without_clinic


@without_clinic
@require_http_methods(["GET", "POST"])
def choose_clinic(request: ClinicRequest) -> HttpResponseBase:
    """Let a person who works at several clinics say where they are now."""
    options = clinics(request)
    if not options:
        raise PermissionDenied(_("You have no role at any clinic. Ask the owner to give you one."))
    chosen = [clinic for clinic in options if str(clinic.pk) == request.POST.get("clinic")]
    if chosen:
        request.session["clinic"] = str(chosen[0].pk)
        return redirect("/floor/")
    response: HttpResponse = render(request, "accounts/choose_clinic.html", {"clinics": options})
    return response
