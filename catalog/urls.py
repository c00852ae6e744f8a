"""Addresses of the catalog app."""

from django.urls import path

from catalog.views import batches, catalogs, photos, pictures, products, samples, sheets, tokens, tus, uploads, webhooks

app_name = "catalog"

urlpatterns = [
    path("catalogs/", catalogs.index, name="catalogs"),
    path("catalogs/new/", catalogs.new, name="new"),
    path("catalogs/sample/", samples.start, name="sample"),
    path("catalogs/sample/progress/", samples.progress, name="sample-progress"),
    path("catalogs/<slug:slug>/", catalogs.detail, name="catalog"),
    path("catalogs/<slug:slug>/settings/", catalogs.settings, name="settings"),
    path("catalogs/<slug:slug>/products/", products.index, name="products"),
    path("catalogs/<slug:slug>/sheet/", sheets.upload, name="sheet"),
    path("products/<int:pk>/", products.detail, name="product"),
    path("sheets/<int:pk>/", sheets.report, name="sheet-report"),
    path("sheets/<int:pk>/columns/", sheets.columns, name="sheet-columns"),
    path("sheets/<int:pk>/discard/", sheets.discard, name="sheet-discard"),
    path("sheets/<int:pk>/rows-not-taken.csv", sheets.refusals, name="sheet-refusals"),
    path("batches/<int:pk>/", batches.detail, name="batch"),
    path("photos/<int:pk>/", photos.detail, name="photo"),
    path("photos/<int:pk>/picture/<slug:kind>/", pictures.picture, name="picture"),
    path("catalogs/<slug:slug>/upload/", uploads.new, name="upload-new"),
    path("catalogs/<slug:slug>/upload/open/", uploads.create, name="upload-create"),
    path("uploads/<int:pk>/", uploads.detail, name="upload"),
    path("uploads/<int:pk>/finish/", uploads.finish, name="upload-finish"),
    path("uploads/<int:pk>/recheck/", uploads.recheck, name="upload-recheck"),
    path("uploads/<int:pk>/refused.csv", uploads.refused_csv, name="upload-refused"),
    path("uploads/<int:pk>/tus/", tus.create, name="tus"),
    path("uploads/tus/<uuid:pk>/", tus.file, name="tus-file"),
    path("uploads/<int:pk>/start/", batches.start, name="upload-start"),
    path("webhooks/", webhooks.index, name="webhooks"),
    path("webhooks/<int:pk>/ping/", webhooks.ping, name="webhook-ping"),
    path("webhooks/<int:pk>/stop/", webhooks.stop, name="webhook-stop"),
    path("tokens/", tokens.index, name="tokens"),
    path("tokens/<int:pk>/revoke/", tokens.revoke, name="token-revoke"),
]
