"""Addresses of the catalog app."""

from django.urls import path

from catalog.views import batches, photos, pictures

app_name = "catalog"

urlpatterns = [
    path("batches/<int:pk>/", batches.detail, name="batch"),
    path("photos/<int:pk>/", photos.detail, name="photo"),
    path("photos/<int:pk>/picture/<slug:kind>/", pictures.picture, name="picture"),
    path("uploads/<int:pk>/start/", batches.start, name="upload-start"),
]
