"""Recipes, runs, outputs and exports. Rows are facts: a new recipe version, run or output is added, never changed."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Max, Q

from catalog.models import Batch, Catalog, Photo
from catalog.segments import ColourFamily, Complexity, Route


class Recipe(models.Model):
    """The parameters of a route for a segment, as a line of versions; an empty selector means any."""

    route = models.CharField(max_length=20, choices=Route)
    category = models.CharField(max_length=80, blank=True)
    colour_family = models.CharField(max_length=12, choices=ColourFamily, blank=True)
    complexity = models.CharField(max_length=12, choices=Complexity, blank=True)
    name = models.CharField(max_length=120)

    class Meta:
        ordering = ["route", "category", "colour_family", "complexity", "name"]
        constraints = [models.UniqueConstraint(fields=["route", "name"], name="one_recipe_a_name")]

    def __str__(self) -> str:
        return self.name


class RecipeVersion(models.Model):
    """One published set of parameters and limits; only ever replaced by a newer version."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        RETIRED = "retired", "Retired"

    recipe = models.ForeignKey(Recipe, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    parameters: "models.JSONField[Any]" = models.JSONField(help_text="Step name to its parameters.")
    limits: "models.JSONField[Any]" = models.JSONField(help_text="Check name to its flag and fail limits.")
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    note = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["recipe", "number"], name="one_version_a_number"),
            models.UniqueConstraint(fields=["recipe"], condition=Q(state="active"), name="one_active_version_a_recipe"),
        ]

    def __str__(self) -> str:
        return f"{self.recipe} v{self.number}"


class Run(models.Model):
    """One try of a machine at a photo, with everything needed to know how its output came about."""

    class Status(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        LOST = "lost", "Lost"

    photo = models.ForeignKey(Photo, models.CASCADE, related_name="runs")
    recipe_version = models.ForeignKey(RecipeVersion, models.PROTECT, related_name="runs")
    status = models.CharField(max_length=8, choices=Status, default=Status.RUNNING)
    worker = models.CharField(max_length=120, blank=True)
    model = models.CharField(max_length=80, blank=True)
    seconds: "models.JSONField[Any]" = models.JSONField(default=dict, help_text="Step to the seconds it took.")
    notes: "models.JSONField[Any]" = models.JSONField(default=list, help_text="Every fallback and assumption.")
    failure: "models.JSONField[Any]" = models.JSONField(null=True, help_text="Step, code, measured, wanted, action.")
    started_at = models.DateTimeField(auto_now_add=True)
    lease_until = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["photo"], condition=Q(status="running"), name="one_running_run_a_photo")
        ]
        indexes = [models.Index(fields=["status", "lease_until"], name="run_lease")]

    def __str__(self) -> str:
        return f"run {self.pk} of photo {self.photo_id}"


class OutputQuerySet(models.QuerySet["Output"]):
    """Finding the output that counts."""

    def latest_of(self, photos: "models.QuerySet[Photo] | list[int]") -> "OutputQuerySet":
        """The newest output of each of ``photos``, in one query."""
        newest = self.filter(photo__in=photos).values("photo").annotate(newest=Max("pk")).values("newest")
        return self.filter(pk__in=newest)


