"""View models of the stamps: the list of rolls, and one roll."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import url_for

from app.producers.labels import (
    RANGES_SHOWN,
    batch_label,
    gtin_label,
    roll_label,
    span_label,
    stamp_bar,
    stamp_ranges,
)
from app.producers.stamps.forms import IN_ONE_FILE
from app.producers.stamps.queries import ACTIVE, VOID, ActivationView, RollView
from app.trace.stamps.models import AddressForm
from app.web.components import Action, Crumb, Link, Row, StampBar, StampRange
from app.web.filters import number, vn_date
from app.web.language import gettext, ngettext
from app.web.pagination import Address, Pages, page_number

ACTIVATIONS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class RollLine:
    """A roll as a row of the list; how many of its stamps are active, void and blank."""

    title: str
    url: str
    goods: str
    batch: Link | None
    printed_at: dt.datetime | None
    count: int
    active: int
    void: int
    blank: int


@dataclass(frozen=True, slots=True)
class RollsPage:
    """Every roll of the producer."""

    rows: tuple[RollLine, ...]


@dataclass(frozen=True, slots=True)
class ActivationLine:
    """Stamps that were activated together; `undo` while that may be taken back."""

    title: str
    batch: Link
    at: dt.datetime
    who: str | None
    undo: Action | None


@dataclass(frozen=True, slots=True)
class ListPages:
    """Pages of one of the lists on the roll's page, by the parameter that says which page is shown."""

    pages: Pages
    parameter: str
    address: Address

    def url(self, number: int) -> str:
        """The address of a page, for templates."""
        return str(self.address.with_only(self.parameter, str(number)))


@dataclass(frozen=True, slots=True)
class RollPage:
    """One roll. `print_main` where the whole of it fits one file; `files` are the parts to print.

    `activatable`: it has blank stamps; `asks_batch`: the batch is not known and must be chosen. `ranges` and
    `activations` are each one page of a list. `printed_facts`: what its stamps carry.
    """

    public_id: str
    title: str
    crumbs: tuple[Crumb, ...]
    goods: str
    batch: Link | None
    print_main: Action | None
    note: str
    count: int
    bar: StampBar
    ranges: tuple[StampRange, ...]
    range_pages: ListPages
    activatable: bool
    asks_batch: bool
    printed: str
    printed_facts: tuple[Row, ...]
    files: tuple[Action, ...]
    activations: tuple[ActivationLine, ...]
    activation_pages: ListPages


def rolls_page(rolls: Sequence[RollView]) -> RollsPage:
    """The list of these rolls."""
    return RollsPage(tuple(_roll_line(roll) for roll in rolls))


def _roll_line(roll: RollView) -> RollLine:
    return RollLine(
        title=roll_label(roll.label),
        url=url_for("portal.roll", public_id=roll.public_id),
        goods=f"{roll.product_name}, {roll.pack}",
        batch=_batch(roll.batch_code, roll.batch_public_id, roll.batch_code),
        printed_at=roll.printed_at,
        count=roll.count,
        active=roll.total(ACTIVE),
        void=roll.total(VOID),
        blank=roll.blank,
    )


def _batch(code: str | None, public_id: str | None, label: str | None) -> Link | None:
    return Link(label, url_for("portal.batch", public_id=public_id)) if code and label else None


def _first_crumb() -> Crumb:
    return Crumb(gettext("Tem"), url_for("portal.stamps"))


def new_roll_crumbs() -> tuple[Crumb, ...]:
    """Where the page that issues a roll stands."""
    return (_first_crumb(), Crumb(gettext("Cấp cuộn tem")))


def count_hint(unstamped: int | None) -> str:
    """How many stamps may be issued for the batch chosen (None: none is chosen yet)."""
    if unstamped is None:
        return gettext("Không quá số gói chưa có tem của lô.")
    return ngettext("Lô còn %(num)s gói chưa có tem.", "Lô còn %(num)s gói chưa có tem.", unstamped)


