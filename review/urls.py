"""Addresses of the review app."""

from django.urls import path

from review.views import batches, complaints, dashboard, escalations, people, photos, procedure, queue, repairs, targets

app_name = "review"

urlpatterns = [
    path("review/", queue.page, name="queue"),
    path("review/claim/", queue.claim, name="claim"),
    path("review/decide/", queue.decide, name="decide"),
    path("review/undo/", queue.undo, name="undo"),
    path("review/keep/", queue.keep, name="keep"),
    path("review/release/", queue.release, name="release"),
    path("review/picture/<uuid:token>/<slug:kind>/", queue.picture, name="picture"),
    path("review/manual/", repairs.lane, name="repairs"),
    path("review/repair/<int:pk>/", repairs.editor, name="repair"),
    path("review/repair/<int:pk>/source/", repairs.source, name="repair-source"),
    path("review/repair/<int:pk>/mask/", repairs.mask, name="repair-mask"),
    path("review/repair/<int:pk>/save/", repairs.save, name="repair-save"),
    path("review/repair/<int:pk>/reprocess/", repairs.reprocess, name="repair-reprocess"),
    path("review/repair/<int:pk>/original/", repairs.original, name="repair-original"),
    path("review/batches/<int:pk>/", batches.panel, name="batch-panel"),
    path("review/batches/<int:pk>/widen/", batches.widen, name="batch-widen"),
    path("review/photos/<int:pk>/", photos.history, name="photo-history"),
    path("review/photos/<int:pk>/audit/", photos.audit, name="audit"),
    path("review/photos/<int:pk>/escalate/", escalations.raise_by_hand, name="escalate"),
    path("escalations/", escalations.board, name="escalations"),
    path("escalations/<int:pk>/", escalations.detail, name="escalation"),
    path("escalations/<int:pk>/acknowledge/", escalations.acknowledge, name="escalation-acknowledge"),
    path("escalations/<int:pk>/contain/", escalations.contain, name="escalation-contain"),
    path("escalations/<int:pk>/explain/", escalations.explain, name="escalation-explain"),
    path("escalations/<int:pk>/offer/", escalations.offer, name="escalation-offer"),
    path("escalations/<int:pk>/answer/", escalations.answer, name="escalation-answer"),
    path("escalations/<int:pk>/close/", escalations.close, name="escalation-close"),
    path("escalations/procedure/", procedure.page, name="procedure"),
    path("escalations/procedure/change/", procedure.change, name="procedure-change"),
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
