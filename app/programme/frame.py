"""What stands around the officers' pages: the navigation, the heading, and the place the page is about."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, request, url_for

from app.accounts.access import member
from app.core import clock
from app.core.db import db
from app.geography.lookup import Province, gazetteer
from app.listing.labels import province_label, province_name
from app.programme.places import OwnPlace, own_place
from app.web.components import Chip
from app.web.frame import NavItem, PortalHeading
from app.web.language import gettext

_SECTION_OF = dict.fromkeys(
    (
        "programme.product",
        "programme.award",
        "programme.withdraw",
        "programme.certificate",
        "programme.correct_certificate",
        "programme.strike_certificate",
        "programme.restore_certificate",
    ),
    "programme.register",
)
"""Endpoints that have no entry of their own in the navigation."""


@dataclass(frozen=True, slots=True)
class PlaceBar:
    """The place a page is about, and the units of then and of now to choose from (none where there is one)."""

    unit_id: str
    slug: str
    label: str
    chips: tuple[Chip, ...]


def asked_place() -> OwnPlace:
    """The unit the address asks for, or the officer's first. Raises as `own_place`."""
    return own_place(
        gazetteer(db.session()), member().officer_units, request.args.get("place"), clock.today()
    )


def page(template: str, own: OwnPlace, **values: object) -> str:
    """Render a page of the portal."""
    return render_template(
        f"programme/{template}",
        nav=_navigation(own),
        portal=PortalHeading(gettext("Cán bộ OCOP"), member().name),
        place=_place_bar(own),
        **values,
    )


def _section() -> str:
    """The endpoint of the navigation to which this page belongs."""
    here = request.endpoint or "programme.home"
    return _SECTION_OF.get(here, here)


def _navigation(own: OwnPlace) -> tuple[NavItem, ...]:
    sections = (
        ("programme.home", gettext("Theo dõi"), "chart"),
        ("programme.register", gettext("Sổ sản phẩm"), "list"),
        ("programme.ending", gettext("Giấy sắp hết hạn"), "clock"),
        ("programme.alcohol", gettext("Rượu bia"), "alert"),
        ("programme.figures", gettext("Số đã công bố"), "page"),
    )
    return tuple(
        NavItem(label, url_for(endpoint, place=own.unit.slug), icon, endpoint == _section())
        for endpoint, label, icon in sections
    )


def _place_bar(own: OwnPlace) -> PlaceBar:
    units = own.units if len(own.units) > 1 else ()
    section = _section()
    chips = tuple(
        Chip(_choice_label(unit), url_for(section, place=unit.slug), current=unit.id == own.unit.id)
        for unit in units
    )
    return PlaceBar(own.unit.id, own.unit.slug, _place_label(own), chips)


def _place_label(own: OwnPlace) -> str:
    """A province as it is spoken of: a former one says what it belongs to today."""
    if own.changed:
        return province_label(own.unit.short_name, own.today.short_name)
    return province_name(own.unit)


def _choice_label(unit: Province) -> str:
    if unit.is_today:
        return gettext("%(name)s hôm nay", name=unit.short_name)
    return gettext("%(name)s trước 01/07/2025", name=unit.short_name)
