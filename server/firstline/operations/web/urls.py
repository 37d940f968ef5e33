"""Addresses of the operators' pages."""

from django.urls import path

from firstline.operations.web import acts, incidents, instances, trail, variables, versions

app_name = "operations"
urlpatterns = [
    path("", versions.listing, name="versions"),
    path("versions/<uuid:deployment_id>/<str:process_id>/", versions.version, name="version"),
    path("versions/<uuid:deployment_id>/model.bpmn", versions.xml, name="xml"),
    path("find/", versions.find, name="find"),
    path("instances/<uuid:instance_id>/", instances.instance, name="instance"),
    path("instances/<uuid:instance_id>/do/<slug:act>/", acts.act, name="act"),
    path("instances/<uuid:instance_id>/variables/", variables.change, name="variable"),
    path("incidents/", incidents.listing, name="incidents"),
    path("incidents/alike/", incidents.alike, name="alike"),
    path("incidents/<uuid:incident_id>/retry/", incidents.retry, name="retry"),
    path("trail/", trail.trail, name="trail"),
    path("trail/check/", trail.check, name="check-trail"),
    path("batches/<uuid:batch_id>/", incidents.batch, name="batch"),
]
