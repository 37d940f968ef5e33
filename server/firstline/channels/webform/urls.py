"""Addresses of the public forms."""

from django.urls import path

from firstline.channels.webform import views

app_name = "webform"
urlpatterns = [
    path("", views.forms_list, name="list"),
    path("thanks/<str:token>/", views.thanks, name="thanks"),
    path("<slug:reason_key>/", views.form, name="form"),
]
