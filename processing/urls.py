"""Addresses of the processing app."""

from django.urls import path

from processing.views import exports, mockups, pictures, progress, recipes, reprocessing, scenes, viewer

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
    path("catalogs/<slug:slug>/scenes/", scenes.index, name="scenes"),
    path("scenes/<int:pk>/", scenes.detail, name="scene"),
    path("scenes/<int:pk>/preview/", scenes.preview, name="scene-preview"),
    path("scenes/<int:pk>/looks/<slug:token>/", scenes.look, name="scene-look"),
    path("scenes/<int:pk>/front/", scenes.front, name="scene-front"),
    path("scenes/<int:pk>/retire/", scenes.retire, name="scene-retire"),
    path("scenes/<int:pk>/pictures/<slug:kind>/", scenes.picture, name="scene-picture"),
    path("catalogs/<slug:slug>/mockups/", mockups.index, name="mockups"),
    path("catalogs/<slug:slug>/mockups/new/", mockups.new, name="mockups-new"),
    path("catalogs/<slug:slug>/mockups/progress/", mockups.progress, name="mockups-progress"),
    path("mockups/<int:pk>/decide/", mockups.decide, name="mockup-decide"),
    path("mockups/<int:pk>/undo/", mockups.undo, name="mockup-undo"),
    path("mockups/<int:pk>/pictures/<slug:kind>/", mockups.picture, name="mockup-picture"),
    path("recipes/", recipes.index, name="recipes"),
    path("recipes/<int:pk>/", recipes.detail, name="recipe"),
]
