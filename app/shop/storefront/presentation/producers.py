"""Producers and raw-material areas as their templates draw them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import url_for
from markupsafe import Markup

from app.geography.lookup import Province
from app.listing.card_view import CardView, card_views
from app.listing.labels import kind_label, listing_label, place_label, province_label, province_name
from app.listing.products import PER_PAGE
from app.listing.small_map import small_map
from app.shop.storefront.presentation.head import Head, beyond_last_page, heading_of_page, home_crumb
from app.shop.storefront.producers import (
    PRODUCERS_PER_PAGE,
    AreaBatch,
    AreaPage,
    ProducerLine,
    ProducerList,
    ProducerPage,
)
from app.shop.storefront.structured_data import producer_json
from app.supply.queries import AreaFacts
from app.web.canonical import absolute, page_links
from app.web.components import Action, Crumb, EmptyState, Option, Row, SmallMap
from app.web.filters import number, vn_date
from app.web.json_ld import json_ld
from app.web.language import gettext, ngettext
from app.web.pagination import Address, Pages

UNKNOWN_KIND = "unknown"


@dataclass(frozen=True, slots=True)
class ProducerRow:
    """A producer of the list."""

    name: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class ProducersView:
    """The list of producers with its form. `nameless` is a note on products whose sources name no producer."""

    head: Head
    heading: str
    lead: str
    total: int
    crumbs: tuple[Crumb, ...]
    q: str
    provinces: tuple[Option, ...]
    kinds: tuple[Option, ...]
    ignored: str
    rows: tuple[ProducerRow, ...]
    pages: Pages
    address: Address
    empty: EmptyState | None
    nameless: str


@dataclass(frozen=True, slots=True)
class AreaLine:
    """A raw-material area of a producer."""

    name: str
    url: str
    note: str
    example: bool


@dataclass(frozen=True, slots=True)
class ProducerView:
    """The page of one producer."""

    head: Head
    summary: str
    data: Markup
    crumbs: tuple[Crumb, ...]
    slug: str
    name: str
    label: str
    story: str | None
    rows: tuple[Row, ...]
    areas: tuple[AreaLine, ...]
    map: SmallMap
    today: str
    total: int
    total_label: str
    cards: tuple[CardView, ...]
    pages: Pages
    address: Address
    empty: EmptyState | None


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch made of material from an area."""

    code: str
    url: str
    product: str
    made: str
    expires: str
    example: bool


@dataclass(frozen=True, slots=True)
class AreaView:
    """The page of one raw-material area. `outline` is an SVG path in a frame of 100 by 100."""

    head: Head
    crumbs: tuple[Crumb, ...]
    slug: str
    name: str
    place: str
    example: bool
    map: SmallMap
    outline: str | None
    producer: ProducerRow
    rows: tuple[Row, ...]
    cards: tuple[CardView, ...]
    batches: tuple[BatchRow, ...]


def present_producers(
    found: ProducerList, *, q: str, province: Province | None, kind: str, unknown: Sequence[str], page: int
) -> ProducersView:
    """The list that these choices find; `unknown` are the parameters whose values nobody knows."""
    chosen = ("q", q), ("province", province.slug if province else ""), ("kind", kind)
    address = Address(url_for("shop.producers"), tuple(pair for pair in chosen if pair[1]))
    pages = Pages(page, PRODUCERS_PER_PAGE, found.total)
    heading = _list_heading(found, province)
    lead = gettext("Hợp tác xã, hộ, công ty có sản phẩm trong sổ OCOP: ở đâu, làm gì, mấy sao.")
    return ProducersView(
        head=Head(
            heading_of_page(heading, page),
            f"{heading}. {lead}",
            page_links(address.at_page(page)),
            indexed=not q and len(address.pairs) <= 1 and not pages.beyond,
        ),
        heading=heading,
        lead=lead,
        total=found.total,
        crumbs=(home_crumb(), Crumb(gettext("Cơ sở"))),
        q=q,
        provinces=tuple(_province_options(found, province)),
        kinds=tuple(_kind_options(found, kind)),
        ignored=", ".join(listing_label("parameter_label", name) for name in unknown),
        rows=tuple(map(_producer_row, found.lines)),
        pages=pages,
        address=address,
        empty=None if found.lines else _no_producers(found, q, pages, address),
        nameless="" if address.pairs or not found.nameless else _nameless(found.nameless),
    )


