"""Addresses of the pages about webhooks."""

from django.urls import path

from firstline.webhooks.web import views

app_name = "webhooks"
urlpatterns = [
    path("", views.listing, name="list"),
    path("<uuid:endpoint_id>/", views.endpoint, name="endpoint"),
    path("<uuid:endpoint_id>/renew/", views.renew, name="renew"),
    path("<uuid:endpoint_id>/end/", views.end, name="end"),
    path("<uuid:endpoint_id>/again/", views.again, name="again"),
]
