"""Makes trials that are through, with the scores of our choosing."""

from django.contrib.auth.models import User
from django.utils import timezone

from processing.imaging.likeness import NOTHING
from processing.models import Recipe
from review.models import Replay, Trial
from tests import factories

RIGHT = {"sad": 0.0, "boundary": 1.0, "blob": 0.0}
WRONG = {"sad": 0.2, "boundary": 0.5, "blob": 0.1}
LOST = {"sad": NOTHING.sad, "boundary": NOTHING.boundary, "blob": NOTHING.blob}


def a_trial(recipe: Recipe, lead: User, *, mended: int = 6, approved: int = 2, helps: bool = True) -> Trial:
    """A trial that is through, of two changes: one that makes the mended ones right, and one that loses the product."""
    version = recipe.versions.get(state="active")
    good = {"step": "clean", "parameter": "hole", "value": 0.5}
    bad = {"step": "refine", "parameter": "sharpness", "value": 3.0}
    trial = Trial.objects.create(
        recipe=recipe,
        version=version,
        changes=[bad, good],
        known={"mended": mended, "approved": approved},
        by=lead,
        state=Trial.State.DONE,
        finished_at=timezone.now(),
    )
    for kind, count, now in (("mended", mended, WRONG), ("approved", approved, RIGHT)):
        for _ in range(count):
            output = factories.make_output(recipe_version=version)
            scores = {"": now, "clean.hole=0.5": RIGHT if helps else now, "refine.sharpness=3.0": LOST}
            Replay.objects.create(trial=trial, photo=output.photo, right=output, kind=kind, scores=scores)
    return trial
