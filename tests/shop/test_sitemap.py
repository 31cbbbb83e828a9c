"""What crawlers are told."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from sqlalchemy.orm import Session

from app.shop.storefront import sitemap_views as sitemap
from tests.factories.catalogue import make_product
from tests.factories.client import Visitor
from tests.factories.supply import make_area

LOC = ".//{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


def locations(client: Visitor, path: str) -> list[str]:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.content_type.startswith("application/xml")
    return [one.text or "" for one in ET.fromstring(answer.data).findall(LOC)]


def test_every_public_page_can_be_reached_from_the_index(session: Session, client: Visitor) -> None:
    product = make_product(session)
    hidden = make_product(session, published=False)
    area = make_area(session)
    pages = [
        page
        for part in locations(client, "/sitemap.xml")
        for page in locations(client, part.removeprefix("http://localhost"))
    ]
    assert f"http://localhost/products/{product.slug}" in pages
    assert f"http://localhost/areas/{area.slug}" in pages
    assert "http://localhost/producers" in pages
    assert not [page for page in pages if hidden.slug in page]


def test_a_long_list_is_cut_into_files(
    session: Session, client: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemap, "CHUNK", 2)
    for _ in range(3):
        make_product(session)
    parts = [part for part in locations(client, "/sitemap.xml") if "/products-" in part]
    assert len(parts) == 2
    assert [len(locations(client, p.removeprefix("http://localhost"))) for p in parts] == [2, 1]


@pytest.mark.parametrize("name", ["products-9", "products-0", "stamps-1", "pages-2"])
def test_files_that_are_not_there(client: Visitor, name: str) -> None:
    assert client.get(f"/sitemaps/{name}.xml").status_code == 404


def test_crawlers_keep_away_from_stamps_and_private_rooms(client: Visitor) -> None:
    answer = client.get("/robots.txt")
    assert answer.content_type.startswith("text/plain")
    for path in ("/t/", "/cart", "/orders/", "/admin/"):
        assert f"Disallow: {path}\n" in answer.text
    assert "Sitemap: http://localhost/sitemap.xml" in answer.text
