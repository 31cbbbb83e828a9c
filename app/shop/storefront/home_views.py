"""The home page: search, stars, the map of provinces, groups, fairs, and what came in last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from flask import render_template, url_for

from app.accounts.access import public
from app.certification.standing import StandingState
from app.core import clock
from app.core.db import db
from app.geography.lookup import gazetteer
from app.geography.maps import map_view
from app.geography.models import VN34, VN63
from app.listing.card_view import card_views
from app.listing.index import FacetIndex, facet_index
from app.promotion.queries import published_fairs
from app.shop.blueprint import blueprint
from app.shop.storefront.presentation.head import Head
from app.shop.storefront.presentation.home import (
    HomeView,
    country_map,
    group_tiles,
    lead,
    province_links,
    star_rows,
)
from app.shop.storefront.presentation.showcases import fair_card
from app.shop.storefront.producers import newest_batches
from app.shop.storefront.structured_data import site_json
from app.web.canonical import absolute, page_links
from app.web.json_ld import json_ld
from app.web.language import gettext
from app.web.pagecache import public_page
from app.web.pagination import Address

FRESH = dt.timedelta(days=7)
NEW_BATCHES = 4
FAIRS = 3


@blueprint.get("/")
@public
@public_page
def home() -> str:
    """The home page, every figure counted today."""
    return render_template("shop/storefront/home.html", page=_page(clock.today()))


def _page(on: dt.date) -> HomeView:
    session = db.session()
    places, index = gazetteer(session), facet_index(on)
    counts = {key: products.bit_count() for key, products in index.by_province.items()}
    newest, cards = newest_batches(session, on=on, limit=NEW_BATCHES)
    this_week = newest is not None and on - newest <= FRESH
    total = len(index.ids)
    return HomeView(
        head=Head(gettext("Nguồn: sản phẩm OCOP, rõ từng nguồn"), lead(total), page_links(Address("/"))),
        data=json_ld(site_json(home=absolute("/"), listing=absolute(url_for("shop.listing")))),
        total=total,
        stars=tuple(star_rows(_stars(index))),
        map=country_map(map_view(places, counts)),
        today_provinces=province_links(places, counts, VN34),
        former_provinces=province_links(places, counts, VN63),
        groups=tuple(group_tiles(index.groups, _by_group(index))),
        fairs=tuple(map(fair_card, published_fairs(session, on, over=False)[:FAIRS])),
        newest=card_views(cards),
        newest_title=gettext("Lô mới về tuần này") if this_week else gettext("Lô mới nhất"),
    )


def _stars(index: FacetIndex) -> Iterator[tuple[int, int, int]]:
    """(stars, products in force, products unconfirmed), five stars first."""
    in_force, unconfirmed = (
        index.by_standing.get(StandingState.IN_FORCE, 0),
        index.by_standing.get(StandingState.UNCONFIRMED, 0),
    )
    for stars in (5, 4, 3):
        drawn = index.by_stars.get(str(stars), 0)
        yield stars, (drawn & in_force).bit_count(), (drawn & unconfirmed).bit_count()


def _by_group(index: FacetIndex) -> dict[str, int]:
    return {code: products.bit_count() for code, products in index.by_group.items()}
