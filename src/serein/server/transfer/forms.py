"""The shape of an upload."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

MOST_FILES = 50


class FilesInput(forms.ClearableFileInput):
    """A box that takes several files at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files."""

    widget = FilesInput

    def clean(self, chosen: Any, initial: Any = None) -> list[UploadedFile[Any]]:  # noqa: ARG002  Django's recipe for several files
        """Each file, checked as one file would be."""
        given = chosen if isinstance(chosen, list | tuple) else [chosen]
        if len(given) > MOST_FILES:
            raise forms.ValidationError(
                _("Choose at most %(most)s files at once"), params={"most": MOST_FILES}
            )
        clean_one = super().clean
        return [clean_one(file) for file in given]


class ImportForm(forms.Form):
    """Files to be read."""

    bundles = FilesField(
        label=_("FHIR R4 bundles (JSON)"),
        allow_empty_file=True,
        error_messages={"required": _("Choose at least one file")},
    )
