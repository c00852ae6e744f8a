"""Catalogs, products and photos as they were given to us. A photo's stage is written by catalog.stages alone."""

import uuid
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from catalog.findings import TITLES
from catalog.flow import BatchState, Stage
from catalog.segments import ColourFamily, Complexity, Route, Segment
from catalog.standards import Standard


class Catalog(models.Model):
    """A shop's or client's set of products, with its intake standard, marketplaces and owner."""

    name = models.CharField(max_length=120, unique=True)
    slug = models.SlugField(max_length=120, unique=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="owned_catalogs")
    standard = models.JSONField(default=dict, blank=True, help_text="What differs from the default standard.")
    marketplaces = models.JSONField(default=list, blank=True)
    batch_size = models.PositiveSmallIntegerField(default=50)
    route_sizes: "models.JSONField[dict[str, int]]" = models.JSONField(
        default=dict, blank=True, help_text="Route to the photos its next batch takes; written by review.policies."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def size_for(self, route: str) -> int:
        """How many photos the next batch of ``route`` takes: what its earlier batches have earned, or the base."""
        return int(self.route_sizes.get(route, self.batch_size))

    @property
    def intake_standard(self) -> Standard:
        """What a source photo of this catalog must meet."""
        return Standard.from_dict(self.standard)


class Product(models.Model):
    """An article, known by its SKU."""

    catalog = models.ForeignKey(Catalog, models.CASCADE, related_name="products")
    sku = models.CharField("SKU", max_length=80)
    title = models.CharField(max_length=300, blank=True)
    description = models.TextField(blank=True)
    category = models.CharField(max_length=80, blank=True)
    colour = models.CharField(max_length=80, blank=True)
    material = models.CharField(max_length=120, blank=True)
    brand = models.CharField(max_length=120, blank=True)
    gtin = models.CharField("GTIN", max_length=14, blank=True)
    asin = models.CharField("ASIN", max_length=10, blank=True)
    handle = models.CharField("URL handle", max_length=255, blank=True)
    height = models.CharField(max_length=20, blank=True, help_text="As it stands in a photo, such as 12.5 cm.")
    width = models.CharField(max_length=20, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["sku"]
        constraints = [models.UniqueConstraint(fields=["catalog", "sku"], name="one_product_a_sku")]

    def __str__(self) -> str:
        return f"{self.sku} {self.title}".strip()


class NamedFile(models.Model):
    """A file that a product sheet names as a picture of a product, so that its name need not hold the SKU."""

    catalog = models.ForeignKey(Catalog, models.CASCADE, related_name="named_files")
    product = models.ForeignKey(Product, models.CASCADE, related_name="named_files")
    name = models.CharField(max_length=255)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["catalog", "name"], name="one_product_a_named_file")]

    def __str__(self) -> str:
        return self.name


class Upload(models.Model):
    """One drop of files by one person."""

    catalog = models.ForeignKey(Catalog, models.CASCADE, related_name="uploads")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="uploads")
    name = models.CharField(max_length=200, blank=True)
    waits = models.BooleanField(default=False, help_text="Processing waits until somebody has looked at the routes.")
    ignored = models.JSONField(default=list, blank=True, help_text="System files that were left out, by name.")
    notes = models.JSONField(default=list, blank=True)
    run_source = models.CharField(
        max_length=500, blank=True, help_text="What a headless run takes in that has not ended: its command goes on."
    )
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    finished_at = models.DateTimeField(null=True, blank=True, help_text="When the last file had arrived.")

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name or f"Upload {self.pk}"


