"""Addresses of the processing app."""

from django.urls import path

from processing.views import exports, pictures, progress, recipes, reprocessing, viewer

app_name = "processing"

urlpatterns = [
    path("outputs/<int:pk>/<slug:kind>/", pictures.picture, name="picture"),
    path("batches/<int:pk>/progress/", progress.batch_progress, name="batch-progress"),
    path("photos/<int:pk>/readings/", progress.photo_readings, name="photo-readings"),
    path("photos/<int:pk>/viewer/", viewer.photo_viewer, name="photo-viewer"),
    path("photos/<int:pk>/latest/<slug:kind>/", viewer.latest, name="latest"),
    path("photos/<int:pk>/full/", pictures.source_full, name="source-full"),
    path("photos/<int:pk>/route/", reprocessing.route, name="route"),
    path("photos/<int:pk>/reprocess/", reprocessing.reprocess, name="reprocess"),
    path("exports/", exports.index, name="exports"),
    path("exports/<int:pk>/", exports.detail, name="export"),
    path("exports/<int:pk>/progress/", exports.export_progress, name="export-progress"),
    path("exports/<int:pk>/archive/", exports.archive, name="export-archive"),
    path("recipes/", recipes.index, name="recipes"),
    path("recipes/<int:pk>/", recipes.detail, name="recipe"),
]
