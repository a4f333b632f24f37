"""Eligibility on the chart, what is recorded for it, and what is set right."""

from django.urls import path

from serein.server.eligibility import views

CHART = "patients/<uuid:id>/"
urlpatterns = [
    path(f"{CHART}eligibility/", views.eligibility, name="eligibility"),
    path(f"{CHART}eligibility/record/", views.record, name="record_history"),
    path(f"{CHART}eligibility/decide/", views.decide, name="decide_criterion"),
    path(f"{CHART}totals/new/", views.total, name="record_total"),
    path(f"{CHART}trials/new/", views.trial, name="record_trial"),
    path("facts/<uuid:id>/correct/", views.correct, name="correct_fact"),
    path("facts/<uuid:id>/trial/", views.correct_trial, name="correct_trial"),
]
