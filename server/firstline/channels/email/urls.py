"""Addresses of mail that waits for a person."""

from django.urls import path

from firstline.channels.email import views

app_name = "email"
urlpatterns = [
    path("quarantine/", views.quarantine, name="quarantine"),
    path("quarantine/<uuid:message_id>/raw/", views.raw, name="raw"),
    path("quarantine/<uuid:message_id>/retry/", views.retry, name="retry"),
]
