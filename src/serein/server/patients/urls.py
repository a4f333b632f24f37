"""Addresses of patients."""

from django.urls import path

from serein.server.patients import views

urlpatterns = [
    path("patients/", views.patients, name="patients"),
    path("patients/new/", views.register, name="register_patient"),
    path("patients/<uuid:id>/", views.patient, name="patient"),
    path("patients/<uuid:id>/person/", views.correct_person, name="correct_person"),
    path("patients/<uuid:id>/add/<slug:kind>/", views.add, name="add_entry"),
]
