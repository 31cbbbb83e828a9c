"""The checkout page and the order's page."""

from __future__ import annotations

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.catalogue.models import Variant
from app.core.db import atomic
from app.core.money import MAX_PRICE
from app.orders.cart import MOST_LINES, MOST_UNITS
from app.orders.models import CartLine, OrderGroup
from app.supply.models import Batch
from config import Settings
from tests.factories.accounts import make_owner, make_user
from tests.factories.catalogue import make_producer, make_product, make_variant
from tests.factories.client import Visitor
from tests.factories.orders import make_cart, make_order
from tests.factories.outbox import delivered, text_of
from tests.factories.places import LAO_CAI, VAN_CHAN, VINH_LONG
from tests.factories.supply import make_batch

BUYER = {
    "name": "Nguyễn Thùy Dương",
    "phone": "0912 345 678",
    "email": "duong@thu.example",
    "province": LAO_CAI,
    "commune": VAN_CHAN,
    "address": "Thôn Pang Cáng",
    "note": "Gọi trước khi giao",
    "payment": "cod",
}


@pytest.fixture
def tea(session: Session) -> Variant:
    producer = make_producer(session, name="HTX Suối Giàng", delivery_fee=25_000)
    variant = make_variant(
        session, product=make_product(session, producer=producer, name="Chè Shan"), price=100_000
    )
    make_batch(session, variant=variant, quantity=10, code="SG-2611-01")
    return variant


def fill(client: Visitor, session: Session, lines: dict[int, int]) -> None:
    cart = make_cart(session, lines=lines)
    with client.session_transaction() as visit:
        visit["cart_token"] = cart.token


def hidden(page: str) -> dict[str, str]:
    """The token and the total that the page's form carries."""
    found = dict(re.findall(r'name="(token|shown_total)" type="hidden" value="([^"]*)"', page))
    assert set(found) == {"token", "shown_total"}
    return found


def send(client: Visitor, **changes: str) -> TestResponse:
    page = client.get("/checkout").text
    return client.post("/checkout", data={**BUYER, **hidden(page), **changes})


def ordered(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(sa.select(OrderGroup.public_id)))


def test_a_guest_orders_and_reads_the_order(client: Visitor, session: Session, tea: Variant) -> None:
    fill(client, session, {tea.id: 2})
    answer = send(client)
    (public_id,) = ordered(session)
    assert (answer.status_code, answer.location) == (303, f"/orders/{public_id}")
    page = client.get(answer.location)
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex"
    for words in ("SG-2611-01", "Chè Shan", "xã Văn Chấn, Lào Cai", "091x xxx 678", "Gọi trước khi giao"):
        assert words in page.text
    assert 'data-total-dong="225000"' in page.text
    assert "0912 345 678" not in page.text
    assert "+84912345678" not in page.text
    assert 'data-cart-count="0"' in page.text
    assert "Giỏ còn trống" in client.get("/cart").text


def test_each_line_of_the_order_leads_to_the_story_of_its_batch(
    client: Visitor, session: Session, tea: Variant
) -> None:
    fill(client, session, {tea.id: 1})
    page = client.get(send(client).location).text
    story = session.scalars(sa.select(Batch.public_id)).one()
    assert f'href="/batches/{story}"' in page


