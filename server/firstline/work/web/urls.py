"""Addresses of the work list."""

from django.urls import path

from firstline.work.web import views

app_name = "work"
urlpatterns = [
    path("", views.work_list, name="list"),
    path("steps/<uuid:task_id>/claim/", views.claim, name="claim"),
    path("steps/<uuid:task_id>/begin/", views.begin, name="begin"),
    path("steps/<uuid:task_id>/release/", views.release, name="release"),
    path("steps/<uuid:task_id>/assign/", views.assign, name="assign"),
    path("contacts/<uuid:contact_id>/take/", views.take, name="take"),
]
