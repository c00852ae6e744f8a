"""The complaint pages over HTTP: find the product, record, look at the list."""

from collections.abc import Callable

from django.contrib.auth.models import User
from django.test import Client

from catalog.flow import Stage
from catalog.models import Photo
from review.models import Complaint
from tests import factories
from tests.review import boards

SignIn = Callable[[User], Client]


def delivered(sku: str = "MUG-01") -> Photo:
    catalog = factories.make_catalog(marketplaces=["amazon", "shopify"])
    product = factories.make_product(catalog, sku=sku, title="Blue mug")
    photo = factories.make_photo(factories.make_upload(catalog), product=product, stage=Stage.DELIVERED)
    boards.make_bare_output(photo)
    return photo


def test_the_product_is_found_by_a_part_of_its_sku_or_title(manager: User, as_user: SignIn) -> None:
    photo = delivered()
    client = as_user(manager)
    for words in ("mug-0", "blue"):
        page = client.get("/complaints/new/", {"q": words}).content.decode()
        assert f"?product={photo.product_id}" in page
    assert "No product has" in client.get("/complaints/new/", {"q": "teapot"}).content.decode()
    assert client.get("/complaints/new/", {"q": "x" * 60_000}).status_code == 200


def test_a_complaint_is_recorded_from_a_photo_and_its_page_shows_what_became_of_it(
    manager: User, as_user: SignIn
) -> None:
    photo, client = delivered(), as_user(manager)
    address = f"/complaints/new/?photo={photo.pk}"
    form = client.get(address).context["form"]
    assert form.initial["photo"] == photo
    assert [value for value, _ in form.fields["marketplace"].choices] == ["", "amazon", "shopify"]
    given = {"photo": photo.pk, "marketplace": "amazon", "defect": "edge", "note": "White line"}
    page = client.post(address, given, follow=True)
    text = page.content.decode()
    assert "back in review" in text and "White line" in text and "Nobody had looked" in text
    assert [event.now for event in page.context["since"]] == [Stage.IN_REVIEW]
    photo.refresh_from_db()
    assert photo.stage == Stage.IN_REVIEW


def test_a_form_that_lacks_something_says_so(manager: User, as_user: SignIn) -> None:
    photo, other = delivered(), delivered("CUP-02")
    response = as_user(manager).post(
        f"/complaints/new/?product={photo.product_id}", {"photo": other.pk, "marketplace": "moon", "defect": ""}
    )
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"photo", "marketplace", "defect"}
    assert not Complaint.objects.exists()


def test_an_address_that_leads_nowhere_is_not_found(manager: User, as_user: SignIn) -> None:
    client = as_user(manager)
    for query in ("?photo=999999", "?product=x", "?photo=" + "9" * 40, "?product=²"):
        assert client.get(f"/complaints/new/{query}").status_code == 404
    assert client.get("/complaints/999999/").status_code == 404


def test_the_list_takes_as_many_queries_for_many(
    manager: User, reviewer: User, as_user: SignIn, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    client = as_user(manager)
    assert "No complaint yet" in client.get("/complaints/").content.decode()
    for number in range(8):
        photo = delivered(f"MUG-{number}")
        assert photo.product
        values = {"catalog": photo.catalog, "product": photo.product, "photo": photo, "defect": "edge", "by": manager}
        Complaint.objects.create(output=photo.outputs.get(), **values)
    with django_assert_max_num_queries(10):  # type: ignore[attr-defined]
        page = client.get("/complaints/").content.decode()
    assert page.count("nobody had looked") == 8


def complain(photo: Photo, by: User, **values: object) -> Complaint:
    assert photo.product
    return Complaint.objects.create(
        **{"catalog": photo.catalog, "product": photo.product, "photo": photo, "defect": "edge", "by": by, **values}
    )


def test_a_complaint_is_closed_with_what_came_of_it_and_opened_again(manager: User, as_user: SignIn) -> None:
    complaint, client = complain(delivered(), manager), as_user(manager)
    address = f"/complaints/{complaint.pk}/"
    assert "open until somebody says" in client.get(address).content.decode()
    empty = client.post(f"{address}close/", {"ending": "", "note": "x"})
    assert empty.status_code == 422 and set(empty.context["form"].errors) == {"ending"}
    given = {"ending": "unfounded", "note": "The label really is crooked."}
    text = client.post(f"{address}close/", given, follow=True).content.decode()
    assert "The complaint is closed." in text and "The label really is crooked." in text
    assert "the picture is right" in text and "Close it" not in text
    late = client.post(f"{address}close/", {"ending": "settled", "note": "me, too"}, follow=True).content.decode()
    assert "closed it meanwhile" in late and "me, too" not in late
    assert "open again" in client.post(f"{address}reopen/", follow=True).content.decode()
    assert "open already" in client.post(f"{address}reopen/", follow=True).content.decode()
    complaint.refresh_from_db()
    assert (complaint.is_open, complaint.ending, complaint.closed_by) == (True, "", None)


def test_the_list_shows_open_ones_first_and_is_narrowed(manager: User, as_user: SignIn) -> None:
    client = as_user(manager)
    first, second = complain(delivered("A-1"), manager), complain(delivered("B-1"), manager, defect="colour")
    client.post(f"/complaints/{first.pk}/close/", {"ending": "corrected", "note": ""})

    def listed(query: str) -> list[int]:
        return [complaint.pk for complaint, _ in client.get(f"/complaints/{query}").context["rows"]]

    assert listed("") == [second.pk]
    assert listed("?show=closed") == [first.pk]
    assert listed("?show=all") == [second.pk, first.pk]
    assert listed("?show=nonsense") == [second.pk]
    assert listed("?show=all&defect=edge") == [first.pk]
    assert listed(f"?show=all&catalog={second.catalog.slug}") == [second.pk]
    page = client.get("/complaints/?show=all&defect=hole")
    assert "No such complaint" in page.content.decode()
    assert page.context["counts"] == {"open": 0, "closed": 0, "all": 0}


def test_the_manual_lane_and_the_editor_tell_what_a_customer_said(lead: User, as_user: SignIn) -> None:
    photo, client = delivered(), as_user(lead)
    Photo.objects.filter(pk=photo.pk).update(stage=Stage.FAILED)
    complaint = complain(photo, lead, note="White line")
    for address in ("/review/manual/", f"/review/repair/{photo.pk}/"):
        assert "Edge: White line" in client.get(address).content.decode()
    client.post(f"/complaints/{complaint.pk}/close/", {"ending": "settled", "note": ""})
    for address in ("/review/manual/", f"/review/repair/{photo.pk}/"):
        assert "White line" not in client.get(address).content.decode()
