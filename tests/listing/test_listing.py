"""The listing: what a question finds, what its facets count, and how it stays kind to odd addresses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.catalogue.models import Product
from app.certification.standing import StandingState
from app.core import clock
from app.core.db import atomic
from app.core.parts import part
from app.geography.lookup import gazetteer
from app.listing.filters import Dropped, Filters, read_filters
from app.listing.indexing import reindex
from app.listing.products import PER_PAGE, Listing, Option, list_products
from app.listing.search import SearchBackend, open_search
from app.web.pagecache import PageCache
from tests.factories.catalogue import make_producer, make_product, make_variant
from tests.factories.certification import make_certificate, make_dossier
from tests.factories.client import Visitor
from tests.factories.places import LAO_CAI, TRA_VINH, VINH_LONG, YEN_BAI
from tests.factories.supply import make_batch

DAY = dt.date(2026, 11, 21)


@pytest.fixture
def search(app: Flask) -> SearchBackend:
    backend: SearchBackend = part(SearchBackend, app)
    return backend


@pytest.fixture
def ask(session: Session, search: SearchBackend) -> Callable[..., Listing]:
    def listing(**filters: object) -> Listing:
        session.rollback()
        return list_products(session, search, Filters(**filters), on=clock.today())  # type: ignore[arg-type]

    return listing


def names(listing: Listing) -> list[str]:
    return [card.name for card in listing.cards]


def counts(options: tuple[Option, ...]) -> dict[str, int]:
    return {option.value: option.count for option in options if option.count}


def starred(session: Session, name: str, stars: int | None, **facts: object) -> Product:
    certificate = {key: facts.pop(key) for key in ("valid_until", "recognised_year") if key in facts}
    product = make_product(session, name=name, **facts)  # type: ignore[arg-type]
    make_certificate(session, product=product, stars=stars, **certificate)  # type: ignore[arg-type]
    return product


def test_unfiltered_it_lists_every_published_product_in_force_first(
    session: Session, ask: Callable[..., Listing]
) -> None:
    starred(session, "A hết hạn", 5, recognised_year=2020)
    starred(session, "B chưa rõ", 5, recognised_year=2023)
    starred(session, "C ba sao", 3)
    starred(session, "D năm sao", 5)
    make_product(session, name="E chưa có giấy")
    make_product(session, name="F ẩn", published=False)
    listing = ask()
    assert names(listing) == ["D năm sao", "C ba sao", "B chưa rõ", "A hết hạn", "E chưa có giấy"]
    assert (listing.total, listing.in_force, listing.unconfirmed) == (5, 2, 1)


def test_stars_are_those_drawn_today_and_count_solid_and_outlined_apart(
    session: Session, ask: Callable[..., Listing]
) -> None:
    starred(session, "Còn hạn", 4)
    starred(session, "Chưa rõ", 4, recognised_year=2023)
    starred(session, "Hết hạn", 4, recognised_year=2020)
    starred(session, "Không rõ hạng", None)
    found = ask(stars=("4",))
    assert names(found) == ["Còn hạn", "Chưa rõ"]
    four = next(option for option in found.facets.stars if option.value == "4")
    assert (four.count, four.in_force, four.unconfirmed) == (2, 1, 1)
    assert counts(found.facets.stars) == {"4": 2, "0": 2}


def test_the_day_moves_a_star_without_any_job(
    session: Session, ask: Callable[..., Listing], set_day: Callable[[dt.date], dt.datetime]
) -> None:
    starred(session, "Chè", 4, valid_until=DAY)
    assert ask(standings=("in-force",)).total == 1
    set_day(DAY + dt.timedelta(days=1))
    assert ask(standings=("in-force",)).total == 0
    assert ask(standings=("lapsed",)).total == 1
    assert ask(stars=("4",)).total == 0


def test_a_withdrawal_is_seen_by_the_next_question(session: Session, ask: Callable[..., Listing]) -> None:
    product = make_product(session)
    certificate = make_certificate(session, product=product)
    assert ask(stars=("4",)).total == 1
    with atomic() as writing:
        current = writing.merge(certificate)
        current.withdrawn_on, current.withdrawn_reason = DAY, "violation"
    assert ask(stars=("4",)).total == 0
    assert ask(standings=("withdrawn",)).total == 1


def test_every_standing_can_be_asked(session: Session, ask: Callable[..., Listing]) -> None:
    starred(session, "in-force", 3)
    starred(session, "unconfirmed", 3, recognised_year=2023)
    starred(session, "lapsed", 3, recognised_year=2019)
    withdrawn = make_product(session, name="withdrawn")
    make_certificate(session, product=withdrawn, withdrawn_on=DAY, withdrawn_reason="x")
    make_dossier(session, product=make_product(session, name="pending"))
    make_product(session, name="none")
    for state in StandingState:
        assert names(ask(standings=(state,))) == [state]
    assert counts(ask().facets.standings) == dict.fromkeys(StandingState, 1)


def test_values_of_a_facet_join_and_facets_narrow_each_other(
    session: Session, ask: Callable[..., Listing]
) -> None:
    starred(session, "Năm, đồ ăn", 5, group_code="food")
    starred(session, "Bốn, đồ ăn", 4, group_code="food")
    starred(session, "Bốn, đồ uống", 4, group_code="beverage")
    starred(session, "Ba, đồ uống", 3, group_code="beverage")
    assert ask(stars=("5", "4")).total == 3
    found = ask(stars=("5", "4"), groups=("beverage",))
    assert names(found) == ["Bốn, đồ uống"]
    # A facet's own choice does not narrow its counts; the others' does.
    assert counts(found.facets.stars) == {"4": 1, "3": 1}
    assert counts(found.facets.groups) == {"food": 2, "beverage": 1}


def test_a_province_is_asked_by_todays_and_by_its_former_name(
    session: Session, ask: Callable[..., Listing]
) -> None:
    make_product(session, name="Từ Yên Bái", province_id=YEN_BAI)
    make_product(session, name="Từ Lào Cai cũ", province_id="VN63-10")
    make_product(session, name="Ghi theo tên mới", province_id=LAO_CAI)
    make_product(session, name="Từ Trà Vinh", province_id=TRA_VINH)
    assert ask(provinces=("lao-cai",)).total == 3
    assert names(ask(provinces=("yen-bai",))) == ["Từ Yên Bái"]
    assert names(ask(provinces=("lao-cai@vn63",))) == ["Từ Lào Cai cũ"]
    assert ask(provinces=("yen-bai", "tra-vinh")).total == 2
    today = {option.province.id: option.count for option in ask().facets.provinces}
    assert today == {LAO_CAI: 3, VINH_LONG: 1}
    former = {option.province.slug: option.count for option in ask(scheme="VN63").facets.provinces}
    assert former == {"yen-bai": 1, "lao-cai@vn63": 1, "tra-vinh": 1}


def test_a_chosen_province_of_the_other_scheme_stays_in_the_form(
    session: Session, ask: Callable[..., Listing]
) -> None:
    make_product(session, province_id=YEN_BAI)
    shown = ask(provinces=("yen-bai",)).facets.provinces
    assert [(one.province.slug, one.checked) for one in shown] == [("yen-bai", True), ("lao-cai", False)]


def test_in_stock_means_a_pack_that_can_be_sold_today(session: Session, ask: Callable[..., Listing]) -> None:
    in_stock = make_variant(session, product=make_product(session, name="Còn hàng"))
    make_batch(session, variant=in_stock)
    sold_out = make_variant(session, product=make_product(session, name="Hết hàng"))
    make_batch(session, variant=sold_out, on_hand=0)
    past = make_variant(session, product=make_product(session, name="Quá hạn"))
    make_batch(
        session, variant=past, made_on=DAY - dt.timedelta(days=9), expires_on=DAY - dt.timedelta(days=1)
    )
    wine = make_variant(session, product=make_product(session, name="Rượu", alcohol=True))
    make_batch(session, variant=wine)
    make_variant(session, product=make_product(session, name="Không giá"), price=None)
    found = ask(in_stock=True)
    assert names(found) == ["Còn hàng"]
    assert found.facets.in_stock.count == 1
    assert [card.price for card in found.cards] == [185_000]


def test_the_card_shows_the_cheapest_pack_that_can_be_sold(
    session: Session, ask: Callable[..., Listing]
) -> None:
    product = make_product(session)
    make_variant(session, product=product, pack="Gói 50 g", price=60_000)
    for pack, price in (("Túi 500 g", 490_000), ("Hộp 100 g", 110_000)):
        make_batch(session, variant=make_variant(session, product=product, pack=pack, price=price))
    (card,) = ask().cards
    assert (card.pack, card.price, card.in_stock) == ("Hộp 100 g", 110_000, True)


def test_orders(session: Session, ask: Callable[..., Listing]) -> None:
    long_ago = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    cheap = starred(session, "B rẻ", 3, published_at=long_ago)
    dear = starred(session, "A đắt", 4, published_at=long_ago + dt.timedelta(days=2))
    starred(session, "C không giá", 5, published_at=long_ago + dt.timedelta(days=1))
    make_variant(session, product=cheap, price=20_000)
    make_variant(session, product=dear, price=90_000)
    assert names(ask(sort="name")) == ["A đắt", "B rẻ", "C không giá"]
    assert names(ask(sort="price")) == ["B rẻ", "A đắt", "C không giá"]
    assert names(ask(sort="price-desc")) == ["A đắt", "B rẻ", "C không giá"]
    assert names(ask(sort="stars")) == ["C không giá", "A đắt", "B rẻ"]
    assert names(ask(sort="newest")) == ["A đắt", "C không giá", "B rẻ"]
    assert names(ask(sort="relevance")) == names(ask())


def test_another_order_costs_no_query_and_follows_what_changes(
    session: Session, ask: Callable[..., Listing], statements: list[str]
) -> None:
    first, second = make_product(session, name="Chè A"), make_product(session, name="Chè B")
    ask()
    usual = len(statements)
    statements.clear()
    assert [card.id for card in ask(sort="name").cards] == [first.id, second.id]
    assert len(statements) <= usual
    with atomic() as writing:
        writing.get_one(Product, first.id).folded = "che c"
    assert [card.id for card in ask(sort="name").cards] == [second.id, first.id]


def test_text_meets_facets_and_orders_by_fit(
    session: Session, search: SearchBackend, ask: Callable[..., Listing]
) -> None:
    starred(session, "Mứt cam", 5)
    starred(session, "Cam Cao Phong", 3)
    starred(session, "Chè xanh", 5)
    make_product(session, name="Cam ẩn", published=False)
    reindex(session, search)
    assert names(ask(q="cam")) == ["Cam Cao Phong", "Mứt cam"]
    assert names(ask(q="cam", stars=("5",))) == ["Mứt cam"]
    assert counts(ask(q="cam", stars=("5",)).facets.stars) == {"5": 1, "3": 1}
    assert ask(q="cam", sort="stars").cards[0].name == "Mứt cam"


def test_a_hidden_product_is_gone_though_the_index_still_knows_it(
    session: Session, search: SearchBackend, ask: Callable[..., Listing]
) -> None:
    product = make_product(session, name="Cam Cao Phong")
    reindex(session, search)
    with atomic() as writing:
        writing.merge(product).published_at = None
    assert ask(q="cam").total == 0


def test_without_an_index_names_are_compared(session: Session, tmp_path: Path) -> None:
    make_product(session, name="Cam Cao Phong")
    no_index = open_search(database_url="sqlite:", data_dir=tmp_path)
    found = list_products(session, no_index, Filters(q="cao phong"), on=DAY)
    assert (found.degraded, names(found)) == (True, ["Cam Cao Phong"])
    assert list_products(session, no_index, Filters(q="!!!"), on=DAY).total == 0
    make_product(session, name="Mỳ Chũ")
    assert names(list_products(session, no_index, Filters(q="mì"), on=DAY)) == ["Mỳ Chũ"]


def test_nothing_found_offers_what_to_let_go(
    session: Session, search: SearchBackend, ask: Callable[..., Listing]
) -> None:
    starred(session, "Chè", 4, group_code="food", producer=make_producer(session, kind="company"))
    reindex(session, search)
    found = ask(q="chè", stars=("5",), groups=("food",))
    assert found.total == 0
    assert [(way.parameter, way.value, way.count) for way in found.ways_out] == [("stars", "5", 1)]
    found = ask(q="không có gì", kinds=("company",))
    assert [(way.parameter, way.count) for way in found.ways_out] == [("q", 1)]
    found = ask(provinces=("vinh-long",), standings=("pending",), in_stock=True)
    assert found.ways_out == ()


def test_pages_hold_twenty_four_and_past_the_last_is_empty(
    session: Session, client: Visitor, ask: Callable[..., Listing]
) -> None:
    for n in range(PER_PAGE + 1):
        make_product(session, name=f"Chè số {n:02}")
    assert len(ask().cards) == PER_PAGE
    assert names(ask(page=2)) == ["Chè số 24"]
    beyond = client.get("/products?page=99")
    assert beyond.status_code == 200
    assert 'data-total="25"' in beyond.text
    assert 'href="/products?page=2"' in beyond.text
    assert "data-product=" not in beyond.text


def read(session: Session, **args: list[str]) -> tuple[Filters, tuple[Dropped, ...]]:
    return read_filters(args, places=gazetteer(session), groups=["food"])


def test_values_nobody_knows_are_dropped_by_name(session: Session) -> None:
    filters, dropped = read(
        session,
        province=["yen-bai", "zz"],
        stars=["9", "5", "5"],
        group=["food", "none", "x"],
        kind=["company", ""],
        standing=["in-force", "great"],
        in_stock=["yes"],
        sort=["price", "name"],
        page=["0"],
        utm_source=["mail"],
    )
    assert filters.provinces == ("yen-bai",)
    assert (filters.stars, filters.groups, filters.kinds) == (("5",), ("food", "none"), ("company",))
    assert (filters.standings, filters.in_stock, filters.sort, filters.page) == (
        ("in-force",),
        False,
        "price",
        1,
    )
    assert [(one.parameter, one.value) for one in dropped] == [
        ("province", "zz"),
        ("stars", "9"),
        ("group", "x"),
        ("standing", "great"),
        ("in_stock", "yes"),
        ("sort", "name"),
        ("page", "0"),
    ]


@pytest.mark.parametrize("page", ["-1", "1e3", "٣", "9" * 5000, "x"])
def test_pages_that_are_no_pages(session: Session, page: str) -> None:
    filters, dropped = read(session, page=[page])
    assert filters.page == 1
    assert dropped[0].parameter == "page"


def test_a_former_name_that_is_written_otherwise_finds_its_slug(session: Session) -> None:
    assert read(session, province=["LAO-CAI@vn63"])[0].provinces == ("lao-cai@vn63",)


def test_an_odd_address_is_reported_and_shows_what_it_can(session: Session, client: Visitor) -> None:
    make_product(session, name="Chè")
    answer = client.get("/products?stars=9&province=atlantis&page=-3&sort=%00")
    assert answer.status_code == 200
    assert "atlantis" in answer.text
    assert "Bỏ qua điều kiện không có" in answer.text
    assert 'data-total="1"' in answer.text


def test_cards_carry_their_hooks(session: Session, client: Visitor) -> None:
    product = starred(session, "Chè Shan", 4)
    lapsed = starred(session, "Mật ong", 5, recognised_year=2019)
    page = client.get("/products").text
    assert f'data-product="{product.slug}" data-stars="4" data-standing="in-force"' in page
    assert f'data-product="{lapsed.slug}" data-stars="0" data-standing="lapsed"' in page
    assert "5 sao, công nhận năm 2019, đã hết hạn" in page


def test_hits_are_marked_and_everything_else_is_escaped(
    session: Session, client: Visitor, search: SearchBackend
) -> None:
    make_product(session, name="Chè <b>Shan</b>")
    reindex(session, search)
    page = client.get("/products?q=che").text
    assert "<mark>Chè</mark> &lt;b&gt;Shan&lt;/b&gt;" in page
    assert "<script>alert" not in client.get("/products?q=<script>alert(1)</script>").text


def test_a_listing_asks_few_questions_however_many_products(
    session: Session, client: Visitor, app: Flask, search: SearchBackend, statements: list[str]
) -> None:
    for n in range(30):
        make_batch(session, variant=make_variant(session, product=starred(session, f"Chè {n}", 4)))
    reindex(session, search)
    client.get("/products")
    part(PageCache, app).clear()
    statements.clear()
    assert client.get("/products?stars=4&province=lao-cai").status_code == 200
    asked = [one for one in statements if one.lstrip().upper().startswith("SELECT")]
    assert len(asked) <= 6


def test_a_cached_page_is_new_when_something_public_changes(session: Session, client: Visitor) -> None:
    make_product(session)
    assert 'data-total="1"' in client.get("/products").text
    make_product(session)
    assert 'data-total="2"' in client.get("/products").text


def test_search_engines_are_shown_one_narrowing_at_most(session: Session, client: Visitor) -> None:
    make_product(session)
    plain = client.get("/products?group=food&page=1").text
    assert '<link rel="canonical" href="http://localhost/products?group=food">' in plain
    assert 'hreflang="en" href="http://localhost/products?group=food&amp;lang=en"' in plain
    assert "noindex" not in plain
    assert "noindex" in client.get("/products?group=food&kind=cooperative").text
    assert "noindex" in client.get("/products?q=che").text
