"""The photographs of a product: uploaded, described, put first, taken down."""

from __future__ import annotations

from flask import make_response, request

from app.accounts.access import my_producer_id, producer_member
from app.catalogue import photos
from app.core import clock
from app.core.db import atomic, db
from app.core.errors import NotFound, Refusal
from app.core.numbers import whole
from app.documents.uploads import read_upload
from app.producers.blueprint import blueprint
from app.producers.frame import Answer, done, flash_refusals, mine, page
from app.producers.products.forms import PhotoForm
from app.producers.products.pages import product_page
from app.producers.products.queries import own_product_by_slug, product_view
from app.web.errors import retry_after
from app.web.language import gettext
from app.web.media import WIDTHS, storage
from app.web.messages import show_at_field


@blueprint.post("/products/<slug>/photos")
@producer_member
def add_photo(slug: str) -> Answer:
    """Upload a photograph: files first, then the row; if anything fails neither stays."""
    of = own_product_by_slug(db.session(), my_producer_id(), slug)
    form = PhotoForm()
    try:
        raw = read_upload(request.files.get("photo"), field="photo", most=photos.MOST_BYTES)
        prepared = photos.prepare_photo(raw, widths=WIDTHS)
        with photos.stored_files(storage(), prepared) as key, atomic() as session:
            photos.add_photo(
                session,
                product_id=of.id,
                key=key,
                photo=prepared,
                alt=form.alt.data or "",
                seen=whole(form.seen.data or ""),
                **mine(),
            )
    except Refusal as refusal:
        show_at_field(form, refusal)
        view = product_view(db.session(), my_producer_id(), slug, clock.today())
        form.seen.data = str(len(view.photos))
        body = page("products/product.html", "products", page=product_page(view), form=form)
        return make_response(body, refusal.status, retry_after(refusal))
    return done(gettext("Đã thêm ảnh."), ".product", slug=slug)


def _of_product(slug: str, key: str) -> None:
    """The address names my product and a photograph of it. Raises NotFound."""
    session = db.session()
    of = own_product_by_slug(session, my_producer_id(), slug)
    if photos.own_photo(session, my_producer_id(), key).product_id != of.id:
        raise NotFound


@blueprint.post("/products/<slug>/photos/<key>/first")
@producer_member
@flash_refusals("portal.product", "slug")
def move_photo_first(slug: str, key: str) -> Answer:
    """Let this photograph be the one that lists show."""
    with atomic() as session:
        _of_product(slug, key)
        photos.move_photo_first(session, key=key, **mine())
    return done(gettext("Đã đưa ảnh lên đầu."), ".product", slug=slug)


@blueprint.post("/products/<slug>/photos/<key>/words")
@producer_member
@flash_refusals("portal.product", "slug")
def describe_photo(slug: str, key: str) -> Answer:
    """Say what a photograph shows."""
    with atomic() as session:
        _of_product(slug, key)
        photos.describe_photo(session, key=key, alt=request.form.get("alt", ""), **mine())
    return done(gettext("Đã lưu lời tả ảnh."), ".product", slug=slug)


@blueprint.post("/products/<slug>/photos/<key>/delete")
@producer_member
@flash_refusals("portal.product", "slug")
def delete_photo(slug: str, key: str) -> Answer:
    """Take a photograph down."""
    with atomic() as session:
        _of_product(slug, key)
        photos.delete_photo(session, key=key, widths=WIDTHS, **mine())
    return done(gettext("Đã xóa ảnh."), ".product", slug=slug)
