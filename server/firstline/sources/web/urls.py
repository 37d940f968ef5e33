"""Addresses of the pages about back-office systems."""

from django.urls import path

from firstline.sources.web import definitions, differences, documents, stuck

app_name = "sources"
urlpatterns = [
    path("", definitions.listing, name="systems"),
    path("new/", definitions.new, name="new"),
    path("save/", definitions.save, name="save"),
    path("try/", definitions.try_view, name="try"),
    path("systems/<slug:key>/", definitions.page, name="system"),
    path("systems/<slug:key>/withdraw/", definitions.withdraw, name="withdraw"),
    path("documents/<uuid:reading_id>/<int:row>/<str:field>/", documents.show, name="document"),
    path("waiting/", stuck.listing, name="stuck"),
    path("waiting/<uuid:command_id>/try/", stuck.try_now, name="try-now"),
    path("waiting/<uuid:command_id>/give-up/", stuck.give_up, name="give-up"),
    path("differences/", differences.listing, name="differences"),
    path("differences/runs/", differences.runs, name="runs"),
    path("differences/compare/", differences.compare, name="compare"),
    path("differences/<uuid:divergence_id>/repair/", differences.repair, name="repair"),
    path("differences/<uuid:divergence_id>/accept/", differences.accept, name="accept"),
]
