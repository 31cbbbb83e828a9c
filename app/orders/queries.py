"""What buyer and producer read of orders: as they were placed, and how far they have come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from app.accounts.models import User
from app.catalogue.models import Producer
from app.certification.standing import Standing
from app.core.clock import vietnam_day
from app.core.errors import NotFound
from app.core.phones import written_phone
from app.geography.places import PlaceKey, PlaceView, places
from app.listing.goods import Goods, goods
from app.orders.models import Order, OrderGroup, OrderLine, OrderState
from app.supply.models import Batch


@dataclass(frozen=True, slots=True)
class LineBatch:
    """So many units of a line from this batch; `public_id` is the address of its page."""

    public_id: str
    code: str
    quantity: int


@dataclass(frozen=True, slots=True)
class LineView:
    """A line as it was placed, in đồng, with the standing the product had that day.

    `goods` is the variant as it is today, for its picture and its address.
    """

    product_slug: str
    product_name: str
    goods: Goods
    pack: str
    unit_price: int
    quantity: int
    total: int
    standing: Standing
    batches: tuple[LineBatch, ...]


@dataclass(frozen=True, slots=True)
class OrderView:
    """One producer's parcel."""

    number: str
    producer_id: int
    producer_name: str
    producer_slug: str
    state: OrderState
    state_at: dt.datetime
    placed_at: dt.datetime
    tracking: str | None
    cancel_reason: str | None
    goods_total: int
    delivery_fee: int
    total: int
    lines: tuple[LineView, ...]


@dataclass(frozen=True, slots=True)
class OrderGroupView:
    """One purchase with its parcels. `phone` in E.164, for the producer who delivers; pages show `masked_phone`."""

    public_id: str
    user_id: int | None
    buyer_name: str
    phone: str
    email: str | None
    place: PlaceView
    address: str
    note: str | None
    payment_method: str
    placed_at: dt.datetime
    total: int
    orders: tuple[OrderView, ...]

    @property
    def masked_phone(self) -> str:
        """Enough to recognise the own number: "091x xxx 678"."""
        return masked(self.phone)

    @property
    def due(self) -> int:
        """What is still to be paid on delivery, in đồng: cancelled parcels cost nothing."""
        return sum(order.total for order in self.orders if order.state != OrderState.CANCELLED)


@dataclass(frozen=True, slots=True)
class OrderSummary:
    """A row in a member's list of orders: one purchase, the states of its parcels in their order."""

    public_id: str
    placed_at: dt.datetime
    total: int
    producers: tuple[str, ...]
    states: tuple[OrderState, ...]
    units: int


@dataclass(frozen=True, slots=True)
class KnownBuyer:
    """What a member need not write again: name and address of the account, and where the last parcel went."""

    name: str
    phone: str | None
    email: str
    province_id: str | None = None
    commune_id: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class ProducerOrder:
    """A producer's order with whom it goes to."""

    order: OrderView
    buyer: OrderGroupView


def masked(phone: str) -> str:
    """A phone number with its middle hidden: "+84912345678" → "091x xxx 678"."""
    number = written_phone(phone)
    digits = [index for index, sign in enumerate(number) if sign.isdigit()]
    hidden = set(digits[3:-3])
    return "".join("x" if index in hidden else sign for index, sign in enumerate(number))


_WHOLE = selectinload(OrderGroup.orders).selectinload(Order.lines).selectinload(OrderLine.batches)


def order_group(session: Session, public_id: str) -> OrderGroupView:
    """The purchase at this unguessable address, as in the database now. Raises NotFound."""
    group = session.scalar(
        sa.select(OrderGroup)
        .where(OrderGroup.public_id == public_id)
        .options(_WHOLE)
        .execution_options(populate_existing=True)
    )
    if group is None:
        raise NotFound
    return _group_views(session, [(group, group.orders)])[0]


def known_buyer(session: Session, user_id: int) -> KnownBuyer:
    """What the checkout page fills in for this member."""
    user = session.get_one(User, user_id)
    last = session.scalar(
        sa.select(OrderGroup)
        .where(OrderGroup.user_id == user_id)
        .order_by(OrderGroup.placed_at.desc(), OrderGroup.id.desc())
        .limit(1)
    )
    if last is None:
        return KnownBuyer(user.name, user.phone, user.email)
    return KnownBuyer(
        last.buyer_name, last.phone, user.email, last.province_id, last.commune_id, last.address
    )


