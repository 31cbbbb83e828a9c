"""/api/v1: the listing and the search for programs, described by OpenAPI 3.1 at /api/openapi.json.

The API asks the same verbs as the pages. It reads its parameters itself (`read_filters`), because a value nobody knows
must be named in a problem+json of status 400; the description states what may be asked.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from flask import (
    Flask,
    Response,
    make_response,
    render_template,
    request,
)
from flask_smorest import Api, Blueprint

from app.accounts.access import public
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.parts import hang, part
from app.geography.lookup import gazetteer
from app.geography.models import VN34, VN63
from app.listing.filters import Filters, read_filters
from app.listing.index import facet_index
from app.listing.products import list_products
from app.listing.search import SearchBackend
from app.shop.api.answers import group_names, listing_json, product_json
from app.shop.api.schemas import (
    PARAMETERS,
    GroupSchema,
    ListingSchema,
    ProblemSchema,
    ProductSchema,
    ProvinceSchema,
    values_of,
    with_provinces,
)
from app.shop.storefront.product import product_page
from app.web.pagecache import public_page
from config import Settings

Json = dict[str, Any]
View = Callable[..., Any]

v1 = Blueprint(
    "api", __name__, url_prefix="/api/v1", description="Products, provinces and groups of the OCOP register."
)
docs = Blueprint("api_docs", __name__, url_prefix="/api")


class SiteApi(Api):
    """flask-smorest without its error pages: `app.web.errors` answers for the whole site."""

    def _register_error_handlers(self) -> None:
        return


def open_answer(view: View) -> View:
    """Let any program read the answer and ask again cheaply: an ETag, and a cache that always asks back."""

    @functools.wraps(view)
    def answered(*args: Any, **kwargs: Any) -> Response:
        response = make_response(view(*args, **kwargs))
        response.headers["Cache-Control"] = "public, no-cache"
        response.vary.update(("Cookie", "Accept-Encoding"))
        response.add_etag()
        response.make_conditional(request)
        return response

    return answered


@v1.after_request
def allow_any_origin(response: Response) -> Response:
    """The register is public: scripts of any site may read it (never with a visitor's cookies)."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _asked() -> Filters:
    """The question asked. Raises InvalidInput (`unknown-value`) for what the description does not allow."""
    places = gazetteer(db.session())
    for described in with_provinces(PARAMETERS, places.slugs):
        name, values = described["name"], values_of(described)
        for given in request.args.getlist(name) if name != "q" else ():
            if not given or given != given.strip() or (values and given not in values):
                raise _unknown(name, given)
    groups = [group.code for group in facet_index(clock.today()).groups]
    filters, dropped = read_filters(request.args.to_dict(flat=False), places=places, groups=groups)
    if dropped:
        raise _unknown(dropped[0].parameter, dropped[0].value)
    return filters


def _unknown(parameter: str, value: str) -> InvalidInput:
    return InvalidInput("unknown-value", field=parameter, parameter=parameter, value=value[:60])


@v1.route("/products")
@v1.doc(parameters=PARAMETERS, operationId="listProducts")
@v1.response(200, ListingSchema, description="A page of products with the counts of every facet.")
@v1.alt_response(400, schema=ProblemSchema, content_type="application/problem+json")
@public
@open_answer
@public_page
def products() -> Json:
    """List and search products, those with a certificate in force first."""
    found = list_products(db.session(), part(SearchBackend), _asked(), on=clock.today())
    return listing_json(found)


@v1.route("/products/<slug>")
@v1.doc(operationId="showProduct")
@v1.response(200, ProductSchema, description="The product.")
@v1.alt_response(404, schema=ProblemSchema, content_type="application/problem+json")
@public
@open_answer
@public_page
def product(slug: str) -> Json:
    """Show one published product with its packs, certificates and sources."""
    return product_json(product_page(db.session(), slug, on=clock.today()))


@v1.route("/provinces")
@v1.doc(operationId="listProvinces")
@v1.response(200, ProvinceSchema(many=True), description="34 provinces of today, then 63 former ones.")
@public
@open_answer
@public_page
def provinces() -> list[Json]:
    """List the provinces of both schemes with their numbers of products."""
    session = db.session()
    places, sets = gazetteer(session), facet_index(clock.today()).by_province
    return [
        {
            "slug": province.slug,
            "name": province.short_name,
            "scheme": scheme,
            "today": places.today_of(province.id).slug,
            "count": sets.get(province.id, 0).bit_count(),
        }
        for scheme in (VN34, VN63)
        for province in places.provinces(scheme)
    ]


@v1.route("/groups")
@v1.doc(operationId="listGroups")
@v1.response(200, GroupSchema(many=True), description="The six groups in their order.")
@public
@open_answer
@public_page
def groups() -> list[Json]:
    """List the product groups with their numbers of products."""
    stock = facet_index(clock.today())
    names = group_names()
    return [
        {"code": code, "name": names[code], "count": stock.by_group.get(code, 0).bit_count()}
        for code in (group.code for group in stock.groups)
    ]


@docs.route("/openapi.json")
@public
@open_answer
@public_page
def description() -> Json:
    """The description for programs."""
    return _description()


def _description() -> Json:
    spec: Json = part(SiteApi).spec.to_dict()
    asked = spec["paths"]["/api/v1/products"]["get"]
    asked["parameters"] = with_provinces(asked["parameters"], gazetteer(db.session()).slugs)
    return spec


@docs.route("/docs")
@public
@public_page
def read_docs() -> str:
    """The description for people, made from the same document that programs read."""
    spec = _description()
    return render_template("shop/api/docs.html", spec=spec, schemas=spec["components"]["schemas"])


def register_api(app: Flask) -> None:
    """Mount /api/v1, its description at /api/openapi.json and the page that explains it."""
    app.config.update(
        API_TITLE="Nguồn",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
    )
    base_url = part(Settings, app).base_url
    api = SiteApi(
        app,
        spec_kwargs={
            "info": {
                "description": "The register of OCOP products: certificates, places, prices, what is on sale."
            },
            "servers": [{"url": base_url}],
        },
    )
    hang(app, api)
    api.register_blueprint(v1)
    app.register_blueprint(docs)
