"""Addresses of the cases."""

from django.urls import path

from firstline.cases.web import merge_views, step_views, views

app_name = "cases"
urlpatterns = [
    path("", views.case_list, name="list"),
    path("<uuid:case_id>/", views.case, name="case"),
    path("<uuid:case_id>/process.bpmn", views.process, name="process"),
    path("<uuid:case_id>/promises/", views.make_promise, name="promise"),
    path("<uuid:case_id>/promises/<uuid:promise_id>/keep/", views.keep_promise, name="keep"),
    path("<uuid:case_id>/notes/", views.write_note, name="note"),
    path("<uuid:case_id>/close/", views.close, name="close"),
    path("<uuid:case_id>/merge/<uuid:other_id>/", merge_views.merge, name="merge"),
    path("<uuid:case_id>/merges/<uuid:merge_id>/undo/", merge_views.undo, name="undo-merge"),
    path("<uuid:case_id>/incidents/<uuid:incident_id>/retry/", views.retry, name="retry"),
    path("<uuid:case_id>/steps/<uuid:task_id>/begin/", step_views.begin, name="begin"),
    path("<uuid:case_id>/steps/<uuid:task_id>/release/", step_views.release, name="release"),
    path("<uuid:case_id>/steps/<uuid:task_id>/next/", step_views.go_on, name="next"),
    path("<uuid:case_id>/steps/<uuid:task_id>/back/", step_views.back, name="back"),
    path("<uuid:case_id>/steps/<uuid:task_id>/draft/", step_views.draft, name="draft"),
    path("<uuid:case_id>/steps/<uuid:task_id>/preview/", step_views.preview, name="preview"),
    path("<uuid:case_id>/steps/<uuid:task_id>/park/", step_views.park, name="park"),
    path("<uuid:case_id>/steps/<uuid:task_id>/resume/", step_views.resume, name="resume"),
    path("<uuid:case_id>/steps/<uuid:task_id>/hand-over/", step_views.hand_over, name="hand-over"),
]