def count_orders(session: Session, user_id: int) -> int:
    """How many purchases a member has made."""
    return (
        session.scalar(
            sa.select(sa.func.count()).select_from(OrderGroup).where(OrderGroup.user_id == user_id)
        )
        or 0
    )


def orders_of_user(session: Session, user_id: int, *, limit: int, offset: int = 0) -> list[OrderSummary]:
    """A member's purchases, the latest first."""
    groups = session.scalars(
        sa.select(OrderGroup)
        .where(OrderGroup.user_id == user_id)
        .options(_WHOLE)
        .order_by(OrderGroup.placed_at.desc(), OrderGroup.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [
        OrderSummary(
            public_id=group.public_id,
            placed_at=group.placed_at,
            total=group.total,
            producers=tuple(order.producer_name for order in group.orders),
            states=tuple(order.state for order in group.orders),
            units=sum(line.quantity for order in group.orders for line in order.lines),
        )
        for group in groups
    ]


def orders_of_producer(
    session: Session, producer_id: int, *, states: Iterable[OrderState] = OrderState, limit: int = 200
) -> list[ProducerOrder]:
    """A producer's orders in these states, the latest first, each with its own parcel only."""
    orders = session.scalars(
        sa.select(Order)
        .where(Order.producer_id == producer_id, Order.state.in_(tuple(states)))
        .options(
            selectinload(Order.lines).selectinload(OrderLine.batches),
            selectinload(Order.group),
        )
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(limit)
    ).all()
    views = _group_views(session, [(order.group, [order]) for order in orders])
    return [ProducerOrder(view.orders[0], view) for view in views]


def _group_views(
    session: Session, groups: Sequence[tuple[OrderGroup, Sequence[Order]]]
) -> list[OrderGroupView]:
    """Purchases with these of their parcels, in a fixed number of queries."""
    parcels = [order for _, orders in groups for order in orders]
    lines = [line for order in parcels for line in order.lines]
    batch_ids = {part.batch_id for line in lines for part in line.batches}
    addresses: dict[int, str] = {
        row.id: row.public_id
        for row in session.execute(sa.select(Batch.id, Batch.public_id).where(Batch.id.in_(batch_ids)))
    }
    goods_of = goods(session, {line.variant_id for line in lines})
    slugs: dict[int, str] = {
        row.id: row.slug
        for row in session.execute(
            sa.select(Producer.id, Producer.slug).where(
                Producer.id.in_({order.producer_id for order in parcels})
            )
        )
    }
    spots = places(session, [PlaceKey(group.commune_id, group.province_id) for group, _ in groups])
    return [
        _group_view(
            group,
            spot,
            tuple(_order_view(order, slugs[order.producer_id], goods_of, addresses) for order in orders),
        )
        for (group, orders), spot in zip(groups, spots, strict=True)
    ]


def _group_view(group: OrderGroup, spot: PlaceView, orders: tuple[OrderView, ...]) -> OrderGroupView:
    return OrderGroupView(
        public_id=group.public_id,
        user_id=group.user_id,
        buyer_name=group.buyer_name,
        phone=group.phone,
        email=group.email,
        place=spot,
        address=group.address,
        note=group.note,
        payment_method=group.payment_method,
        placed_at=group.placed_at,
        total=group.total,
        orders=orders,
    )


def _order_view(
    order: Order,
    producer_slug: str,
    goods_of: dict[int, Goods],
    addresses: dict[int, str],
) -> OrderView:
    return OrderView(
        number=order.number,
        producer_id=order.producer_id,
        producer_name=order.producer_name,
        producer_slug=producer_slug,
        state=order.state,
        state_at=order.state_at,
        placed_at=order.placed_at,
        tracking=order.tracking,
        cancel_reason=order.cancel_reason,
        goods_total=order.goods_total,
        delivery_fee=order.delivery_fee,
        total=order.total,
        lines=tuple(
            LineView(
                product_slug=line.product_slug,
                product_name=line.product_name,
                goods=goods_of[line.variant_id],
                pack=line.pack,
                unit_price=line.unit_price,
                quantity=line.quantity,
                total=line.total,
                standing=Standing(
                    line.standing,
                    "as-placed",
                    vietnam_day(order.placed_at),
                    stars=line.stars,
                    until=line.stars_until,
                    recognised_year=line.recognised_year,
                ),
                batches=tuple(
                    LineBatch(addresses[part.batch_id], part.batch_code, part.quantity)
                    for part in line.batches
                ),
            )
            for line in order.lines
        ),
    )
