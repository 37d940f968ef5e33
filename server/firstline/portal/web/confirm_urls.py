"""Where a customer enters the code that they were sent."""

from django.urls import path

from firstline.portal.web import confirming

app_name = "confirm"
urlpatterns = [path("<str:token>/", confirming.confirm, name="confirm")]
