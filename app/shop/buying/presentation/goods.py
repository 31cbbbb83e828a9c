"""What cart, checkout and order pages say alike of goods, batches and amounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import url_for
from markupsafe import Markup

from app.catalogue.plates import plate_for
from app.geography.lookup import Gazetteer
from app.listing.goods import Goods
from app.listing.labels import stars
from app.orders.cart import CartLineView, CartView, ParcelView
from app.supply.queries import BatchOnSale
from app.web.components import Amount
from app.web.filters import vn_date, vnd
from app.web.language import gettext, ngettext
from app.web.media import photo_url
from app.web.messages import message_for

MOST_OF_A_LINE: Final = 999


@dataclass(frozen=True, slots=True)
class BatchLink:
    """A batch of a line and the address of its story; `quantity` where the line has units of several batches."""

    label: str
    url: str
    quantity: str = ""


@dataclass(frozen=True, slots=True)
class GoodsLine:
    """A line of a cart or an order. `details` follow the name, `expires` follows the batch that would be sent."""

    name: str
    url: str | None
    picture: str
    details: str
    example: bool
    batches: tuple[BatchLink, ...]
    expires: str
    stars: Markup
    total: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line cannot be ordered."""

    name: str
    text: str


def units_label(count: int) -> str:
    return ngettext("%(num)s món", "%(num)s món", count)


def parcels_label(count: int) -> str:
    return ngettext("%(num)s kiện", "%(num)s kiện", count)


def cart_amounts(cart: CartView) -> tuple[Amount, ...]:
    goods, delivery = gettext("Tiền hàng"), gettext("Giao hàng")
    return (
        Amount(f"{goods}, {units_label(cart.count)}", cart.goods_total),
        Amount(f"{delivery}, {parcels_label(len(cart.parcels))}", cart.delivery_total),
    )


def sent_from(parcel: ParcelView, places: Gazetteer) -> str:
    if not parcel.province_id:
        return ""
    return gettext("gửi từ %(place)s", place=places.today_of(parcel.province_id).short_name)


def producer_url(slug: str | None) -> str:
    return url_for("shop.producer", slug=slug) if slug else ""


def goods_picture(goods: Goods) -> str:
    """The address of the first photograph of a pack, else of its drawn plate."""
    if goods.photo:
        return photo_url(goods.photo, 240)
    return plate_for(goods.name, goods.group_code, goods.product_set, goods.province, goods.slug)


def goods_url(goods: Goods) -> str | None:
    return url_for("shop.product", slug=goods.slug) if goods.shown else None


def batch_link(public_id: str, code: str, quantity: str = "") -> BatchLink:
    address = url_for("trace.batch_story", public_id=public_id)
    return BatchLink(gettext("lô %(code)s", code=code), address, quantity)


def problem_label(line: CartLineView) -> str:
    return message_for(line.refusal) if line.refusal else ""


def goods_line(line: CartLineView, details: str, problem: str) -> GoodsLine:
    batch = line.batch
    return GoodsLine(
        name=line.goods.name,
        url=goods_url(line.goods),
        picture=goods_picture(line.goods),
        details=details,
        example=line.goods.example,
        batches=(batch_link(batch.public_id, batch.code),) if batch else (),
        expires=expiry_label(batch),
        stars=stars(line.standing),
        total=vnd(line.total),
        problem=problem,
    )


def expiry_label(batch: BatchOnSale | None) -> str:
    if batch is None or batch.expires_on is None:
        return ""
    return gettext("hạn dùng %(day)s", day=vn_date(batch.expires_on))


@dataclass(frozen=True, slots=True)
class NearGoods:
    """A pack in stock that is near to one that is not."""

    name: str
    url: str | None
    label: str


def near_goods(goods: Goods) -> NearGoods:
    return NearGoods(goods.name, goods_url(goods), f"{goods.producer_name}, {vnd(goods.price)}")
