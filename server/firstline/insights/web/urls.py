from django.urls import path

from firstline.insights.web import views

app_name = "insights"
urlpatterns = [
    path("", views.numbers, name="numbers"),
    path("<slug:figure>/", views.figure, name="figure"),
]
