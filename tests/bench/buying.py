"""Buyers at once: the last pack is sold once, and orders a second beside the bare Flask page."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode, urlsplit

import sqlalchemy as sa
from flask import Flask
from flask_wtf.csrf import generate_csrf
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.catalogue.models import Producer, Product, Variant
from app.core.audit import Actor
from app.core.clock import now
from app.core.db import atomic, db
from app.core.errors import Busy
from app.core.ids import public_id
from app.geography.communes import communes_of
from app.geography.lookup import gazetteer
from app.geography.models import VN34
from app.listing.goods import goods
from app.orders.checkout import CartEmpty, Contact, checkout_token, place_order
from app.orders.models import Cart, CartLine, OrderLineBatch
from app.supply.models import Batch, StockMovement
from app.supply.stock import OutOfStock
from tests.bench import load
from tests.bench.rounds import even_hello
from tests.bench.servers import HELLO, ROOT, serve
from tests.bench.table import Line, Spread, skipped
from tests.bench.worlds import NO_POSTGRES, postgres_answers, world

GUEST = Actor(None, "guest")


def race_lines(*, buyers: int, rounds: int) -> list[Line]:
    """So many buyers of one pack, in a thread and a session each, on both engines."""
    made = []
    for postgres in (False, True):
        words = (
            f"last unit, {buyers} buyers at once, {rounds} rounds, {'PostgreSQL' if postgres else 'SQLite'}"
        )
        if postgres and not postgres_answers():
            made.append(skipped(words, NO_POSTGRES))
            continue
        with world(postgres=postgres) as place:
            app = place.app()
            start = time.perf_counter()
            sold = [_race(app, buyers) for _ in range(rounds)]
            took = (time.perf_counter() - start) / rounds
            with app.app_context():
                db.engine.dispose()
        right = sold.count(1)
        measured = f"exactly once in {right} of {rounds}, {1000 * took:.0f} ms a round"
        made.append(Line(words, measured, "sold exactly once, every round", right == rounds))
    return made


def _contact(session: Session) -> Contact:
    province = gazetteer(session).provinces(VN34)[0]
    commune = communes_of(session, province.id)[0]
    return Contact("Nguyễn Thùy Dương", "+84912345678", None, province.id, commune.id, "Thôn Pang Cáng")


def _race(app: Flask, buyers: int) -> int:
    """How many orders were made of one pack. Raises AssertionError where stock or ledger disagree."""
    with app.app_context():
        contact = _contact(db.session())
        with atomic() as session:
            variant, price = _for_sale(session, 1)[0]
            session.execute(sa.update(Batch).where(Batch.variant_id == variant).values(state="closed"))
            known = session.scalars(sa.select(Batch).where(Batch.variant_id == variant)).first()
            assert known
            batch = _last_pack(session, known)
            carts = _carts(session, [variant] * buyers)
        batch_id = batch.id
        db.session.remove()
    start = threading.Barrier(buyers)

    def buy(cart: tuple[int, str]) -> str:
        start.wait(timeout=60)
        while True:
            try:
                with app.app_context(), atomic() as session:
                    place_order(
                        session,
                        cart=session.get(Cart, cart[0]),
                        token=checkout_token(),
                        contact=contact,
                        shown_total=price,
                        user_id=None,
                        language="vi",
                        actor=GUEST,
                        now=now(),
                    )
                return "sold"
            except (OutOfStock, CartEmpty) as refused:
                return refused.code
            except Busy:
                continue
            except OperationalError as error:  # told to wait: tries again, as a buyer would
                if "lock" not in str(error.orig):
                    raise

    with ThreadPoolExecutor(buyers) as threads:
        ends = Counter(threads.map(buy, carts))
    with app.app_context():
        session = db.session()
        left = session.get_one(Batch, batch_id).on_hand
        moved = session.scalar(
            sa.select(sa.func.sum(StockMovement.quantity)).where(StockMovement.batch_id == batch_id)
        )
        lines = session.scalar(
            sa.select(sa.func.count()).select_from(OrderLineBatch).where(OrderLineBatch.batch_id == batch_id)
        )
        db.session.remove()
    assert (left, moved) == (0, 0), (left, moved)
    assert ends["sold"] == lines, (ends, lines)
    return ends["sold"]


def _last_pack(session: Session, like: Batch) -> Batch:
    batch = Batch(
        public_id=public_id(),
        producer_id=like.producer_id,
        variant_id=like.variant_id,
        code=f"CUOI-{public_id()}",
        made_on=like.made_on,
        expires_on=like.expires_on,
        quantity=1,
        on_hand=1,
        created_at=now(),
    )
    session.add(batch)
    session.flush()
    session.add(StockMovement(batch_id=batch.id, kind="made", quantity=1, at=now()))
    return batch


def _for_sale(session: Session, count: int) -> list[tuple[int, int]]:
    """Variants that can be bought, with what one pack costs delivered, in đồng."""
    rows = session.execute(
        sa.select(Variant.id, Variant.price + Producer.delivery_fee)
        .join(Product, Product.id == Variant.product_id)
        .join(Producer, Producer.id == Product.producer_id)
        .where(Variant.price.is_not(None), sa.exists().where(Batch.variant_id == Variant.id))
        .order_by(Variant.id)
    ).all()
    may = goods(session, [variant for variant, _ in rows])
    return [
        (variant, total)
        for variant, total in rows
        if total is not None and variant in may and may[variant].refusal is None
    ][:count]


def _carts(session: Session, variants: list[int]) -> list[tuple[int, str]]:
    carts = [Cart(token=public_id(24), updated_at=now()) for _ in variants]
    session.add_all(carts)
    session.flush()
    session.add_all(
        CartLine(cart_id=cart.id, variant_id=variant, quantity=1)
        for cart, variant in zip(carts, variants, strict=True)
    )
    return [(cart.id, cart.token) for cart in carts]


# --- orders a second ---------------------------------------------------------------------------------------


def order_lines(*, buyers: int, orders: int, rounds: int) -> list[Line]:
    """Checkout forms sent over HTTP by so many buyers, hello by turns with them."""
    words = f"orders a second, {buyers} buyers at once, PostgreSQL"
    if not postgres_answers():
        return [skipped(words, NO_POSTGRES)]
    with world(postgres=True) as place, serve(HELLO, {}) as hello, place.serve() as site:
        app = place.app()
        load.run(hello.address, ["/"], 1)
        load.run(site.address, ["/products", "/checkout"], 2)
        ratios, rates, cpu_ratios = [], [], []
        for turn in range(rounds + 1):
            forms = list(_forms(app, orders))
            base = even_hello(hello, 2, buyers)[0]
            used = sum(site.cpu_by_worker().values())
            command = [sys.executable, "-m", "tests.bench.buying", site.address, str(buyers)]
            sent = "\n".join(json.dumps(form) for form in forms)
            told = subprocess.run(
                command, cwd=ROOT, input=sent, capture_output=True, text=True, check=True
            ).stdout
            seconds, statuses = json.loads(told)
            assert statuses == {"303": orders}, statuses
            if turn:  # the first warms
                cpu = (sum(site.cpu_by_worker().values()) - used) / orders * 1e6
                cpu_ratios.append(base.cpu_us / cpu)
                ratios.append(orders / seconds / base.rate)
                rates.append(orders / seconds)
        with app.app_context():
            db.engine.dispose()
    ratio = Spread.of(ratios)
    measured = (
        f"CPU {Spread.of(cpu_ratios).show('.3f')}, req/s {ratio.show('.3f')} of hello; "
        f"{Spread.of(rates).show('.0f')} orders/s"
    )
    return [Line(words, measured, "≥ 0.03", ratio.median >= 0.03)]


def _forms(app: Flask, count: int) -> Iterator[tuple[str, str]]:
    """(session cookie, form) of buyers who stand before the button, each with a cart of their own."""
    with app.app_context():
        contact = _contact(db.session())
        with atomic() as session:
            session.execute(
                sa.update(Batch).values(on_hand=Batch.on_hand + 10_000, quantity=Batch.quantity + 10_000)
            )
            sale = _for_sale(session, 50)
            chosen = [sale[turn % len(sale)] for turn in range(count)]
            carts = _carts(session, [variant for variant, _ in chosen])
        db.session.remove()
    for (_, total), (_, cart_token) in zip(chosen, carts, strict=True):
        with app.test_request_context() as context:
            token = generate_csrf()
            context.session["cart_token"] = cart_token
            answer = Response()
            app.session_interface.save_session(app, context.session, answer)  # type: ignore[arg-type]
        form = {
            "csrf_token": token,
            "token": checkout_token(),
            "shown_total": str(total),
            "name": contact.name,
            "phone": contact.phone,
            "province": contact.province_id,
            "commune": contact.commune_id,
            "address": contact.address,
            "payment": "cod",
        }
        yield answer.headers["Set-Cookie"].partition(";")[0], urlencode(form)


def _send(address: str, forms: list[tuple[str, str]]) -> Counter[int]:
    url = urlsplit(address)
    connection = http.client.HTTPConnection(url.netloc, timeout=60)
    statuses: Counter[int] = Counter()
    for cookie, form in forms:
        headers = {
            "Cookie": cookie,
            "Content-Type": "application/x-www-form-urlencoded",
            "Referer": f"{address}/checkout",
        }
        connection.request("POST", "/checkout", form, headers)
        answer = connection.getresponse()
        answer.read()
        statuses[answer.status] += 1
    connection.close()
    return statuses


def _buyers(address: str, buyers: int, forms: list[tuple[str, str]]) -> None:
    start = time.perf_counter()
    with ThreadPoolExecutor(buyers) as threads:
        parts = threads.map(_send, [address] * buyers, [forms[turn::buyers] for turn in range(buyers)])
        statuses = sum(parts, Counter[int]())
    print(json.dumps([time.perf_counter() - start, statuses]))


if __name__ == "__main__":
    _buyers(sys.argv[1], int(sys.argv[2]), [tuple(json.loads(line)) for line in sys.stdin])
