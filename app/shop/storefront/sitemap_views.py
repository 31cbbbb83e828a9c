"""/sitemap.xml and /robots.txt: every public page, in files of at most 50,000 addresses (sitemaps.org)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from flask import Blueprint, Response, render_template, url_for

from app.accounts.access import public
from app.catalogue.models import Producer, Product
from app.core.caching import depends_on_any
from app.core.db import db
from app.core.errors import NotFound
from app.supply.models import RawMaterialArea
from app.web.canonical import absolute
from app.web.pagecache import public_page

CHUNK: Final = 25_000
"""Addresses in one file. The standard allows 50,000; every address is written in two languages."""

blueprint = Blueprint("sitemap", __name__)

_SLUGS: Final[dict[str, tuple[str, sa.Select[str]]]] = {
    "products": (
        "shop.product",
        sa.select(Product.slug).where(Product.published_at.is_not(None)).order_by(Product.id),
    ),
    "producers": (
        "shop.producer",
        sa.select(Producer.slug)
        .where(
            sa.exists(
                sa.select(1).where(Product.producer_id == Producer.id, Product.published_at.is_not(None))
            )
        )
        .order_by(Producer.id),
    ),
    "areas": (
        "shop.area",
        sa.select(RawMaterialArea.slug)
        .where(RawMaterialArea.closed_at.is_(None))
        .order_by(RawMaterialArea.id),
    ),
}


def _depends_on_addresses() -> None:
    depends_on_any("product", "producer", "area")


def _count(statement: sa.Select[str]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(statement.order_by(None).subquery())) or 0


def _xml(body: str) -> Response:
    return Response(body, content_type="application/xml; charset=utf-8")


@blueprint.get("/sitemap.xml")
@public
@public_page
def index() -> Response:
    """The index of the sitemaps."""
    _depends_on_addresses()
    files = [("pages", 1)]
    for name, (_, statement) in _SLUGS.items():
        files += [(name, n) for n in range(1, -(-_count(statement) // CHUNK) + 1)]
    addresses = [absolute(url_for("sitemap.part", name=name, number=number)) for name, number in files]
    return _xml(render_template("shop/storefront/sitemap_index.xml", addresses=addresses))


@blueprint.get("/sitemaps/<name>-<int:number>.xml")
@public
@public_page
def part(name: str, number: int) -> Response:
    """One sitemap: addresses with their English twin."""
    _depends_on_addresses()
    if name == "pages" and number == 1:
        return _xml(_pages([url_for("shop.home"), url_for("shop.listing"), url_for("shop.producers")]))
    endpoint, statement = _SLUGS.get(name, (None, None))
    if endpoint is None or statement is None or number < 1:
        raise NotFound
    slugs = db.session.scalars(statement.limit(CHUNK).offset((number - 1) * CHUNK)).all()
    if not slugs:
        raise NotFound
    return _xml(_pages([url_for(endpoint, slug=slug) for slug in slugs]))


def _pages(paths: Sequence[str]) -> str:
    return render_template("shop/storefront/sitemap.xml", addresses=[absolute(path) for path in paths])


@blueprint.get("/robots.txt")
@public
def robots() -> Response:
    """What crawlers may fetch: the public pages, nothing that is somebody's own, and no stamp (a visit is a scan)."""
    body = render_template("shop/storefront/robots.txt", sitemap=absolute(url_for("sitemap.index")))
    response = Response(body, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
