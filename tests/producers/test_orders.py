"""The order room and the first page: what waits, what to fetch from which batch, the steps of an order."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import Producer
from app.core import clock
from app.core.db import atomic
from app.orders.models import Order, OrderLine, OrderLineBatch
from tests.factories.certification import make_certificate
from tests.factories.client import Visitor
from tests.factories.keeping import keep
from tests.factories.orders import make_order
from tests.factories.supply import make_batch
from tests.producers.conftest import SampleSite, build


@pytest.fixture
def address(session: Session, sample: SampleSite) -> str:
    """The page of my order, whose two packs came out of my batch of 100."""
    with atomic():
        sample.batch.on_hand -= 2
    line = session.scalars(sa.select(OrderLine).where(OrderLine.order_id == sample.order.id)).one()
    part = OrderLineBatch(
        order_line_id=line.id, batch_id=sample.batch.id, batch_code=sample.batch.code, quantity=2
    )
    keep(session, part)
    return f"/portal/suoi-giang/orders/{sample.order.number}"


def state(session: Session, sample: SampleSite) -> str:
    session.refresh(sample.order)
    return sample.order.state


def test_an_order_goes_from_placed_to_delivered(
    session: Session, portal: Visitor, sample: SampleSite, address: str
) -> None:
    page = portal.get(address).text
    assert "Thôn Pang Cáng, xã Văn Chấn, Lào Cai" in page
    assert sample.batch.code in page
    portal.post(f"{address}/confirm")
    assert state(session, sample) == "confirmed"
    portal.post(f"{address}/ship", data={"tracking": "VNPost EH123"})
    assert "VNPost EH123" in portal.get(address).text
    portal.post(f"{address}/deliver")
    assert state(session, sample) == "delivered"
    assert "Đã giao, đã thu tiền" not in portal.get(address).text


def test_a_step_taken_twice_says_so_kindly(
    session: Session, portal: Visitor, sample: SampleSite, address: str
) -> None:
    portal.post(f"{address}/confirm")
    assert "đã được xác nhận rồi" in portal.post(f"{address}/confirm", follow_redirects=True).text
    portal.post(f"{address}/ship")
    again = portal.post(f"{address}/ship")
    assert again.status_code == 409
    assert "đã gửi đi rồi" in again.text
    assert "đã gửi đi rồi" in portal.post(f"{address}/cancel", data={"reason": "muộn"}).text
    assert state(session, sample) == "shipped"


def test_a_cancelled_order_gives_its_packs_back(
    session: Session, portal: Visitor, sample: SampleSite, address: str
) -> None:
    silent = portal.post(f"{address}/cancel", data={"reason": " "})
    assert silent.status_code == 400
    assert 'id="reason-error"' in silent.text
    assert sample.batch.on_hand == 98
    portal.post(f"{address}/cancel", data={"reason": "Hết hàng"})
    session.refresh(sample.batch)
    assert (state(session, sample), sample.batch.on_hand) == ("cancelled", 100)
    assert "Hết hàng" in portal.get(address).text


def test_long_words_are_said_at_the_field(portal: Visitor, address: str) -> None:
    assert 'id="tracking-error"' in portal.post(f"{address}/ship", data={"tracking": "x" * 81}).text


def test_the_pick_list_sums_packs_by_batch(
    session: Session, portal: Visitor, sample: SampleSite, address: str
) -> None:
    second = make_order(session, variant=sample.variant, quantity=3)
    line = session.scalars(sa.select(OrderLine).where(OrderLine.order_id == second.id)).one()
    keep(
        session,
        OrderLineBatch(
            order_line_id=line.id, batch_id=sample.batch.id, batch_code=sample.batch.code, quantity=3
        ),
    )
    page = portal.get("/portal/suoi-giang/orders/pick").text
    assert page.count(f"/portal/suoi-giang/batches/{sample.batch.public_id}") == 1
    assert "<b>5</b>" in page
    for order in (sample.order, second):
        assert order.number in page


@pytest.mark.parametrize(
    ("shelf", "shown"), [("", "placed"), ("?state=sent", "shipped"), ("?state=over", "delivered")]
)
def test_orders_lie_on_three_shelves(
    session: Session, portal: Visitor, sample: SampleSite, shelf: str, shown: str
) -> None:
    numbers = {
        one: make_order(session, variant=sample.variant, state=one).number
        for one in ("shipped", "delivered", "cancelled")
    } | {"placed": sample.order.number}
    page = portal.get(f"/portal/suoi-giang/orders{shelf}").text
    assert numbers[shown] in page
    assert [number in page for number in numbers.values()].count(True) == (2 if shown == "delivered" else 1)


def test_an_unknown_shelf_is_the_first(portal: Visitor, sample: SampleSite) -> None:
    assert sample.order.number in portal.get("/portal/suoi-giang/orders?state=xyz").text


def test_a_parcel_of_the_same_buying_from_another_producer_stays_out(
    session: Session, portal: Visitor, sample: SampleSite
) -> None:
    other = build(session, "Mèo Vạc")
    with atomic() as writing:
        writing.execute(
            sa.update(Order).where(Order.id == other.order.id).values(group_id=sample.order.group_id)
        )
    page = portal.get(f"/portal/suoi-giang/orders/{sample.order.number}").text
    assert other.product.name not in page
    assert other.order.number not in page


def test_today_shows_what_waits(session: Session, portal: Visitor, sample: SampleSite) -> None:
    soon = clock.today() + dt.timedelta(days=20)
    near = make_batch(session, variant=sample.variant, expires_on=soon)
    gone = make_batch(
        session,
        variant=sample.variant,
        made_on=clock.today() - dt.timedelta(days=90),
        expires_on=clock.today() - dt.timedelta(days=1),
    )
    make_certificate(session, product=sample.product, valid_until=soon)
    page = portal.get("/portal/suoi-giang/today").text
    for words in (
        sample.order.number,
        f"Lô {near.code}",
        f"Lô {gone.code}",
        "quá hạn",
        "còn 20 ngày",
        f"Cuộn số {sample.roll.label}",
        "40 tem",
    ):
        assert words in page


def test_the_first_steps_are_shown_until_they_are_taken(
    session: Session, portal: Visitor, beginner: Visitor
) -> None:
    assert "Bước đầu" in beginner.get("/portal/htx-moi/today").text
    assert "Bước đầu" not in portal.get("/portal/suoi-giang/today").text
    assert session.scalar(sa.select(sa.func.count()).select_from(Producer)) == 2


@pytest.mark.parametrize(("days", "shown"), [(181, False), (180, True), (30, True), (0, True)])
def test_a_certificate_is_announced_half_a_year_before_its_end(
    *, session: Session, portal: Visitor, sample: SampleSite, days: int, shown: bool
) -> None:
    make_certificate(session, product=sample.product, valid_until=clock.today() + dt.timedelta(days=days))
    assert ("Giấy chứng nhận sắp hết" in portal.get("/portal/suoi-giang/today").text) is shown


@pytest.mark.parametrize(
    ("year", "words"), [(2022, ""), (2023, "trong năm 2026"), (2024, "trong năm 2027"), (2025, "")]
)
def test_one_known_by_its_year_is_announced_before_the_year_in_which_it_ends(
    session: Session, portal: Visitor, sample: SampleSite, year: int, words: str
) -> None:
    make_certificate(session, product=sample.product, recognised_year=year)
    page = portal.get("/portal/suoi-giang/today").text
    assert ("Giấy chứng nhận sắp hết" in page) is bool(words)
    assert (f"{words}, chưa rõ ngày" in page) is bool(words)
