"""Addresses of who somebody is and for whom they speak."""

from django.urls import path

from firstline.identity.web import views

app_name = "identity"
urlpatterns = [
    path("customers/<uuid:customer_id>/", views.customer, name="customer"),
    path("customers/<uuid:customer_id>/unlock/", views.unlock, name="unlock"),
    path("authorities/<uuid:authority_id>/prove/", views.prove, name="prove"),
    path("authorities/<uuid:authority_id>/revoke/", views.revoke, name="revoke"),
]
