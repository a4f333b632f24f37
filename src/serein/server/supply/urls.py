"""The shelf."""

from django.urls import path

from serein.server.supply import views

urlpatterns = [
    path("supply/", views.shelf, name="shelf"),
    path("supply/<uuid:id>/close/", views.close, name="close_lot"),
]
