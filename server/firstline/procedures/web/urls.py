from django.urls import path

from firstline.procedures.web import views

app_name = "procedures"
urlpatterns = [
    path("", views.procedures, name="list"),
    path("reasons/", views.reasons, name="reasons"),
    path("releases/<slug:release_id>/", views.release, name="release"),
    path("releases/<slug:release_id>/process.bpmn", views.process, name="process"),
    path("releases/<slug:release_id>/activate/", views.activate, name="activate"),
]
