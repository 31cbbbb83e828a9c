"""The public pages of the shop: listing, product, producers, producer, area."""

from __future__ import annotations

from flask import render_template, request

from app.accounts.access import public
from app.catalogue.models import PRODUCER_KINDS
from app.core import clock
from app.core.db import db
from app.core.parts import part
from app.geography.lookup import gazetteer
from app.listing.filters import read_filters
from app.listing.index import facet_index
from app.listing.products import PER_PAGE, list_products
from app.listing.search import SearchBackend
from app.shop.blueprint import blueprint
from app.shop.storefront.presentation.listing import present_listing
from app.shop.storefront.presentation.producers import present_area, present_producer, present_producers
from app.shop.storefront.presentation.product import present_product
from app.shop.storefront.producers import area_page, producer_list, producer_page
from app.shop.storefront.product import product_page
from app.trace.stamps.counts import live_stamps
from app.web.language import language
from app.web.pagecache import public_page
from app.web.pagination import page_number

LONGEST_NAME = 120
"""Characters of a producer's name that are looked for."""


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
    page = present_listing(found, dropped, places=places, groups=groups, path=request.path, today=on)
    return render_template("shop/storefront/listing.html", page=page)


@blueprint.get("/products/<slug>")
@public
@public_page
def product(slug: str) -> str:
    """One product. `pack` in the query chooses among its packs."""
    session, pack = db.session(), request.args.get("pack")
    facts = product_page(session, slug, on=clock.today())
    offer = facts.offer(pack)
    stamped = bool(offer and offer.batch and live_stamps(session, offer.batch.id))
    page = present_product(facts, pack=pack, stamped=stamped)
    return render_template("shop/storefront/product.html", page=page)


@blueprint.get("/producers")
@public
@public_page
def producers() -> str:
    """Producers by name, province and kind."""
    session = db.session()
    q = " ".join(request.args.get("q", "").replace("\0", " ").split())[:LONGEST_NAME]
    province = gazetteer(session).province_by_slug(request.args.get("province", "").lower())
    kind = request.args.get("kind", "")
    kind = kind if kind in PRODUCER_KINDS else ""
    known = {"province": province, "kind": kind}
    unknown = [name for name, value in known.items() if request.args.get(name) and not value]
    number = page_number(request.args.get("page", ""))
    found = producer_list(
        session, q=q, province=province.slug if province else None, kind=kind or None, page=number
    )
    page = present_producers(found, q=q, province=province, kind=kind, unknown=unknown, page=number)
    return render_template("shop/storefront/producers.html", page=page)


@blueprint.get("/producers/<slug>")
@public
@public_page
def producer(slug: str) -> str:
    """One producer: who, where, what it makes and where its material grows."""
    number = page_number(request.args.get("page", ""))
    facts = producer_page(db.session(), slug, on=clock.today(), page=number, per_page=PER_PAGE)
    page = present_producer(facts, number=number)
    return render_template("shop/storefront/producer.html", page=page)


@blueprint.get("/areas/<slug>")
@public
@public_page
def area(slug: str) -> str:
    """One raw-material area and the goods made from it."""
    page = present_area(area_page(db.session(), slug, on=clock.today()))
    return render_template("shop/storefront/area.html", page=page)
