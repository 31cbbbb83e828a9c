"""A row in every table, for tests that must not lose any."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.accounts.tries import count_try, mails
from app.catalogue.models import FormerGtin
from app.certification.models import CertificateReminder
from app.core import clock
from app.core.db import atomic
from app.core.outbox import send_later
from app.orders.models import OrderLineBatch
from app.trace.scans.models import ScanCursor, ScanDay
from tests.factories.accounts import (
    make_invitation,
    make_owner,
    make_recovery_code,
    make_second_factor,
    member_of,
)
from tests.factories.catalogue import make_photo, make_product, make_variant
from tests.factories.certification import make_certificate
from tests.factories.keeping import keep
from tests.factories.orders import make_cart, make_order
from tests.factories.promotion import make_showcase
from tests.factories.supply import make_batch
from tests.factories.trace import make_activation, make_exception, make_roll


def fill(session: Session) -> None:
    """Put at least one row into every table that loading the register leaves empty."""
    product = make_product(session)
    variant = make_variant(session, product=product)
    keep(session, FormerGtin(variant_id=variant.id, gtin="09520000000028", until=clock.now()))
    make_photo(session, product=product)
    if product.producer is not None:
        owner = make_owner(session, product.producer)
        make_second_factor(session, owner)
        make_recovery_code(session, owner)
        member_of(session, owner.id)
        make_invitation(session, product.producer, "moi@thu.example")
    certificate = make_certificate(session, product=product)
    keep(session, CertificateReminder(certificate_id=certificate.id, days_before=30, at=clock.now()))
    batch = make_batch(session, variant=variant)
    roll = make_roll(session, variant=variant)
    make_activation(session, roll=roll, batch=batch)
    make_exception(session, roll=roll)
    keep(session, ScanDay(batch_id=batch.id, day=clock.today(), province_id="", scans=3))
    keep(session, ScanCursor(name="scan-days", position="3"))
    make_cart(session, lines={variant.id: 2})
    order = make_order(session, variant=variant)
    line = order.lines[0]
    if not line.batches:
        keep(
            session,
            OrderLineBatch(order_line_id=line.id, batch_id=batch.id, batch_code=batch.code, quantity=1),
        )
    make_showcase(session, products=[product])
    with atomic() as writing:
        send_later(writing, "mail", {"to": "lan@thu.example"}, now=clock.now())
        count_try(writing, mails("lan@thu.example", place="10.0.0.1"), now=clock.now())
