"""GS1 Digital Link addresses on this site: they redirect, and never tell a lie with a 200.

Source: GS1 Digital Link Standard: URI Syntax 1.4; GS1-Conformant Resolver 1.2.0 (redirects, 400 for wrong syntax).
"""

from __future__ import annotations

import sqlalchemy as sa
from flask import Blueprint, Response, jsonify, redirect, request, url_for

from app.accounts.access import public
from app.catalogue.models import FormerGtin, Product, Variant
from app.core.db import db
from app.core.errors import InvalidInput, NotFound
from app.core.parts import part
from app.gs1.digital_link import (
    DigitalLink,
    DigitalLinkError,
    LinkReason,
    check_query,
    link_path,
    parse_path,
)
from app.supply.models import Batch
from app.trace.pages.addresses import Claim, lots_meant, passed_on, tidy_link, with_query
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
    query = _query()
    link, tidied = _parse(query)
    if tidied:
        return _to(link_path(link), query, status=308)
    if link.serial:
        claim = Claim(link.value, link.lot)
        rest_of_query = passed_on(query, "gtin", *(("lot",) if link.lot else ()))
        return _to(url_for("trace.stamp", code=link.serial), claim.query, rest_of_query)
    variant_id, slug = _find(link.value)
    if link.lot:
        lots = lots_meant(link.lot)
        batch = db.session.scalar(
            sa.select(Batch.public_id)
            .where(Batch.variant_id == variant_id, Batch.code.in_(lots))
            .order_by(Batch.code != lots[0])
        )
        if batch is not None:
            return _to(url_for("trace.batch_story", public_id=batch), query)
    return _to(url_for("shop.product", slug=slug), query)


def _find(gtin14: str) -> tuple[int, str]:
    """The variant that has this GTIN, else the last that had it, and the slug of its product. Raises NotFound.

    What is in print keeps its number: a number corrected since still leads to the goods.
    """
    shown = (
        sa.select(Variant.id, Product.slug)
        .join(Product, Product.id == Variant.product_id)
        .where(Product.published_at.is_not(None))
    )
    former = shown.join(FormerGtin, FormerGtin.variant_id == Variant.id).where(FormerGtin.gtin == gtin14)
    for found in (shown.where(Variant.gtin == gtin14), former.order_by(FormerGtin.until.desc())):
        row = db.session.execute(found.limit(1)).first()
        if row is not None:
            return row.id, row.slug
    raise NotFound("no-such-gtin", gtin=gtin14)


@blueprint.get("/414/<path:rest>")
@public
def gln(rest: str) -> Response:
    """A place by its GLN. No place of this site has one yet, so a right number is not found."""
    query = _query()
    link, tidied = _parse(query)
    if tidied:
        return _to(link_path(link), query, status=308)
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


def _query() -> str:
    return request.query_string.decode("latin-1")


def _parse(query: str) -> tuple[DigitalLink, bool]:
    """The link, and whether what people's programs did to its path had to be undone. Raises BadDigitalLink."""
    # The raw path, for percent-encoding is part of the syntax; some servers give only the decoded one.
    raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI")
    path = raw.split("?")[0] if raw and raw.startswith("/") else request.path
    try:
        link = parse_path(path)
    except DigitalLinkError as error:
        tidy = tidy_link(path)
        if tidy is None:
            raise BadDigitalLink(error.reason) from None
        return tidy, True
    try:
        check_query(query, link)
    except DigitalLinkError as error:
        raise BadDigitalLink(error.reason) from None
    return link, False


def _to(address: str, *queries: str, status: int = 307) -> Response:
    return redirect(with_query(address, *queries), status)  # type: ignore[return-value]
