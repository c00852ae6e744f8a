"""The API's calls about oneself, catalogs, their products and product sheets."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast, get_type_hints

from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from ninja.responses import Status
from pydantic import ValidationError, create_model

from catalog import catalog_forms, catalogs, products, sheet_files
from catalog.api.access import Bearer
from catalog.api.parts import Asked, Page, Paging, answers, check_size, found, page, takes_files
from catalog.api.problems import Problem, of_fields, of_form, of_values
from catalog.catalog_forms import NewCatalogForm, SettingsForm
from catalog.findings import Finding
from catalog.marketplaces import PRESETS
from catalog.models import Catalog, Product, SheetImport
from catalog.people import Role, name_of, roles_of
from catalog.sheet_forms import SheetForm
from catalog.standards import Standard

router = Router(tags=["Catalogs"])
MAKERS = (Role.OPERATOR, Role.LEAD, Role.MANAGER)
SENDERS = (Role.OPERATOR, Role.LEAD)


class Me(Schema):
    """Who one is here."""

    username: str
    name: str
    roles: list[str]


class Marketplace(Schema):
    """What an export can be made for."""

    slug: str = Field(description="What calls name it by.")
    label: str
    description: str


class CatalogOut(Schema):
    """A shop's or client's set of products."""

    id: str = Field(description="The word in the catalog's address.")
    name: str
    owner: str = Field(description="The username of the lead or manager whom it belongs to.")
    batch_size: int
    marketplaces: list[str]
    standard: dict[str, Any] = Field(description="What a source photo must meet.")
    products: int
    photos: int
    stages: dict[str, int] = Field(description="Photos by the stage that they are in.")
    batches_in_work: int
    created_at: datetime


class NewCatalog(Asked):
    """What a catalog needs to begin with; leads change the rest in its settings."""

    name: str = Field("", description="The shop or client.")
    owner: str | None = Field(None, description="A lead's or manager's username; without, oneself or the only one.")
    min_edge: int = Field(Standard().min_edge, description="Shortest accepted longest edge, pixels.")
    marketplaces: list[str] = Field([], description="What its exports offer first.")


class CatalogChange(Asked):
    """What of a catalog's settings is to be otherwise."""

    name: str | None = None
    owner: str | None = Field(None, description="A lead's or manager's username.")
    batch_size: int | None = Field(None, description="How many photos a batch takes.")
    marketplaces: list[str] | None = None
    standard: dict[str, Any] | None = Field(None, description="Parts of the intake standard, as the catalog tells it.")


# Made from the standard itself, each of its fields as it is kept there.
StandardChange: type[Asked] = create_model(  # type: ignore[call-overload]
    "StandardChange", __base__=Asked, **{name: (kind, None) for name, kind in get_type_hints(Standard).items()}
)


class Changed(CatalogOut):
    """A catalog as it is now."""

    rechecked: int = Field(description="Refused photos that are inspected again because of it.")


class ProductOut(Schema):
    """An article, known by its SKU."""

    id: int
    sku: str
    title: str
    description: str
    category: str
    colour: str
    material: str
    brand: str
    gtin: str
    asin: str
    handle: str
    updated_at: datetime


class RowRefused(Schema):
    """A row of a sheet that was not taken, and why."""

    row: int | None
    sku: str
    code: str
    message: str


class SheetOut(Schema):
    """What was taken of a product sheet, and what was not."""

    id: int
    name: str
    state: str = Field(description="done, waiting (nobody knows which column holds the SKU) or refused.")
    taken: int = Field(description="Rows that became products, or already were: created + updated + unchanged.")
    created: int
    updated: int
    unchanged: int
    rechecked: int = Field(description="Refused photos that are inspected again because of it.")
    columns: dict[str, str] = Field(description="Field to the heading of the column that it was read from.")
    refused: list[RowRefused]
    notes: list[str]
    at: datetime


@router.get("/me", auth=Bearer(), response=answers(Me), url_name="me", summary="Who the token stands for")
def me(request: HttpRequest) -> dict[str, Any]:
    """The person whose token it is, with the roles that say what they may do."""
    user = cast(User, request.user)
    roles = [role.value for role in Role if role in roles_of(user)]
    return {"username": user.username, "name": name_of(user), "roles": roles}


