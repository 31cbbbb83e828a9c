"""Whatever is changed of what people see, no cached page goes on saying what was so before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from enum import StrEnum
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.catalogue.models import Photo, Producer, Product, Variant
from app.certification.models import Certificate, Dossier
from app.core import clock, outbox
from app.core.audit import Actor
from app.core.db import Model, UtcDateTime, atomic
from app.core.ids import public_id
from app.core.parts import part
from app.core.states import OneOf
from app.geography.models import AdministrativeUnit
from app.promotion.models import Showcase, ShowcaseItem
from app.supply.batches import open_batch
from app.supply.models import Batch, BatchState, RawMaterialArea
from app.supply.stock import allocate_stock, fefo, record_movement
from app.trace.stamps.models import StampActivation, StampException, StampRoll
from app.web.pagecache import PageCache
from tests.factories.catalogue import make_photo, make_producer, make_product, make_variant
from tests.factories.certification import make_certificate, make_dossier
from tests.factories.places import TRA_VINH
from tests.factories.promotion import make_showcase
from tests.factories.supply import make_area
from tests.factories.trace import make_activation, make_exception
from tests.rules.fresh import Watched

PUBLIC = sorted(
    (mapper.class_ for mapper in Model.registry.mappers if "touches" in mapper.local_table.info),  # type: ignore[attr-defined]
    key=lambda model: model.__name__,
)
TOGETHER: dict[str, dict[str, Any]] = {
    "withdrawn_on": {"withdrawn_reason": "voluntary"},
    "withdrawn_reason": {"withdrawn_on": dt.date(2026, 11, 20)},
    "alcohol_record": {"alcohol_recorder": "producer"},
    "alcohol_recorder": {"alcohol_record": "alcohol"},
    "recorded_in_error_at": {
        "recorded_in_error_reason": "gõ nhầm",
        "believed_until": dt.date(2026, 11, 20),
        "decides_from": dt.date(2026, 11, 20),
        "decides_until": dt.date(2026, 11, 20),
    },
}
"""What a column's CHECK wants changed with it."""
NEW: dict[type, Any] = {
    int: 7,
    float: 7.5,
    str: "khác",
    dt.date: dt.date(2026, 11, 20),
    dt.datetime: dt.datetime(2026, 11, 20, 2, tzinfo=dt.UTC),
}
"""What a column gets that holds nothing."""
OTHERS: dict[str, Any] = {
    "geometry": {"type": "Point", "coordinates": [104.6, 21.6]},
    "decides_from": dt.date(2026, 12, 1),
    "stars": 5,
    "kind": "farm",
    "producer_kind": "farm",
    "group_code": "handicraft",
    "net_unit": "ml",
    "level": "national",
    "withdrawn_reason": "voluntary",
    "order_rule": "stars",
    "gtin": "09520000000097",
}
"""Values that only some words fit."""


NEVER_SHOWN = {"BatchArea", "FormerProductGroup", "ProductSource"}
"""Models that are keys alone, whose rows come and go below; and what only the loader reads."""
INDEXED = {Product, Variant, Certificate, Dossier, Batch}
FIXED = frozenset({"scheme", "level", "slug", "parent_id", "code"})
"""Of a place: what nobody changes without changing the country."""


def groups(model: type[Model]) -> list[list[Any]]:
    """Columns to change at once. What a row touches does not depend on which of its columns changed, but for keys of
    other rows, and what the facet index holds of it: these are changed one by one."""
    columns = [
        column
        for column in model.__table__.columns
        if not column.primary_key and not (model is AdministrativeUnit and column.key in FIXED)
    ]
    alone = [[column] for column in columns if model in INDEXED or column.foreign_keys]
    together = [column for column in columns if [column] not in alone]
    return [*alone, together] if together else alone


def another(session: Session, column: sa.Column[Any], value: Any) -> Any:
    """A value the column does not hold now."""
    if column.foreign_keys:
        target = next(iter(column.foreign_keys)).column
        others = sa.select(target).where(sa.true() if value is None else target != value)
        named = sa.exists(
            sa.select(1).where(column == target)
        )  # of two certificates of a product one decides
        return session.scalar(others.order_by(named, target.desc()).limit(1))
    if isinstance(column.type, OneOf):
        members: type[StrEnum] = column.type.members
        return next((member for member in members if member != value), None)
    if value != OTHERS.get(column.key, value):
        return OTHERS[column.key]
    if value is None:
        return NEW[dt.datetime if isinstance(column.type, UtcDateTime) else column.type.python_type]
    if isinstance(value, dict):
        return None
    return _next(value)


