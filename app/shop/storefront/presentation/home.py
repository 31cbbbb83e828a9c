"""The home page as its template draws it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flask import url_for
from markupsafe import Markup

from app.catalogue.plates import plate_url
from app.geography.lookup import Gazetteer, Province
from app.geography.maps import IslandOnMap, MapView, ProvinceOnMap
from app.geography.models import VN34, Scheme
from app.listing.card_view import CardView
from app.listing.index import GroupName
from app.listing.labels import counts_label, related_label, stars_label
from app.shop.storefront.presentation.head import Head
from app.shop.storefront.presentation.showcases import FairCard
from app.web.filters import number
from app.web.language import gettext, language, ngettext
from app.web.pagination import Address

_FOOD: Final = "food"
_PLATES: Final = {
    _FOOD: ("rice", "delta", "gold", 3),
    "beverage": ("bottle", "hills", "plum", 1),
    "herbal": ("medicine-jar", "workshop", "plum", 2),
    "handicraft": ("textile", "workshop", "indigo", 4),
    "ornamental": ("flower", "hills", "plum", 5),
    "tourism": ("stilt-house", "delta", "leaf", 6),
}
"""The picture of each group: motif, landscape, ink and seed of its plate."""


@dataclass(frozen=True, slots=True)
class StarRow:
    """A rank with how many products hold it in force and how many unconfirmed."""

    url: str
    stars: int
    label: str
    in_force: int
    unconfirmed: int
    counts: str

    @property
    def total(self) -> int:
        return self.in_force + self.unconfirmed


@dataclass(frozen=True, slots=True)
class MapProvince:
    """A province on the map. `path`: its dots; `name_x` and `name_y`: where its name stands, None without goods."""

    url: str
    slug: str
    name: str
    label: str
    count: int
    step: int
    path: Markup
    name_x: int | None = None
    name_y: int | None = None
    anchor: str = "start"
    minor: bool = False


@dataclass(frozen=True, slots=True)
class MapIsland:
    """A special zone far at sea, with the places of its name and its province's name below it."""

    url: str
    name: str
    province: str
    x: int
    y: int
    name_y: int
    province_y: int


@dataclass(frozen=True, slots=True)
class CountryMap:
    """The map of the home page."""

    provinces: tuple[MapProvince, ...]
    islands: tuple[MapIsland, ...]


@dataclass(frozen=True, slots=True)
class ProvinceLink:
    """A province of the list: its name, related names of the other time, how many products."""

    url: str
    name: str
    related: str
    count: int


@dataclass(frozen=True, slots=True)
class GroupTile:
    """A product group with its picture."""

    url: str
    picture: str
    name: str
    label: str


@dataclass(frozen=True, slots=True)
class HomeView:
    """The home page."""

    head: Head
    data: Markup
    total: int
    stars: tuple[StarRow, ...]
    map: CountryMap
    today_provinces: tuple[ProvinceLink, ...]
    former_provinces: tuple[ProvinceLink, ...]
    groups: tuple[GroupTile, ...]
    fairs: tuple[FairCard, ...]
    newest: tuple[CardView, ...]
    newest_title: str


def lead(total: int) -> str:
    """What the site is, in one sentence with its number of products."""
    return ngettext(
        "%(n)s sản phẩm OCOP của những hợp tác xã, hộ và công ty khắp nước; "
        "hạng sao nào cũng ghi rõ còn hạn hay không.",
        "%(n)s sản phẩm OCOP của những hợp tác xã, hộ và công ty khắp nước; "
        "hạng sao nào cũng ghi rõ còn hạn hay không.",
        total,
        n=number(total),
    )


def star_rows(counts: Iterable[tuple[int, int, int]]) -> Iterator[StarRow]:
    """`counts` are (stars, products in force, products unconfirmed)."""
    for stars, in_force, unconfirmed in counts:
        yield StarRow(
            url=url_for("shop.listing", stars=stars),
            stars=stars,
            label=stars_label(str(stars)),
            in_force=in_force,
            unconfirmed=unconfirmed,
            counts=counts_label(in_force, unconfirmed),
        )


def country_map(drawn: MapView) -> CountryMap:
    """The map with a link for each province and island."""
    listing = Address(url_for("shop.listing"))
    return CountryMap(
        tuple(_on_map(province, listing) for province in drawn.provinces),
        tuple(_island(island, listing) for island in drawn.islands),
    )


def _on_map(province: ProvinceOnMap, listing: Address) -> MapProvince:
    name = province.shape.label if province.count else None
    label = ngettext(
        "%(name)s, %(num)s sản phẩm", "%(name)s, %(num)s sản phẩm", province.count, name=province.name
    )
    return MapProvince(
        url=str(listing.plus("province", province.slug)),
        slug=province.slug,
        name=province.name,
        label=label,
        count=province.count,
        step=province.step,
        path=Markup(province.shape.path),  # noqa: S704 - a path of our own drawing
        name_x=name.x if name else None,
        name_y=name.y if name else None,
        anchor=name.anchor if name else "start",
        minor=bool(name and name.minor),
    )


def _island(island: IslandOnMap, listing: Address) -> MapIsland:
    shape = island.shape
    return MapIsland(
        url=str(listing.plus("province", island.province_slug)),
        name=island.name,
        province=island.province_name,
        x=shape.x,
        y=shape.y,
        name_y=shape.name_y,
        province_y=shape.province_y,
    )


def province_links(places: Gazetteer, counts: Mapping[str, int], scheme: Scheme) -> tuple[ProvinceLink, ...]:
    """The provinces of a scheme, the fullest first; `counts` are products by province id."""
    ordered = sorted(places.provinces(scheme), key=lambda province: -counts.get(province.id, 0))
    return tuple(_link(places, province, counts.get(province.id, 0)) for province in ordered)


def _link(places: Gazetteer, province: Province, count: int) -> ProvinceLink:
    today = province.scheme == VN34
    kin = places.former_of(province.id) if today else (places.today_of(province.id),)
    names = [other.short_name for other in kin if other.short_name != province.short_name]
    address = Address(url_for("shop.listing")).plus("province", province.slug)
    return ProvinceLink(
        url=str(address if today else address.plus("scheme", "vn63")),
        name=province.short_name,
        related=related_label(province, names) if names else "",
        count=count,
    )


def group_tiles(groups: Sequence[GroupName], counts: Mapping[str, int]) -> Iterator[GroupTile]:
    """The groups in their order; `counts` are products by the group's code."""
    for group in groups:
        count = counts.get(group.code, 0)
        label = ngettext("%(n)s sản phẩm", "%(n)s sản phẩm", count, n=number(count))
        yield GroupTile(
            url=url_for("shop.listing", group=group.code),
            picture=plate_url(*_PLATES.get(group.code, _PLATES[_FOOD])),
            name=group.name_vi if language() == "vi" else group.name_en,
            label=label if count else gettext("chưa có sản phẩm"),
        )
