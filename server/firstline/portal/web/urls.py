from django.urls import path

from firstline.portal.web import views

app_name = "portal"
urlpatterns = [path("<str:token>/", views.follow, name="follow")]
