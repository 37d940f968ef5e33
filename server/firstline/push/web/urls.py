"""Addresses of the push stream."""

from django.urls import path

from firstline.push.web import views

app_name = "push"
urlpatterns = [path("events", views.events, name="events")]
