"""Where a customer says how it was."""

from django.urls import path

from firstline.portal.web import rating

app_name = "rate"
urlpatterns = [path("<str:token>/", rating.rate, name="rate")]
