"""Addresses of the contact register."""

from django.urls import path

from firstline.contacts.web import views

app_name = "contacts"
urlpatterns = [
    path("", views.register, name="list"),
    path("export.csv", views.export, name="export"),
    path("<uuid:contact_id>/", views.contact, name="contact"),
    path("<uuid:contact_id>/attachments/<uuid:attachment_id>/", views.attachment, name="attachment"),
    path("<uuid:contact_id>/messages/<uuid:message_id>/raw/", views.raw, name="raw"),
]
