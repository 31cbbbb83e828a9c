"""The home page: search, stars, the map of provinces, groups, fairs, and what came in last."""

from __future__ import annotations

import datetime as dt

from flask import render_template, url_for

from app.accounts.access import public
from app.certification.standing import StandingState
from app.core import clock
from app.core.db import db
from app.geography.lookup import Gazetteer, gazetteer
from app.geography.maps import map_view
from app.geography.models import VN34, VN63, Scheme
from app.listing.index import Shelf, shelf
from app.promotion.queries import published_fairs
from app.shop.blueprint import blueprint
from app.shop.storefront.producers import newest_batches
from app.shop.storefront.structured_data import site_json
from app.web.canonical import absolute, page_links
from app.web.language import language
from app.web.pagecache import public_page
from app.web.pagination import Address

FRESH = dt.timedelta(days=7)
NEW_BATCHES = 4
FAIRS = 3


def _stars(stock: Shelf) -> list[tuple[int, int, int]]:
    """(stars, products in force, products unconfirmed), five stars first."""
    solid = stock.by_standing.get(StandingState.IN_FORCE, 0)
    outlined = stock.by_standing.get(StandingState.UNCONFIRMED, 0)
    drawn = [(stars, stock.by_stars.get(str(stars), 0)) for stars in (5, 4, 3)]
    return [(stars, (some & solid).bit_count(), (some & outlined).bit_count()) for stars, some in drawn]


def _provinces(places: Gazetteer, counts: dict[str, int], scheme: Scheme) -> list[tuple[str, str, str, int]]:
    """(slug, name, related names, products), the fullest first."""
    listed = []
    for province in places.provinces(scheme):
        kin = places.former_of(province.id) if scheme == VN34 else (places.today_of(province.id),)
        related = ", ".join(p.short_name for p in kin if p.short_name != province.short_name)
        listed.append((province.slug, province.short_name, related, counts.get(province.id, 0)))
    return sorted(listed, key=lambda one: -one[3])


@blueprint.get("/")
@public
@public_page
def home() -> str:
    """The home page, every figure counted today."""
    session, on = db.session(), clock.today()
    places, stock = gazetteer(session), shelf(session, on)
    counts = {key: some.bit_count() for key, some in stock.by_province.items()}
    newest, fresh = newest_batches(session, on=on, limit=NEW_BATCHES)
    fairs = published_fairs(session, on, over=False)
    return render_template(
        "shop/storefront/home.html",
        total=len(stock.ids),
        stars=_stars(stock),
        vietnam=map_view(places, counts),
        today_provinces=_provinces(places, counts, VN34),
        former_provinces=_provinces(places, counts, VN63),
        groups=[
            (
                group.code,
                group.name_vi if language() == "vi" else group.name_en,
                stock.by_group.get(group.code, 0).bit_count(),
            )
            for group in stock.groups
        ],
        fresh=fresh,
        this_week=newest is not None and on - newest <= FRESH,
        fairs=fairs[:FAIRS],
        all_fairs=len(fairs),
        links=page_links(Address("/")),
        site_data=site_json(home=absolute("/"), listing=absolute(url_for("shop.listing"))),
    )
