"""The one blueprint of the producers' portal; the views of each section hang their routes on it.

Every address names the producer whose portal it is, and a form is sent to such an address. So whoever works for two
producers and has both open acts for the one whose page is before them, whatever the other tab shows.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, g

from app.accounts.access import work_for
from app.catalogue.models import Producer
from app.core.db import db

blueprint = Blueprint("portal", __name__, url_prefix="/portal/<producer>")
door = Blueprint("portal_door", __name__, url_prefix="/portal")


@blueprint.url_value_preprocessor
def _find_producer(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Take the producer out of the address: views ask `my_producer_id()`, which says whether it is theirs."""
    g.producer_slug = (values or {}).pop("producer")
    work_for(db.session.scalar(sa.select(Producer.id).where(Producer.slug == g.producer_slug)))


@blueprint.url_defaults
def _name_producer(_endpoint: str, values: dict[str, Any]) -> None:
    """Links from one page of the portal to another stay with its producer."""
    if "producer_slug" in g:
        values.setdefault("producer", g.producer_slug)
