"""A producer with a whole house: product, pack, area, batch, roll, order; and a neighbour who has one too."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.accounts.models import Membership, StaffInvitation, User
from app.catalogue.models import Photo, Producer, Product, Variant
from app.core.text import slugify
from app.orders.models import Order
from app.supply.models import Batch, RawMaterialArea
from app.trace.stamps.models import StampActivation, StampRoll
from tests.factories.accounts import make_invitation, make_membership, make_owner, make_user
from tests.factories.catalogue import make_photo, make_producer, make_product, make_variant
from tests.factories.client import Visitor
from tests.factories.keeping import together
from tests.factories.orders import make_order
from tests.factories.supply import make_area, make_batch
from tests.factories.trace import make_activation, make_roll


@dataclass(frozen=True)
class SampleSite:
    """What one producer has, one of each."""

    producer: Producer
    owner: User
    staff: Membership
    invitation: StaffInvitation
    product: Product
    variant: Variant
    photo: Photo
    area: RawMaterialArea
    batch: Batch
    roll: StampRoll
    activation: StampActivation
    order: Order


@together
def build(session: Session, name: str) -> SampleSite:
    """A house of this name: 100 packs, 60 stamps, the first 20 of them active, one order."""
    producer = make_producer(session, name=name, slug=slugify(name))
    product = make_product(session, producer=producer, name=f"Chè {name}")
    variant = make_variant(session, product=product)
    area = make_area(session, producer=producer, name=f"Đồi chè {name}")
    batch = make_batch(session, variant=variant, areas=[area])
    roll = make_roll(session, variant=variant, count=60, batch_id=batch.id)
    activation = make_activation(
        session, roll=roll, batch=batch, first_number=roll.first_number, last_number=roll.first_number + 19
    )
    return SampleSite(
        producer=producer,
        owner=make_owner(session, producer),
        staff=make_membership(
            session, make_user(session, name=f"Người của {name}"), "staff", producer=producer
        ),
        invitation=make_invitation(session, producer, f"moi{producer.id}@thu.example"),
        product=product,
        variant=variant,
        photo=make_photo(session, product=product),
        area=area,
        batch=batch,
        roll=roll,
        activation=activation,
        order=make_order(session, variant=variant, quantity=2),
    )


@pytest.fixture
def sample(session: Session) -> SampleSite:
    """My house."""
    return build(session, "Suối Giàng")


@pytest.fixture
def neighbour(session: Session) -> SampleSite:
    """Somebody else's house."""
    return build(session, "Tà Xùa")


@pytest.fixture
def portal(client: Visitor, sample: SampleSite) -> Visitor:
    """Me, logged in."""
    return client.log_in(sample.owner)


@pytest.fixture
def beginner(app: Flask, session: Session) -> Visitor:
    """The owner of a producer that has nothing yet."""
    visitor = app.test_client()
    assert isinstance(visitor, Visitor)
    return visitor.log_in(make_owner(session, make_producer(session, name="HTX Mới", slug="htx-moi")))


def send_raw(portal: Visitor, path: str, field: str, file: bytes, **form: str) -> TestResponse:
    """Upload a large file: the body is written here, for the test client would leave a temporary file open."""
    parts = {"csrf_token": portal.form_token()} | form
    head = "".join(
        f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in parts.items()
    )
    head += f'--edge\r\nContent-Disposition: form-data; name="{field}"; filename="tep"\r\n\r\n'
    body = head.encode() + file + b"\r\n--edge--\r\n"
    return portal.post(path, data=body, content_type="multipart/form-data; boundary=edge")
