"""GS1 Digital Link addresses on this site: they redirect, and never tell a lie with a 200.

Source: GS1 Digital Link Standard: URI Syntax 1.4; GS1-Conformant Resolver 1.2.0 (redirects, 400 for wrong syntax).
"""

from __future__ import annotations

from urllib.parse import urlencode

import sqlalchemy as sa
from flask import Blueprint, Response, jsonify, redirect, request, url_for

from app.accounts.access import public
from app.catalogue.models import Product, Variant
from app.core.db import db
from app.core.errors import InvalidInput, NotFound
from app.core.parts import part
from app.gs1.digital_link import DigitalLink, DigitalLinkError, LinkReason, parse_path
from app.supply.models import Batch
from config import Settings

blueprint = Blueprint("resolver", __name__)


class BadDigitalLink(InvalidInput):
    """An address under a key of GS1 that is not written as the standard says; the code names the reason."""

    def __init__(self, reason: LinkReason) -> None:
        super().__init__(f"digital-link-{reason}")


@blueprint.get("/01/<path:rest>")
@public
def gtin(rest: str) -> Response:
    """A GTIN, alone or with variant, lot or serial: to the stamp, the batch or the product."""
    link = _parse()
    query = request.args.to_dict()
    if link.serial:
        query.pop("gtin", None)
        return _to(url_for("trace.stamp", code=link.serial), {"gtin": link.value, **query})
    row = db.session.execute(
        sa.select(Variant.id, Product.slug)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.gtin == link.value, Product.published_at.is_not(None))
    ).first()
    if row is None:
        raise NotFound("no-such-gtin", gtin=link.value)
    if link.lot:
        batch = db.session.scalar(
            sa.select(Batch.public_id).where(Batch.variant_id == row.id, Batch.code == link.lot)
        )
        if batch is not None:
            return _to(url_for("trace.batch_story", public_id=batch), query)
    return _to(url_for("shop.product", slug=row.slug), query)


@blueprint.get("/414/<path:rest>")
@public
def gln(rest: str) -> Response:
    """A place by its GLN. No place of this site has one yet, so a right number is not found."""
    link = _parse()
    raise NotFound("no-such-gln", gln=link.value)


@blueprint.get("/.well-known/gs1resolver")
@public
def description() -> Response:
    """The resolver description file."""
    return jsonify(
        name="Nguồn",
        resolverRoot=part(Settings).base_url,
        supportedPrimaryKeys=["01", "414"],
        contact={"fn": "Nguồn"},
    )


def _parse() -> DigitalLink:
    # The raw path, for percent-encoding is part of the syntax; some servers give only the decoded one.
    raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI")
    path = raw.split("?")[0] if raw and raw.startswith("/") else request.path
    try:
        return parse_path(path)
    except DigitalLinkError as error:
        raise BadDigitalLink(error.reason) from None


def _to(address: str, query: dict[str, str]) -> Response:
    target = f"{address}?{urlencode(query)}" if query else address
    return redirect(target, 307)  # type: ignore[return-value]
