"""The fairs on screen and on paper: who may, what is shown, and what a refusal says."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
import sqlalchemy as sa
import zxingcpp
from PIL import Image
from sqlalchemy.orm import Session

from app.catalogue.models import Product
from app.core.db import atomic
from app.core.parts import part
from app.listing.indexing import reindex
from app.listing.search import SearchBackend
from app.promotion.models import Showcase, ShowcaseItem
from app.staff.codes import picture_code
from app.web.pagecache import PageCache
from tests.factories.accounts import make_admin, make_officer, make_owner, make_promotion, make_user
from tests.factories.catalogue import make_producer, make_product
from tests.factories.certification import make_certificate
from tests.factories.client import Visitor
from tests.factories.promotion import make_showcase

FORM = {
    "name": "Chợ Tết OCOP",
    "place": "Quảng trường Trà Vinh",
    "province_id": "VN34-86",
    "starts_on": "2027-01-20",
    "ends_on": "2027-02-05",
    "introduction": "",
}


@pytest.fixture
def staff(session: Session, client: Visitor) -> Visitor:
    """A visitor logged in as trade-promotion staff."""
    return client.log_in(make_promotion(session))


@pytest.fixture
def goods(session: Session) -> list[Product]:
    some = [make_product(session, name=f"Chè {n}") for n in range(11)]
    for product in some[:3]:
        make_certificate(session, product=product)
    return some


def text(visitor: Visitor, address: str, **kwargs: Any) -> str:
    answer = visitor.get(address, **kwargs)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_fair_is_made_filled_and_published(session: Session, staff: Visitor, goods: list[Product]) -> None:
    made = staff.post("/staff/showcases", data=FORM)
    assert made.status_code == 303
    fair = session.scalars(sa.select(Showcase)).one()
    here = f"/staff/showcases/{fair.id}"
    assert made.headers["Location"].endswith(here)
    refused = staff.post(f"{here}/publish")
    assert refused.status_code == 409
    assert "Chưa có món nào" in refused.get_data(as_text=True)
    for product in goods[:2]:
        added = staff.post(f"{here}/items", data={"product_id": product.id, "note": "Ngon.", "q": "chè"})
        assert added.status_code == 303 and "q=ch" in added.headers["Location"]
    again = staff.post(f"{here}/items", data={"product_id": goods[0].id})
    assert again.status_code == 409 and "đã ở trong phiên chợ" in again.get_data(as_text=True)
    assert staff.post(f"{here}/publish").status_code == 303
    page = text(staff, f"/showcases/{fair.slug}")
    assert page.count("data-product=") == 2 and "Ngon." in page
    assert "mã băm" in page
    assert staff.post(f"{here}/hide").status_code == 303
    assert staff.get(f"/showcases/{fair.slug}").status_code == 404


def test_the_buttons_work_without_scripts(session: Session, staff: Visitor, goods: list[Product]) -> None:
    fair = make_showcase(session, products=goods[:3], order_rule="name")
    here = f"/staff/showcases/{fair.id}"

    def press(act: str, product: Product, **more: str) -> int:
        return staff.post(
            f"{here}/items/change", data={"product_id": product.id, "act": act, **more}
        ).status_code

    def shown() -> list[tuple[int, str | None]]:
        rows = sa.select(ShowcaseItem.product_id, ShowcaseItem.note).order_by(ShowcaseItem.position)
        return [(row.product_id, row.note) for row in session.execute(rows)]

    first, second, third = goods[:3]
    assert press("down", first) == press("up", third) == press("note", third, note="Mới") == 303
    assert shown() == [(second.id, None), (third.id, "Mới"), (first.id, None)]
    assert press("remove", third) == 303
    assert press("remove", third) == 409
    assert press("fly", first) == 400
    assert staff.post(f"{here}/order", data={"rule": "name"}).status_code == 303
    assert shown() == [(first.id, None), (second.id, None)]
    assert staff.post(f"{here}/order", data={"rule": "money"}).status_code == 400
    assert "do ban tổ chức xếp tay" not in text(staff, here)


@pytest.mark.parametrize("product_id", ["", "abc", "-1", "9" * 30, "99999", "１"])
def test_garbage_for_a_product_is_refused_kindly(session: Session, staff: Visitor, product_id: str) -> None:
    fair = make_showcase(session)
    answer = staff.post(f"/staff/showcases/{fair.id}/items", data={"product_id": product_id})
    assert answer.status_code == 400
    assert "Sản phẩm này không có" in answer.get_data(as_text=True)
    for act in ("up", "note"):
        change = {"product_id": product_id, "act": act}
        assert staff.post(f"/staff/showcases/{fair.id}/items/change", data=change).status_code in (400, 409)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "Chưa nhập tên phiên chợ."),
        ({"name": "   "}, "Chưa nhập tên phiên chợ."),
        ({"name": "Chợ quà evil.example"}, "Chỉ viết tên"),
        ({"starts_on": "mai"}, "Ghi ngày như 21/11/2026."),
        ({"starts_on": "0001-01-01"}, "Chương trình OCOP có từ 07/05/2018."),
        ({"starts_on": "9999-12-30", "ends_on": "9999-12-31"}, "Ngày mở muộn nhất là 25/11/2031."),
        ({"ends_on": "9999-12-31"}, "dài nhất 366 ngày"),
        ({"ends_on": "2027-01-19"}, "Ngày cuối phải từ ngày mở"),
        ({"ends_on": "2029-01-19"}, "dài nhất 366 ngày"),
        ({"province_id": "VN34-00"}, "Chọn một tỉnh trong danh sách."),
    ],
)
def test_a_wrong_fair_is_told_at_the_field(
    session: Session, staff: Visitor, change: dict[str, str], words: str
) -> None:
    kept = make_showcase(session)
    for address in ("/staff/showcases", f"/staff/showcases/{kept.id}/change"):
        answer = staff.post(address, data=FORM | change)
        assert answer.status_code == 400
        assert words in answer.get_data(as_text=True)
    session.expire_all()
    assert session.scalars(sa.select(Showcase.name)).all() == ["Phiên chợ OCOP Tây Bắc"]


def test_a_second_click_comes_to_the_same_fair(session: Session, staff: Visitor) -> None:
    places = [staff.post("/staff/showcases", data=FORM).headers["Location"] for _ in range(2)]
    assert places[0] == places[1]
    assert session.scalar(sa.select(sa.func.count()).select_from(Showcase)) == 1
    assert "Đã có phiên chợ cùng tên" in text(staff, places[0])


def test_a_fair_is_changed_from_its_own_form(session: Session, staff: Visitor) -> None:
    fair = make_showcase(session, introduction="Mâm Tết")
    assert "Mâm Tết" in text(staff, f"/staff/showcases/{fair.id}/change")
    answer = staff.post(f"/staff/showcases/{fair.id}/change", data=FORM | {"province_id": ""})
    assert answer.status_code == 303
    changed = session.get_one(Showcase, fair.id, populate_existing=True)
    assert (changed.name, changed.province_id, changed.ends_on) == (
        "Chợ Tết OCOP",
        None,
        dt.date(2027, 2, 5),
    )


def test_the_search_finds_without_accents_and_says_what_is_chosen(
    session: Session, staff: Visitor, goods: list[Product]
) -> None:
    reindex(session, part(SearchBackend, staff.application))
    fair = make_showcase(session, products=goods[:1])
    page = text(staff, f"/staff/showcases/{fair.id}?q=che")
    assert page.count('name="product_id"') == 1 + 10
    assert "Đã chọn" in page


def test_booth_cards_come_four_to_a_sheet_and_say_the_standing(
    session: Session, staff: Visitor, goods: list[Product]
) -> None:
    fair = make_showcase(session, products=goods[:6])
    with atomic() as writing:
        writing.get_one(Product, goods[5].id).published_at = None
    page = text(staff, f"/staff/showcases/{fair.id}/cards")
    assert page.count('class="a6-sheet"') == 2
    assert page.count('class="a6-card"') == 5
    assert page.count('data-stars="4"') == 3
    assert text(staff, f"/staff/showcases/{fair.id}/catalogue").count("data-product=") == 5
    assert text(staff, "/staff/")


def test_a_picture_code_leads_to_the_product(session: Session, staff: Visitor) -> None:
    product = make_product(session)
    answer = staff.get(f"/staff/codes/{product.slug}.png")
    assert answer.content_type == "image/png"
    with Image.open(io.BytesIO(answer.data)) as picture:
        (found,) = zxingcpp.read_barcodes(picture.convert("L"))
    assert found.text == f"http://localhost/products/{product.slug}"
    assert staff.get("/staff/codes/nothing.png").status_code == 404


@pytest.mark.parametrize("length", [20, 80, 160])
def test_a_long_address_still_reads(length: int) -> None:
    address = "https://nguon.example/products/".ljust(length + 31, "a")
    with Image.open(io.BytesIO(picture_code(address))) as picture:
        (found,) = zxingcpp.read_barcodes(picture.convert("L"))
    assert found.text == address


def test_only_staff_may(session: Session, client: Visitor, goods: list[Product]) -> None:
    fair = make_showcase(session, products=goods[:2], published=False)
    here = f"/staff/showcases/{fair.id}"
    producer = make_producer(session)
    deeds: tuple[tuple[str, dict[str, Any]], ...] = (
        ("/staff/showcases", FORM),
        (f"{here}/change", FORM),
        (f"{here}/items", {"product_id": goods[3].id}),
        (f"{here}/items/change", {"product_id": goods[0].id, "act": "down"}),
        (f"{here}/order", {"rule": "name"}),
        (f"{here}/publish", {}),
        (f"{here}/hide", {}),
    )
    wrong = (make_user(session), make_owner(session, producer), make_officer(session), make_admin(session))
    for who in wrong:
        client.log_in(who)
        for address in (
            "/staff/",
            here,
            f"{here}/cards",
            f"{here}/catalogue",
            f"/staff/codes/{goods[0].slug}.png",
        ):
            assert client.get(address).status_code == 403
        for address, data in deeds:
            assert client.post(address, data=data).status_code == 403
    client.log_out()
    assert client.get(here).status_code == 303
    session.expire_all()
    kept = session.scalars(sa.select(Showcase)).one()
    assert (kept.name, kept.published_at, len(kept.items)) == ("Phiên chợ OCOP Tây Bắc", None, 2)


def test_nothing_happens_without_the_form_s_token(session: Session, staff: Visitor) -> None:
    fair = make_showcase(session)
    answer = staff.post(f"/staff/showcases/{fair.id}/hide", csrf=False)
    assert answer.status_code == 400
    assert session.get_one(Showcase, fair.id, populate_existing=True).published_at is not None


def test_an_unknown_fair_is_not_found(staff: Visitor) -> None:
    for address in ("/showcases/nothing", "/staff/showcases/404", "/staff/showcases/99999999999999999999"):
        assert staff.get(address).status_code == 404
    assert staff.post("/staff/showcases/404/publish").status_code == 404


def test_fairs_stand_on_their_page_and_on_home(
    session: Session, client: Visitor, goods: list[Product]
) -> None:
    assert "Chưa có phiên chợ nào" in text(client, "/showcases")
    fair = make_showcase(session, name="Chợ gần", products=goods[:4])
    past: dict[str, Any] = {"starts_on": dt.date(2026, 1, 1), "ends_on": dt.date(2026, 1, 2)}
    make_showcase(session, name="Chợ xưa", products=goods[:1], **past)
    index, home = text(client, "/showcases"), text(client, "/")
    assert index.index("Chợ gần") < index.index("Chợ xưa")
    assert f"/showcases/{fair.slug}" in home and "Chợ xưa" not in home


def test_every_ninth_product_stands_large_and_the_order_is_kept(
    session: Session, client: Visitor, goods: list[Product]
) -> None:
    fair = make_showcase(session, products=goods)
    page = text(client, f"/showcases/{fair.slug}")
    places = [page.index(f'data-product="{product.slug}"') for product in goods]
    assert places == sorted(places)
    assert page.count('<article class="pick') == 2


@pytest.mark.parametrize("page", ["/showcases", "/showcases/{slug}", "/staff/", "/staff/showcases/{id}"])
def test_a_page_asks_as_often_for_many_goods_as_for_one(
    session: Session, client: Visitor, goods: list[Product], statements: list[str], page: str
) -> None:
    if page.startswith("/staff"):
        client.log_in(make_promotion(session))
    fair = make_showcase(session, products=goods[:1])
    address = page.format(slug=fair.slug, id=fair.id)
    text(client, address)

    def asked() -> int:
        part(PageCache, client.application).clear()
        del statements[:]
        text(client, address)
        return sum(sent.lstrip().upper().startswith("SELECT") for sent in statements)

    before = asked()
    with atomic() as writing:
        for position, product in enumerate(goods[1:], start=2):
            writing.add(ShowcaseItem(showcase_id=fair.id, product_id=product.id, position=position))
    make_showcase(session, products=goods)
    assert asked() == before
