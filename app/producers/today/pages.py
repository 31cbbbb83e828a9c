"""The view model of the first page: what waits, what is in stock, and the first steps of a new producer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import url_for

from app.certification.standing import Standing
from app.orders.queries import ProducerOrder
from app.producers.labels import batch_label, roll_label, units_left_label
from app.producers.stamps.queries import RollView
from app.producers.today.queries import EndingCertificate, StockSum, TodayView
from app.supply.queries import BatchStock
from app.web.components import Action, Pill, Stat, Step
from app.web.filters import ago, number, vn_date, vnd
from app.web.language import gettext, ngettext, pgettext

SHOWN_STOCK: Final = 8
"""Variants in stock that the page lists."""
LAST_DAYS: Final = 30
"""Days left from which the end of a certificate is an alarm."""


@dataclass(frozen=True, slots=True)
class LinkedLine:
    """A line of a list: its title leads to the thing, a note stands below, a value at the end."""

    title: str
    url: str
    note: str
    value: str


@dataclass(frozen=True, slots=True)
class ExpiringLine:
    """A batch near its date."""

    title: str
    url: str
    note: str
    date: Pill


@dataclass(frozen=True, slots=True)
class EndingLine:
    """A product whose certificate ends soon."""

    title: str
    url: str
    standing: Standing
    days: Pill


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """What a new producer does once, and the step that is next."""

    steps: tuple[Step, ...]
    next: Action


@dataclass(frozen=True, slots=True)
class TodayPage:
    """Everything of the first page; `first_steps` until all of them are done."""

    first_steps: FirstSteps | None
    waiting: Stat
    orders: tuple[LinkedLine, ...]
    expiring: tuple[ExpiringLine, ...]
    ending: tuple[EndingLine, ...]
    rolls: tuple[LinkedLine, ...]
    units: Stat
    stock: tuple[LinkedLine, ...]
    others: tuple[Action, ...]


def today_page(view: TodayView, others: Sequence[tuple[str, str]]) -> TodayPage:
    """The first page. `others` are the person's other producers by address and name."""
    return TodayPage(
        first_steps=None if view.settled else _first_steps(view),
        waiting=Stat(number(view.waiting), ngettext("đơn cần đóng gói", "đơn cần đóng gói", view.waiting)),
        orders=tuple(_order_line(order) for order in view.orders),
        expiring=tuple(_expiring_line(batch) for batch in view.expiring),
        ending=tuple(_ending_line(certificate) for certificate in view.ending),
        rolls=tuple(_roll_line(roll) for roll in view.rolls),
        units=Stat(number(sum(variant.units for variant in view.stock)), gettext("gói bán được")),
        stock=tuple(_stock_line(variant) for variant in view.stock[:SHOWN_STOCK]),
        others=tuple(_other(slug, name) for slug, name in others),
    )


def _first_steps(view: TodayView) -> FirstSteps:
    has = gettext("có rồi")
    steps = (
        (view.has_products, gettext("Sản phẩm và giá"), gettext("thêm sản phẩm")),
        (view.has_areas, pgettext("one", "Vùng nguyên liệu"), gettext("ghi nơi trồng, nuôi")),
        (view.has_batches, gettext("Lô hàng"), gettext("mở lô đầu tiên")),
    )
    earlier = [True, view.has_products, view.has_products and view.has_areas]
    shown = [
        Step(title, has if done else text, "done" if done else "now" if ready else "next")
        for (done, title, text), ready in zip(steps, earlier, strict=True)
    ]
    stamps = "done" if view.has_rolls else "now" if view.has_batches else "next"
    return FirstSteps(
        (*shown, Step(gettext("Tem"), gettext("cấp, in, dán, kích hoạt"), stamps)), _next_step(view)
    )


def _next_step(view: TodayView) -> Action:
    if not view.has_products:
        return Action(gettext("Thêm sản phẩm"), url_for("portal.add_product"), kind="main")
    if not view.has_areas:
        return Action(gettext("Thêm vùng nguyên liệu"), url_for("portal.add_area"), kind="main")
    if not view.has_batches:
        return Action(gettext("Mở lô đầu tiên"), url_for("portal.add_batch"), kind="main")
    return Action(gettext("Cấp cuộn tem"), url_for("portal.issue_stamps"), kind="main")


def _order_line(of: ProducerOrder) -> LinkedLine:
    order, buyer = of.order, of.buyer
    return LinkedLine(
        title=order.number,
        url=url_for("portal.order", number=order.number),
        note=f"{buyer.buyer_name}, {buyer.place.province_now.short_name} · {ago(order.placed_at)}",
        value=vnd(order.total),
    )


def _expiring_line(batch: BatchStock) -> ExpiringLine:
    day = vn_date(batch.expires_on)
    return ExpiringLine(
        title=batch_label(batch.code),
        url=url_for("portal.batch", public_id=batch.public_id),
        note=f"{batch.product_name}, {units_left_label(batch.on_hand)}",
        date=Pill(gettext("quá hạn %(day)s", day=day), "bad", "alert")
        if batch.expired
        else Pill(gettext("hạn %(day)s", day=day), "warn", "clock"),
    )


def _ending_line(certificate: EndingCertificate) -> EndingLine:
    days = certificate.days
    if days is None:
        label = gettext("trong năm %(year)s, chưa rõ ngày", year=certificate.standing.ending_year)
    else:
        label = ngettext("còn %(num)s ngày", "còn %(num)s ngày", days)
    return EndingLine(
        title=certificate.name,
        url=url_for("portal.product", slug=certificate.slug),
        standing=certificate.standing,
        days=Pill(label, "bad" if days is not None and days <= LAST_DAYS else "warn", "clock"),
    )


def _roll_line(roll: RollView) -> LinkedLine:
    notes = (
        roll.product_name,
        gettext("lô %(code)s", code=roll.batch_code) if roll.batch_code else "",
        "" if roll.printed_at else gettext("chưa in"),
    )
    return LinkedLine(
        title=roll_label(roll.label),
        url=url_for("portal.roll", public_id=roll.public_id),
        note=" · ".join(filter(None, notes)),
        value=gettext("%(n)s tem", n=number(roll.blank)),
    )


def _stock_line(variant: StockSum) -> LinkedLine:
    notes = (
        variant.pack,
        ngettext("%(num)s lô", "%(num)s lô", variant.batches),
        gettext("hạn gần nhất %(day)s", day=vn_date(variant.first_expiry)) if variant.first_expiry else "",
    )
    return LinkedLine(
        title=variant.product_name,
        url=url_for("portal.product", slug=variant.product_slug),
        note=" · ".join(filter(None, notes)),
        value=number(variant.units),
    )


def _other(slug: str, name: str) -> Action:
    url = url_for("portal.home", producer=slug)
    return Action(gettext("Sang %(name)s", name=name), url, icon="shop")
