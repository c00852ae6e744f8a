"""Addresses of the review app."""

from django.urls import path

from review.views import complaints, dashboard, people, targets

app_name = "review"

urlpatterns = [
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("dashboard/targets/", targets.edit, name="targets"),
    path("dashboard/<slug:name>/", dashboard.one_metric, name="metric"),
    path("complaints/", complaints.index, name="complaints"),
    path("complaints/new/", complaints.new, name="complaint-new"),
    path("complaints/<int:pk>/", complaints.detail, name="complaint"),
    path("people/", people.index, name="people"),
    path("people/<int:pk>/link/", people.link, name="person-link"),
    path("people/<int:pk>/active/", people.set_active, name="person-active"),
    path("people/<int:pk>/roles/", people.roles, name="person-roles"),
]
