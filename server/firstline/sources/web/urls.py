"""Addresses of the pages about back-office systems."""

from django.urls import path

from firstline.sources.web import differences

app_name = "sources"
urlpatterns = [
    path("differences/", differences.listing, name="differences"),
    path("differences/runs/", differences.runs, name="runs"),
    path("differences/compare/", differences.compare, name="compare"),
    path("differences/<uuid:divergence_id>/repair/", differences.repair, name="repair"),
    path("differences/<uuid:divergence_id>/accept/", differences.accept, name="accept"),
]