class Output(models.Model):
    """One result of one run or one repair. The newest output of a photo is the one that counts.

    The alpha lies in the source's own geometry, and so does the joint, a PNG that names its place; every export renders
    from the source, these two and ``parameters``.
    The preview is the result on its white canvas at screen size; ``placement`` says where the source lies under it.
    """

    class Verdict(models.TextChoices):
        PASS = "pass", "Pass"
        FLAG = "flag", "Flag"
        FAIL = "fail", "Fail"

    photo = models.ForeignKey(Photo, models.CASCADE, related_name="outputs")
    run = models.OneToOneField(Run, models.PROTECT, null=True, blank=True, related_name="output")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="repairs")
    recipe_version = models.ForeignKey(RecipeVersion, models.PROTECT, related_name="outputs")
    parameters: "models.JSONField[Any]" = models.JSONField(default=dict)
    alpha = models.FileField(max_length=300)
    joint = models.FileField(
        max_length=300, blank=True, help_text="What lies under the cut-out, such as the inside of a neck; few have one."
    )
    preview = models.FileField(max_length=300)
    thumb = models.FileField(max_length=300)
    sha256 = models.CharField(
        max_length=64, help_text="Of source, alpha, joint and parameters; a decision is pinned to it."
    )
    width = models.PositiveIntegerField(help_text="Of the full-size canvas, in pixels.")
    height = models.PositiveIntegerField()
    placement: "models.JSONField[Any]" = models.JSONField(
        default=dict, help_text="Scale and offset from source to full-size canvas."
    )
    verdict = models.CharField(max_length=4, choices=Verdict)
    risk = models.FloatField(help_text="Chance of rejection, 0 to 1.")
    readings: "models.JSONField[Any]" = models.JSONField(default=dict, help_text="Check name to its value or null.")
    reasons: "models.JSONField[Any]" = models.JSONField(default=list, help_text="What drove verdict and risk.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OutputQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["photo", "-id"], name="output_newest")]

    def __str__(self) -> str:
        return f"output {self.pk} of photo {self.photo_id}"


class Rendition(models.Model):
    """An output's picture for one marketplace that nobody has ordered yet; the export that is takes it.

    No fact but a store of work: it may go at any time.
    """

    output = models.ForeignKey(Output, models.CASCADE, related_name="renditions")
    marketplace = models.CharField(max_length=30)
    key = models.CharField(max_length=64, help_text="SHA-256 of all that it was made of.")
    file = models.FileField(max_length=300)
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    alt_text = models.CharField(max_length=600, blank=True)
    notes: "models.JSONField[Any]" = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["output", "marketplace"], name="one_rendition_an_output_and_marketplace")
        ]

    def __str__(self) -> str:
        return f"{self.marketplace} of output {self.output_id}"


class Truth(models.Model):
    """A mask that a person made, kept as what is true of the photo; parameters and limits are tuned against it.

    The output's alpha is the mask as it counts. ``drawn`` is what was painted before the edge shift; the editor goes on
    from there. Segment, route and recipe version are those of the cut-out that had to be mended, as they were then.
    """

    class How(models.TextChoices):
        EDITOR = "editor", "In the mask editor"
        UPLOAD = "upload", "In another program"

    photo = models.ForeignKey(Photo, models.CASCADE, related_name="truths")
    output = models.OneToOneField(Output, models.CASCADE, related_name="truth")
    mended = models.ForeignKey(
        Output, models.SET_NULL, null=True, blank=True, related_name="+", help_text="What the person began with."
    )
    recipe_version = models.ForeignKey(RecipeVersion, models.PROTECT, related_name="truths")
    route = models.CharField(max_length=20, choices=Route)
    category = models.CharField(max_length=80, blank=True)
    colour_family = models.CharField(max_length=12, choices=ColourFamily, blank=True)
    complexity = models.CharField(max_length=12, choices=Complexity, blank=True)
    drawn = models.FileField(max_length=300, help_text="The mask before the edge shift, in the photo's own geometry.")
    edge: "models.JSONField[Any]" = models.JSONField(default=dict, help_text="The edge shift, as the step takes it.")
    changed = models.FloatField(
        null=True, help_text="Opacity that was added or taken away, as a share of the true mask's; empty: all is new."
    )
    how = models.CharField(max_length=8, choices=How)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["route", "category"], name="truth_segment")]

    def __str__(self) -> str:
        return f"truth of photo {self.photo_id}"


class Scene(models.Model):
    """A picture of a place in which a catalog's products are shown, and where in it they go.

    The slot may be marked anew: each mock-up keeps the one that it was made with.
    """

    catalog = models.ForeignKey(Catalog, models.CASCADE, related_name="scenes")
    name = models.CharField(max_length=60)
    picture = models.FileField(max_length=300, help_text="In sRGB, at the size in which mock-ups are made.")
    thumb = models.FileField(max_length=300)
    occlusion = models.FileField(max_length=300, blank=True, help_text="White where something stands in front.")
    sha256 = models.CharField(max_length=64, help_text="Of the picture as it was stored, and of the occlusion.")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    slot: "models.JSONField[Any]" = models.JSONField(default=dict, help_text="As processing.imaging.slots has it.")
    marked = models.BooleanField(default=False, help_text="A person has said where products go.")
    drawn = models.BooleanField(default=False, help_text="It was made on a computer, and is no photo.")
    made = models.CharField(max_length=40, blank=True, help_text="IPTC's word, where it says that a model made it.")
    notes: "models.JSONField[Any]" = models.JSONField(default=list)
    retired = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["retired", "name"]
        constraints = [models.UniqueConstraint(fields=["catalog", "name"], name="one_scene_a_name")]

    def __str__(self) -> str:
        return self.name


