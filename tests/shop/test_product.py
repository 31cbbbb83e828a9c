"""The product page: standing in words, where it comes from, what is sent next, and honest refusals."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.catalogue.models import Product, ProductSource
from app.core import clock
from app.core.audit import Actor
from app.core.db import atomic
from app.shop.storefront.product import SIMILAR, product_page
from app.trace.stamps.rolls import Span, activate, undo_activation, void_range
from tests.factories.catalogue import make_photo, make_producer, make_product, make_source, make_variant
from tests.factories.certification import make_certificate, make_dossier
from tests.factories.client import Visitor
from tests.factories.keeping import keep
from tests.factories.places import SUOI_GIANG, YEN_BAI
from tests.factories.supply import make_area, make_batch
from tests.factories.trace import make_activation, make_roll

DAY = dt.date(2026, 11, 21)


def data_of(page: str, kind: str) -> dict[str, Any]:
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    return next(json.loads(one) for one in blocks if json.loads(one)["@type"] == kind)


def test_it_says_origin_standing_price_and_the_batch_sent_next(session: Session, client: Visitor) -> None:
    producer = make_producer(session, name="HTX Suối Giàng")
    product = make_product(session, producer=producer, commune_id=SUOI_GIANG, province_id=YEN_BAI)
    make_certificate(session, product=product, stars=4, decision_number="12/QĐ-UBND")
    variant = make_variant(session, product=product, example=True)
    make_batch(session, variant=variant, code="SAU", expires_on=DAY + dt.timedelta(days=90))
    area = make_area(session, producer=producer, name="Đồi chè cổ thụ")
    make_batch(session, variant=variant, code="TRUOC", expires_on=DAY + dt.timedelta(days=9), areas=[area])
    page = client.get(f"/products/{product.slug}").text
    for words in (
        f'data-product="{product.slug}" data-stars="4" data-standing="in-force"',
        "HTX Suối Giàng",
        "huyện Văn Chấn",
        "185.000",
        "giá ví dụ",
        "TRUOC",
        "12/QĐ-UBND",
        "Đồi chè cổ thụ",
        f'href="/areas/{area.slug}"',
    ):
        assert words in page, words
    assert "SAU" not in page
    assert f'name="variant" value="{variant.public_id}"' in page


@pytest.mark.parametrize(
    ("facts", "words", "stars"),
    [
        ({"stars": 5, "recognised_year": 2023}, "chưa rõ hạn", "5"),
        ({"stars": 4, "recognised_year": 2020}, "4 sao, công nhận năm 2020, đã hết hạn", "0"),
        ({"stars": 4, "withdrawn_on": DAY, "withdrawn_reason": "violation"}, "đã thu hồi", "0"),
        ({"stars": None, "recognised_year": 2025}, "chưa rõ hạng sao", "0"),
    ],
)
def test_a_star_is_drawn_only_while_it_may_be(
    session: Session, client: Visitor, facts: dict[str, Any], words: str, stars: str
) -> None:
    product = make_product(session)
    make_certificate(session, product=product, **facts)
    page = client.get(f"/products/{product.slug}").text
    assert words in page
    assert f'data-stars="{stars}"' in page


def test_a_pending_product_says_so(session: Session, client: Visitor) -> None:
    product = make_product(session)
    make_dossier(session, product=product)
    assert 'data-standing="pending"' in client.get(f"/products/{product.slug}").text


def test_what_is_hidden_or_unknown_is_not_found(session: Session, client: Visitor) -> None:
    hidden = make_product(session, published=False)
    assert client.get(f"/products/{hidden.slug}").status_code == 404
    assert client.get("/products/khong-co").status_code == 404


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"producer_id": None}, "no-producer"),
        ({"alcohol": True}, "alcohol"),
        ({"group_code": "tourism"}, "tourism"),
    ],
)
def test_what_may_not_be_sold_shows_no_price(
    session: Session, client: Visitor, facts: dict[str, Any], refusal: str
) -> None:
    product = make_product(session, **facts)
    make_variant(session, product=product)
    page = product_page(session, product.slug, on=clock.today())
    assert page.refusal == refusal
    text = client.get(f"/products/{product.slug}").text
    assert "185.000" not in text
    assert 'id="buy"' not in text
    assert "offers" not in data_of(text, "Product")


def test_a_product_without_a_named_producer_says_it_honestly(session: Session, client: Visitor) -> None:
    product = make_product(session, producer_id=None)
    assert "Nguồn công khai không nêu tên cơ sở" in client.get(f"/products/{product.slug}").text


def test_no_price_and_sold_out_are_two_things(session: Session, client: Visitor) -> None:
    without = make_product(session)
    assert "chưa đưa giá" in client.get(f"/products/{without.slug}").text
    sold_out = make_product(session)
    make_batch(session, variant=make_variant(session, product=sold_out), on_hand=0)
    assert "Tạm hết hàng" in client.get(f"/products/{sold_out.slug}").text


def test_a_pack_can_be_chosen_and_an_unknown_one_is_passed_over(session: Session, client: Visitor) -> None:
    product = make_product(session)
    make_batch(session, variant=make_variant(session, product=product, pack="Hộp 100 g"))
    large = make_variant(session, product=product, pack="Túi 1 kg", price=900_000)
    make_batch(session, variant=large)
    assert "900.000" in client.get(f"/products/{product.slug}?pack={large.public_id}").text
    assert "900.000" not in client.get(f"/products/{product.slug}?pack=nothing").text


def test_a_sold_out_pack_beside_one_in_stock_cannot_be_put_into_the_cart(
    session: Session, client: Visitor
) -> None:
    product = make_product(session)
    make_batch(session, variant=make_variant(session, product=product))
    gone = make_variant(session, product=product, pack="Túi 1 kg", price=900_000)
    page = client.get(f"/products/{product.slug}?pack={gone.public_id}").text
    assert 'id="buy"' not in page
    assert "Chọn quy cách khác" in page


def test_a_demonstration_gtin_is_shown_as_one_and_not_told_to_search_engines(
    session: Session, client: Visitor
) -> None:
    product = make_product(session)
    make_variant(session, product=product, gtin="09520000000011")
    page = client.get(f"/products/{product.slug}").text
    assert "09520000000011" in page
    assert "952" in page
    assert "gtin" not in data_of(page, "Product")


def test_sources_are_named_and_linked_only_where_they_are_pages(session: Session, client: Visitor) -> None:
    product = make_product(session)
    page_source = make_source(session, title="Công bố 2025")
    file_source = make_source(session, title="Bảng in")
    file_source.address = "seeds/12.txt"
    keep(session, file_source)
    for source in (page_source, file_source):
        keep(session, ProductSource(product_id=product.id, source_id=source.id))
    page = client.get(f"/products/{product.slug}").text
    assert f'href="{page_source.address}"' in page
    assert "Bảng in" in page
    assert "seeds/12.txt" not in page


@pytest.mark.parametrize(
    ("level", "words"),
    [("national", "Cấp quốc gia công nhận"), ("province", "Cấp tỉnh công nhận"), (None, None)],
)
def test_a_certificate_says_who_recognised_it_where_the_register_knows(
    session: Session, client: Visitor, level: str | None, words: str | None
) -> None:
    product = make_product(session)
    make_certificate(session, product=product, stars=5, level=level)
    page = client.get(f"/products/{product.slug}").text
    assert re.findall(r"Cấp \w+(?: gia)? công nhận", page) == ([words] if words else [])


def test_the_batch_on_sale_says_whether_it_has_stamps_as_soon_as_they_are_on_or_off(
    session: Session, client: Visitor
) -> None:
    variant = make_variant(session, product=make_product(session))
    batch = make_batch(session, variant=variant)
    make_activation(session, roll=make_roll(session, variant=variant))  # another batch of the same pack
    slug = session.get_one(Product, variant.product_id).slug
    owner: dict[str, Any] = {
        "producer_id": batch.producer_id,
        "actor": Actor(None, "Lý Thị Hoa"),
        "now": clock.now(),
    }

    def stamped() -> bool:
        page = client.get(f"/products/{slug}").text
        assert f'Lô đang bán: <span class="nowrap">{batch.code}</span>' in page
        return "Có tem" in page

    assert not stamped()
    roll = make_roll(session, variant=variant, count=10)
    with atomic():
        first = activate(session, roll_id=roll.id, span=Span(1, 5), batch_id=batch.id, **owner)
    assert stamped()
    with atomic():
        undo_activation(session, activation_id=first.id, **owner)
    assert not stamped()
    with atomic():
        activate(session, roll_id=roll.id, span=Span(1, 5), batch_id=batch.id, **owner)
        void_range(session, roll_id=roll.id, span=Span(5, 5), reason="In nhòe", **owner)
    assert stamped(), "four are good"
    with atomic():
        void_range(session, roll_id=roll.id, span=Span(1, 4), reason="In nhòe", **owner)
    assert not stamped()
    with atomic():
        activate(session, roll_id=roll.id, span=Span(6, 7), batch_id=batch.id, **owner)
        void_range(session, roll_id=roll.id, span=Span(7, 10), reason="In nhòe", **owner)
    assert stamped(), "of these two one is good"


def test_a_photograph_takes_the_place_of_the_drawing(session: Session, client: Visitor) -> None:
    product = make_product(session)
    photo = make_photo(session, product=product)
    page = client.get(f"/products/{product.slug}").text
    assert f"/media/{photo.key}-960.webp" in page
    assert "cơ sở chưa gửi ảnh" not in page
    assert f'content="http://localhost/media/{photo.key}-960.webp"' in page


def test_similar_goods_begin_with_the_same_words(session: Session, client: Visitor) -> None:
    product = make_product(session, name="Mật ong bạc hà")
    make_product(session, name="Mật ong rừng")
    make_product(session, name="Nước mắm", province_id="VN63-79")
    page = product_page(session, product.slug, on=clock.today())
    assert [card.name for card in page.similar] == ["Mật ong rừng"]


def test_goods_of_its_kind_from_near_by_fill_up_what_similar_names_leave(session: Session) -> None:
    product = make_product(session, name="Mật ong bạc hà")
    make_product(session, name="Chè Shan")
    for n in range(1, SIMILAR + 1):
        make_product(session, name=f"Mật ong số {n}")
        page = product_page(session, product.slug, on=clock.today())
        names = [card.name for card in page.similar]
        assert ("Chè Shan" in names, len(names)) == (n < SIMILAR, min(n + 1, SIMILAR))


def test_the_head_names_the_page_once_for_search_engines(session: Session, client: Visitor) -> None:
    product = make_product(session, name='Chè "Shan" & tuyết')
    page = client.get(f"/products/{product.slug}?pack=x&lang=en").text
    assert f'<link rel="canonical" href="http://localhost/products/{product.slug}?lang=en">' in page
    assert f'hreflang="x-default" href="http://localhost/products/{product.slug}"' in page
    assert page.count("<h1") == 1
    assert "<title>Chè &#34;Shan&#34; &amp; tuyết" in page