def _next(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case dt.date():  # a moment is a day too
            return value - dt.timedelta(days=1)
        case _:
            return f"{value} khác"


@pytest.fixture
def watched(app: Flask, make_app: Callable[..., Flask], session: Session) -> Watched:
    """The pages of a furnished site, drawn and cached."""
    found = Watched(app, make_app, session)
    assert len(found.addresses) > 30
    assert found.stale() == []
    return found


def test_a_change_of_any_column_is_on_every_page_that_shows_it(watched: Watched, session: Session) -> None:
    """Each is put back, so that all are changed of the same site."""
    wrong, seen = [], set()
    shown = watched.show()
    for model, group in [(shown_model, group) for shown_model in PUBLIC for group in groups(shown_model)]:
        session.rollback()
        row = session.scalars(sa.select(model).order_by(*model.__table__.primary_key)).first()
        assert row is not None, model
        new = {column.key: another(session, column, getattr(row, column.key)) for column in group}
        new = {
            column.key: new[column.key] for column in group if column.nullable or new[column.key] is not None
        }
        new = {name: value for told in new for name, value in TOGETHER.get(told, {}).items()} | new
        old = {name: getattr(row, name) for name in new}
        key = sa.inspect(row).identity
        write(model, key, new)
        wrong += [(model.__name__, *new, address) for address in watched.stale()]
        if watched.show() != shown:
            seen.add(model)
        write(model, key, old)
    assert wrong == []
    assert watched.stale() == []
    assert {model.__name__ for model in PUBLIC if model not in seen} == NEVER_SHOWN


def write(model: type[Model], key: Any, values: dict[str, Any]) -> None:
    with atomic() as writing:
        row = writing.get_one(model, key)
        for name, value in values.items():
            setattr(row, name, value)


# --- what people do --------------------------------------------------------------------------------------------

HOA = Actor(None, "Hoa")


def _first(session: Session, model: type[Any], *where: Any) -> Any:
    return session.scalars(sa.select(model).where(*where).order_by(model.id)).first()


def _set(session: Session, row: Any, **values: Any) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def _sell(session: Session, quantity: int) -> None:
    batch = _first(session, Batch, Batch.on_hand > 0, Batch.state == BatchState.OPEN)
    if batch is not None:
        units = min(quantity, batch.on_hand)
        allocate_stock(session, {batch.variant_id: units}, reference="đơn", now=clock.now())


def _fill(session: Session) -> None:
    batch = _first(session, Batch, Batch.on_hand < Batch.quantity)
    if batch is not None:
        record_movement(
            session,
            producer_id=batch.producer_id,
            batch_id=batch.id,
            kind="returned",
            quantity=1,
            actor=HOA,
            now=clock.now(),
        )


def _open_batch(session: Session) -> None:
    on_sale = sa.select(Product.id).where(Product.producer_id.is_not(None))
    variant = _first(session, Variant, Variant.retired_at.is_(None), Variant.product_id.in_(on_sale))
    product = session.get_one(Product, variant.product_id)
    assert product.producer_id
    areas = session.scalars(
        sa.select(RawMaterialArea.id).where(
            RawMaterialArea.producer_id == product.producer_id, RawMaterialArea.closed_at.is_(None)
        )
    ).all()
    open_batch(
        session,
        producer_id=product.producer_id,
        variant_id=variant.id,
        code=public_id(8).upper(),
        made_on=clock.today(),
        expires_on=None,
        quantity=3,
        area_ids=areas,
        actor=HOA,
        now=clock.now(),
    )


def _choose_for_fair(session: Session) -> None:
    fair = _first(session, Showcase)
    chosen = {item.product_id for item in fair.items}
    product = _first(session, Product, Product.id.not_in(chosen))
    fair.items.append(ShowcaseItem(product_id=product.id, position=len(chosen) + 1))


def _take_from_fair(session: Session) -> None:
    item = _first(session, ShowcaseItem)
    if item is not None:
        session.delete(item)


def _sold_next(session: Session) -> Batch:
    batch: Batch = session.scalars(
        sa.select(Batch).where(Batch.state == BatchState.OPEN, Batch.on_hand > 0).order_by(*fefo())
    ).first() or _first(session, Batch)
    return batch


def _void_stamps(session: Session) -> None:
    """All that are on the batch that is sold next."""
    stuck = session.scalars(
        sa.select(StampActivation).where(
            StampActivation.batch_id == _sold_next(session).id, StampActivation.undone_at.is_(None)
        )
    )
    for range_ in stuck.all():
        overlap = (
            StampException.first_number <= range_.last_number,
            StampException.last_number >= range_.first_number,
        )
        if _first(session, StampException, *overlap) is None:
            roll = session.get_one(StampRoll, range_.roll_id)
            make_exception(
                session, roll=roll, first_number=range_.first_number, last_number=range_.last_number
            )


def _undo_activation(session: Session) -> None:
    latest = sa.select(StampActivation).where(StampActivation.undone_at.is_(None))
    activation = session.scalars(latest.order_by(StampActivation.id.desc())).first()
    if activation is not None:
        activation.undone_at = clock.now()


def _delete_photo(session: Session) -> None:
    photo = _first(session, Photo)
    if photo is not None:
        session.delete(photo)


ACTS: dict[str, Callable[[Session], object]] = {
    "a sale": lambda s: _sell(s, 1),
    "stamps void": _void_stamps,
    "stamps stuck": lambda s: make_activation(s, batch=_sold_next(s)),
    "stamps taken back": _undo_activation,
    "a batch": _open_batch,
    "sold out": lambda s: _sell(s, 1_000_000),
    "counted again": _fill,
    "a new product": lambda s: make_product(s, producer=_first(s, Producer), name="Chè mới"),
    "a product of another producer": lambda s: make_product(s, province_id=TRA_VINH, group_code="food"),
    "a producer without goods": make_producer,
    "a unit": lambda s: make_variant(s, product=_first(s, Product), price=1_000),
    "a unit of what had none": lambda s: make_variant(s, product=_first(s, Product, Product.id > 1)),
    "a unit retired": lambda s: _set(s, _first(s, Variant), retired_at=clock.now()),
    "a price": lambda s: _set(s, _first(s, Variant), price=_first(s, Variant).price + 1_000),
    "a photo": lambda s: make_photo(s, product=_first(s, Product)),
    "a photo less": _delete_photo,
    "a batch closed": lambda s: _set(
        s, _first(s, Batch, Batch.state == BatchState.OPEN) or _first(s, Batch), state=BatchState.CLOSED
    ),
    "a certificate": lambda s: make_certificate(s, product=make_product(s, name="Chè có sao"), stars=5),
    "a star withdrawn": lambda s: _set(
        s, _first(s, Certificate), withdrawn_on=clock.today(), withdrawn_reason="voluntary"
    ),
    "a dossier": lambda s: make_dossier(s, product=make_product(s, name="Chè đang chờ")),
    "a dossier closed": lambda s: _set(s, _first(s, Dossier), closed_at=clock.now()),
    "an area": lambda s: make_area(s, producer=_first(s, Producer), name="Ao A"),
    "an area closed": lambda s: _set(s, _first(s, RawMaterialArea), closed_at=clock.now()),
    "chosen for a fair": _choose_for_fair,
    "taken from a fair": _take_from_fair,
    "a fair": lambda s: make_showcase(s, products=[_first(s, Product)]),
    "moved to another producer": lambda s: _set(
        s, _first(s, Product, Product.id > 1), producer_id=_first(s, Producer, Producer.id > 1).id
    ),
    "hidden": lambda s: _set(s, _first(s, Product, Product.published_at.is_not(None)), published_at=None),
    "shown": lambda s: _set(
        s, _first(s, Product, Product.published_at.is_(None)) or _first(s, Product), published_at=clock.now()
    ),
    "a name": lambda s: _set(s, _first(s, Product), name="Ấm trà", folded="am tra"),
    "a producer's name": lambda s: _set(s, _first(s, Producer), name="HTX Mới", folded="htx moi"),
}


def test_what_people_do_is_on_every_page_that_shows_it(watched: Watched, session: Session) -> None:
    wrong = []
    for name, act in ACTS.items():
        with atomic() as writing:
            act(writing)
        wrong += [(name, address) for address in watched.stale()]
    assert wrong == []
    outbox.sweep()  # the search index follows
    assert watched.stale() == []


@hypothesis.settings(
    max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@hypothesis.given(st.lists(st.sampled_from(sorted(ACTS)), min_size=2, max_size=5))
def test_whatever_people_do_in_whatever_order(watched: Watched, session: Session, names: list[str]) -> None:
    for name in names:
        with atomic() as writing:
            ACTS[name](writing)
        assert watched.stale() == [], names


def test_a_sale_leaves_every_page_but_its_products_as_it_is(
    app: Flask, watched: Watched, session: Session
) -> None:
    sold = session.scalars(sa.select(Product).order_by(Product.id)).first()
    assert sold
    pages: Any = part(PageCache, app)._answers
    before = {key: entry[0] for key, entry in pages.items()}
    with atomic() as writing:
        _sell(writing, 1)
    watched.show()
    drawn = {key[0] for key, entry in pages.items() if before.get(key) is not entry[0]}
    assert drawn == {f"/products/{sold.slug}", f"/api/v1/products/{sold.slug}"}


def test_every_page_says_what_it_stands_on(app: Flask, watched: Watched) -> None:
    pages: Any = part(PageCache, app)._answers
    silent = {key[0] for key, entry in pages.items() if not entry[1].topics}
    assert silent == set()
