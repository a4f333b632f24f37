"""What is to be closed."""

from django.urls import path

from serein.server.alerts import views

urlpatterns = [
    path("alerts/", views.alerts, name="alerts"),
    path("alerts/<uuid:id>/acknowledge/", views.acknowledge, name="acknowledge_alert"),
    path("alerts/<uuid:id>/resolve/", views.resolve, name="resolve_alert"),
]
