"""The showcases as everybody sees them."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for

from app.accounts.access import public
from app.core import clock
from app.core.db import db
from app.promotion.queries import published_fairs, published_showcase
from app.web.canonical import page_links
from app.web.pagecache import public_page
from app.web.pagination import Address

blueprint = Blueprint("promotion", __name__)
RUN = 8
"""Cards between two goods that are shown large."""


@blueprint.get("/showcases")
@public
@public_page
def index() -> str:
    """Fairs that are open, those to come, and those that are over."""
    return render_template(
        "shop/storefront/showcases.html",
        fairs=published_fairs(db.session(), clock.today()),
        links=page_links(Address(url_for("promotion.index"))),
    )


@blueprint.get("/showcases/<slug>")
@public
@public_page
def showcase(slug: str) -> str:
    """A fair's goods in their stated order, each with its standing of today."""
    page = published_showcase(db.session(), slug, clock.today())
    runs = [page.items[start : start + RUN + 1] for start in range(0, len(page.items), RUN + 1)]
    return render_template(
        "shop/storefront/showcase.html",
        page=page,
        fair=page.fair,
        runs=runs,
        links=page_links(Address(url_for("promotion.showcase", slug=slug))),
    )
