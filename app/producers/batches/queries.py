"""Reads of the batches: how far a batch has come, its ledger, what its certificate says of the day it was made."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import Product, Variant
from app.certification.standing import Standing, standing_by_paper
from app.core.errors import NotFound
from app.producers.areas.queries import OnMap, on_map
from app.producers.stamps.queries import RollView, rolls_of_batch
from app.supply.models import BY_HAND, Batch, BatchState, StockMovement
from app.supply.queries import AreaFacts, BatchFacts, LedgerLine, batch_facts, ledger
from app.trace.stamps.counts import live_stamps, stamps_in_use

LINES = 12


@dataclass(frozen=True, slots=True)
class VariantChoice:
    """A variant of which a batch may be opened."""

    public_id: str
    product_name: str
    pack: str


@dataclass(frozen=True, slots=True)
class AreaOnMap:
    """An area of the batch and where it stands."""

    facts: AreaFacts
    spot: OnMap


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch whole. `lines` of the ledger, the latest first; `made_standing` is the standing on the day it was made.

    `unstamped` units have no stamp issued, `unactivated` units none active. `by_hand` is the last ledger line written
    by hand, 0 for none.
    """

    facts: BatchFacts
    lines: tuple[LedgerLine, ...]
    more_lines: int
    by_hand: int
    rolls: tuple[RollView, ...]
    active: int
    unstamped: int
    unactivated: int
    made_standing: Standing
    areas: tuple[AreaOnMap, ...]
    expired: bool
    last_label: int

    @property
    def open(self) -> bool:
        return self.facts.state == BatchState.OPEN

    @property
    def first_printed_at(self) -> dt.datetime | None:
        """When a roll of it was first printed."""
        return next((roll.printed_at for roll in reversed(self.rolls) if roll.printed_at), None)

    @property
    def roll_to_activate(self) -> RollView | None:
        """The roll with blank stamps that was issued first."""
        return next((roll for roll in reversed(self.rolls) if roll.blank), None)


def variants_to_fill(session: Session, producer_id: int) -> list[VariantChoice]:
    """The variants a producer may open a batch of, by product."""
    rows = session.execute(
        sa.select(Variant.public_id, Product.name, Variant.pack)
        .join(Product, Product.id == Variant.product_id)
        .where(Product.producer_id == producer_id, Variant.retired_at.is_(None))
        .order_by(Product.folded, Variant.position, Variant.id)
    )
    return [VariantChoice(*row) for row in rows]


def proposed_code(session: Session, producer_id: int, on: dt.date) -> str:
    """The next free code of the month: "2611-03"."""
    month = f"{on:%y%m}"
    codes = session.scalars(
        sa.select(Batch.code).where(Batch.producer_id == producer_id, Batch.code.startswith(f"{month}-"))
    )
    numbers = [int(match[1]) for code in codes if (match := re.fullmatch(rf"{month}-(\d{{1,6}})", code))]
    return f"{month}-{max(numbers, default=0) + 1:02d}"


def own_batch_id(session: Session, producer_id: int, public_id: str) -> int:
    """The id of the producer's batch. Raises NotFound for anybody else's."""
    batch_id = session.scalar(
        sa.select(Batch.id).where(Batch.public_id == public_id, Batch.producer_id == producer_id)
    )
    if batch_id is None:
        raise NotFound
    return batch_id


def last_by_hand(session: Session, batch_id: int) -> int:
    """The id of the ledger's last line written by hand, 0 for none: a form sent twice shows by it."""
    return (
        session.scalar(
            sa.select(sa.func.max(StockMovement.id)).where(
                StockMovement.batch_id == batch_id, StockMovement.kind.in_(BY_HAND)
            )
        )
        or 0
    )


def batch_view(
    session: Session,
    producer_id: int,
    public_id: str,
    today: dt.date,
    *,
    last_label: int,
    whole: bool = False,
) -> BatchView:
    """A batch whole, with its whole ledger or the latest lines. Raises NotFound for anybody else's."""
    facts = batch_facts(session, public_id=public_id, producer_id=producer_id)
    lines = ledger(session, facts.id)[::-1]
    shown = lines if whole else lines[:LINES]
    active = live_stamps(session, facts.id)
    return BatchView(
        facts=facts,
        lines=tuple(shown),
        more_lines=len(lines) - len(shown),
        by_hand=last_by_hand(session, facts.id),
        rolls=tuple(rolls_of_batch(session, facts.id)),
        active=active,
        unstamped=max(facts.quantity - stamps_in_use(session, facts.id), 0),
        unactivated=max(facts.quantity - active, 0),
        made_standing=standing_by_paper(session, facts.product_id, facts.made_on),
        areas=tuple(AreaOnMap(area, on_map(area.latitude, area.longitude)) for area in facts.areas),
        expired=facts.expired(today),
        last_label=last_label,
    )
