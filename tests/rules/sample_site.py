"""A site with one of everything in it, and the address of every page, for the tests that walk all of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from app.accounts.access import access_rule
from app.accounts.models import User
from app.accounts.passwords import reset_claim, reset_token
from app.accounts.registration import opening_token
from app.catalogue.models import Producer, Product
from app.certification.models import OPEN_END, Certificate
from app.core import clock
from app.core.db import Model
from app.core.parts import part
from app.trace.setup import Trace
from app.trace.stamps.codes import encode
from app.trace.stamps.models import StampRoll
from tests.factories.accounts import (
    make_admin,
    make_invitation,
    make_officer,
    make_owner,
    make_promotion,
    make_staff,
    make_user,
)
from tests.factories.catalogue import make_producer, make_product, make_source, make_variant
from tests.factories.certification import make_certificate, make_dossier, make_figure
from tests.factories.client import Visitor
from tests.factories.orders import make_order
from tests.factories.places import SUOI_GIANG, TRA_VINH
from tests.factories.promotion import make_showcase
from tests.factories.supply import make_area, make_batch
from tests.factories.trace import make_activation, make_exception, make_roll

Values = Mapping[str, object]
ELSEWHERE: Final = frozenset(
    {"accounts.open_account", "accounts.reset", "trace.stamp", "shop.order", "shop.orders"}
)
"""Endpoints whose addresses `SampleSite.pages` builds by hand."""


@dataclass(frozen=True)
class SampleSite:
    """People by the rule of access that lets them in, and the arguments of addresses by endpoint."""

    people: Mapping[str, User]
    values: Mapping[str, Values]
    extra: tuple[tuple[str, str], ...]

    def pages(self, app: Flask) -> Iterator[tuple[str, str]]:
        """Every address that answers GET, as (rule of access, address)."""
        with app.test_request_context():
            for rule in app.url_map.iter_rules():
                if "GET" not in (rule.methods or ()) or rule.endpoint in ELSEWHERE:
                    continue
                address = self._address(rule)
                if address is not None:
                    yield access_rule(app.view_functions[rule.endpoint]) or "public", address
        yield from self.extra

    def visitor(self, app: Flask, rule: str) -> Visitor:
        """Someone whom this rule lets in."""
        visitor = app.test_client()
        assert isinstance(visitor, Visitor)
        return visitor.log_in(self.people[rule]) if rule in self.people else visitor

    def _address(self, rule: Rule) -> str | None:
        values = {
            **self.values.get(rule.endpoint.partition(".")[0], {}),
            **self.values.get(rule.endpoint, {}),
        }
        wanted = {name: values[name] for name in rule.arguments if name in values}
        if wanted.keys() != rule.arguments:
            return None
        built = rule.build(wanted, append_unknown=False)
        return built[1] if built else None


def make_sample_site(app: Flask, session: Session) -> SampleSite:
    """Put one of everything into an empty site."""
    producer = make_producer(session, story="Đồi chè trên núi cao.", commune_id=SUOI_GIANG)
    goods = _goods(session, producer)
    tea = goods["in-force"]
    variant = make_variant(session, product=tea, gtin="09520000000011")
    area = make_area(session, producer=producer, commune_id=SUOI_GIANG, standards="VietGAP")
    batch = make_batch(session, variant=variant, areas=[area], note="Hái sớm")
    make_batch(session, variant=variant, expires_on=clock.today() + dt.timedelta(days=9))
    roll = make_roll(session, variant=variant, count=100, batch_id=batch.id, printed_at=clock.now())
    make_activation(session, roll=roll, batch=batch, last_number=roll.first_number + 49)
    make_exception(session, roll=roll, first_number=roll.first_number + 90)
    shopper = make_user(session)
    orders = [
        make_order(session, variant=variant, user=shopper, state=state)
        for state in ("placed", "confirmed", "shipped", "delivered", "cancelled")
    ]
    fair = make_showcase(session, products=list(goods.values())[:4], introduction="Chợ bên hồ.")
    source = make_source(session)
    for measure, year in (("target_products_3star_up", "2025"), ("products_total", "2024")):
        make_figure(session, province_id=TRA_VINH, measure=measure, year=year, source=source)
    owner = make_owner(session, producer)
    make_staff(session, producer)
    for invited in (shopper.email, "moi.nua@thu.example"):
        make_invitation(session, producer, invited)
    people = {
        "signed_in": shopper,
        "producer_member": owner,
        "producer_owner": owner,
        "promotion_staff": make_promotion(session),
        "officer": make_officer(session),
        "admin": make_admin(session),
    }
    values: dict[str, Values] = {
        "shop.product": {"slug": tea.slug},
        "shop.producer": {"slug": producer.slug},
        "shop.area": {"slug": area.slug},
        "trace.batch_story": {"public_id": batch.public_id},
        "promotion": {"slug": fair.slug},
        "staff": {"showcase_id": fair.id, "slug": tea.slug},
        "programme": {"product_id": goods["abroad"].id, "certificate_id": _held(session, goods["abroad"])},
        "admin": {"user_id": shopper.id},
        "portal": {"producer": producer.slug, "slug": tea.slug, "public_id": variant.public_id},
        "portal.area": {"slug": area.slug},
        "portal.batch": {"public_id": batch.public_id},
        "portal.order": {"number": orders[0].number},
        "portal.roll": {"public_id": roll.public_id},
        "portal.sheet": {"public_id": roll.public_id},
    }
    groups = [order.group.public_id for order in orders]
    extra = tuple(_by_hand(app, goods=goods, roll=roll, groups=groups, shopper=shopper))
    return SampleSite(people, values, extra)


def _held(session: Session, product: Product) -> int:
    """The certificate that the product holds."""
    return session.scalars(
        sa.select(Certificate.id).where(
            Certificate.product_id == product.id, Certificate.decides_until == OPEN_END
        )
    ).one()


def _goods(session: Session, producer: Producer) -> dict[str, Product]:
    """A product of each standing, one for each reason not to sell, and one of another province."""
    today = clock.today()
    goods = {
        name: make_product(session, producer=producer, name=f"Chè {n}")
        for n, name in enumerate(
            ("in-force", "unconfirmed", "year", "lapsed", "withdrawn", "pending", "none"), start=1
        )
    }
    make_certificate(
        session, product=goods["in-force"], stars=4, decision_number="12/QĐ-UBND", issued_on=today
    )
    make_certificate(session, product=goods["unconfirmed"], stars=3, recognised_year=today.year - 3)
    make_certificate(session, product=goods["year"], stars=None, recognised_year=today.year - 1)
    make_certificate(session, product=goods["lapsed"], stars=4, recognised_year=today.year - 5)
    make_certificate(
        session,
        product=goods["withdrawn"],
        stars=5,
        withdrawn_on=today,
        withdrawn_reason="production-stopped",
    )
    make_dossier(session, product=goods["pending"])
    goods["nameless"] = make_product(session, name="Mật ong rừng", producer_id=None)
    goods["visit"] = make_product(session, producer=producer, name="Homestay bản Mường", group_code="tourism")
    goods["wine"] = make_product(
        session, producer=producer, name="Rượu táo mèo", group_code="beverage", alcohol=True
    )
    goods["priceless"] = make_product(session, producer=producer, name="Măng khô", description="Phơi nắng.")
    goods["abroad"] = make_product(
        session,
        name="Dừa sáp Cầu Kè",
        producer=make_producer(
            session, name="Cơ sở Dừa Xanh", province_id=TRA_VINH, kind="household_business"
        ),
    )
    until = today + dt.timedelta(days=20)
    make_certificate(session, product=goods["abroad"], stars=3, valid_until=until, decides_until=today)
    make_certificate(session, product=goods["abroad"], stars=5, valid_until=until, decides_from=today)
    make_certificate(
        session,
        product=goods["abroad"],
        stars=4,
        decides_from=today,
        decides_until=today,
        believed_until=OPEN_END,
        recorded_in_error_at=clock.now(),
        recorded_in_error_by="Sơn Thị Lan",
        recorded_in_error_reason="Gõ nhầm sản phẩm.",
    )
    return goods


def _by_hand(
    app: Flask,
    *,
    goods: Mapping[str, Product],
    roll: StampRoll,
    groups: list[str],
    shopper: User,
) -> Iterator[tuple[str, str]]:
    now = clock.now()
    secret = str(app.secret_key)
    until = int((now + dt.timedelta(hours=1)).timestamp())
    claim: dict[str, str | int] = {
        "email": "moi@thu.example",
        "name": "Mới",
        "language": "vi",
        "until": until,
    }
    yield "public", f"/register/{opening_token(claim, secret=secret)}"
    yield "public", f"/password/reset/{reset_token(reset_claim(shopper, now=now), secret=secret)}"
    yield "public", "/password/reset/forged"
    for public_id in groups:
        yield "public", f"/orders/{public_id}"
    yield "signed_in", "/account/orders"
    yield "officer", "/account/second-factor"
    yield "officer", "/account/second-factor?again=1"
    key = part(Trace, app).ring.issuing
    for offset in (0, 0, 60, 95):
        yield "public", f"/t/{encode(roll.first_number + offset, key)}"
    yield "public", f"/t/{encode(roll.first_number, key)}?gtin=09520000000028"
    yield "public", "/t/0000000000000000"
    yield "public", "/t/nonsense"
    yield "public", "/t?code=7K4M+9XQ2+U0R"
    for product in goods.values():
        yield "public", f"/products/{product.slug}"
    for query in (
        "q=che",
        "q=khongco",
        "stars=4&stars=3",
        "stars=9",
        "province=lao-cai",
        "page=99",
        "group=food",
    ):
        yield "public", f"/products?{query}"
    for query in ("q=che", "q=khongco", "page=9", "kind=nothing"):
        yield "public", f"/producers?{query}"
    yield "officer", "/programme/register?page=9"
    yield "officer", "/programme/register?stars=5&standing=nothing"
    yield "admin", "/admin/audit?type=user"
    yield "public", "/no/such/page"
    yield "signed_in", "/portal/"


def words_of_the_data(session: Session) -> list[str]:
    """Every text that stands in the database, longest first: what a page may show in Vietnamese."""
    found: set[str] = set()
    for table in Model.metadata.sorted_tables:
        columns = [column for column in table.columns if isinstance(column.type, sa.String)]
        if columns:
            for row in session.execute(sa.select(*columns)):
                found.update(str(value) for value in row if value)
    return sorted((word for word in found if len(word) > 1), key=len, reverse=True)
