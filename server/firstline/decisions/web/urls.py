"""Addresses of the decisions."""

from django.urls import path

from firstline.decisions.web import made, models, trying

app_name = "decisions"
urlpatterns = [
    path("", models.listing, name="list"),
    path("deploy/", models.deploy, name="deploy"),
    path("models/<uuid:version_id>/", models.model, name="model"),
    path("models/<uuid:version_id>/model.dmn", models.xml, name="xml"),
    path("models/<uuid:version_id>/drawing.dmn", models.drawing, name="drawing"),
    path("models/<uuid:version_id>/try/", trying.trial, name="try"),
    path("made/", made.listing, name="made"),
    path("made/<uuid:evaluation_id>/", made.evaluation, name="evaluation"),
]
