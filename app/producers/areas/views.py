"""Raw-material areas: where my material grows."""

from __future__ import annotations

from typing import TypedDict

from flask import request
from sqlalchemy.orm import Session

from app.accounts.access import my_producer_id, producer_member
from app.catalogue.models import Producer
from app.core.db import atomic, db
from app.geography.geojson import AreaGeometry
from app.geography.lookup import gazetteer
from app.producers.areas.forms import AreaForm, drawing_text
from app.producers.areas.pages import area_page, areas_page, new_area_crumbs
from app.producers.areas.queries import (
    areas_in_list,
    outline,
    own_area_by_slug,
    require_new_area_name,
)
from app.producers.blueprint import blueprint
from app.producers.frame import Answer, attempt, done, flash_refusals, mine, page
from app.producers.places_field import ASKS_COMMUNES, fill_places
from app.supply.areas import change_area, close_area, open_area
from app.supply.models import RawMaterialArea
from app.supply.queries import area_facts
from app.web.language import gettext


class Description(TypedDict):
    """What a form says of an area."""

    name: str
    province_id: str
    commune_id: str | None
    crop: str | None
    hectares: float | None
    standards: str | None
    geometry: AreaGeometry | None


@blueprint.get("/areas")
@producer_member
def areas() -> Answer:
    """Every area of mine."""
    return page("areas/areas.html", "areas", page=areas_page(areas_in_list(db.session(), my_producer_id())))


@blueprint.route("/areas/new", methods=["GET", "POST"])
@producer_member
def add_area() -> Answer:
    """Declare an area."""
    form = AreaForm()
    opened, status = None, 200
    if ASKS_COMMUNES not in request.form:
        opened, status = attempt(form, lambda session: _open(session, form), read=form.read_drawing)
    if opened is not None:
        return done(gettext("Đã thêm vùng."), ".area", slug=opened.slug)
    session = db.session()
    producer = session.get_one(Producer, my_producer_id())
    home = gazetteer(session).today_of(producer.province_id)
    fill_places(session, form.province, form.commune, standard=home.id)
    return page("areas/area_new.html", "areas", crumbs=new_area_crumbs(), form=form), status


def _open(session: Session, form: AreaForm) -> RawMaterialArea:
    # The producer's row is locked, so that a second click waits and then finds the name taken.
    session.get_one(Producer, my_producer_id(), with_for_update=True)
    require_new_area_name(session, my_producer_id(), form.name.data or "")
    return open_area(session, **_described(form), **mine())


def _described(form: AreaForm) -> Description:
    return {
        "name": form.name.data or "",
        "province_id": form.province.data or "",
        "commune_id": form.commune.data,
        "crop": form.crop.data,
        "hectares": form.hectares.data,
        "standards": form.standards.data,
        "geometry": form.drawn,
    }


@blueprint.route("/areas/<slug>", methods=["GET", "POST"])
@producer_member
def area(slug: str) -> Answer:
    """One area: its shape, and its description to change."""
    session = db.session()
    own = own_area_by_slug(session, my_producer_id(), slug)
    form = AreaForm(
        data={
            "name": own.name,
            "province": own.province_id,
            "commune": own.commune_id or "",
            "crop": own.crop,
            "hectares": own.hectares,
            "standards": own.standards,
            "geometry": drawing_text(own.geometry),
        }
    )
    changed, status = None, 200
    if ASKS_COMMUNES not in request.form:
        changed, status = attempt(form, lambda writing: _change(writing, slug, form), read=form.read_drawing)
    if changed is not None:
        return done(gettext("Đã lưu."), ".area", slug=slug)
    own = own_area_by_slug(session, my_producer_id(), slug)
    fill_places(session, form.province, form.commune, standard=own.province_id)
    view = area_page(area_facts(session, [own])[0], outline(own.geometry))
    return page("areas/area.html", "areas", page=view, form=form), status


def _change(session: Session, slug: str, form: AreaForm) -> RawMaterialArea:
    session.get_one(Producer, my_producer_id(), with_for_update=True)
    own = own_area_by_slug(session, my_producer_id(), slug)
    require_new_area_name(session, my_producer_id(), form.name.data or "", but=own.id)
    described = _described(form)
    stays = described["province_id"] == own.province_id
    return change_area(
        session, area_id=own.id, district=own.district if stays else None, **described, **mine()
    )


@blueprint.post("/areas/<slug>/close")
@producer_member
@flash_refusals("portal.area", "slug")
def retire_area(slug: str) -> Answer:
    """Take an area out of use."""
    with atomic() as session:
        own = own_area_by_slug(session, my_producer_id(), slug)
        close_area(session, area_id=own.id, **mine())
    return done(gettext("Vùng không còn dùng cho lô mới."), ".areas")
