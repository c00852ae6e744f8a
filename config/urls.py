"""Every address of the site, by the app that owns it."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path
from django.views.generic import TemplateView

from config.api import api
from config.api_reference import reference
from config.health import health
from config.sign_in import LinkView
from review.views.home import home

urlpatterns = [
    path("", home, name="home"),
    path("", include("review.urls")),
    path("", include("processing.urls")),
    path("", include("catalog.urls")),
    path("sign-in/", LoginView.as_view(redirect_authenticated_user=True), name="sign-in"),
    path("sign-in/link/", LinkView.as_view(), name="sign-in-link"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("health/", health, name="health"),
    path("api/", reference, name="api-reference"),
    path("api/v1/", api.urls),
    path("admin/", admin.site.urls),
]

if settings.DEBUG:
    urlpatterns.append(path("gallery/", TemplateView.as_view(template_name="gallery.html"), name="gallery"))
