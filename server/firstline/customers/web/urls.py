"""Addresses of the customers' pages."""

from django.urls import path

from firstline.customers.web import merging, views

app_name = "customers"
urlpatterns = [
    path("", views.search, name="search"),
    path("duplicates/", merging.duplicates, name="duplicates"),
    path("duplicates/<uuid:duplicate_id>/", merging.duplicate, name="duplicate"),
    path("duplicates/<uuid:duplicate_id>/merge/", merging.merge, name="merge"),
    path("duplicates/<uuid:duplicate_id>/keep-apart/", merging.keep_apart, name="keep-apart"),
    path("merges/", merging.merges, name="merges"),
    path("merges/<uuid:merge_id>/undo/", merging.undo, name="undo"),
    path("<uuid:customer_id>/", views.customer, name="customer"),
    path("identifiers/<uuid:identifier_id>/verify/", views.verify, name="verify"),
    path("identifiers/<uuid:identifier_id>/doubt/", views.doubt, name="doubt"),
]
