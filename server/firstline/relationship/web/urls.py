"""Addresses of the pages about relationships."""

from django.urls import path

from firstline.relationship.web import views

app_name = "relationship"
urlpatterns = [
    path("", views.definitions, name="definitions"),
    path("<uuid:customer_id>/", views.standing, name="standing"),
    path("<uuid:customer_id>/desk/", views.desk, name="desk"),
    path("<uuid:customer_id>/stage/", views.set_stage, name="set-stage"),
    path("<uuid:customer_id>/stage/rule/", views.leave_to_rule, name="leave-to-rule"),
]