@router.get(
    "/marketplaces", auth=Bearer(*Role), response=answers(list[Marketplace]), url_name="marketplaces",
    summary="What exports can be made for",
)  # fmt: skip
def marketplaces(request: HttpRequest) -> list[dict[str, str]]:
    """Every preset, with the word by which catalogs and exports name it."""
    return [{"slug": one.slug, "label": one.label, "description": one.description} for one in PRESETS]


@router.get(
    "/catalogs", auth=Bearer(*Role), response=answers(Page[CatalogOut], 422), url_name="catalogs",
    summary="All catalogs",
)  # fmt: skip
def index(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """Every catalog by name, with its products and photos by stage."""
    return page(request, Catalog.objects.select_related("owner"), paging, catalog_rows)


@router.post(
    "/catalogs", auth=Bearer(*MAKERS), response=answers(CatalogOut, 400, 413, 422, status=201), url_name="catalogs-new",
    summary="Make a catalog",
)  # fmt: skip
def create(request: HttpRequest, asked: NewCatalog) -> Status[dict[str, Any]]:
    """A new, empty catalog. Its name must be free."""
    form = NewCatalogForm({**asked.dict(), "owner": owner_called(asked.owner, request)})
    made = form.create() if form.is_valid() else None
    if made is None:
        raise of_form(form)
    return Status(201, catalog_rows([made])[0])


@router.get(
    "/catalogs/{id}", auth=Bearer(*Role), response=answers(CatalogOut, 404), url_name="catalog", summary="One catalog"
)
def detail(request: HttpRequest, id: str) -> dict[str, Any]:
    """What a catalog asks for, and how its photos stand."""
    return catalog_rows([catalog_called(id)])[0]


@router.patch(
    "/catalogs/{id}", auth=Bearer(Role.LEAD, Role.MANAGER), response=answers(Changed, 400, 404, 413, 422),
    url_name="catalog-change", summary="Change a catalog's settings",
)  # fmt: skip
def change(request: HttpRequest, id: str, asked: CatalogChange) -> dict[str, Any]:
    """What is named is changed, all else stays. Under another standard, photos that were refused because of the old one
    are inspected again."""
    catalog = catalog_called(id)
    named = asked.dict(exclude_unset=True)
    if "owner" in named:
        if not asked.owner:
            raise of_fields({"owner": ["A catalog always belongs to somebody; name a lead or manager."]})
        named["owner"] = owner_called(asked.owner, request)
    standard = _standard_fields(named.pop("standard", None) or {})
    form = SettingsForm({**SettingsForm(catalog=catalog).as_it_is, **named, **standard}, catalog=catalog)
    if not form.is_valid():
        raise of_form(form)
    rechecked = form.write(cast(User, request.user))
    return {**catalog_rows([catalog_called(id)])[0], "rechecked": rechecked}


@router.get(
    "/catalogs/{id}/products", auth=Bearer(*Role), response=answers(Page[ProductOut], 404, 422),
    url_name="products", summary="A catalog's products",
)  # fmt: skip
def product_index(request: HttpRequest, id: str, paging: Query[Paging], sku: str = "") -> dict[str, Any]:
    """Products by SKU; `sku` asks for the one that has it."""
    rows = Product.objects.filter(catalog=catalog_called(id), **({"sku": sku} if sku else {}))
    return page(request, rows, paging, lambda part: [ProductOut.from_orm(one).dict() for one in part])


@router.post(
    "/catalogs/{id}/products", auth=Bearer(*SENDERS), response=answers(SheetOut, 400, 404, 413, 422, status=201),
    url_name="products-new", summary="Hand in a product sheet", openapi_extra=takes_files("file", many=False),
)  # fmt: skip
def import_sheet(request: HttpRequest, id: str) -> Status[dict[str, Any]]:
    """A CSV or XLSX file, one row a product. Products are created and updated by their SKU at once; rows that can't be
    taken are listed with the reason. A sheet whose columns are not recognised waits until somebody names them on its
    page, and is answered with 422."""
    catalog = catalog_called(id)
    check_size(request, sheet_files.MAX_BYTES)
    form = SheetForm(None, request.FILES) if request.FILES else SheetForm({})
    if not form.is_valid():
        raise of_form(form)
    file = cast("UploadedFile[Any]", form.cleaned_data["file"])
    record = products.receive_sheet(catalog, file.name or "sheet", file.read(), cast(User, request.user))
    _must_be_taken(record)
    return Status(201, sheet_row(record))


@router.get(
    "/sheets/{int:id}",
    auth=Bearer(*Role),
    response=answers(SheetOut, 404),
    url_name="sheet",
    summary="One product sheet",
)
def sheet(request: HttpRequest, id: int) -> dict[str, Any]:
    """What was taken of a sheet, and every row that was not."""
    return sheet_row(found(SheetImport.objects.all(), "sheet", pk=id))


def catalog_called(slug: str) -> Catalog:
    """The catalog with this id. Raises Problem, 404."""
    return found(Catalog.objects.select_related("owner"), "catalog", slug=slug)


def catalog_rows(found: Sequence[Catalog]) -> list[dict[str, Any]]:
    """Catalogs as CatalogOut has them; three queries however many there are."""
    return [{**_settings(row["catalog"]), **_counts(row)} for row in catalogs.counted(found)]


def sheet_row(record: SheetImport) -> dict[str, Any]:
    """A sheet as SheetOut has it."""
    counts = {name: getattr(record, name) for name in ("created", "updated", "unchanged", "rechecked")}
    return {
        **counts,
        "id": record.pk,
        "name": record.name,
        "state": record.state,
        "taken": record.created + record.updated + record.unchanged,
        "columns": record.mapping,
        "refused": [
            {name: refusal[name] for name in ("row", "sku", "code")} | {"message": _finding(refusal).message}
            for refusal in record.refusals
        ],
        "notes": [_finding(note).message for note in record.notes],
        "at": record.at,
    }


def _settings(catalog: Catalog) -> dict[str, Any]:
    return {
        "id": catalog.slug,
        "name": catalog.name,
        "owner": catalog.owner.username,
        "batch_size": catalog.batch_size,
        "marketplaces": catalog.marketplaces,
        "standard": catalog.intake_standard.as_dict(),
        "created_at": catalog.created_at,
    }


def _counts(row: dict[str, Any]) -> dict[str, Any]:
    stages = {entry["stage"]: entry["count"] for entry in row["stages"]}
    return {"products": row["products"], "photos": row["photos"], "stages": stages, "batches_in_work": row["batches"]}


def owner_called(username: str | None, request: HttpRequest) -> int:
    """The key of the owner that the form is to have. Raises Problem where nobody who may own one is meant."""
    known = list(catalogs.owners())
    named = next((one for one in known if one.username == username), None)
    if owner := named if username else catalogs.usual_owner(request.user):
        return owner.pk
    names = ", ".join(one.username for one in known) or "nobody yet"
    found = f"{username} is no lead or manager." if username else "Say whose it is: one lead's or manager's."
    raise of_fields({"owner": [f"{found} There are: {names}."]})


def _standard_fields(named: dict[str, Any]) -> dict[str, Any]:
    """Parts of a standard, as the form has them. Raises Problem."""
    try:
        values = StandardChange.model_validate(named).model_dump(exclude_unset=True)
    except ValidationError as error:
        raise of_values(error.errors()) from error
    return {name: catalog_forms.shown(name, value) for name, value in values.items()}


def _finding(kept: dict[str, Any]) -> Finding:
    return Finding(**{name: kept[name] for name in ("code", "measured", "wanted", "action")})


def _must_be_taken(record: SheetImport) -> None:
    """Raises Problem where nothing was taken of a sheet as a whole."""
    if record.state == SheetImport.State.REFUSED:
        finding = _finding(record.refusals[0])
        raise Problem(422, finding.message, code=finding.code, fields={"file": [finding.message]})
    if record.state == SheetImport.State.WAITING:
        columns = ", ".join(products.reading_of(record).columns[:20])
        action = f"Call it SKU, or name it at /sheets/{record.pk}/columns/."
        words = f"No column is recognised as the SKU, of: {columns}. {action}"
        raise Problem(422, words, code="sheet_without_sku", fields={"file": [words]})
