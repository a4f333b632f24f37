"""The session's papers, as PDF."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from serein.server.accounts.permissions import require
from serein.server.accounts.request import ClinicRequest
from serein.server.audit.actions import record_view
from serein.server.treatment import queries
from serein.server.treatment.paper import aftercare, record


@require_safe
def record_pdf(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
    """The session record on paper."""
    require(request.user, "treatment.print_record", at=request.clinic)
    shown = queries.session(request.user, request.clinic, id)
    record_view(request, shown.patient)
    pdf = record.record_pdf(shown, by=request.user, now=request.now)
    return _pdf(pdf, "session-record.pdf")


@require_safe
def aftercare_pdf(request: ClinicRequest, id: UUID) -> HttpResponse:  # noqa: A002  the address's word
    """What patient and escort take home."""
    require(request.user, "treatment.print_record", at=request.clinic)
    shown = queries.session(request.user, request.clinic, id)
    record_view(request, shown.patient)
    return _pdf(aftercare.aftercare_pdf(shown, by=request.user, now=request.now), "going-home.pdf")


def _pdf(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    return answer
