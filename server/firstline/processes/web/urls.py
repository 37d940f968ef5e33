"""Addresses of the processes."""

from django.urls import path

from firstline.processes.web import pages

app_name = "processes"
urlpatterns = [path("", pages.workers, name="workers")]
