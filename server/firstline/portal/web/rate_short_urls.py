"""Where a customer says how it was who has the short link of a text message."""

from django.urls import path

from firstline.portal.web import rating

app_name = "rate-short"
urlpatterns = [path("<str:code>/", rating.rate_by_code, name="rate")]
