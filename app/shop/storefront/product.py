"""The product page's facts: standing and its history, packs, the batch that would be sent next, where it grows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.queries import ProductFacts, VariantView, published_product
from app.certification.standing import Standing, standing_and_history
from app.core.caching import depends_on
from app.core.text import fold
from app.listing.cards import Card, cards
from app.listing.goods import TOURISM
from app.listing.index import FacetIndex, GroupName, current_index
from app.supply.models import Batch, BatchArea, RawMaterialArea
from app.supply.queries import AreaFacts, BatchOnSale, area_facts, batches_on_sale

SIMILAR = 4
_MOST_AREAS = 4


@dataclass(frozen=True, slots=True)
class Offer:
    """A pack with the batch that would be sent next, None when it is sold out or has no price."""

    variant: VariantView
    batch: BatchOnSale | None


@dataclass(frozen=True, slots=True)
class ProductPage:
    """Everything the page of one product shows on one day.

    `refusal` is why it cannot be bought here: no-producer, alcohol, tourism, no-price, sold-out; None when it can.
    `certificates` are all it ever had, newest first; `standing` is today's answer. `head` is the word or two its name
    begins with, by which `similar` were found.
    """

    facts: ProductFacts
    group: GroupName | None
    standing: Standing
    certificates: tuple[Standing, ...]
    offers: tuple[Offer, ...]
    refusal: str | None
    areas: tuple[AreaFacts, ...]
    similar: tuple[Card, ...]

    @property
    def usual_offer(self) -> Offer | None:
        """The pack shown first: the first that can be bought, else the first."""
        in_stock = (offer for offer in self.offers if offer.batch)
        return next(in_stock, self.offers[0] if self.offers else None)

    def offer(self, public_id: str | None) -> Offer | None:
        """The pack of this public id, or the usual one."""
        asked = (offer for offer in self.offers if offer.variant.public_id == public_id)
        return next(asked, self.usual_offer)


def product_page(session: Session, slug: str, *, on: dt.date) -> ProductPage:
    """The facts of a published product. Raises NotFound."""
    facts = published_product(session, slug)
    index = current_index(on)
    depends_on("stock", facts.id)
    standing, certificates = standing_and_history(session, facts.id, on)
    variant_ids = [variant.id for variant in facts.variants]
    batches = batches_on_sale(session, variant_ids, on)
    offers = tuple(Offer(v, batches.get(v.id) if v.price else None) for v in facts.variants)
    return ProductPage(
        facts=facts,
        group=next((group for group in index.groups if group.code == facts.group_code), None),
        standing=standing,
        certificates=tuple(certificates),
        offers=offers,
        refusal=_refusal(facts, offers),
        areas=tuple(_areas(session, facts, variant_ids)),
        similar=cards(session, _similar(index, facts), on=on),
    )


def _refusal(facts: ProductFacts, offers: Sequence[Offer]) -> str | None:
    reasons = (
        ("no-producer", facts.producer is None),
        ("alcohol", facts.alcohol),
        ("tourism", facts.group_code == TOURISM),
        ("no-price", all(offer.variant.price is None for offer in offers)),
        ("sold-out", all(offer.batch is None for offer in offers)),
    )
    return next((reason for reason, holds in reasons if holds), None)


_AREAS = (
    sa.select(RawMaterialArea)
    .where(
        RawMaterialArea.id.in_(
            sa.select(BatchArea.area_id)
            .join(Batch, Batch.id == BatchArea.batch_id)
            .where(Batch.variant_id.in_(sa.bindparam("variants", expanding=True)))
        ),
        RawMaterialArea.closed_at.is_(None),
    )
    .order_by(RawMaterialArea.name, RawMaterialArea.id)
    .limit(_MOST_AREAS)
)


def _areas(session: Session, facts: ProductFacts, variant_ids: Sequence[int]) -> list[AreaFacts]:
    """The areas from which batches of these packs were made."""
    if not variant_ids or facts.producer is None:
        return []
    depends_on(
        "areas", facts.producer.id
    )  # one that has too long a name today may be among the first tomorrow
    areas = session.scalars(_AREAS, {"variants": variant_ids}).all()
    return area_facts(session, areas)


def _similar(index: FacetIndex, facts: ProductFacts) -> list[int]:
    """Goods whose name begins alike ("Chè …"), else goods of the same group from the same province."""
    first, _, rest = fold(facts.name).partition(" ")
    second = rest.partition(" ")[0]
    chosen: dict[int, None] = {}
    for head in (f"{first} {second}", first):
        _take(chosen, index.named_alike(head, 2 * SIMILAR + 1), facts.id)
    if len(chosen) < SIMILAR:
        _take(chosen, index.related(facts.today_province_id, facts.group_code or ""), facts.id)
    return list(chosen)


def _take(chosen: dict[int, None], ids: Iterable[int], but: int) -> None:
    fresh = (i for i in ids if i != but and i not in chosen)
    chosen.update(dict.fromkeys(islice(fresh, SIMILAR - len(chosen))))
