"""What is to be closed."""

from django.urls import path

from serein.server.alerts import views

urlpatterns = [
    path("alerts/", views.alerts, name="alerts"),
]