def test_an_example_price_is_called_one_on_the_order_too(
    client: Visitor, session: Session, tea: Variant
) -> None:
    fill(client, session, {tea.id: 1})
    address = send(client).location
    assert "giá ví dụ" not in client.get(address).text
    with atomic() as writing:
        writing.get_one(Variant, tea.id).example = True
    assert "giá ví dụ" in client.get(address).text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "   "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "A.B" * 33}, "name"),  # longer once its full stops have their space
        ({"name": "Quà tặng evil.example"}, "name"),
        ({"phone": ""}, "phone"),
        ({"phone": "12345"}, "phone"),
        ({"phone": "chín một hai"}, "phone"),
        ({"phone": "+1 202 555 0143"}, "phone"),
        ({"phone": "0912ABCDEF"}, "phone"),
        ({"phone": "1900 1234"}, "phone"),
        ({"phone": "\u200b \u00a0"}, "phone"),
        ({"email": "duong@"}, "email"),
        ({"email": "nguyễn.an@vidu.vn"}, "email"),
        ({"name": "\u200b\ufeff"}, "name"),
        ({"province": ""}, "province"),
        ({"province": "VN63-15"}, "province"),
        ({"commune": ""}, "commune"),
        ({"province": VINH_LONG}, "commune"),
        ({"address": ""}, "address"),
        ({"address": "x" * 201}, "address"),
        ({"note": "x" * 301}, "note"),
        ({"payment": "gold"}, "payment"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_ordered(
    client: Visitor, session: Session, tea: Variant, changes: dict[str, str], field: str
) -> None:
    fill(client, session, {tea.id: 1})
    answer = send(client, **changes)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert "Thôn Pang Cáng" in answer.text or field == "address"
    assert ordered(session) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"phone": "0912ABCDEF"}, "không có “ABCDEF”"),
        ({"phone": "1900 1234"}, "19001234 là tổng đài"),
        ({"phone": "091234567"}, "Số này có 9 chữ số"),
        ({"phone": "+1 202 555 0143"}, "Cần một số ở Việt Nam"),
        ({"email": "nguyễn.an@vidu.vn"}, "có chữ “ễ”"),
        ({"email": "an@vidu"}, "Địa chỉ thư này chưa đúng, xem lại giúp."),
    ],
)
def test_the_reason_is_said_at_the_field(
    client: Visitor, session: Session, tea: Variant, changes: dict[str, str], words: str
) -> None:
    fill(client, session, {tea.id: 1})
    assert words in send(client, **changes).text
    assert ordered(session) == []


def test_a_contact_is_stored_as_it_can_be_used(client: Visitor, session: Session, tea: Variant) -> None:
    fill(client, session, {tea.id: 1})
    changes = {
        "name": "\u00a0Nguyê\u0303n\u200b An ",
        "phone": "O912.345.678",
        "email": " An@Vidu.vn. ",
        "address": "Thôn\u00a0\u00a01\u202e",
    }
    assert send(client, **changes).status_code == 303
    session.rollback()
    group = session.scalars(sa.select(OrderGroup)).one()
    stored = (group.buyer_name, group.phone, group.email, group.address)
    assert stored == ("Nguyễn An", "+84912345678", "an@vidu.vn", "Thôn 1")


def test_without_scripts_a_button_brings_the_communes(
    client: Visitor, session: Session, tea: Variant
) -> None:
    fill(client, session, {tea.id: 1})
    page = client.get("/checkout").text
    assert VAN_CHAN not in page
    answer = send(client, act="communes", commune="", phone="")
    assert answer.status_code == 200
    assert f'value="{VAN_CHAN}"' in answer.text
    assert "Thôn Pang Cáng" in answer.text
    assert "field-error" not in answer.text
    assert f'value="{VAN_CHAN}"' in client.get(f"/checkout/communes?province={LAO_CAI}").text
    for nonsense in ("", "VN63-15", "x"):
        assert client.get(f"/checkout/communes?province={nonsense}").text.count("<option") == 1


def test_the_same_page_sent_twice_is_one_order(client: Visitor, session: Session, tea: Variant) -> None:
    fill(client, session, {tea.id: 1})
    data = {**BUYER, **hidden(client.get("/checkout").text)}
    first, again = client.post("/checkout", data=data), client.post("/checkout", data=data)
    assert first.location == again.location
    assert len(ordered(session)) == 1


def test_an_order_sent_again_leaves_the_count_of_a_cart_begun_since(
    client: Visitor, session: Session, tea: Variant
) -> None:
    fill(client, session, {tea.id: 2})
    data = {**BUYER, **hidden(client.get("/checkout").text)}
    first = client.post("/checkout", data=data)
    assert 'data-cart-count="0"' in client.get(first.location).text
    client.post("/cart/lines", data={"variant": tea.public_id, "quantity": "3"})
    again = client.post("/checkout", data=data)
    assert again.location == first.location
    assert 'data-cart-count="3"' in client.get(again.location).text
    assert 'data-cart-count="3"' in client.get("/cart").text


def test_the_dearest_cart_can_be_ordered(client: Visitor, session: Session) -> None:
    product = make_product(session, producer=make_producer(session, delivery_fee=25_000))
    with atomic() as writing:
        dear = [make_variant(writing, product=product, price=MAX_PRICE) for _ in range(MOST_LINES)]
    for variant in dear:
        make_batch(session, variant=variant, quantity=MOST_UNITS)
    total = MOST_LINES * MOST_UNITS * MAX_PRICE + 25_000
    fill(client, session, {variant.id: MOST_UNITS for variant in dear})
    answer = send(client)
    assert answer.status_code == 303
    assert session.scalars(sa.select(OrderGroup.total)).all() == [total]
    assert f'data-total-dong="{total}"' in client.get(answer.location).text


