"""The JSON API: the listing's answers for programs, its description, and problems that name what is wrong."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from flask import Flask
from openapi_spec_validator import validate
from sqlalchemy.orm import Session

from app.core.parts import part
from app.listing.indexing import reindex
from app.listing.search import SearchBackend
from tests.factories.catalogue import make_photo, make_product, make_variant
from tests.factories.certification import make_certificate
from tests.factories.client import Visitor
from tests.factories.places import YEN_BAI
from tests.factories.supply import make_batch


@pytest.fixture
def tea(session: Session) -> str:
    product = make_product(session, name="Chè Shan", province_id=YEN_BAI, group_code="food")
    make_certificate(session, product=product, stars=4)
    make_batch(session, variant=make_variant(session, product=product))
    return product.slug


def test_it_answers_exactly_what_is_promised(tea: str, client: Visitor) -> None:
    answer = client.get("/api/v1/products").get_json()
    assert set(answer) == {"items", "total", "page", "per_page", "facets"}
    assert set(answer["facets"]) == {"province", "stars", "group", "kind", "standing"}
    assert (answer["total"], answer["page"], answer["per_page"]) == (1, 1, 24)
    for facet in answer["facets"].values():
        assert all(set(value) == {"value", "label", "count"} for value in facet)
    (item,) = answer["items"]
    assert (item["slug"], item["stars"], item["standing"]) == (tea, 4, "in-force")
    assert item["province"] == {"slug": "lao-cai", "name": "Lào Cai", "then": "Yên Bái"}
    assert item["url"] == f"http://localhost/products/{tea}"
    assert {"value": "4", "label": "4 sao", "count": 1} in answer["facets"]["stars"]


def test_it_takes_the_listings_question(tea: str, session: Session, app: Flask, client: Visitor) -> None:
    make_product(session, name="Mật ong")
    reindex(session, part(SearchBackend, app))
    for query, total in (
        ("q=che", 1),
        ("province=yen-bai&province=tra-vinh", 2),
        ("stars=4&stars=5", 1),
        ("standing=none", 1),
        ("in_stock=1", 1),
        ("sort=price&page=2", 2),
    ):
        answer = client.get(f"/api/v1/products?{query}").get_json()
        assert answer["total"] == total, query


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("stars=6", "stars"),
        ("province=atlantis", "province"),
        ("page=0", "page"),
        ("sort=magic", "sort"),
        ("group=cars", "group"),
        ("kind=pirates", "kind"),
        ("standing=great", "standing"),
        ("in_stock=maybe", "in_stock"),
    ],
)
def test_a_value_nobody_knows_is_a_problem_that_names_it(client: Visitor, query: str, parameter: str) -> None:
    answer = client.get(f"/api/v1/products?{query}")
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["parameter"] == parameter
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_one_product_whole(tea: str, client: Visitor) -> None:
    answer = client.get(f"/api/v1/products/{tea}").get_json()
    assert answer["packs"][0]["in_stock"] is True
    assert answer["certificates"][0]["state"] == "in-force"
    assert client.get("/api/v1/products/khong-co").status_code == 404
    assert client.get("/api/v1/products/khong-co").content_type == "application/problem+json"


def test_what_may_not_be_sold_has_no_price(session: Session, client: Visitor) -> None:
    wine = make_product(session, name="Rượu cần", alcohol=True)
    make_batch(session, variant=make_variant(session, product=wine, price=90_000))
    answer = client.get(f"/api/v1/products/{wine.slug}").get_json()
    assert (answer["price"], answer["in_stock"]) == (None, False)
    assert [(one["price"], one["in_stock"]) for one in answer["packs"]] == [(None, False)]


def test_a_photograph_is_the_items_image(session: Session, client: Visitor) -> None:
    product = make_product(session, producer_id=None)
    photo = make_photo(session, product=product)
    (item,) = client.get("/api/v1/products").get_json()["items"]
    assert item["image"] == f"http://localhost/media/{photo.key}-480.webp"
    assert item["producer"] is None
    assert client.get(f"/api/v1/products/{product.slug}").get_json()["image"] == item["image"]


def test_provinces_and_groups_are_counted(tea: str, client: Visitor) -> None:
    provinces = client.get("/api/v1/provinces").get_json()
    assert len(provinces) == 34 + 63
    assert {
        "slug": "yen-bai",
        "name": "Yên Bái",
        "scheme": "VN63",
        "today": "lao-cai",
        "count": 1,
    } in provinces
    groups = client.get("/api/v1/groups?lang=en").get_json()
    assert groups[0] == {"code": "food", "name": "Food", "count": 1}


def test_asking_again_costs_nothing_while_nothing_changed(
    tea: str, session: Session, client: Visitor
) -> None:
    first = client.get("/api/v1/products")
    tag = first.headers["ETag"]
    assert client.get("/api/v1/products", headers={"If-None-Match": tag}).status_code == 304
    make_product(session)
    assert client.get("/api/v1/products", headers={"If-None-Match": tag}).status_code == 200


def test_the_description_is_valid_and_the_answers_follow_it(tea: str, client: Visitor) -> None:
    spec: dict[str, Any] = client.get("/api/openapi.json").get_json()
    assert spec["openapi"] == "3.1.0"
    validate(spec)
    for path, schema in (
        ("/api/v1/products", "Listing"),
        (f"/api/v1/products/{tea}", "Product"),
    ):
        wanted = {"$ref": f"#/components/schemas/{schema}", "components": spec["components"]}
        jsonschema.validate(client.get(path).get_json(), wanted)


def test_the_description_can_be_read_by_people(client: Visitor) -> None:
    page = client.get("/api/docs")
    assert page.status_code == 200
    for words in ("/api/v1/products/{slug}", "in_stock", "problem+json", "recognised_year"):
        assert words in page.text, words
