"""Addresses of what comes in and goes out."""

from django.urls import path

from serein.server.transfer import views

urlpatterns = [path("patients/import/", views.import_patients, name="import_patients")]
