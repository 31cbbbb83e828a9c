"""Variants of a product (quy cách): added, changed, and taken out of sale. One without a price is shown, not sold."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.catalogue.models import FormerGtin, Product, Variant
from app.catalogue.publishing import own_product
from app.core.audit import Actor, record
from app.core.errors import Conflict, InvalidInput, NotFound, WrongState
from app.core.ids import public_id
from app.core.money import price as checked_price
from app.core.text import clean_line, fold
from app.gs1.numbers import GtinError, GtinReason, normalise_gtin, require_sellable

LONGEST_PACK = 60
MOST_NET = 1_000_000
NET_UNITS = ("g", "ml", "piece")
MOST_VARIANTS = 20


class BadGtin(InvalidInput):
    """What was typed is no GTIN that may stand on goods for sale; the code names the reason."""

    def __init__(self, reason: GtinReason) -> None:
        super().__init__(f"gtin-{reason}", field="gtin")


@dataclass(frozen=True, slots=True)
class VariantFacts:
    """What a variant is. `pack` is its packaging as text.

    `net_weight` in `net_unit` (g, ml or piece), `price` in đồng with tax, `gtin` as typed.
    None: no net content stated, not for sale, no GTIN.
    """

    pack: str
    net_weight: int | None = None
    net_unit: str = "g"
    price: int | None = None
    gtin: str | None = None


def add_variant(
    session: Session,
    *,
    producer_id: int,
    product_id: int,
    facts: VariantFacts,
    actor: Actor,
    now: dt.datetime,
) -> Variant:
    """Add a variant to a product.

    Raises NotFound, InvalidInput at pack, net_weight, net_unit, price or gtin, Conflict at pack (`pack-exists`) or
    gtin (`gtin-taken`: every variant of every product has its own).
    """
    product = own_product(session, producer_id, product_id)
    on_sale = _on_sale(session, product.id)
    if len(on_sale) >= MOST_VARIANTS:
        raise Conflict("too-many-packs", field="pack", most=MOST_VARIANTS)
    variant = Variant(public_id=public_id(), product_id=product.id, position=len(on_sale))
    _fill(variant, facts, others=on_sale)
    _save(session, variant)
    record(session, "variant.added", ("variant", variant.id), actor=actor, now=now, **_audit_facts(variant))
    return variant


def change_variant(
    session: Session,
    *,
    producer_id: int,
    variant_id: int,
    facts: VariantFacts,
    confirmed: bool = False,
    actor: Actor,
    now: dt.datetime,
) -> Variant:
    """Change a variant. Orders keep what they were placed with, and a GTIN it had still leads to it (`FormerGtin`).

    Example values lose their mark when price, pack or net content are replaced, or when the producer confirms that they
    are right (`confirmed`). Raises as `add_variant`, WrongState when retired.
    """
    variant = own_variant(session, producer_id, variant_id)
    if variant.retired_at is not None:
        raise WrongState("variant-retired")
    before, gtin = _audit_facts(variant), variant.gtin
    shown = (variant.price, variant.pack, variant.net_weight, variant.net_unit)
    _fill(variant, facts, others=[v for v in _on_sale(session, variant.product_id) if v.id != variant.id])
    if confirmed or shown != (variant.price, variant.pack, variant.net_weight, variant.net_unit):
        variant.example = False
    _save(session, variant)
    if gtin is not None and gtin != variant.gtin:
        session.add(FormerGtin(variant_id=variant.id, gtin=gtin, until=now))
    after = _audit_facts(variant)
    if after != before:
        record(
            session, "variant.changed", ("variant", variant.id), actor=actor, now=now, before=before, **after
        )
    return variant


def retire_variant(
    session: Session, *, producer_id: int, variant_id: int, actor: Actor, now: dt.datetime
) -> Variant:
    """Sell a variant no more; its batches, stamps and orders stay. One retired already stays as it is."""
    variant = own_variant(session, producer_id, variant_id)
    if variant.retired_at is None:
        variant.retired_at = now
        session.flush()
        record(
            session, "variant.retired", ("variant", variant.id), actor=actor, now=now, **_audit_facts(variant)
        )
    return variant


def own_variant(session: Session, producer_id: int, variant_id: int) -> Variant:
    """The producer's variant, its product locked until the transaction ends. Raises NotFound for anybody else's."""
    product_id = session.scalar(
        sa.select(Variant.product_id)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id == variant_id, Product.producer_id == producer_id)
    )
    if product_id is None:
        raise NotFound
    own_product(session, producer_id, product_id)
    return session.scalars(
        sa.select(Variant).where(Variant.id == variant_id).execution_options(populate_existing=True)
    ).one()


def _on_sale(session: Session, product_id: int) -> list[Variant]:
    return list(
        session.scalars(
            sa.select(Variant).where(Variant.product_id == product_id, Variant.retired_at.is_(None))
        )
    )


def _fill(variant: Variant, facts: VariantFacts, *, others: list[Variant]) -> None:
    pack = clean_line(facts.pack)
    if not pack:
        raise InvalidInput("missing", field="pack")
    if len(pack) > LONGEST_PACK:
        raise InvalidInput("too-long", field="pack", most=LONGEST_PACK)
    if fold(pack) in {fold(other.pack) for other in others}:
        raise Conflict("pack-exists", field="pack")
    if facts.net_unit not in NET_UNITS:
        raise InvalidInput("unknown-unit", field="net_unit")
    if facts.net_weight is not None and not 1 <= facts.net_weight <= MOST_NET:
        raise InvalidInput("net-out-of-range", field="net_weight", least=1, most=MOST_NET)
    price = None if facts.price is None else checked_price(facts.price)
    gtin = _checked_gtin(facts.gtin)
    variant.pack, variant.net_weight, variant.net_unit = pack, facts.net_weight, facts.net_unit
    variant.price, variant.gtin = price, gtin


def _checked_gtin(typed: str | None) -> str | None:
    if not typed or not typed.strip():
        return None
    try:
        gtin = normalise_gtin(typed)
        require_sellable(gtin)
    except GtinError as error:
        raise BadGtin(error.reason) from None
    return gtin


def _save(session: Session, variant: Variant) -> None:
    """The database judges who has a GTIN first."""
    try:
        with session.begin_nested():
            session.add(variant)
    except IntegrityError:
        raise Conflict("gtin-taken", field="gtin") from None


def _audit_facts(variant: Variant) -> dict[str, object]:
    return {
        "pack": variant.pack,
        "net_weight": variant.net_weight,
        "net_unit": variant.net_unit,
        "price": variant.price,
        "gtin": variant.gtin,
        "example": variant.example,
    }
