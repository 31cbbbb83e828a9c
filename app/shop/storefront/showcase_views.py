"""The showcases as everybody sees them."""

from __future__ import annotations

from flask import Blueprint, render_template

from app.accounts.access import public
from app.core import clock
from app.core.db import db
from app.promotion.queries import published_fairs, published_showcase
from app.shop.storefront.presentation.showcases import present_showcase, present_showcases
from app.web.pagecache import public_page

blueprint = Blueprint("promotion", __name__)


@blueprint.get("/showcases")
@public
@public_page
def index() -> str:
    """Fairs that are open, those to come, and those that are over."""
    page = present_showcases(published_fairs(db.session(), clock.today()))
    return render_template("shop/storefront/showcases.html", page=page)


@blueprint.get("/showcases/<slug>")
@public
@public_page
def showcase(slug: str) -> str:
    """A fair's goods in their stated order, each with its standing of today."""
    page = present_showcase(published_showcase(db.session(), slug, clock.today()))
    return render_template("shop/storefront/showcase.html", page=page)