def _list_heading(found: ProducerList, province: Province | None) -> str:
    count = ngettext("%(n)s cơ sở", "%(n)s cơ sở", found.total, n=number(found.total))
    if province is None:
        return gettext("%(count)s làm hàng OCOP", count=count)
    return gettext("%(count)s ở %(place)s", count=count, place=province_name(province))


def _province_options(found: ProducerList, chosen: Province | None) -> Iterator[Option]:
    yield Option("", gettext("Cả nước"))
    if chosen and not chosen.is_today:
        yield Option(chosen.slug, province_name(chosen), selected=True)
    for province, count in found.provinces:
        label = f"{province.short_name} ({count})"
        yield Option(province.slug, label, bool(chosen and chosen.id == province.id))


def _kind_options(found: ProducerList, chosen: str) -> Iterator[Option]:
    yield Option("", gettext("Mọi loại"))
    for kind, count in sorted(found.kinds.items(), key=lambda counted: counted[1], reverse=True):
        yield Option(kind, f"{kind_label(kind)} ({count})", kind == chosen)


def _producer_row(line: ProducerLine) -> ProducerRow:
    facts = line.facts
    kind = kind_label(facts.kind) if facts.kind != UNKNOWN_KIND else ""
    products = ngettext("%(num)s sản phẩm", "%(num)s sản phẩm", facts.products)
    label = ", ".join(filter(None, (kind, province_label(*line.province), products)))
    return ProducerRow(facts.name, label, url_for("shop.producer", slug=facts.slug))


def _no_producers(found: ProducerList, q: str, pages: Pages, address: Address) -> EmptyState:
    if found.total:
        return beyond_last_page(pages, address)
    products = url_for("shop.listing", q=q) if q else url_for("shop.listing")
    return EmptyState(
        gettext("Chưa có cơ sở nào như vậy"),
        gettext("Viết ngắn hơn, hay bỏ bớt một điều kiện."),
        (
            Action(gettext("Xem mọi cơ sở"), url_for("shop.producers"), "main"),
            Action(gettext("Tìm trong sản phẩm"), products),
        ),
    )


def _nameless(count: int) -> str:
    return ngettext(
        "Ngoài ra %(num)s sản phẩm có trong sổ mà nguồn công khai không nêu tên cơ sở.",
        "Ngoài ra %(num)s sản phẩm có trong sổ mà nguồn công khai không nêu tên cơ sở.",
        count,
    )


def present_producer(page: ProducerPage, *, number: int) -> ProducerView:
    """The page of a producer; `number` is that of the page of its products."""
    facts, place = page.facts, place_label(page.place)
    address = Address(url_for("shop.producer", slug=facts.slug))
    pages = Pages(number, PER_PAGE, page.total)
    total = ngettext("%(num)s sản phẩm", "%(num)s sản phẩm", page.total)
    summary = gettext(
        "%(name)s, %(place)s: %(count)s trong sổ OCOP.", name=facts.name, place=place, count=total
    )
    return ProducerView(
        head=Head(
            f"{facts.name}, {page.place.province_now.short_name}",
            summary,
            page_links(address.at_page(number)),
        ),
        summary=summary,
        data=json_ld(producer_json(page, address=absolute(address.path))),
        crumbs=_producer_crumbs(page),
        slug=facts.slug,
        name=facts.name,
        label=place if facts.kind == UNKNOWN_KIND else f"{kind_label(facts.kind)}, {place}",
        story=facts.story,
        rows=tuple(_producer_rows(page, total)),
        areas=tuple(map(_area_line, page.areas)),
        map=small_map(page.place.lat, page.place.lon, on_the_map(facts.name)),
        today=page.place.today,
        total=page.total,
        total_label=total,
        cards=card_views(page.products),
        pages=pages,
        address=address,
        empty=None if page.products else _no_products(page, pages, address),
    )


