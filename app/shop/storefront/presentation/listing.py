"""The listing as its template draws it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask import url_for

from app.geography.lookup import Gazetteer, Province
from app.geography.models import VN34, VN63
from app.listing.card_view import CardView, card_views
from app.listing.filters import RELEVANCE, SORTS, Dropped, Filters
from app.listing.labels import (
    kind_label,
    listing_label,
    province_name,
    related_label,
    short_counts_label,
    stars_label,
    state_label,
)
from app.listing.products import PER_PAGE, Listing, Option, ProvinceOption
from app.shop.storefront.presentation.head import Head, beyond_last_page, heading_of_page, home_crumb
from app.web import components
from app.web.canonical import page_links
from app.web.components import Action, Chip, Crumb, EmptyState, FacetGroup, FacetOption, Tab
from app.web.filters import number, vn_date
from app.web.language import gettext, ngettext, pgettext
from app.web.pagination import Address, Pages

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ListingView:
    """The page of a listing: what was asked, what was found, every facet with its counts.

    `kept` are the hidden fields of the form of facets, `kept_in_order` those of the form of the order.
    """

    head: Head
    heading: str
    summary: str
    total: int
    page: int
    crumbs: tuple[Crumb, ...]
    path: str
    kept: tuple[Pair, ...]
    kept_in_order: tuple[Pair, ...]
    filter_label: str
    facets: tuple[FacetGroup, ...]
    orders: tuple[components.Option, ...]
    ignored: str
    degraded: bool
    asked: str
    corrected: components.Link | None
    chips: tuple[Chip, ...]
    cards: tuple[CardView, ...]
    pages: Pages
    address: Address
    empty: EmptyState | None


@dataclass(frozen=True, slots=True)
class _Labels:
    """Labels of chosen values; `groups` are the names of the groups by code."""

    places: Gazetteer
    groups: Mapping[str, str]

    def province(self, slug: str) -> Province:
        found = self.places.province_by_slug(slug)
        if found is None:
            raise KeyError(slug)
        return found

    def group(self, code: str) -> str:
        return self.groups.get(code) or listing_label("no_group_label")

    def of(self, name: str, value: str) -> str:
        """The label of a parameter's value."""
        if name == "province":
            return province_name(self.province(value))
        if name == "q":
            return gettext("“%(text)s”", text=value)
        if name == "in_stock":
            return listing_label("in_stock_label")
        known = {"stars": stars_label, "group": self.group, "kind": kind_label, "standing": state_label}
        return known[name](value)


def present_listing(
    found: Listing,
    dropped: Sequence[Dropped],
    *,
    places: Gazetteer,
    groups: Mapping[str, str],
    path: str,
    today: dt.date,
) -> ListingView:
    """The page of an answer; `dropped` are the values of the question that nobody knows."""
    filters, labels = found.filters, _Labels(places, groups)
    address = Address(path, filters.pairs())
    pages = Pages(filters.page, PER_PAGE, found.total)
    heading, summary = _heading(found, labels), _summary(found, today)
    return ListingView(
        head=_head(found, heading, summary, address, pages),
        heading=heading,
        summary=summary,
        total=found.total,
        page=filters.page,
        crumbs=_crumbs(filters, labels),
        path=path,
        kept=tuple(pair for pair in address.pairs if pair[0] in ("q", "sort", "scheme")),
        kept_in_order=address.with_only("sort").pairs,
        filter_label=_filter_label(filters),
        facets=tuple(_facets(found, labels, address)),
        orders=tuple(_orders(filters)),
        ignored=ignored_label((value.parameter, value.value) for value in dropped),
        degraded=found.degraded,
        asked=filters.q,
        corrected=_corrected(found, address),
        chips=tuple(_chips(found, labels, address)),
        cards=card_views(found.cards, found.terms),
        pages=pages,
        address=address,
        empty=None if found.cards else _empty(found, labels, address, pages),
    )


def ignored_label(values: Iterable[Pair]) -> str:
    """Parameters whose values nobody knows, for a notice; empty when there are none."""
    said = [f"{listing_label('parameter_label', name)} “{value}”" for name, value in values]
    return ", ".join(said) + "." if said else ""


def _head(found: Listing, heading: str, summary: str, address: Address, pages: Pages) -> Head:
    filters = found.filters
    # Search engines are shown one narrowing at most: the rest are endless ways to say the same.
    indexed = not filters.q and len(filters.narrowing) <= 1 and found.total > 0 and not pages.beyond
    advice = gettext("Xem cơ sở, nơi làm, hạng sao và giá.")
    return Head(
        title=heading_of_page(heading, filters.page),
        description=f"{heading}. {summary} {advice}",
        links=page_links(address.at_page(filters.page) if indexed else Address(address.path)),
        indexed=indexed,
    )


def _heading(found: Listing, labels: _Labels) -> str:
    filters = found.filters
    total = number(found.total)
    count = ngettext("%(n)s sản phẩm", "%(n)s sản phẩm", found.total, n=total)
    if filters.q:
        return gettext("%(count)s cho “%(text)s”", count=count, text=found.corrected or filters.q)
    if len(filters.narrowing) == 1 and filters.provinces:
        place = labels.of("province", filters.provinces[0])
        return gettext("%(count)s ở %(place)s", count=count, place=place)
    if filters.stars and "0" not in filters.stars:
        return gettext(
            "%(count)s %(stars)s sao", count=count, stars=gettext(" và ").join(sorted(filters.stars))
        )
    if len(filters.groups) == 1:
        return gettext("%(count)s: %(group)s", count=count, group=labels.group(filters.groups[0]))
    return ngettext("%(n)s sản phẩm OCOP", "%(n)s sản phẩm OCOP", found.total, n=total)