def test_the_same_page_sent_at_the_same_moment_is_one_order(
    app: Flask, client: Visitor, session: Session, tea: Variant
) -> None:
    fill(client, session, {tea.id: 1})
    data = {**BUYER, **hidden(client.get("/checkout").text), "csrf_token": client.form_token()}
    cookie = client.get_cookie("session")
    assert cookie is not None

    def click(_: int) -> tuple[int, str | None]:
        other = app.test_client()
        other.set_cookie("session", cookie.value)
        with app.test_request_context():
            answer = other.post("/checkout", data=data, csrf=False)
        return answer.status_code, answer.location

    with ThreadPoolExecutor(6) as threads:
        answers = set(threads.map(click, range(6)))
    (public_id,) = ordered(session)
    assert answers == {(303, f"/orders/{public_id}")}
    assert session.scalars(sa.select(Batch.on_hand)).all() == [9]


def test_a_price_that_changed_meanwhile_is_shown_before_anything_is_ordered(
    client: Visitor, session: Session, tea: Variant
) -> None:
    fill(client, session, {tea.id: 1})
    data = {**BUYER, **hidden(client.get("/checkout").text)}
    with atomic() as writing:
        writing.get_one(Variant, tea.id).price = 120_000
    answer = client.post("/checkout", data=data)
    assert answer.status_code == 409
    assert "Giá vừa đổi" in answer.text
    assert 'data-total-dong="145000"' in answer.text
    assert ordered(session) == []
    assert client.post("/checkout", data={**BUYER, **hidden(answer.text)}).status_code == 303


def test_a_total_or_token_made_up_by_hand_orders_nothing(
    client: Visitor, session: Session, tea: Variant
) -> None:
    fill(client, session, {tea.id: 1})
    for changes in ({"shown_total": "1"}, {"shown_total": "free"}, {"shown_total": ""}, {"token": "1"}):
        assert send(client, **changes).status_code in (409, 422)
    assert ordered(session) == []


def test_when_the_last_one_is_gone_the_cart_stays_and_something_near_is_shown(
    client: Visitor, session: Session, tea: Variant
) -> None:
    near = make_variant(session, product=make_product(session, name="Chè móc câu"), price=90_000)
    make_batch(session, variant=near)
    fill(client, session, {tea.id: 3})
    data = {**BUYER, **hidden(client.get("/checkout").text)}
    with atomic() as writing:
        writing.scalars(sa.select(Batch).where(Batch.variant_id == tea.id)).one().on_hand = 2
    answer = client.post("/checkout", data=data)
    assert answer.status_code == 409
    assert "Chỉ còn 2." in answer.text
    assert "Chè móc câu" in answer.text
    assert "Thôn Pang Cáng" in answer.text
    assert ordered(session) == []
    assert session.scalars(sa.select(CartLine.quantity)).all() == [3]
    fitted = client.post("/checkout", data={**data, "act": "fit"})
    assert 'data-total-dong="225000"' in fitted.text
    assert client.post("/checkout", data={**data, **hidden(fitted.text)}).status_code == 303


def test_what_cannot_be_sold_any_more_is_taken_out_on_request(
    client: Visitor, session: Session, tea: Variant
) -> None:
    gone = make_variant(session, product=make_product(session, name="Mật ong"), price=90_000)
    fill(client, session, {tea.id: 1, gone.id: 1})
    page = client.get("/checkout")
    assert "Đã hết hàng." in page.text
    assert 'value="place"' not in page.text
    fitted = client.post("/checkout", data={**BUYER, **hidden(page.text), "act": "fit"}).text
    assert "Mật ong" not in fitted
    assert 'value="place"' in fitted


def test_without_goods_there_is_no_checkout(client: Visitor, session: Session, tea: Variant) -> None:
    assert client.get("/checkout").location == "/cart"
    assert client.post("/checkout", data={"act": "fit"}).location == "/cart"
    fill(client, session, {tea.id: 1})
    data = {**BUYER, **hidden(client.get("/checkout").text)}
    with atomic() as writing:
        writing.execute(sa.delete(CartLine))
    assert client.post("/checkout", data=data).location == "/cart"
    assert client.post("/checkout", data={**data, "act": "fit"}).location == "/cart"


