"""The addresses that the console draws: a workplace each, with everything below it."""

from __future__ import annotations

from django.urls import path

from guazai.control.delivery.console import views

WORKPLACES = ("apps", "inbox", "operate", "reference", "review")

urlpatterns = [
    path("", views.index),
    *(path(place, views.index) for place in WORKPLACES),
    *(path(f"{place}/<path:rest>", views.index) for place in WORKPLACES),
]
