"""Addresses of the demo's own pages."""

from django.urls import path

from firstline.demo.web import views

app_name = "demo"
urlpatterns = [
    path("", views.home, name="home"),
    path("ring/", views.ring, name="ring"),
    path("call/<str:call_id>/", views.call, name="call"),
    path("switch/<str:system>/", views.switch, name="switch"),
    path("mail/", views.write_mail, name="mail"),
    path("mailbox/", views.mailbox, name="mailbox"),
]
