"""Addresses of the migrations."""

from django.urls import path

from firstline.migration.web import views

app_name = "migration"
urlpatterns = [
    path("", views.listing, name="list"),
    path("new/", views.new, name="new"),
    path("<uuid:migration_id>/", views.migration, name="migration"),
    path("<uuid:migration_id>/state/", views.state, name="state"),
    path("<uuid:migration_id>/mapping/", views.map_elements, name="mapping"),
    path("<uuid:migration_id>/check/", views.check, name="check"),
    path("<uuid:migration_id>/move/", views.move, name="move"),
    path("<uuid:migration_id>/revert/", views.revert, name="revert"),
    path("<uuid:migration_id>/stop/", views.stop, name="stop"),
    path("<uuid:migration_id>/instances/", views.instances, name="instances"),
]
