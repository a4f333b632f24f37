"""Every refusal as a page that says what is wrong and what to do next.

SereinError (its sentence is meant for people)    400, and its own page
├── UnknownContentError                           404
└── TakenError                                    409: somebody else was there first
PermissionDenied                                  403
Http404                                           404
anything else                                     500, with the time to tell whoever runs the server
"""

from collections.abc import Callable
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from serein.clinical.errors import InputError, SereinError, UnknownContentError

TITLES = {
    400: gettext_lazy("This cannot be done as it stands"),
    403: gettext_lazy("You may not do this"),
    404: gettext_lazy("Nothing found here"),
    409: gettext_lazy("Somebody else was there first"),
    500: gettext_lazy("Something broke"),
}
Next = Callable[[HttpRequest], HttpResponse]


class TakenError(InputError):
    """Somebody else was there first: the chair is taken, the step is done, the row is closed."""


class RefusalMiddleware:
    """Turn a refusal that a view let pass into its page."""

    def __init__(self, get_response: Next) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, refusal: Exception) -> HttpResponse | None:
        """Answer a refusal of the rules; everything else goes on to Django's own handlers."""
        return refused(request, refusal) if isinstance(refusal, SereinError) else None


def refused(request: HttpRequest, refusal: SereinError) -> HttpResponse:
    """The page of one refusal."""
    return _page(request, status=status_of(refusal), sentence=str(refusal))


def status_of(refusal: SereinError) -> int:
    """The HTTP status of a refusal."""
    if isinstance(refusal, UnknownContentError):
        return 404
    return 409 if isinstance(refusal, TakenError) else 400


def bad_request(
    request: HttpRequest,
    exception: Exception,  # noqa: ARG001  Django passes it by name
) -> HttpResponse:
    """400: the browser sent something that is no form of ours."""
    return _page(request, status=400, sentence=_("This request cannot be read. Go back and retry."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: the person may not do this, with the sentence the refusal carries."""
    return _page(request, status=403, sentence=_spoken(exception) or _("You may not do this."))


def form_expired(
    request: HttpRequest,
    reason: str = "",  # noqa: ARG001  Django passes it by name
) -> HttpResponse:
    """403: the form's token does not fit, mostly because somebody else has signed in since."""
    sentence = _("This form is out of date, and nothing was saved. Go back, reload, send it again.")
    return _page(request, status=403, sentence=sentence)


def not_found(
    request: HttpRequest,
    exception: Exception,  # noqa: ARG001  Django passes it by name
) -> HttpResponse:
    """404: nothing is here, or it belongs to another clinic; which of the two is not said."""
    return _page(request, status=404, sentence=_("There is nothing at this address."))


def broken(_request: HttpRequest) -> HttpResponse:
    """500: a fault of the software; drawn without the database, which may be what failed.

    It names the time that the machine's log has, whatever the demo's clock says.
    """
    sentence = _(
        "The server could not do this. Whatever was shown as saved is safe. Try once more; when it"
        " happens again, tell the person who runs the server: it broke at %(time)s UTC."
    ) % {"time": f"{datetime.now(UTC):%H:%M:%S}"}
    page = {"title": TITLES[500], "sentence": sentence}
    return HttpResponse(render_to_string("refusal.html", page), status=500)


def _page(request: HttpRequest, *, status: int, sentence: str) -> HttpResponse:
    is_fragment = "HX-Request" in request.headers
    template = "refusal_fragment.html" if is_fragment else "refusal.html"
    page = {"title": TITLES[status], "sentence": sentence}
    return render(request, template, page, status=status)


def _spoken(exception: Exception) -> str:
    spoken = exception.args[0] if exception.args else ""
    return spoken if isinstance(spoken, str) else ""