def roll_page(roll: RollView, now: dt.datetime, address: Address) -> RollPage:
    """The page of one roll at this moment, as asked at this address."""
    code = roll.batch_code
    range_pages = _pages(address, "page", RANGES_SHOWN, len(roll.ranges))
    activation_pages = _pages(address, "acts", ACTIVATIONS_SHOWN, len(roll.activations))
    latest_first = sorted(roll.activations, key=lambda activation: activation.at, reverse=True)
    shown = latest_first[activation_pages.pages.offset :][:ACTIVATIONS_SHOWN]
    return RollPage(
        public_id=roll.public_id,
        title=gettext("Cuộn tem số %(n)s", n=roll.label),
        crumbs=(_first_crumb(), Crumb(roll_label(roll.label))),
        goods=f"{roll.product_name}, {roll.pack}",
        batch=_batch(code, roll.batch_public_id, batch_label(code) if code else None),
        print_main=_print_main(roll) if roll.count <= IN_ONE_FILE else None,
        note=gettext("%(n)s tem, cấp %(day)s", n=number(roll.count), day=vn_date(roll.issued_at)),
        count=roll.count,
        bar=stamp_bar(roll),
        ranges=stamp_ranges(roll, range_pages.pages.number),
        range_pages=range_pages,
        activatable=bool(roll.blank),
        asks_batch=roll.batch_id is None,
        printed=gettext("in %(day)s", day=vn_date(roll.printed_at))
        if roll.printed_at
        else gettext("chưa in"),
        printed_facts=_printed_facts(roll),
        files=_files(roll),
        activations=tuple(_activation_line(roll, activation, now) for activation in shown),
        activation_pages=activation_pages,
    )


def _pages(address: Address, parameter: str, per_page: int, total: int) -> ListPages:
    """The page asked for, the last one for any beyond it."""
    asked = page_number(dict(address.pairs).get(parameter, ""))
    pages = Pages(asked, per_page, total)
    return ListPages(replace(pages, number=min(asked, pages.last)), parameter, address)


def _printed_facts(roll: RollView) -> tuple[Row, ...]:
    if roll.address_form is None:
        return ()
    gtin = gtin_label(roll.gtin) if roll.gtin else gettext("không có")
    form = {AddressForm.DIGITAL_LINK: "/01/GTIN/21/…", AddressForm.STAMP: "/t/…"}[roll.address_form]
    return (Row(gettext("GTIN trên tem"), gtin), Row(gettext("Địa chỉ trong mã QR"), form))


def _print_main(roll: RollView) -> Action:
    kind = "line" if roll.printed_at else "main"
    url = url_for("portal.sheet", public_id=roll.public_id)
    return Action(gettext("Tải PDF để in"), url, kind=kind, icon="print")


def _files(roll: RollView) -> tuple[Action, ...]:
    """A file for each IN_ONE_FILE stamps."""
    firsts = range(1, roll.count + 1, IN_ONE_FILE)
    return tuple(_file(roll, first, min(first + IN_ONE_FILE - 1, roll.count)) for first in firsts)


def _file(roll: RollView, first: int, last: int) -> Action:
    return Action(
        gettext("Tải PDF %(a)s–%(b)s", a=number(first), b=number(last)),
        url_for("portal.sheet", public_id=roll.public_id, first=first, last=last),
        icon="download",
    )


def _activation_line(roll: RollView, activation: ActivationView, now: dt.datetime) -> ActivationLine:
    batch_url = url_for("portal.batch", public_id=activation.batch_public_id)
    return ActivationLine(
        title=span_label(activation.first, activation.last),
        batch=Link(batch_label(activation.batch_code), batch_url),
        at=activation.at,
        who=activation.who,
        undo=_undo(roll, activation) if activation.undo_until >= now else None,
    )


def _undo(roll: RollView, activation: ActivationView) -> Action:
    return Action(
        gettext("Hoàn lại"),
        url_for("portal.undo_stamps", public_id=roll.public_id, activation_id=activation.id),
        method="post",
        confirm=gettext("Hoàn lại lần kích hoạt này?"),
    )
