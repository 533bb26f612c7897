"""Routes of coding. Both forms, with and without a trailing slash, are answered."""

from django.urls import re_path

from coding.api import views

urlpatterns = [
    re_path(r"^v1/assign-codes/?$", views.AssignCodesViewSet.as_view({"post": "create"})),
    re_path(r"^v1/assign_codes/?$", views.V1AssignCodesViewSet.as_view({"post": "create"})),
]
