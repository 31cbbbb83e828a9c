"""Labels of the register's codes: product groups, ranks, values of a dimension."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import ProductGroup
from app.certification.queries import NO_CERTIFICATE, NO_GROUP, NOT_KNOWN, RegisterRow
from app.certification.standing import StandingState
from app.listing.labels import kind_label, listing_label, rank_label, state_label
from app.web.language import gettext, language

Groups = Mapping[str, str]
"""The names of the product groups by code, in the language of the page and in their order."""


def group_names(session: Session) -> Groups:
    """The product groups in the language of the page."""
    name = ProductGroup.name_vi if language() == "vi" else ProductGroup.name_en
    rows = session.execute(sa.select(ProductGroup.code, name).order_by(ProductGroup.position))
    return {row[0]: row[1] for row in rows}


def group_label(code: str | None, groups: Groups) -> str:
    """A product group's name; NO_GROUP and None stand for none."""
    return groups.get(code or NO_GROUP) or listing_label("no_group_label")


def producer_label(row: RegisterRow) -> str:
    """Who makes a product of the register, as far as it says."""
    return row.producer or gettext("Chưa rõ cơ sở")


def value_label(dimension: str, value: str, groups: Groups) -> str:
    """A value of a dimension of the register."""
    match dimension:
        case "standing":
            return state_label(value)
        case "group":
            return group_label(value, groups)
        case "kind":
            return kind_label(value)
        case "stars":
            return _rank_label(value)
    return _year_label(value)


def _rank_label(value: str) -> str:
    if value == NO_CERTIFICATE:
        return state_label(StandingState.NONE)
    return rank_label(None if value == NOT_KNOWN else int(value))


def _year_label(value: str) -> str:
    if value == NO_CERTIFICATE:
        return state_label(StandingState.NONE)
    return gettext("Chưa rõ năm") if value == NOT_KNOWN else value
