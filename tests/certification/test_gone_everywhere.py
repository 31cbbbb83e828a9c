"""A withdrawn star is gone in the same second from every page, print and answer that showed it."""

from __future__ import annotations

import json
from typing import Any

from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session

from app.catalogue.models import Product
from app.certification.awards import withdraw
from app.core import clock
from app.core.audit import Actor
from app.core.db import atomic
from app.core.parts import part
from app.listing.indexing import reindex
from app.listing.search import SearchBackend
from app.trace.setup import Trace
from app.trace.stamps.codes import encode
from tests.factories.accounts import make_promotion
from tests.factories.catalogue import make_product, make_variant
from tests.factories.certification import make_certificate
from tests.factories.client import Visitor
from tests.factories.promotion import make_showcase
from tests.factories.supply import make_area, make_batch
from tests.factories.trace import make_activation, make_roll

PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 12) Chrome/120 Mobile"}
ENDED = "4 sao, đã thu hồi 21/11/2026"


class Shown:
    """What an address shows of the star of one product."""

    def __init__(self, client: Visitor, address: str, slug: str) -> None:
        answer = client.get(address, headers=PHONE)
        assert answer.status_code == 200, address
        self.text = answer.get_data(as_text=True)
        self.page = BeautifulSoup(self.text, "html.parser")
        # The page of a stamp or of a batch is of one product only; everywhere else its element does.
        self.places = self.page.select(f"[data-product={slug}], .stamp-what")
        self.rows = [row for place in self.places for row in place.select(".star-row")]
        self.place_text = " ".join(place.get_text(" ", strip=True) for place in self.places)
        data = self.page.select("script[type='application/ld+json']")
        self.stated = any("OCOP 4 sao" in script.text for script in data)


def test_a_withdrawn_star_is_gone_everywhere_in_the_same_second(
    app: Flask, session: Session, client: Visitor
) -> None:
    product = make_product(session, name="Trà Bát tiên")
    make_certificate(session, product=product, stars=4)
    variant = make_variant(session, product=product)
    area = make_area(session, producer=product.producer)
    batch = make_batch(session, variant=variant, areas=[area])
    key = part(Trace, app).ring.issuing
    roll = make_roll(session, variant=variant, key_id=key.id)
    make_activation(session, roll=roll, batch=batch)
    fair = make_showcase(session, products=[product])
    reindex(session, part(SearchBackend, app))
    organiser = app.test_client()
    assert isinstance(organiser, Visitor)
    organiser.log_in(make_promotion(session))
    assert product.producer is not None
    stamp, other_stamp = (f"/t/{encode(roll.first_number + place, key)}" for place in (0, 1))
    for_guests = [
        "/products",
        "/products?q=bat+tien",
        f"/products/{product.slug}",
        f"/producers/{product.producer.slug}",
        f"/areas/{area.slug}",
        f"/showcases/{fair.slug}",
        f"/batches/{batch.public_id}",
        stamp,
        other_stamp,
    ]
    for_staff = [f"/staff/showcases/{fair.id}/{sheet}" for sheet in ("cards", "catalogue")]

    def everywhere() -> dict[str, Shown]:
        asked = [(client, page) for page in for_guests] + [(organiser, page) for page in for_staff]
        return {page: Shown(visitor, page, product.slug) for visitor, page in asked}

    everywhere()  # every page is cached from here on
    before = everywhere()
    assert [page for page, shown in before.items() if not shown.rows] == []
    assert before[f"/products/{product.slug}"].stated
    assert before[stamp].stated
    assert counted(client) == ("1", product.slug, 4)

    take_back(product)

    after = everywhere()
    assert [page for page, shown in after.items() if shown.rows or shown.stated] == []
    assert [page for page, shown in after.items() if ENDED not in shown.place_text] == []
    for page in (stamp, other_stamp):
        verdict = after[page].page.select_one("main[data-verdict]")
        assert verdict is not None
        assert verdict["data-verdict"] == "star-ended"
        assert "Giấy chứng nhận không còn hiệu lực" in after[page].text
    assert "Tem thật, hết hạng sao" in after[stamp].text
    assert counted(client) == ("0", None, 0)


def take_back(product: Product) -> None:
    with atomic() as session:
        withdraw(
            session,
            product_id=product.id,
            reason="food-safety",
            note="Mẫu ngày 10/11 vượt mức cho phép.",
            officer_unit=product.today_province_id,
            actor=Actor(7, "Sơn Thị Lan"),
            now=clock.now(),
        )


def counted(client: Visitor) -> tuple[str, str | None, int]:
    """Certificates of four stars on the home page; the product asked for by its rank; its stars for programs.

    The pages of stars and the API agree in all that they are asked, or the test stops here.
    """
    home = client.get("/").get_data(as_text=True)
    tile = BeautifulSoup(home, "html.parser").select_one("a[data-stars='4']")
    assert tile is not None
    article = BeautifulSoup(client.get("/products?stars=4").text, "html.parser").select_one(
        "article[data-product]"
    )
    slug = str(article["data-product"]) if article else None
    assert [item["slug"] for item in asked(client, "?stars=4")["items"]] == ([slug] if slug else [])
    (item,) = asked(client, "?q=bat+tien")["items"]
    alone = asked(client, f"/{item['slug']}")
    assert (
        alone["stars"] == item["stars"] == alone["certificate"]["stars"] == alone["certificates"][0]["stars"]
    )
    assert (alone["standing"] == "withdrawn") is (alone["stars"] == 0)
    return str(tile["data-in-force"]), slug, alone["stars"]


def asked(client: Visitor, rest: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(client.get(f"/api/v1/products{rest}").text)
    return answer
