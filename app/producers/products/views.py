"""Products: what the public reads of mine, their variants and prices, shown or hidden."""

from __future__ import annotations

from flask import request
from wtforms import SelectChoice

from app.accounts.access import my_producer_id, producer_member
from app.catalogue import publishing, variants
from app.catalogue.models import AlcoholRecord, Producer
from app.core import clock
from app.core.db import atomic, db
from app.core.errors import InvalidInput, NotFound
from app.geography.lookup import gazetteer
from app.producers.blueprint import blueprint
from app.producers.frame import Answer, attempt, done, flash_refusals, mine, page
from app.producers.places_field import ASKS_COMMUNES, fill_places
from app.producers.products.forms import NO, YES, DescriptionForm, PhotoForm, ProductForm, VariantForm, said
from app.producers.products.pages import (
    description_page,
    new_product_crumbs,
    product_page,
    products_page,
)
from app.producers.products.queries import (
    ProductView,
    VariantView,
    group_choices,
    own_product_by_slug,
    own_variant_by_public_id,
    printed_stamps,
    product_view,
    products_of,
)
from app.producers.products.variant_pages import former_gtin_label, variant_page
from app.web.language import gettext, language

_ANSWERS = {AlcoholRecord.ALCOHOL: YES, AlcoholRecord.NOT_ALCOHOL: NO}
"""What is recorded, as the form has it."""


@blueprint.get("/products")
@producer_member
def products() -> Answer:
    """Every product of mine."""
    rows = products_of(db.session(), my_producer_id(), clock.today())
    return page("products/products.html", "products", page=products_page(rows))


@blueprint.route("/products/new", methods=["GET", "POST"])
@producer_member
def add_product() -> Answer:
    """Add a product that the register does not know."""
    form = ProductForm()
    added, status = None, 200
    if ASKS_COMMUNES not in request.form:
        added, status = attempt(
            form,
            lambda session: publishing.add_product(
                session,
                name=form.name.data or "",
                group_code=form.group_code.data or "",
                alcohol=said(form.alcohol),
                province_id=form.province.data or "",
                commune_id=form.commune.data,
                description=form.description.data,
                **mine(),
            ),
        )
    if added is not None:
        return done(gettext("Đã thêm. Ghi quy cách và giá để bán."), ".product", slug=added.slug)
    session = db.session()
    producer = session.get_one(Producer, my_producer_id())
    home = gazetteer(session).today_of(producer.province_id)
    fill_places(session, form.province, form.commune, standard=home.id)
    form.group_code.choices = [SelectChoice("", gettext("chọn nhóm")), *group_choices(session, language())]
    return page("products/product_new.html", "products", crumbs=new_product_crumbs(), form=form), status


@blueprint.get("/products/<slug>")
@producer_member
def product(slug: str) -> Answer:
    """One product with its variants and photographs."""
    view = _view(slug)
    form = PhotoForm(formdata=None, seen=len(view.photos))
    return page("products/product.html", "products", page=product_page(view), form=form)


def _view(slug: str) -> ProductView:
    return product_view(db.session(), my_producer_id(), slug, clock.today())


@blueprint.route("/products/<slug>/edit", methods=["GET", "POST"])
@producer_member
def describe_product(slug: str) -> Answer:
    """What the public reads of it."""
    view = _view(slug)
    form = DescriptionForm(obj=view, data={"alcohol": _ANSWERS.get(view.alcohol_record)})
    own_name = not view.of_register
    described, status = attempt(
        form,
        lambda session: publishing.describe_product(
            session,
            product_id=view.id,
            description=form.description.data,
            name=(form.name.data or "") if own_name else None,
            group_code=(form.group_code.data or "") if own_name else None,
            alcohol=None if view.alcohol_decided else _answer(form),
            **mine(),
        ),
    )
    if described is not None:
        return done(gettext("Đã lưu."), ".product", slug=slug)
    form.group_code.choices = group_choices(db.session(), language())
    return page("products/product_edit.html", "products", page=description_page(view), form=form), status


def _answer(form: DescriptionForm) -> bool:
    """Whether it is an alcoholic drink. Raises InvalidInput at alcohol for no answer."""
    answer = said(form.alcohol)
    if answer is None:
        raise InvalidInput("alcohol-unsaid", field="alcohol")
    return answer


@blueprint.post("/products/<slug>/publish")
@producer_member
@flash_refusals("portal.product", "slug")
def publish_product(slug: str) -> Answer:
    """Show it to the public."""
    with atomic() as session:
        shown = own_product_by_slug(session, my_producer_id(), slug)
        publishing.publish(session, product_id=shown.id, **mine())
    return done(gettext("Đã đăng. Khách đã thấy sản phẩm."), ".product", slug=slug)


@blueprint.post("/products/<slug>/hide")
@producer_member
@flash_refusals("portal.product", "slug")
def hide_product(slug: str) -> Answer:
    """Take it out of sight."""
    with atomic() as session:
        hidden = own_product_by_slug(session, my_producer_id(), slug)
        publishing.hide(session, product_id=hidden.id, **mine())
    return done(gettext("Đã ẩn. Khách không thấy sản phẩm nữa."), ".product", slug=slug)


@blueprint.route("/products/<slug>/variants/new", methods=["GET", "POST"])
@producer_member
def add_variant(slug: str) -> Answer:
    """A further variant."""
    view = _view(slug)
    form = VariantForm()
    added, status = attempt(
        form,
        lambda session: variants.add_variant(session, product_id=view.id, facts=form.facts(), **mine()),
    )
    if added is not None:
        return done(gettext("Đã thêm quy cách."), ".product", slug=slug)
    return page("products/variant.html", "products", page=variant_page(view, None), form=form), status


@blueprint.route("/products/<slug>/variants/<public_id>", methods=["GET", "POST"])
@producer_member
def change_variant(slug: str, public_id: str) -> Answer:
    """Change a variant, its price or its GTIN."""
    view = _view(slug)
    shown = _variant(view, public_id)
    form = VariantForm(obj=shown)
    changed, status = attempt(
        form,
        lambda session: variants.change_variant(
            session,
            variant_id=shown.id,
            facts=form.facts(),
            confirmed=bool(form.confirmed.data),
            **mine(),
        ),
    )
    printed = printed_stamps(db.session(), shown.id)
    if changed is not None:
        saved = gettext("Đã lưu quy cách.")
        if shown.gtin in printed and changed.gtin != shown.gtin:
            saved = f"{saved} {former_gtin_label(shown.gtin, printed[shown.gtin])}"
        return done(saved, ".product", slug=slug)
    return page(
        "products/variant.html", "products", page=variant_page(view, shown, printed), form=form
    ), status


def _variant(view: ProductView, public_id: str) -> VariantView:
    """The variant on sale of this product. Raises NotFound for another product's as for one retired."""
    variant = next((variant for variant in view.for_sale if variant.public_id == public_id), None)
    if variant is None:
        raise NotFound
    return variant


@blueprint.post("/products/<slug>/variants/<public_id>/retire")
@producer_member
@flash_refusals("portal.product", "slug")
def retire_variant(slug: str, public_id: str) -> Answer:
    """Sell this variant no more."""
    with atomic() as session:
        of = own_product_by_slug(session, my_producer_id(), slug)
        variant = own_variant_by_public_id(session, my_producer_id(), public_id)
        if variant.product_id != of.id:
            raise NotFound
        variants.retire_variant(session, variant_id=variant.id, **mine())
    return done(gettext("Đã ngừng bán quy cách này."), ".product", slug=slug)
