"""Addresses of the desk."""

from django.urls import path

from firstline.desktop.web import speaking, tiles, verifying, views, who

app_name = "desktop"
urlpatterns = [
    path("", views.home, name="home"),
    path("incoming/", views.incoming, name="incoming"),
    path("find/", views.find, name="find"),
    path("search/", views.search, name="search"),
    path("<uuid:contact_id>/", views.desk, name="desk"),
    path("<uuid:contact_id>/take/", views.take, name="take"),
    path("<uuid:contact_id>/verify/", verifying.verify, name="verify"),
    path("<uuid:contact_id>/verify/code/", verifying.send, name="send-code"),
    path("<uuid:contact_id>/speaks-for/", speaking.speaks_for, name="speaks-for"),
    path("<uuid:contact_id>/speaks-for/new/", speaking.note, name="note-authority"),
    path("<uuid:contact_id>/speaks-for/found/", speaking.found, name="speakers"),
    path("<uuid:contact_id>/hold/", views.hold, name="hold"),
    path("<uuid:contact_id>/hang-up/", views.hang_up, name="hang-up"),
    path("<uuid:contact_id>/customers/", views.customers, name="customers"),
    path("reveals/", views.reveals, name="reveals"),
    path("<uuid:contact_id>/who/", who.who, name="who"),
    path("<uuid:contact_id>/tile/", views.open_tile, name="open-tile"),
    path("<uuid:contact_id>/customer/", views.customer, name="customer"),
    path("<uuid:contact_id>/customer/new/", views.create_customer, name="create-customer"),
    path("<uuid:contact_id>/continue/<uuid:case_id>/", views.continue_case, name="continue"),
    path("<uuid:contact_id>/cases/<uuid:case_id>/note/", views.note, name="note"),
    path("<uuid:contact_id>/reason/", views.reason, name="reason"),
    path("<uuid:contact_id>/step/<uuid:task_id>/next/", views.next_page, name="next"),
    path("<uuid:contact_id>/step/<uuid:task_id>/back/", views.back, name="back"),
    path("<uuid:contact_id>/step/<uuid:task_id>/draft/", views.draft, name="draft"),
    path("<uuid:contact_id>/step/<uuid:task_id>/preview/", views.preview, name="preview"),
    path("<uuid:contact_id>/step/<uuid:task_id>/park/", views.park, name="park"),
    path("<uuid:contact_id>/step/<uuid:task_id>/resume/", views.resume, name="resume"),
    path("<uuid:contact_id>/step/<uuid:task_id>/hand-over/", views.hand_over, name="hand-over"),
    path("<uuid:contact_id>/tiles/", tiles.tiles, name="tiles"),
    path("<uuid:contact_id>/tile/<str:key>/", tiles.tile, name="tile"),
    path("<uuid:contact_id>/tile/<str:key>/reveal/", tiles.reveal, name="reveal"),
    path("<uuid:contact_id>/answer/", views.answer, name="answer"),
    path("<uuid:contact_id>/answer/draft/", views.answer_draft, name="answer-draft"),
    path("<uuid:contact_id>/promise/", views.promise, name="promise"),
    path("<uuid:contact_id>/summary/draft/", views.summary_draft, name="summary-draft"),
    path("<uuid:contact_id>/finish/", views.finish, name="finish"),
]
