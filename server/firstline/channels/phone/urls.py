from django.urls import path

from firstline.channels.phone import views

app_name = "phone"
urlpatterns = [path("events", views.events, name="events")]
