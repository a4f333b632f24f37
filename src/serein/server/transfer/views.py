"""The page that brings patients in from files."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from serein.fhir.bundle import LARGEST_FILE_BYTES
from serein.server.accounts.permissions import require
from serein.server.accounts.request import ClinicRequest
from serein.server.transfer.actions import import_bundle
from serein.server.transfer.forms import ImportForm
from serein.server.transfer.reports import FileReport

TRY = "try"


@require_http_methods(["GET", "HEAD", "POST"])
def import_patients(request: ClinicRequest) -> HttpResponse:
    """Take files in, or only try them, and say of each what became of it."""
    require(request.user, "patients.import", at=request.clinic)
    form = ImportForm(request.POST or None, request.FILES or None)
    reports: list[FileReport] = []
    is_posted = request.method == "POST"
    if is_posted and form.is_valid():
        reports = [_taken(file, request) for file in form.cleaned_data["bundles"]]
    context = {
        "form": form,
        "reports": reports,
        "is_dry_run": request.POST.get("act") == TRY,
        "most_mb": LARGEST_FILE_BYTES // 2**20,
    }
    return render(
        request, "transfer/import.html", context, status=400 if is_posted and not reports else 200
    )


def _taken(file: UploadedFile[Any], request: ClinicRequest) -> FileReport:
    name = file.name or "file"
    if (file.size or 0) > LARGEST_FILE_BYTES:
        report = FileReport(name)
        most = {"most": LARGEST_FILE_BYTES // 2**20}
        report.refuse(_("The file is too large; %(most)s MB are the most") % most)
        return report
    return import_bundle(
        file.read(),
        name=name,
        by=request.user,
        clinic=request.clinic,
        now=request.now,
        is_dry_run=request.POST.get("act") == TRY,
    )
