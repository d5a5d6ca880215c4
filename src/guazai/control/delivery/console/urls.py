"""The addresses that the console draws: a workplace each, with everything below it."""

from __future__ import annotations

from django.urls import path, re_path

from guazai.control.delivery.console import views

urlpatterns = [
    path("", views.index),
    re_path(r"^(?:apps|inbox|review|operate)(?:/.*)?$", views.index),
]