class Incoming(models.Model):
    """A file on its way in by tus, its bytes in INCOMING_DIR under its id; an archive stays until it is unpacked."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    upload = models.ForeignKey(Upload, models.CASCADE, related_name="incoming")
    name = models.CharField(max_length=500)
    size = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    archive = models.FileField(max_length=300, blank=True, help_text="The stored archive that is to be unpacked.")
    entries = models.PositiveIntegerField(default=0, help_text="How many files the archive holds.")
    taken = models.PositiveIntegerField(default=0, help_text="How many of them were taken out so far.")
    unpacked_at = models.DateTimeField(null=True, blank=True)
    fault: "models.JSONField[Any]" = models.JSONField(null=True, blank=True, help_text="Why it could not be unpacked.")

    def __str__(self) -> str:
        return self.name


class SheetImport(models.Model):
    """One product sheet as it came, what was taken of it, and every row that was not."""

    class State(models.TextChoices):
        WAITING = "waiting", "Needs its columns named"
        DONE = "done", "Taken"
        REFUSED = "refused", "Refused"

    catalog = models.ForeignKey(Catalog, models.CASCADE, related_name="sheets")
    upload = models.ForeignKey(Upload, models.CASCADE, null=True, blank=True, related_name="sheets")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    name = models.CharField(max_length=500)
    file = models.FileField(max_length=300)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    mapping: "models.JSONField[Any]" = models.JSONField(default=dict, blank=True, help_text="Field to column.")
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rechecked = models.PositiveIntegerField(default=0, help_text="Refused photos that were inspected again for it.")
    refusals: "models.JSONField[Any]" = models.JSONField(default=list, blank=True)
    notes: "models.JSONField[Any]" = models.JSONField(default=list, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name


class Batch(models.Model):
    """Photos of one route, accepted or rejected as one lot."""

    catalog = models.ForeignKey(Catalog, models.CASCADE, related_name="batches")
    upload = models.ForeignKey(Upload, models.CASCADE, related_name="batches")
    route = models.CharField(max_length=20, choices=Route)
    size = models.PositiveSmallIntegerField(help_text="How many photos it takes.")
    seed = models.BigIntegerField(help_text="What its random draw starts from.")
    state = models.CharField(max_length=12, choices=BatchState, default=BatchState.FILLING, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["upload", "route", "state"], name="batch_to_fill")]

    def __str__(self) -> str:
        return f"B{self.pk:05d}"


class Photo(models.Model):
    """One source picture of one product."""

    catalog = models.ForeignKey(Catalog, models.CASCADE, related_name="photos")
    upload = models.ForeignKey(Upload, models.CASCADE, related_name="photos")
    batch = models.ForeignKey(Batch, models.SET_NULL, null=True, blank=True, related_name="photos")
    product = models.ForeignKey(Product, models.SET_NULL, null=True, blank=True, related_name="photos")
    name = models.CharField(max_length=500, help_text="The file's name as it came, with its folder.")
    view = models.CharField(max_length=40, blank=True)
    source = models.FileField(max_length=300, blank=True)
    preview = models.FileField(max_length=300, blank=True)
    thumb = models.FileField(max_length=300, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    bytes = models.PositiveBigIntegerField(default=0)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    format = models.CharField(max_length=12, blank=True)
    profile = models.CharField(max_length=120, blank=True)
    notes = models.JSONField(default=list, blank=True, help_text="What was converted or assumed at intake.")
    traits = models.JSONField(default=dict, blank=True)
    category = models.CharField(max_length=80, blank=True)
    colour_family = models.CharField(max_length=12, choices=ColourFamily, blank=True)
    complexity = models.CharField(max_length=12, choices=Complexity, blank=True)
    route = models.CharField(max_length=20, choices=Route, blank=True)
    route_reason = models.CharField(max_length=300, blank=True)
    stage = models.CharField(max_length=12, choices=Stage, default=Stage.RECEIVED)
    stage_since = models.DateTimeField(auto_now_add=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            # The race-safe half of "exact duplicate": only one photo with these bytes gets past intake.
            models.UniqueConstraint(
                fields=["catalog", "sha256"],
                condition=~Q(sha256="") & ~Q(stage__in=[Stage.RECEIVED, Stage.REJECTED]),
                name="no_exact_duplicate_past_intake",
            )
        ]
        indexes = [
            models.Index(fields=["stage", "stage_since"], name="photo_stage_since"),
            models.Index(fields=["catalog", "stage"], name="photo_catalog_stage"),
            models.Index(fields=["batch", "stage"], name="photo_batch_stage"),
            models.Index(fields=["upload", "stage"], name="photo_upload_stage"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def file_name(self) -> str:
        """The file's name without its folder, for where room is scarce."""
        return PurePosixPath(self.name).name

    @property
    def segment(self) -> Segment:
        """What the photo is grouped by."""
        return Segment(self.category, self.colour_family, self.complexity)

    @property
    def folder(self) -> str:
        """Where the photo's files lie in the storage."""
        return f"catalogs/{self.catalog_id}/photos/{self.pk}"


class Rejection(models.Model):
    """Why intake refused a photo: one row a broken rule."""

    photo = models.ForeignKey(Photo, models.CASCADE, related_name="rejections")
    code = models.CharField(max_length=40, db_index=True)
    measured = models.CharField(max_length=300)
    wanted = models.CharField(max_length=300)
    action = models.CharField(max_length=300)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.code}: {self.measured}; wanted: {self.wanted}"

    @property
    def title(self) -> str:
        """The rule in words."""
        return TITLES.get(self.code, self.code)


class PhotoEvent(models.Model):
    """One move of a photo, only ever added: its timeline, the audit, and the source of metrics."""

    photo = models.ForeignKey(Photo, models.CASCADE, related_name="events")
    was = models.CharField(max_length=12, choices=Stage, blank=True)
    now = models.CharField(max_length=12, choices=Stage)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=500, blank=True)
    data: "models.JSONField[Any]" = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["now", "at"], name="event_now_at")]

    def __str__(self) -> str:
        return f"{self.photo_id}: {self.was or 'nothing'} to {self.now}"


class ApiToken(models.Model):
    """What a script signs in with instead of a person: as them, with their roles. Only its secret's SHA-256 is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80, help_text="What it is for, such as the program that uses it.")
    digest = models.CharField(max_length=64, unique=True)
    prefix = models.CharField(max_length=16, help_text="How the secret begins, to tell tokens from each other.")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To some minutes.")
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class ApiAnswer(models.Model):
    """What a call with an Idempotency-Key was answered with; no status yet while it is at work."""

    token = models.ForeignKey(ApiToken, models.CASCADE, related_name="answers")
    key = models.CharField(max_length=200)
    path = models.CharField(max_length=500)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the body.")
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    body: "models.JSONField[Any]" = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="one_answer_a_key")]

    def __str__(self) -> str:
        return f"{self.key}: {self.status or 'at work'}"


class Webhook(models.Model):
    """An address that is told of events. Its secret is kept as it is, since every event is signed with it."""

    address = models.CharField(max_length=500)
    secret = models.CharField(max_length=64)
    events = models.JSONField(default=list)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.address


class Delivery(models.Model):
    """One event for one webhook, from when it happened until it arrived or was given up."""

    hook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=40)
    data: "models.JSONField[Any]" = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True, db_index=True, help_text="When it is tried; empty: no more.")
    delivered_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="What the address answered last.")
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.event} for {self.hook_id}"
