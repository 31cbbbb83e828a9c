"""A producer's own products: added, described, shown to the public and hidden again.

What the register holds of a product (name and group) is a fact of its certificate and stays. The description is the
producer's. A product added in the portal has no certificate and is shown without a star.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.alcohol import forget_record, judge, state_alcohol
from app.catalogue.loading import free_slug
from app.catalogue.models import Producer, Product, ProductGroup
from app.core.audit import Actor, record
from app.core.errors import Conflict, InvalidInput, NotFound, WrongState
from app.core.text import clean_line, clean_text, exact, fold
from app.geography.communes import commune
from app.geography.lookup import gazetteer

LONGEST_NAME = 160
LONGEST_DESCRIPTION = 4000


def add_product(
    session: Session,
    *,
    producer_id: int,
    name: str,
    group_code: str,
    province_id: str,
    alcohol: bool | None,
    commune_id: str | None = None,
    description: str | None = None,
    actor: Actor,
    now: dt.datetime,
) -> Product:
    """Add a product that the register does not know: hidden, and without a certificate.

    `alcohol` is the producer's word whether it is an alcoholic drink. Raises InvalidInput at name, group_code,
    alcohol (None is no answer), province, commune or description, Conflict at name (`product-exists`, with
    its slug) when the producer has a product of this name.
    """
    producer = session.scalar(sa.select(Producer).where(Producer.id == producer_id).with_for_update())
    if producer is None:
        raise NotFound
    called = _called(name)
    _require_new_name(session, producer_id, called)
    _require_group(session, group_code)
    if alcohol is None:
        raise InvalidInput("alcohol-unsaid", field="alcohol")
    taken = set(session.scalars(sa.select(Product.slug)))
    places = gazetteer(session)
    province = places.province(province_id)
    if province is None:
        raise InvalidInput("unknown-province", field="province")
    product = Product(
        slug=free_slug(called, taken, province.short_name),
        name=called,
        folded=fold(called),
        producer_id=producer_id,
        producer_kind=producer.kind,
        group_code=group_code,
        province_id=province.id,
        today_province_id=places.today_of(province.id).id,
        commune_id=_commune_in(session, commune_id, province.id),
        description=_paragraphs(description),
        created_at=now,
    )
    session.add(product)
    session.flush()
    record(session, "product.added", ("product", product.id), actor=actor, now=now, name=called)
    state_alcohol(session, product, alcohol=alcohol, actor=actor, now=now)
    return product


def describe_product(
    session: Session,
    *,
    producer_id: int,
    product_id: int,
    description: str | None,
    name: str | None = None,
    group_code: str | None = None,
    alcohol: bool | None = None,
    actor: Actor,
    now: dt.datetime,
) -> Product:
    """Change what the public reads about a product. Name and group are for one the register does not know.

    `alcohol` is the producer's word whether it is an alcoholic drink, None where it says nothing. Raises NotFound,
    WrongState at name (`name-of-register`) and at alcohol (`alcohol-decided`), InvalidInput, Conflict at name as
    `add_product`.
    """
    product = own_product(session, producer_id, product_id)
    before = {"name": product.name, "group_code": product.group_code, "description": product.description}
    if name is not None or group_code is not None:
        _rename(session, product, name or product.name, group_code or product.group_code or "")
    if alcohol is not None:
        state_alcohol(session, product, alcohol=alcohol, actor=actor, now=now)
    product.description = _paragraphs(description)
    after = {"name": product.name, "group_code": product.group_code, "description": product.description}
    if after != before:
        session.flush()
        changed = {key: value for key, value in before.items() if after[key] != value}
        record(session, "product.described", ("product", product.id), actor=actor, now=now, before=changed)
    return product


def publish(
    session: Session, *, producer_id: int, product_id: int, actor: Actor, now: dt.datetime
) -> Product:
    """Show a product to the public; one that is shown stays as it is.

    It needs a name and a group. It is sold only once a variant of it has a price. Raises NotFound, InvalidInput at
    group_code (`group-missing`).
    """
    product = own_product(session, producer_id, product_id)
    if product.group_code is None:
        raise InvalidInput("group-missing", field="group_code")
    if product.published_at is None:
        product.published_at = now
        session.flush()
        record(session, "product.published", ("product", product.id), actor=actor, now=now)
    return product


def hide(session: Session, *, producer_id: int, product_id: int, actor: Actor, now: dt.datetime) -> Product:
    """Take a product out of the public's sight; orders, batches and stamps of it go on. Raises NotFound."""
    product = own_product(session, producer_id, product_id)
    if product.published_at is not None:
        product.published_at = None
        session.flush()
        record(session, "product.hidden", ("product", product.id), actor=actor, now=now)
    return product


def own_product(session: Session, producer_id: int, product_id: int) -> Product:
    """The producer's product, locked until the transaction ends. Raises NotFound for anybody else's."""
    product = session.scalar(
        sa.select(Product)
        .where(Product.id == product_id, Product.producer_id == producer_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if product is None:
        raise NotFound
    return product


def _rename(session: Session, product: Product, name: str, group_code: str) -> None:
    called = _called(name)
    if product.register_key is not None and (called, group_code) != (product.name, product.group_code or ""):
        raise WrongState("name-of-register", field="name")
    if exact(called) != exact(product.name):
        forget_record(product)
    if fold(called) != product.folded:
        _require_new_name(session, product.producer_id, called)
    _require_group(session, group_code)
    product.name, product.folded, product.group_code = called, fold(called), group_code
    judge(product)


def _called(name: str) -> str:
    called = clean_line(name)
    if not called:
        raise InvalidInput("missing", field="name")
    if len(called) > LONGEST_NAME:
        raise InvalidInput("too-long", field="name", most=LONGEST_NAME)
    return called


def _paragraphs(description: str | None) -> str | None:
    """The description with its paragraphs."""
    text = clean_text(description or "")
    if len(text) > LONGEST_DESCRIPTION:
        raise InvalidInput("too-long", field="description", most=LONGEST_DESCRIPTION)
    return text or None


def _require_new_name(session: Session, producer_id: int | None, name: str) -> None:
    """Two products of one name at one producer are one product entered twice."""
    there = session.scalar(
        sa.select(Product.slug)
        .where(Product.producer_id == producer_id, Product.folded == fold(name))
        .limit(1)
    )
    if there is not None:
        raise Conflict("product-exists", field="name", slug=there)


def _require_group(session: Session, group_code: str) -> None:
    if session.get(ProductGroup, group_code) is None:
        raise InvalidInput("unknown-group", field="group_code")


def _commune_in(session: Session, commune_id: str | None, province_id: str) -> str | None:
    if not commune_id:
        return None
    unit = commune(session, commune_id)
    if unit is None or unit.province_id != province_id:
        raise InvalidInput("commune-not-in-province", field="commune")
    return unit.id