def test_a_member_need_not_write_the_address_again(client: Visitor, session: Session, tea: Variant) -> None:
    user = make_user(session, name="Trần Thị Mai", email="mai@thu.example", phone="0987654321")
    make_cart(session, user=user, lines={tea.id: 1})
    client.log_in(user)
    page = client.get("/checkout").text
    for known in ("Trần Thị Mai", "mai@thu.example", "0987 654 321"):
        assert known in page
    send(client)
    make = {"variant": tea.public_id, "quantity": "1"}
    client.post("/cart/lines", data=make)
    page = client.get("/checkout").text
    assert "Thôn Pang Cáng" in page
    assert f'selected value="{VAN_CHAN}"' in page


def test_an_order_belongs_to_who_placed_it(
    app: Flask, client: Visitor, session: Session, tea: Variant
) -> None:
    user = make_user(session)
    make_cart(session, user=user, lines={tea.id: 1})
    address = send(client.log_in(user)).location
    assert client.get(address).status_code == 200
    assert client.get(address).text.count("noindex") >= 1
    stranger = app.test_client()
    assert isinstance(stranger, Visitor)
    assert stranger.get(address).location.startswith("/login?next=")
    assert stranger.log_in(make_user(session)).get(address).status_code == 404
    for guessed in ("/orders/1", "/orders/" + "0" * 20):
        assert client.get(guessed).status_code == 404


def test_a_member_lists_own_orders(client: Visitor, session: Session, tea: Variant) -> None:
    assert client.get("/account/orders").location.startswith("/login")
    user = make_user(session)
    client.log_in(user)
    assert "Chưa có đơn nào" in client.get("/account/orders").text
    make_cart(session, user=user, lines={tea.id: 1})
    address = send(client).location
    page = client.get("/account/orders").text
    assert f'href="{address}"' in page
    assert "Chờ cơ sở nhận đơn" in page


def test_own_orders_come_in_pages(client: Visitor, session: Session, tea: Variant) -> None:
    user = make_user(session)
    make_order(session, variant=tea)  # a stranger's
    groups = [make_order(session, variant=tea, user=user).group for _ in range(41)]
    latest_first = [group.public_id for group in groups][::-1]
    client.log_in(user)

    def listed(page: str) -> list[str]:
        text = client.get(f"/account/orders{page}").text
        assert 'data-total="41"' in text
        assert ('href="/account/orders?page=2"' in text) is (page != "?page=2")
        return re.findall(r'href="/orders/([a-z0-9]+)"', text)

    pages = [listed(page) for page in ("", "?page=2", "?page=3")]
    assert [len(page) for page in pages] == [20, 20, 1]
    assert [one for page in pages for one in page] == latest_first
    assert listed("?page=0") == listed("?page=x") == pages[0]
    beyond = client.get("/account/orders?page=9")
    assert beyond.status_code == 200
    assert "Danh sách chỉ đến trang 3" in beyond.text
    assert 'href="/account/orders?page=3"' in beyond.text


def test_letters_name_every_batch_and_lead_to_the_order(
    client: Visitor, session: Session, settings: Settings, tea: Variant
) -> None:
    owner = make_owner(session, make_product(session).producer or make_producer(session))
    mine = make_owner(session, tea.product.producer)  # type: ignore[arg-type]
    fill(client, session, {tea.id: 2})
    address = send(client).location
    story = session.scalars(sa.select(Batch.public_id).where(Batch.variant_id == tea.id)).one()
    letters = {letter["To"]: text_of(letter) for letter in delivered(settings)}
    assert set(letters) == {"duong@thu.example", mine.email}
    assert owner.email not in letters
    for words in (f"http://localhost{address}", f"http://localhost/batches/{story}", "225.000", "SG-2611-01"):
        assert words in letters["duong@thu.example"]
    for words in ("Nguyễn Thùy Dương", "+84912345678", "Thôn Pang Cáng, xã Văn Chấn, Lào Cai"):
        assert words in letters[mine.email]


def test_in_english_the_pages_answer_too(client: Visitor, session: Session, tea: Variant) -> None:
    fill(client, session, {tea.id: 1})
    for path in ("/cart?lang=en", "/checkout?lang=en"):
        assert '<html lang="en">' in client.get(path).text
    send(client)
    group = session.scalars(sa.select(OrderGroup)).one()
    assert group.language == "en"
    assert group.placed_at > dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
