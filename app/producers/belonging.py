"""Whose a thing is, for a form that names one producer and a thing of another."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import Membership, StaffInvitation
from app.catalogue.models import Product, Variant
from app.core.errors import Conflict
from app.orders.models import Order
from app.supply.models import Batch, RawMaterialArea
from app.trace.stamps.models import StampRoll


class OfAnotherProducer(Conflict):
    """The form was sent to one producer's portal and acts on what another producer of the same person has."""

    code = "of-another-producer"


class ProducerNotNamed(Conflict):
    """A form sent to an address without a producer by someone who works for several."""

    code = "producer-not-named"


_KEY: Final[sa.BindParameter[Any]] = sa.bindparam("key")
_OWNER: Final = {
    "area": sa.select(RawMaterialArea.producer_id).where(RawMaterialArea.slug == _KEY),
    "batch": sa.select(Batch.producer_id).where(Batch.public_id == _KEY),
    "invitation": sa.select(StaffInvitation.producer_id).where(StaffInvitation.id == _KEY),
    "membership": sa.select(Membership.producer_id).where(Membership.id == _KEY),
    "order": sa.select(Order.producer_id).where(Order.number == _KEY),
    "product": sa.select(Product.producer_id).where(Product.slug == _KEY),
    "roll": sa.select(StampRoll.producer_id).where(StampRoll.public_id == _KEY),
    "variant": sa.select(Product.producer_id).join(Variant).where(Variant.public_id == _KEY),
}
_IN_ADDRESS: Final = {
    ("areas", "slug"): "area",
    ("batches", "public_id"): "batch",
    ("orders", "number"): "order",
    ("products", "slug"): "product",
    ("staff", "invitation_id"): "invitation",
    ("staff", "membership_id"): "membership",
    ("stamps", "public_id"): "roll",
}
"""What the parts of an address stand for, by its section."""
_IN_FORM: Final = {"areas": "area", "batch": "batch", "variant": "variant"}


def owners_of(
    session: Session, section: str, parts: dict[str, Any], fields: list[tuple[str, str]]
) -> set[int]:
    """The producers who have what an address of this section and the fields of a form speak of."""
    named = [(_IN_ADDRESS.get((section, name)), key) for name, key in parts.items()]
    named += [(_IN_FORM.get(name), key) for name, key in fields]
    found = {session.scalar(_OWNER[thing], {"key": key}) for thing, key in named if thing}
    return {owner for owner in found if owner is not None}
