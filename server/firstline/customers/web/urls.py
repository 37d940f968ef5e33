"""Addresses of the customers' pages."""

from django.urls import path

from firstline.customers.web import importing, merging, relations, timeline, views, wishes

app_name = "customers"
urlpatterns = [
    path("", views.search, name="search"),
    path("duplicates/", merging.duplicates, name="duplicates"),
    path("duplicates/<uuid:duplicate_id>/", merging.duplicate, name="duplicate"),
    path("duplicates/<uuid:duplicate_id>/merge/", merging.merge, name="merge"),
    path("duplicates/<uuid:duplicate_id>/keep-apart/", merging.keep_apart, name="keep-apart"),
    path("merges/", merging.merges, name="merges"),
    path("merges/<uuid:merge_id>/undo/", merging.undo, name="undo"),
    path("imports/", importing.imports, name="imports"),
    path("imports/<uuid:import_id>/", importing.show, name="import"),
    path("imports/<uuid:import_id>/state/", importing.state, name="import-state"),
    path("imports/<uuid:import_id>/check/", importing.check, name="import-check"),
    path("imports/<uuid:import_id>/start/", importing.start, name="import-start"),
    path("imports/<uuid:import_id>/stop/", importing.stop, name="import-stop"),
    path("imports/<uuid:import_id>/problems/", importing.problems, name="import-problems"),
    path("<uuid:customer_id>/", views.customer, name="customer"),
    path("<uuid:customer_id>/timeline/", timeline.page, name="timeline"),
    path("<uuid:customer_id>/timeline/latest/", timeline.latest, name="latest"),
    path("<uuid:customer_id>/relations/", relations.page, name="relations"),
    path("<uuid:customer_id>/relations/add/", relations.add, name="relate"),
    path("<uuid:customer_id>/relations/<uuid:relation_id>/end/", relations.end, name="end-relation"),
    path("<uuid:customer_id>/relations/<uuid:relation_id>/take-back/", relations.take_back, name="take-relation-back"),
    path("<uuid:customer_id>/household/", relations.move_in, name="move-in"),
    path("<uuid:customer_id>/household/<uuid:member_id>/leave/", relations.move_out, name="move-out"),
    path("<uuid:customer_id>/wishes/", wishes.page, name="wishes"),
    path("<uuid:customer_id>/wishes/save/", wishes.save, name="save-wishes"),
    path("<uuid:customer_id>/wishes/consent/", wishes.say, name="say"),
    path("<uuid:customer_id>/wishes/no/", wishes.say_no, name="say-no"),
    path("identifiers/<uuid:identifier_id>/verify/", views.verify, name="verify"),
    path("identifiers/<uuid:identifier_id>/doubt/", views.doubt, name="doubt"),
]
