"""Producers and raw-material areas as visitors see them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import Producer, Product, Variant
from app.catalogue.queries import ProducerFacts, list_producers, producer_by_slug, without_producer
from app.core.caching import depends_on, depends_on_any
from app.core.errors import NotFound
from app.geography.lookup import Province, gazetteer
from app.geography.places import PlaceKey, PlaceView, places
from app.listing.cards import Card, cards
from app.listing.index import facet_index, in_order
from app.supply.models import Batch, BatchArea, BatchState, RawMaterialArea
from app.supply.queries import AreaFacts, area_facts, areas_of

PRODUCERS_PER_PAGE: Final = 48
_MOST_BATCHES: Final = 24
_SIDE: Final = 100.0


@dataclass(frozen=True, slots=True)
class ProducerLine:
    """A producer of the list; `province` is its name when certified and today's."""

    facts: ProducerFacts
    province: tuple[str, str]


@dataclass(frozen=True, slots=True)
class ProducerList:
    """A page of producers. `provinces` (today's) and `kinds` hold how many there are of each among all.

    `nameless` counts published products whose public sources name no producer.
    """

    lines: tuple[ProducerLine, ...]
    total: int
    provinces: tuple[tuple[Province, int], ...]
    kinds: Mapping[str, int]
    nameless: int


@dataclass(frozen=True, slots=True)
class ProducerPage:
    """A producer with its place, its areas, and a page of its products, those in force first."""

    facts: ProducerFacts
    place: PlaceView
    areas: tuple[AreaFacts, ...]
    products: tuple[Card, ...]
    total: int


@dataclass(frozen=True, slots=True)
class AreaBatch:
    """A batch made of material from an area."""

    public_id: str
    code: str
    product: str
    pack: str
    made_on: dt.date
    expires_on: dt.date | None
    example: bool


@dataclass(frozen=True, slots=True)
class AreaPage:
    """A raw-material area, whose it is, and the published goods made from it.

    `outline` is an SVG path in a frame of 100 by 100 where the area was drawn as a surface, else None.
    """

    facts: AreaFacts
    producer: ProducerFacts
    products: tuple[Card, ...]
    batches: tuple[AreaBatch, ...]
    outline: str | None


def producer_list(
    session: Session, *, q: str = "", province: str | None = None, kind: str | None = None, page: int = 1
) -> ProducerList:
    """Producers that have published products, by name; `province` is a slug of either scheme."""
    names = gazetteer(session)
    everyone = list_producers(session)
    chosen = names.province_by_slug(province) if province else None
    found = everyone
    if q or chosen or kind:
        found = list_producers(
            session, q=q, province_ids=[chosen.id] if chosen else (), kinds=[kind] if kind else ()
        )
    start = (page - 1) * PRODUCERS_PER_PAGE
    shown = found[start : start + PRODUCERS_PER_PAGE]
    counted = Counter(one.today_province_id for one in everyone)
    return ProducerList(
        lines=tuple(ProducerLine(one, names.province_then_and_now(one.province_id)) for one in shown),
        total=len(found),
        provinces=tuple((p, counted[p.id]) for p in names.provinces() if counted[p.id]),
        kinds=Counter(one.kind for one in everyone),
        nameless=without_producer(session),
    )


def producer_page(
    session: Session, slug: str, *, on: dt.date, page: int = 1, per_page: int = 24
) -> ProducerPage:
    """A producer and its published products. Raises NotFound."""
    facts = producer_by_slug(session, slug)
    ids = session.scalars(
        sa.select(Product.id).where(Product.producer_id == facts.id, Product.published_at.is_not(None))
    )
    depends_on("range", facts.id)
    ordered = in_order(ids, on)
    start = (page - 1) * per_page
    return ProducerPage(
        facts=facts,
        place=places(session, [PlaceKey(facts.commune_id, facts.province_id, facts.district)])[0],
        areas=tuple(areas_of(session, facts.id)),
        products=cards(session, ordered[start : start + per_page], on=on),
        total=len(ordered),
    )


def area_page(session: Session, slug: str, *, on: dt.date) -> AreaPage:
    """An area that is open, and what is made from it. Raises NotFound."""
    row = session.execute(
        sa.select(RawMaterialArea, Producer.slug)
        .join(Producer, Producer.id == RawMaterialArea.producer_id)
        .where(RawMaterialArea.slug == slug, RawMaterialArea.closed_at.is_(None))
    ).one_or_none()
    if row is None:
        raise NotFound
    area, producer_slug = row
    rows = session.execute(
        sa.select(
            Product.id,
            Product.published_at.is_not(None),
            Batch.public_id,
            Batch.code,
            Product.name,
            Variant.pack,
            Batch.made_on,
            Batch.expires_on,
            Batch.example,
        )
        .join(BatchArea, BatchArea.batch_id == Batch.id)
        .join(Variant, Variant.id == Batch.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(BatchArea.area_id == area.id)
        .order_by(Batch.made_on.desc(), Batch.id.desc())
    ).all()
    facts = area_facts(session, [area])[0]
    return AreaPage(
        facts=facts,
        producer=producer_by_slug(session, producer_slug),
        products=cards(session, in_order({product_id for product_id, *_ in rows}, on), on=on),
        batches=tuple(islice((AreaBatch(*row[2:]) for row in rows if row[1]), _MOST_BATCHES)),
        outline=outline(facts.geometry),
    )


def newest_batches(session: Session, *, on: dt.date, limit: int) -> tuple[dt.date | None, tuple[Card, ...]]:
    """The products with the latest batches that can be bought today, and the day the first of them was made."""
    depends_on_any("product")
    stock = facet_index(on)
    buyable = set(stock.select(stock.in_stock))
    rows = session.execute(
        sa.select(Variant.product_id, sa.func.max(Batch.made_on).label("made_on"))
        .join(Variant, Variant.id == Batch.variant_id)
        .where(
            Batch.state == BatchState.OPEN,
            Batch.on_hand > 0,
            Batch.made_on <= on,
            Variant.retired_at.is_(None),
        )
        .group_by(Variant.product_id)
        .order_by(sa.desc("made_on"), Variant.product_id)
        .limit(limit * 4)
    )
    chosen = list(islice(((i, made_on) for i, made_on in rows if i in buyable), limit))
    return (chosen[0][1] if chosen else None), cards(session, [i for i, _ in chosen], on=on)


def outline(geometry: Mapping[str, Any] | None) -> str | None:
    """The surface of a GeoJSON (Polygon or MultiPolygon, WGS 84) as an SVG path that fills a square of 100."""
    if not geometry or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        return None
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    # The map's own projection rounds to 185 m, too coarse for a field: degrees are scaled here, at 16° N.
    rings = [[(lon * 0.96, -lat) for lon, lat, *_ in ring] for polygon in polygons for ring in polygon]
    xs, ys = [x for ring in rings for x, _ in ring], [y for ring in rings for _, y in ring]
    left, top = min(xs), min(ys)
    scale = _SIDE / (max(max(xs) - left, max(ys) - top) or 1.0)
    return "".join(
        "M" + "L".join(f"{(x - left) * scale:.1f} {(y - top) * scale:.1f}" for x, y in ring) + "Z"
        for ring in rings
    )
