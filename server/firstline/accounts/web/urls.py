"""Addresses of keys to the API."""

from django.urls import path

from firstline.accounts.web import keys

app_name = "accounts"
urlpatterns = [
    path("", keys.listing, name="keys"),
    path("<uuid:key_id>/renew/", keys.renew, name="renew-key"),
    path("<uuid:key_id>/revoke/", keys.revoke, name="revoke-key"),
]