def on_the_map(name: str) -> str:
    """What the small map shows, for who does not see it."""
    return gettext("%(name)s trên bản đồ Việt Nam", name=name)


def _producer_crumbs(page: ProducerPage) -> tuple[Crumb, ...]:
    today = page.place.province_now
    return (
        home_crumb(),
        Crumb(gettext("Cơ sở"), url_for("shop.producers")),
        Crumb(today.short_name, url_for("shop.producers", province=today.slug)),
        Crumb(page.facts.name),
    )


def _producer_rows(page: ProducerPage, total: str) -> Iterator[Row]:
    yield Row(gettext("Loại"), kind_label(page.facts.kind))
    yield Row(gettext("Địa chỉ"), page.facts.address)
    yield Row(gettext("Nơi làm, lúc cấp giấy"), page.place.at_time)
    if page.place.changed:
        yield Row(gettext("Nơi làm, hôm nay"), page.place.today)
    yield Row(gettext("Điện thoại"), page.facts.phone)
    yield Row(gettext("Trong sổ OCOP"), total)


def _area_line(area: AreaFacts) -> AreaLine:
    note = place_label(area.place)
    if area.hectares:
        note = f"{note}; {hectares_label(area.hectares)}"
    return AreaLine(area.name, url_for("shop.area", slug=area.slug), note, area.example)


def hectares_label(hectares: float) -> str:
    """How large an area is."""
    return gettext("%(n)s ha", n=number(hectares))


def _no_products(page: ProducerPage, pages: Pages, address: Address) -> EmptyState:
    if page.total:
        return beyond_last_page(pages, address)
    listing = Action(gettext("Xem sản phẩm khác"), url_for("shop.listing"))
    return EmptyState(gettext("Cơ sở này chưa đưa sản phẩm nào lên"), actions=(listing,))


def present_area(page: AreaPage) -> AreaView:
    """The page of an area."""
    area, producer = page.facts, page.producer
    place = place_label(area.place)
    producer_url = url_for("shop.producer", slug=producer.slug)
    title = gettext("vùng nguyên liệu")
    summary = gettext(
        "Vùng nguyên liệu %(name)s của %(maker)s, %(place)s.",
        name=area.name,
        maker=producer.name,
        place=place,
    )
    return AreaView(
        head=Head(
            f"{area.name}, {title}",
            summary,
            page_links(Address(url_for("shop.area", slug=area.slug))),
        ),
        crumbs=(home_crumb(), Crumb(producer.name, producer_url), Crumb(area.name)),
        slug=area.slug,
        name=area.name,
        place=gettext("Vùng nguyên liệu, %(place)s", place=place),
        example=area.example,
        map=small_map(area.latitude, area.longitude, on_the_map(area.name)),
        outline=page.outline,
        producer=ProducerRow(producer.name, kind_label(producer.kind), producer_url),
        rows=tuple(_area_rows(area)),
        cards=card_views(page.products),
        batches=tuple(map(_batch_row, page.batches)),
    )


def _area_rows(area: AreaFacts) -> Iterator[Row]:
    size = hectares_label(area.hectares) if area.hectares else ""
    yield Row(gettext("Trồng, nuôi"), area.crop)
    yield Row(gettext("Diện tích"), size, gettext("theo cơ sở khai"))
    yield Row(gettext("Tiêu chuẩn"), area.standards)
    yield Row(gettext("Nơi, lúc ghi"), area.place.at_time)
    if area.place.changed:
        yield Row(gettext("Nơi, hôm nay"), area.place.today)


def _batch_row(batch: AreaBatch) -> BatchRow:
    return BatchRow(
        code=batch.code,
        url=url_for("trace.batch_story", public_id=batch.public_id),
        product=f"{batch.product}, {batch.pack}",
        made=vn_date(batch.made_on),
        expires=vn_date(batch.expires_on) if batch.expires_on else gettext("không ghi"),
        example=batch.example,
    )
