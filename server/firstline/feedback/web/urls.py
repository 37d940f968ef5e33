"""Addresses of the pages about how content customers are."""

from django.urls import path

from firstline.feedback.web import views

app_name = "feedback"
urlpatterns = [
    path("", views.figures, name="figures"),
    path("customers/<uuid:customer_id>/", views.customer, name="customer"),
]
