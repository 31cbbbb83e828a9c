"""What the API's answers look like and what may be asked, for its description (OpenAPI 3.1)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final

from marshmallow import Schema, fields, validate

from app.catalogue.models import PRODUCER_KINDS
from app.certification.standing import StandingState
from app.geography.models import VN34, VN63
from app.listing.filters import LAST_PAGE, SCHEMES, SORTS, STARS, UNGROUPED

Json = dict[str, Any]

GROUP_CODES: Final = ("food", "beverage", "herbal", "handicraft", "ornamental", "tourism")


class StandingSchema(Schema):
    """What a product's certificate is worth today."""

    state = fields.String(required=True, validate=validate.OneOf(tuple(StandingState)))
    stars = fields.Integer(
        required=True, metadata={"description": "Stars that may be drawn today; 0 when none may."}
    )
    rank = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Rank on the certificate, history included."}
    )
    until = fields.Date(required=True, allow_none=True)
    recognised_year = fields.Integer(required=True, allow_none=True)
    decision_number = fields.String(required=True, allow_none=True)


class ProducerSchema(Schema):
    """Who makes it."""

    slug = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(PRODUCER_KINDS))


class PlaceSchema(Schema):
    """The province as on the certificate, and today's."""

    slug = fields.String(required=True, metadata={"description": "Slug of today's province."})
    name = fields.String(required=True, metadata={"description": "Name of today's province."})
    then = fields.String(required=True, metadata={"description": "Name at the time of the record."})


class ItemSchema(Schema):
    """One product of the listing. Prices are whole đồng with tax."""

    slug = fields.String(required=True)
    name = fields.String(required=True)
    url = fields.String(required=True)
    image = fields.String(required=True)
    stars = fields.Integer(required=True)
    standing = fields.String(required=True, validate=validate.OneOf(tuple(StandingState)))
    certificate = fields.Nested(StandingSchema, required=True)
    producer = fields.Nested(ProducerSchema, required=True, allow_none=True)
    province = fields.Nested(PlaceSchema, required=True)
    group = fields.String(required=True, allow_none=True)
    price = fields.Integer(required=True, allow_none=True)
    pack = fields.String(required=True, allow_none=True)
    in_stock = fields.Boolean(required=True)
    example = fields.Boolean(
        required=True, metadata={"description": "Price and stock are made up for demonstration."}
    )


class FacetValueSchema(Schema):
    """A value of a facet and how many products there would be with it."""

    value = fields.String(required=True)
    label = fields.String(required=True)
    count = fields.Integer(required=True)


class FacetsSchema(Schema):
    """Counts by facet; a facet's own choice does not narrow its counts."""

    province = fields.List(fields.Nested(FacetValueSchema), required=True)
    stars = fields.List(fields.Nested(FacetValueSchema), required=True)
    group = fields.List(fields.Nested(FacetValueSchema), required=True)
    kind = fields.List(fields.Nested(FacetValueSchema), required=True)
    standing = fields.List(fields.Nested(FacetValueSchema), required=True)


class ListingSchema(Schema):
    """A page of products."""

    items = fields.List(fields.Nested(ItemSchema), required=True)
    total = fields.Integer(required=True)
    page = fields.Integer(required=True)
    per_page = fields.Integer(required=True)
    facets = fields.Nested(FacetsSchema, required=True)


class PackSchema(Schema):
    """A pack of a product."""

    id = fields.String(required=True)
    pack = fields.String(required=True)
    price = fields.Integer(required=True, allow_none=True)
    gtin = fields.String(required=True, allow_none=True)
    in_stock = fields.Boolean(required=True)
    example = fields.Boolean(required=True)


class SourceSchema(Schema):
    """A public page the record was taken from."""

    title = fields.String(required=True)
    url = fields.String(required=True, allow_none=True)


class ProductSchema(ItemSchema):
    """One product whole."""

    description = fields.String(required=True, allow_none=True)
    raw_material = fields.String(required=True, allow_none=True)
    place = fields.String(required=True, metadata={"description": "Address at the time of the record."})
    place_today = fields.String(required=True)
    packs = fields.List(fields.Nested(PackSchema), required=True)
    certificates = fields.List(fields.Nested(StandingSchema), required=True)
    sources = fields.List(fields.Nested(SourceSchema), required=True)


class ProvinceSchema(Schema):
    """A province of either scheme; `today` is the slug of the one that holds it now."""

    slug = fields.String(required=True)
    name = fields.String(required=True)
    scheme = fields.String(required=True, validate=validate.OneOf((VN34, VN63)))
    today = fields.String(required=True)
    count = fields.Integer(required=True)


class GroupSchema(Schema):
    """A product group."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    count = fields.Integer(required=True)


class ProblemSchema(Schema):
    """A problem by RFC 9457; `detail` says it in the language of the request, `parameter` names the one at fault."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String()
    field = fields.String()
    parameter = fields.String()
    value = fields.String()


def _parameter(name: str, description: str, schema: Json, *, several: bool = False) -> Json:
    if several:
        schema = {"type": "array", "items": schema}
    more = {"style": "form", "explode": True} if several else {}
    return {"name": name, "in": "query", "description": description, "schema": schema, **more}


PARAMETERS: Final = [
    _parameter("q", "Words of name, producer, place, group; accents may be missing.", {"type": "string"}),
    _parameter(
        "province",
        "Slug of today's or a former province; where both share a name the former one ends in @vn63.",
        {"type": "string"},
        several=True,
    ),
    _parameter("stars", "Stars drawn today.", {"type": "string", "enum": list(STARS)}, several=True),
    _parameter(
        "group", "Product group.", {"type": "string", "enum": [*GROUP_CODES, UNGROUPED]}, several=True
    ),
    _parameter("kind", "Kind of producer.", {"type": "string", "enum": list(PRODUCER_KINDS)}, several=True),
    _parameter(
        "standing",
        "Standing of the certificate.",
        {"type": "string", "enum": list(StandingState)},
        several=True,
    ),
    _parameter(
        "scheme",
        "Which provinces the facet counts: today's or the former ones.",
        {"type": "string", "enum": list(SCHEMES)},
    ),
    _parameter("in_stock", "1: only what can be bought now.", {"type": "string", "enum": ["0", "1"]}),
    _parameter("sort", "Order of the items.", {"type": "string", "enum": list(SORTS)}),
    _parameter(
        "page", "Page, from 1.", {"type": "integer", "minimum": 1, "maximum": LAST_PAGE, "default": 1}
    ),
]


def values_of(parameter: Json) -> list[str]:
    """The values that a parameter may have; none where they are not listed."""
    schema = parameter["schema"]
    listed: list[str] = schema.get("items", schema).get("enum", [])
    return listed


def with_provinces(parameters: Iterable[Json], slugs: Collection[str]) -> list[Json]:
    """The parameters with the slugs of the provinces, which are known once the database is."""
    return [
        {**one, "schema": {**one["schema"], "items": {"type": "string", "enum": sorted(slugs)}}}
        if one["name"] == "province"
        else one
        for one in parameters
    ]
