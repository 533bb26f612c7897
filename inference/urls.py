"""URLs of this app's pages."""

from django.urls import path

from inference import views

app_name = "inference"
urlpatterns = [path("", views.privacy, name="privacy")]
