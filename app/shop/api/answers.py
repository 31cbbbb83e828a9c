"""The listing and a product as JSON: the same facts as the pages, in the language asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import url_for as path_for

from app.catalogue.plates import plate_for
from app.certification.standing import Standing
from app.core import clock
from app.core.db import db
from app.geography.lookup import Province, gazetteer
from app.listing.cards import Card
from app.listing.index import facet_index
from app.listing.labels import kind_label, listing_label, province_name, stars_label, state_label
from app.listing.products import PER_PAGE, Listing, Option
from app.shop.storefront.product import Offer, ProductPage
from app.web.canonical import absolute
from app.web.language import language
from app.web.media import photo_url

Json = dict[str, Any]


def group_names() -> dict[str, str]:
    stock = facet_index(clock.today())
    return {g.code: g.name_vi if language() == "vi" else g.name_en for g in stock.groups}


def listing_json(found: Listing) -> Json:
    names = group_names()
    facets = found.facets
    return {
        "items": [_item_json(card) for card in found.cards],
        "total": found.total,
        "page": found.filters.page,
        "per_page": PER_PAGE,
        "facets": {
            "province": [
                {"value": o.province.slug, "label": province_name(o.province), "count": o.count}
                for o in facets.provinces
            ],
            "stars": _values(facets.stars, stars_label),
            "group": _values(
                facets.groups, lambda value: names.get(value) or listing_label("no_group_label")
            ),
            "kind": _values(facets.kinds, kind_label),
            "standing": _values(facets.standings, state_label),
        },
    }


def _values(options: Iterable[Option], label: Callable[[str], str]) -> list[Json]:
    return [{"value": o.value, "label": label(o.value), "count": o.count} for o in options]


def _standing_json(standing: Standing) -> Json:
    return {
        "state": standing.state,
        "stars": standing.drawn_stars,
        "rank": standing.stars,
        "until": standing.until.isoformat() if standing.until else None,
        "recognised_year": standing.recognised_year,
        "decision_number": standing.decision_number,
    }


def _item_json(card: Card) -> Json:
    places = gazetteer(db.session())
    return {
        "slug": card.slug,
        "name": card.name,
        "url": absolute(path_for("shop.product", slug=card.slug)),
        "image": absolute(card.picture),
        "stars": card.standing.drawn_stars,
        "standing": card.standing.state,
        "certificate": _standing_json(card.standing),
        "producer": None
        if card.producer is None
        else {"slug": card.producer_slug, "name": card.producer, "kind": card.producer_kind},
        "province": place_json(places.today_of(card.province_id), card.province),
        "group": card.group_code,
        "price": card.price,
        "pack": card.pack,
        "in_stock": card.in_stock,
        "example": card.example,
    }


def place_json(today: Province, then: str) -> Json:
    return {"slug": today.slug, "name": today.short_name, "then": then}


def product_json(page: ProductPage) -> Json:
    facts, usual = page.facts, page.usual_offer
    then = facts.place.province_then.short_name
    plate = plate_for(facts.name, facts.group_code, facts.product_set, then, facts.slug)
    buyable = page.refusal in (None, "sold-out")
    return {
        "slug": facts.slug,
        "name": facts.name,
        "url": absolute(path_for("shop.product", slug=facts.slug)),
        "image": absolute(photo_url(facts.photos[0].key) if facts.photos else plate),
        "stars": page.standing.drawn_stars,
        "standing": page.standing.state,
        "certificate": _standing_json(page.standing),
        "producer": None
        if facts.producer is None
        else {"slug": facts.producer.slug, "name": facts.producer.name, "kind": facts.producer.kind},
        "province": place_json(facts.place.province_now, then),
        "group": facts.group_code,
        "price": usual.variant.price if usual and buyable else None,
        "pack": usual.variant.pack if usual and buyable else None,
        "in_stock": page.refusal is None,
        "example": bool(usual and usual.variant.example),
        "description": facts.description,
        "raw_material": facts.raw_material,
        "place": facts.place.at_time,
        "place_today": facts.place.today,
        "packs": [_pack_json(offer, page) for offer in page.offers],
        "certificates": [_standing_json(one) for one in page.certificates],
        "sources": [{"title": source.title, "url": source.link} for source in facts.sources],
    }


def _pack_json(offer: Offer, page: ProductPage) -> Json:
    return {
        "id": offer.variant.public_id,
        "pack": offer.variant.pack,
        "price": offer.variant.price if page.refusal in (None, "sold-out") else None,
        "gtin": offer.variant.gtin,
        "in_stock": page.refusal is None and offer.batch is not None,
        "example": offer.variant.example,
    }