def _summary(found: Listing, today: dt.date) -> str:
    return gettext(
        "%(solid)s giấy còn hiệu lực hôm nay, %(day)s; %(open)s chưa rõ ngày hết hạn.",
        solid=number(found.in_force),
        day=vn_date(today),
        open=number(found.unconfirmed),
    )


def _crumbs(filters: Filters, labels: _Labels) -> tuple[Crumb, ...]:
    crumbs = home_crumb(), Crumb(gettext("Sản phẩm"), url_for("shop.listing"))
    if len(filters.narrowing) != 1:
        return crumbs
    return (*crumbs, Crumb(labels.of(*filters.narrowing[0])))


def _filter_label(filters: Filters) -> str:
    chosen = len(filters.narrowing)
    return gettext("Lọc (%(n)s)", n=chosen) if chosen else gettext("Lọc")


def _facets(found: Listing, labels: _Labels, address: Address) -> Iterator[FacetGroup]:
    facets, scheme = found.facets, found.filters.scheme
    in_stock = FacetOption(
        "1", listing_label("in_stock_label"), facets.in_stock.count, facets.in_stock.checked
    )
    yield FacetGroup(
        "standing",
        gettext("Giấy chứng nhận"),
        _options(facets.standings, lambda state: listing_label("state_choice", state)),
    )
    yield FacetGroup("stars", gettext("Hạng sao hôm nay"), tuple(map(_star_option, facets.stars)))
    yield FacetGroup("in_stock", gettext("Mua được ngay"), (in_stock,))
    yield FacetGroup(
        "province",
        gettext("Tỉnh, thành"),
        tuple(_province_options(facets.provinces, scheme)),
        narrow=True,
        tabs=(
            Tab(gettext("Tên hôm nay"), str(address.with_only("scheme")), scheme == VN34),
            Tab(gettext("Tên trước 07/2025"), str(address.with_only("scheme", "vn63")), scheme == VN63),
        ),
        tabs_label=gettext("Tên tỉnh theo"),
    )
    yield FacetGroup("group", gettext("Nhóm sản phẩm"), _options(facets.groups, labels.group))
    yield FacetGroup("kind", pgettext("one", "Cơ sở"), _options(facets.kinds, kind_label))


def _options(options: Iterable[Option], label: Callable[[str], str]) -> tuple[FacetOption, ...]:
    """Values without products are left out unless they are chosen."""
    return tuple(
        FacetOption(option.value, label(option.value), option.count, option.checked)
        for option in options
        if option.count or option.checked
    )


def _star_option(option: Option) -> FacetOption:
    note = ""
    if option.in_force is not None and option.unconfirmed is not None and option.count:
        note = short_counts_label(option.in_force, option.unconfirmed)
    return FacetOption(
        option.value,
        stars_label(option.value),
        option.count,
        option.checked,
        note,
        stars=int(option.value),
    )


def _province_options(options: Sequence[ProvinceOption], scheme: str) -> Iterator[FacetOption]:
    most = max((option.count for option in options), default=0) or 1
    for option in options:
        province = option.province
        yield FacetOption(
            province.slug,
            province.short_name if province.scheme == scheme else province_name(province),
            option.count,
            option.checked,
            related_label(province, option.related) if option.related else "",
            option.count / most,
        )


def _orders(filters: Filters) -> Iterator[components.Option]:
    first = (RELEVANCE,) if filters.q else ()
    for order in (*first, *(order for order in SORTS if order != RELEVANCE)):
        yield components.Option(order, listing_label("sort_label", order), order == filters.order)


def _corrected(found: Listing, address: Address) -> components.Link | None:
    if not found.corrected:
        return None
    return components.Link(found.corrected, str(address.with_only("q", found.corrected)))


def _chips(found: Listing, labels: _Labels, address: Address) -> Iterator[Chip]:
    """What is chosen, to be taken away, and two narrowings that many want."""
    filters = found.filters
    for name, value in filters.narrowing:
        yield Chip(labels.of(name, value), str(address.without(name, value)), removable=True)
    if filters.q:
        yield Chip(labels.of("q", filters.q), str(address.with_only("q")), removable=True)
    if not filters.standings and found.in_force:
        yield Chip(state_label("in-force"), str(address.plus("standing", "in-force")), count=found.in_force)
    if not filters.in_stock and found.facets.in_stock.count:
        yield Chip(
            listing_label("in_stock_label"),
            str(address.plus("in_stock", "1")),
            count=found.facets.in_stock.count,
        )


def _empty(found: Listing, labels: _Labels, address: Address, pages: Pages) -> EmptyState:
    if found.total:
        text = gettext("Trang bạn mở nằm sau trang cuối.")
        return beyond_last_page(pages, address, text, first=True)
    narrowed = found.filters.narrowing or found.filters.q
    return EmptyState(
        gettext("Chưa có sản phẩm nào như vậy"),
        gettext("Bỏ bớt một điều kiện, hay viết lại lời tìm.")
        if narrowed
        else gettext("Cửa hàng chưa có sản phẩm nào."),
        tuple(_ways_out(found, labels, address)),
    )


def _ways_out(found: Listing, labels: _Labels, address: Address) -> Iterator[Action]:
    for place, way in enumerate(found.ways_out):
        yield Action(
            gettext("Bỏ %(what)s: còn %(n)s", what=labels.of(way.parameter, way.value), n=number(way.count)),
            str(address.without(way.parameter, way.value)),
            "line" if place else "main",
        )
    everything = gettext("Xem hết %(n)s sản phẩm", n=number(found.everything))
    yield Action(everything, url_for("shop.listing"))
    yield Action(gettext("Chọn theo tỉnh trên bản đồ"), url_for("shop.home"))
