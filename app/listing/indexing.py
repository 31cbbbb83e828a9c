"""The search index follows the catalogue: documents from the database, and an outbox message with every change.

A transaction that changes a product or a producer leaves an outbox message of kind ``search.update`` in itself, so that
the index is late by seconds but never forgets. What is shown never waits for it: the database decides.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session, UOWTransaction

from app.catalogue.models import Producer, Product, ProductGroup
from app.core import clock
from app.core.changes import note_change
from app.core.db import atomic
from app.core.outbox import send_later
from app.core.stores import StoreMark, StoreMismatch, remember
from app.geography.lookup import gazetteer
from app.geography.places import PlaceKey, places
from app.listing.search import ProductDocument, SearchBackend, SearchUnavailable
from app.listing.search.backend import Progress

UPDATE: Final = "search.update"
INDEX: Final = "index"
"""Under which the database remembers how far the index was written."""
_CHUNK: Final = 1000
_MANY: Final = 200
"""From so many changed products on the whole index is built again: one pass is cheaper than many writes."""


def documents(session: Session, ids: Collection[int] | None = None) -> Iterator[ProductDocument]:
    """The searchable text of the published products, or of those among `ids`, in the order of their ids."""
    statement = (
        sa.select(Product, Producer.name)
        .outerjoin(Producer, Producer.id == Product.producer_id)
        .where(Product.published_at.is_not(None))
        .order_by(Product.id)
    )
    if ids is not None:
        statement = statement.where(Product.id.in_(ids))
    groups = _group_terms(session)
    part_names = gazetteer(session).part_names
    rows = session.execute(statement).all()
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        terms = _place_terms(session, [product for product, _ in chunk])
        for (product, producer), place in zip(chunk, terms, strict=True):
            yield ProductDocument(
                id=product.id,
                name=part_names(product.name),
                producer=part_names(producer or ""),
                place_terms=place,
                group_terms=groups.get(product.group_code or "", ""),
                description=part_names(" ".join(filter(None, (product.description, product.raw_material)))),
            )


def _group_terms(session: Session) -> dict[str, str]:
    """By group code its names in both languages."""
    rows = session.execute(sa.select(ProductGroup.code, ProductGroup.name_vi, ProductGroup.name_en))
    return {code: f"{vi} {en}" for code, vi, en in rows}


def _place_terms(session: Session, products: list[Product]) -> list[str]:
    """For each product every name its place is sought under: province, district and commune, then and today."""
    names = gazetteer(session)
    keys = [PlaceKey(p.commune_id, p.province_id, p.district, p.commune) for p in products]
    return [
        " ".join((*names.province_terms(key.province_id), view.at_time, view.today))
        for key, view in zip(keys, places(session, keys), strict=True)
    ]


def reindex(session: Session, search: SearchBackend, *, progress: Progress | None = None) -> int:
    """Build the whole index anew and return the number of products in it. Raises Busy."""
    count = search.rebuild(documents(session), progress)
    _note_index_change(search)
    return count


def index_is_lost(session: Session, search: SearchBackend) -> bool:
    """Whether the index must be built: it does not exist, it holds nothing of what is published, or is of another day.

    The second is what a folder restored from nothing, or tables emptied by hand, look like: every query is answered,
    and finds nothing.
    """
    try:
        empty = search.empty()
        if not _is_of_this_moment(session, search):
            return True
    except SearchUnavailable:
        return True
    return empty and bool(session.scalar(sa.select(sa.exists().where(Product.published_at.is_not(None)))))


def _is_of_this_moment(session: Session, search: SearchBackend) -> bool:
    """Whether the index stands where the database last saw it; raises SearchUnavailable.

    It is written a moment before the database takes note of that, so that a difference is looked at again.
    """
    for wait in (0.0, 0.05, 0.2):
        time.sleep(wait)
        position = search.position()
        with (
            session.get_bind().engine.connect() as fresh
        ):  # what this session reads may be older than what the index holds
            known = fresh.scalar(sa.select(StoreMark.mark).where(StoreMark.name == INDEX))
        if known == position:
            return True
    return False


class IndexStore:
    """The search index, as a store that belongs to one database (`app.core.stores`): built, never adopted."""

    def __init__(self, search: SearchBackend) -> None:
        self._search = search

    def check(self, session: Session) -> bool:
        """See Store. An index that does not open is "search"'s to report, not another database's."""
        try:
            known = _is_of_this_moment(session, self._search)
        except SearchUnavailable:
            return True
        if not known:
            raise StoreMismatch("search-index-of-another-moment")
        return True

    def adopt(self, session: Session) -> None:
        """Never asked: `check` is never undecided. The way out is `reindex`."""
        raise StoreMismatch("search-index-of-another-moment")


def update_index(session: Session, search: SearchBackend, payload: dict[str, Any]) -> None:
    """Bring the index up to date for the products and producers a message names. Raises Busy."""
    ids = set(payload.get("products", ()))
    if producer_ids := payload.get("producers", ()):
        ids |= set(session.scalars(sa.select(Product.id).where(Product.producer_id.in_(producer_ids))))
    if len(ids) > _MANY or payload.get("all") or index_is_lost(session, search):
        reindex(session, search)
        return
    current = list(documents(session, ids))
    search.update(current)
    search.delete(ids - {document.id for document in current})
    _note_index_change(search)


def _note_index_change(search: SearchBackend) -> None:
    """The index is not the database's, or not in this transaction: that it changed is a change of its own."""
    with atomic() as session:
        note_change(session, "search")
        remember(session, INDEX, search.position())


@event.listens_for(Session, "after_flush")
def _queue_update(session: Session, context: UOWTransaction) -> None:
    """Queue the update in the transaction that made the change."""
    changed = [
        *session.new,
        *session.deleted,
        *(item for item in session.dirty if session.is_modified(item)),
    ]
    products = sorted({item.id for item in changed if isinstance(item, Product)})
    producers = sorted({item.id for item in session.dirty if isinstance(item, Producer) and item in changed})
    if not products and not producers:
        return
    many = len(products) > _MANY
    payload: dict[str, Any] = {"all": True} if many else {"products": products, "producers": producers}
    send_later(session, UPDATE, payload, now=clock.now())
