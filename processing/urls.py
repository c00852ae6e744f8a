"""Addresses of the processing app."""

from django.urls import path

from processing.views import pictures, progress, recipes, reprocessing

app_name = "processing"

urlpatterns = [
    path("outputs/<int:pk>/<slug:kind>/", pictures.picture, name="picture"),
    path("batches/<int:pk>/progress/", progress.batch_progress, name="batch-progress"),
    path("photos/<int:pk>/readings/", progress.photo_readings, name="photo-readings"),
    path("photos/<int:pk>/reprocess/", reprocessing.reprocess, name="reprocess"),
    path("recipes/", recipes.index, name="recipes"),
    path("recipes/<int:pk>/", recipes.detail, name="recipe"),
]
