"""Courses and the library."""

from django.urls import path

from serein.server.courses import views

urlpatterns = [
    path("courses/", views.courses, name="courses"),
    path("courses/new/<uuid:id>/", views.new_course, name="new_course"),
    path("courses/<uuid:id>/", views.course, name="course"),
    path("courses/<uuid:id>/end/", views.end_course, name="end_course"),
    path("library/", views.library, name="library"),
    path("library/<slug:id>/<int:version>/", views.content, name="content"),
    path(
        "library/<slug:id>/compare/<int:before>/<int:after>/", views.compare, name="compare_content"
    ),
    path("library/<slug:id>/<int:version>/adopt/", views.adopt, name="adopt"),
    path("library/<slug:id>/<int:version>/withdraw/", views.withdraw, name="withdraw"),
]
