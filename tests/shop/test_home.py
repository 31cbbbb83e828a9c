"""The home page: real counts, the map and its list, and the sections of the rooms above."""

from __future__ import annotations

import datetime as dt
import json
import re

from sqlalchemy.orm import Session

from tests.factories.catalogue import make_product, make_variant
from tests.factories.certification import make_certificate
from tests.factories.client import Visitor
from tests.factories.places import YEN_BAI
from tests.factories.promotion import make_showcase
from tests.factories.supply import make_batch

DAY = dt.date(2026, 11, 21)


def test_stars_are_counted_solid_and_unconfirmed_apart(session: Session, client: Visitor) -> None:
    make_certificate(session, stars=4)
    make_certificate(session, stars=4, recognised_year=2023)
    make_certificate(session, stars=4, recognised_year=2019)
    page = client.get("/").text
    assert 'data-stars="4" data-in-force="1" data-unconfirmed="1"' in page
    assert "1 giấy còn hạn, 1 chưa rõ hạn" in page
    assert 'data-total="3"' in page


def test_the_map_and_the_list_lead_to_new_and_former_names(session: Session, client: Visitor) -> None:
    make_product(session, province_id=YEN_BAI)
    page = client.get("/").text
    assert 'data-province="lao-cai"' in page
    assert "Lào Cai, 1 sản phẩm" in page
    assert "Hoàng Sa" in page
    assert "Trường Sa" in page
    assert 'href="/products?province=yen-bai&amp;scheme=vn63"' in page
    assert len(set(re.findall(r'href="/products\?province=([a-z-]+)"', page))) >= 34


def test_an_empty_shop_opens(client: Visitor) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert 'data-total="0"' in page.text


def test_new_batches_are_those_of_the_week(session: Session, client: Visitor) -> None:
    product = make_product(session, name="Chè tuần này")
    make_batch(session, variant=make_variant(session, product=product), made_on=DAY - dt.timedelta(days=3))
    page = client.get("/").text
    assert "Lô mới về tuần này" in page
    assert "Chè tuần này" in page


def test_older_batches_are_not_called_this_weeks(session: Session, client: Visitor) -> None:
    make_batch(session, made_on=DAY - dt.timedelta(days=30))
    page = client.get("/").text
    assert "Lô mới về tuần này" not in page
    assert "Lô mới nhất" in page


def test_goods_that_cannot_be_bought_are_no_news(session: Session, client: Visitor) -> None:
    wine = make_variant(session, product=make_product(session, name="Rượu cần", alcohol=True))
    make_batch(session, variant=wine, made_on=DAY)
    assert "Lô mới" not in client.get("/").text


def test_open_and_coming_fairs_stand_on_the_home_page(session: Session, client: Visitor) -> None:
    make_showcase(session, name="Phiên chợ xuân", starts_on=DAY, ends_on=DAY + dt.timedelta(days=2))
    make_showcase(
        session, name="Chợ đã tan", starts_on=DAY - dt.timedelta(days=9), ends_on=DAY - dt.timedelta(days=8)
    )
    page = client.get("/").text
    assert "Phiên chợ xuân" in page
    assert "Chợ đã tan" not in page


def test_the_site_describes_its_search(client: Visitor) -> None:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', client.get("/").text)
    assert found
    said = json.loads(found[1])
    assert (
        said["potentialAction"]["target"]["urlTemplate"] == "http://localhost/products?q={search_term_string}"
    )
