"""The public pages of the shop: listing, product, producers, producer, area."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask import render_template, request, url_for
from flask_babel import gettext

from app.accounts.access import public
from app.catalogue.models import PRODUCER_KINDS
from app.catalogue.plates import plate_for
from app.core import clock
from app.core.db import db
from app.core.parts import part
from app.core.text import Segment, highlight
from app.geography.lookup import gazetteer
from app.geography.maps import project_mini, vietnam_map
from app.listing.filters import read_filters
from app.listing.index import facet_index
from app.listing.products import PER_PAGE, Listing, Option, ProvinceOption, list_products
from app.listing.search import SearchBackend
from app.shop.blueprint import blueprint
from app.shop.storefront.producers import PRODUCERS_PER_PAGE, area_page, producer_list, producer_page
from app.shop.storefront.product import product_page
from app.shop.storefront.structured_data import breadcrumbs_json, producer_json, product_json
from app.trace.pages.story import has_active_stamps
from app.web.canonical import absolute, page_links
from app.web.language import language
from app.web.media import photo_url
from app.web.pagecache import public_page
from app.web.pagination import Address, Pages, page_number
from app.web.words import words


@blueprint.app_template_filter("highlighted")
def highlighted(text: str, terms: Sequence[str]) -> list[Segment]:
    """The text in segments, those that begin with one of the searched words marked."""
    return highlight(text, " ".join(terms))


@dataclass(frozen=True, slots=True)
class FacetRow:
    """A value of a facet as the page draws it; `share` (0 to 1) is a bar under the row, `stars` are drawn."""

    value: str
    label: str
    count: int
    checked: bool
    note: str | None = None
    share: float | None = None
    stars: int | None = None


@dataclass(frozen=True, slots=True)
class FacetRows:
    """Every facet of the listing in words, values without products left out unless they are chosen."""

    standings: list[FacetRow]
    stars: list[FacetRow]
    in_stock: list[FacetRow]
    provinces: list[FacetRow]
    groups: list[FacetRow]
    kinds: list[FacetRow]


def _say(macro: str, *args: Hashable) -> str:
    return words("listing/words.html", macro, *args)


def _facet_rows(found: Listing, groups: Mapping[str, str]) -> FacetRows:
    facets = found.facets
    return FacetRows(
        standings=_rows(facets.standings, lambda value: _say("state_choice", value)),
        stars=[_star_row(option) for option in facets.stars],
        in_stock=[FacetRow("1", _say("in_stock_words"), facets.in_stock.count, facets.in_stock.checked)],
        provinces=_province_rows(facets.provinces, found.filters.scheme),
        groups=_rows(facets.groups, lambda value: groups.get(value) or _say("no_group_words")),
        kinds=_rows(facets.kinds, lambda value: _say("kind_words", value)),
    )


def _rows(options: Iterable[Option], label: Callable[[str], str]) -> list[FacetRow]:
    return [
        FacetRow(option.value, label(option.value), option.count, option.checked)
        for option in options
        if option.count or option.checked
    ]


def _star_row(option: Option) -> FacetRow:
    note = None
    if option.in_force is not None and option.count:
        note = gettext(
            "%(solid)s còn hạn, %(open)s chưa rõ hạn", solid=option.in_force, open=option.unconfirmed
        )
    label = _say("star_words", option.value)
    return FacetRow(option.value, label, option.count, option.checked, note, stars=int(option.value))


def _province_rows(options: Sequence[ProvinceOption], scheme: str) -> list[FacetRow]:
    most = max((option.count for option in options), default=0) or 1
    return [
        FacetRow(
            option.province.slug,
            option.province.short_name
            if option.province.scheme == scheme
            else _say("province_words", option.province),
            option.count,
            option.checked,
            _say("kin_words", option.province.is_today, ", ".join(option.related))
            if option.related
            else None,
            option.count / most,
        )
        for option in options
    ]


def _address(*pairs: tuple[str, str]) -> Address:
    return Address(request.path, tuple(pair for pair in pairs if pair[1]))


@blueprint.get("/products")
@public
@public_page
def listing() -> str:
    """The listing: what was asked, what was found, and every facet with its counts."""
    session, on = db.session(), clock.today()
    places = gazetteer(session)
    groups = {
        group.code: group.name_vi if language() == "vi" else group.name_en for group in facet_index(on).groups
    }
    filters, dropped = read_filters(request.args.to_dict(flat=False), places=places, groups=groups)
    found = list_products(session, part(SearchBackend), filters, on=on)
    address = Address(request.path, filters.pairs())
    pages = Pages(filters.page, PER_PAGE, found.total)
    # Search engines are shown one narrowing at most: the rest are endless ways to say the same.
    indexed = not filters.q and len(filters.narrowing) <= 1 and found.total > 0 and not pages.beyond
    return render_template(
        "shop/storefront/listing.html",
        found=found,
        filters=filters,
        dropped=dropped,
        groups=groups,
        facets=_facet_rows(found, groups),
        address=address,
        pages=pages,
        chosen_provinces={slug: places.province_by_slug(slug) for slug in filters.provinces},
        indexed=indexed,
        links=page_links(address.at_page(filters.page) if indexed else Address(request.path)),
        search_text=filters.q,
    )


@blueprint.get("/products/<slug>")
@public
@public_page
def product(slug: str) -> str:
    """One product. `pack` in the query chooses among its packs."""
    session = db.session()
    page = product_page(session, slug, on=clock.today())
    facts = page.facts
    offer = page.offer(request.args.get("pack"))
    path = url_for("shop.product", slug=slug)
    plate = plate_for(
        facts.name,
        facts.group_code,
        facts.product_set,
        facts.place.province_then.short_name,
        facts.slug,
    )
    images = [photo_url(photo.key, 960) for photo in facts.photos] or [plate]
    description = render_template("shop/storefront/_product_summary.html", page=page).strip()
    return render_template(
        "shop/storefront/product.html",
        page=page,
        offer=offer,
        stamped=bool(offer and offer.batch and has_active_stamps(session, offer.batch.id)),
        plate=plate,
        images=[absolute(image) for image in images],
        description=description,
        links=page_links(Address(path)),
        spots=[(area, project_mini(area.latitude, area.longitude)) for area in page.areas],
        home_spot=project_mini(facts.place.lat, facts.place.lon),
        country=vietnam_map(),
        product_data=product_json(
            page, address=absolute(path), images=[absolute(i) for i in images], description=description
        ),
        crumbs_data=breadcrumbs_json(
            [
                ("Nguồn", absolute(url_for("shop.home"))),
                ("Sản phẩm", absolute(url_for("shop.listing"))),
                (facts.name, absolute(path)),
            ]
        ),
    )


@blueprint.get("/producers")
@public
@public_page
def producers() -> str:
    """Producers by name, province and kind."""
    session = db.session()
    places = gazetteer(session)
    q = " ".join(request.args.get("q", "").replace("\0", " ").split())[:120]
    chosen = places.province_by_slug(request.args.get("province", "").lower())
    kind = request.args.get("kind", "")
    kind = kind if kind in PRODUCER_KINDS else ""
    number = page_number(request.args.get("page", ""))
    found = producer_list(
        session, q=q, province=chosen.slug if chosen else None, kind=kind or None, page=number
    )
    address = _address(("q", q), ("province", chosen.slug if chosen else ""), ("kind", kind))
    unknown = [
        name for name, known in (("province", chosen), ("kind", kind)) if request.args.get(name) and not known
    ]
    pages = Pages(number, PRODUCERS_PER_PAGE, found.total)
    return render_template(
        "shop/storefront/producers.html",
        found=found,
        q=q,
        chosen=chosen,
        kind=kind,
        unknown=unknown,
        address=address,
        pages=pages,
        indexed=not q and len(address.pairs) <= 1 and not pages.beyond,
        links=page_links(address.at_page(number)),
    )


@blueprint.get("/producers/<slug>")
@public
@public_page
def producer(slug: str) -> str:
    """One producer: who, where, what it makes and where its material grows."""
    number = page_number(request.args.get("page", ""))
    page = producer_page(db.session(), slug, on=clock.today(), page=number, per_page=PER_PAGE)
    path = url_for("shop.producer", slug=slug)
    return render_template(
        "shop/storefront/producer.html",
        page=page,
        pages=Pages(number, PER_PAGE, page.total),
        address=Address(path),
        links=page_links(Address(path).at_page(number)),
        spot=project_mini(page.place.lat, page.place.lon),
        country=vietnam_map(),
        producer_data=producer_json(page, address=absolute(path)),
    )


@blueprint.get("/areas/<slug>")
@public
@public_page
def area(slug: str) -> str:
    """One raw-material area and the goods made from it."""
    page = area_page(db.session(), slug, on=clock.today())
    return render_template(
        "shop/storefront/area.html",
        page=page,
        links=page_links(Address(url_for("shop.area", slug=slug))),
        spot=project_mini(page.facts.latitude, page.facts.longitude),
        country=vietnam_map(),
    )