class Mockup(models.Model):
    """An output shown in a scene: ordered, made, and taken or not by a person. Only processing.mockups writes it."""

    class State(models.TextChoices):
        QUEUED = "queued", "Being made"
        WAITING = "waiting", "Waits for review"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        FAILED = "failed", "Could not be made"

    output = models.ForeignKey(Output, models.CASCADE, related_name="mockups")
    scene = models.ForeignKey(Scene, models.PROTECT, related_name="mockups")
    slot: "models.JSONField[Any]" = models.JSONField(help_text="The scene's, as it was then.")
    key = models.CharField(max_length=64, help_text="SHA-256 of all that it is made of.")
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    attempts = models.PositiveSmallIntegerField(default=0)
    file = models.FileField(max_length=300, blank=True)
    thumb = models.FileField(max_length=300, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    box: "models.JSONField[Any]" = models.JSONField(default=list, help_text="Left, top, right, bottom of the product.")
    notes: "models.JSONField[Any]" = models.JSONField(default=list)
    failure = models.CharField(max_length=500, blank=True)
    reason = models.CharField(max_length=20, blank=True, help_text="Why it was rejected.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(null=True, blank=True, help_text="When that was decided.")
    created_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["output", "scene", "key"], name="one_mockup_of_the_same")]
        indexes = [models.Index(fields=["state", "touched_at"], name="mockup_state_touched")]

    def __str__(self) -> str:
        return f"{self.scene} with output {self.output_id}"


class Export(models.Model):
    """One delivery of released photos to one or more marketplaces."""

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    catalog = models.ForeignKey(Catalog, models.CASCADE, related_name="exports")
    batch = models.ForeignKey(Batch, models.SET_NULL, null=True, blank=True, related_name="exports")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    marketplaces: "models.JSONField[Any]" = models.JSONField(default=list)
    unreviewed = models.BooleanField(default=False, help_text="Also what still waits for review; the manifest says so.")
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    total = models.PositiveIntegerField(default=0)
    archive = models.FileField(max_length=300, blank=True)
    archive_bytes = models.PositiveBigIntegerField(default=0)
    notes: "models.JSONField[Any]" = models.JSONField(default=list)
    left_out: "models.JSONField[Any]" = models.JSONField(
        default=list, help_text="File and reason of each photo left out."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(auto_now=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"X{self.pk:05d}"


class ExportFile(models.Model):
    """One picture of an export: planned when the export is ordered, then written once, or left out with the reason."""

    export = models.ForeignKey(Export, models.CASCADE, related_name="files")
    photo = models.ForeignKey(Photo, models.CASCADE, related_name="exported")
    output = models.ForeignKey(Output, models.PROTECT, related_name="exported")
    mockup = models.ForeignKey(
        Mockup, models.PROTECT, null=True, blank=True, related_name="exported", help_text="Empty: the cut-out itself."
    )
    marketplace = models.CharField(max_length=30)
    name = models.CharField(max_length=300)
    position = models.PositiveIntegerField(default=0, help_text="Among the product's pictures, from 0.")
    file = models.FileField(max_length=300, blank=True)
    left_out = models.CharField(max_length=500, blank=True, help_text="Why there is no picture.")
    sha256 = models.CharField(max_length=64, blank=True)
    bytes = models.PositiveBigIntegerField(default=0)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    alt_text = models.CharField(max_length=600, blank=True)
    notes: "models.JSONField[Any]" = models.JSONField(default=list)

    class Meta:
        ordering = ["marketplace", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["export", "photo", "marketplace"],
                condition=Q(mockup=None),
                name="one_file_a_photo_and_marketplace",
            ),
            models.UniqueConstraint(
                fields=["export", "mockup", "marketplace"], name="one_file_a_mockup_and_marketplace"
            ),
        ]
        indexes = [
            models.Index(fields=["export", "photo"], condition=Q(file="", left_out=""), name="export_file_to_write")
        ]

    def __str__(self) -> str:
        return f"{self.marketplace}/{self.name}"
