"""Addresses of patients."""

from django.urls import path

from serein.server.patients import views

urlpatterns = [
    path("patients/", views.patients, name="patients"),
    path("patients/<uuid:id>/", views.patient, name="patient"),
]
