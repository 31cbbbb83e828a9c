"""What another process has committed is on the very next page of a stamp, cached pages or not."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session

from app.core.db import db
from app.core.parts import part
from app.trace.setup import Trace
from app.trace.stamps.codes import encode
from config import Settings
from tests.factories.catalogue import make_product, make_variant
from tests.factories.certification import make_certificate
from tests.factories.supply import make_batch
from tests.factories.trace import make_activation, make_roll

ROOT = Path(__file__).parents[2]
PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 12) Chrome/120 Mobile"}
ELSEWHERE = """
import datetime as dt
import sys
import sqlalchemy as sa
from app.factory import create_app
from app.certification.awards import withdraw
from app.core.audit import Actor
from app.core.clock import now
from app.core.db import atomic, db
from app.catalogue.models import Variant
from app.supply.models import Batch
from app.trace.stamps.models import StampActivation, StampRoll
from app.trace.stamps.rolls import Span, undo_activation, void_range

with create_app().app_context():
    for change in sys.stdin:
        with atomic() as session:
            roll = session.scalars(sa.select(StampRoll)).one()
            mine = {"producer_id": roll.producer_id, "actor": Actor(None, "elsewhere"), "now": now()}
            exec(change)
        db.engine.dispose()
        print("done", flush=True)
"""
CHANGES = {
    "void": 'void_range(session, roll_id=roll.id, span=Span(1, 5), reason="In nhòe mực", **mine)',
    "not-activated": (
        "undo_activation(session, activation_id=session.scalars(sa.select(StampActivation.id)).one(), **mine)"
    ),
    "past-date": "session.scalars(sa.select(Batch)).one().expires_on = now().date() - dt.timedelta(days=3)",
    "star-ended": (
        'withdraw(session, product_id=session.scalars(sa.text("SELECT id FROM products")).one(), '
        'reason="no-records", note="Không có hồ sơ truy xuất.", actor=mine["actor"], now=now(), '
        'officer_unit=session.scalars(sa.text("SELECT today_province_id FROM products")).one())'
    ),
}


PRICED = "session.scalars(sa.select(Variant)).one().price = 77_000"


def look(app: Flask, code: str) -> str:
    page = BeautifulSoup(app.test_client().get(f"/t/{code}", headers=PHONE).text, "html.parser")
    main = page.select_one("main[data-verdict]")
    assert main is not None
    return str(main["data-verdict"])


@pytest.fixture(scope="module")
def elsewhere(worker_app: Flask, worker_settings: Settings) -> Iterator[Callable[[str], None]]:
    """Make a change in a process of its own, as the portal in another worker would."""
    with worker_app.app_context():
        url = db.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    env = {
        **os.environ,
        "DATA_DIR": str(worker_settings.data_dir),
        "DATABASE_URL": url,
        "CLOCK": "2026-11-21T09:00:00+07:00",
    }
    command = [sys.executable, "-c", ELSEWHERE]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=env, stdin=pipe, stdout=pipe, text=True) as other:

        def send(change: str) -> None:
            assert other.stdin and other.stdout
            print(change, file=other.stdin, flush=True)
            assert other.stdout.readline() == "done\n"

        yield send


@pytest.mark.parametrize("verdict", CHANGES)
def test_a_change_by_another_process_is_on_the_next_page(
    app: Flask, session: Session, elsewhere: Callable[[str], None], verdict: str
) -> None:
    product = make_product(session)
    make_certificate(session, product=product, stars=4, valid_until=dt.date(2028, 1, 17))
    variant = make_variant(session, product=product)
    batch = make_batch(session, variant=variant, made_on=dt.date(2026, 11, 1))
    ring = part(Trace, app).ring
    roll = make_roll(session, variant=variant, count=10, key_id=ring.issuing.id)
    make_activation(session, roll=roll, batch=batch)
    code = encode(roll.first_number, ring.issuing)
    assert [look(app, code) for _ in range(2)] == ["genuine-first", "genuine-seen"]
    if verdict == "past-date":
        batch.made_on = dt.date(2026, 1, 1)
        session.commit()
    session.rollback()
    elsewhere(CHANGES[verdict])
    assert look(app, code) == verdict
    assert look(app, code) == verdict


def test_a_price_changed_by_another_process_is_on_the_next_page_of_every_worker(
    app: Flask, make_app: Callable[..., Flask], session: Session, elsewhere: Callable[[str], None]
) -> None:
    product = make_product(session)
    variant = make_variant(session, product=product, price=55_000)
    make_batch(session, variant=variant)
    make_roll(session, variant=variant)
    workers = [app, make_app()]
    addresses = ["/products", f"/products/{product.slug}", f"/api/v1/products/{product.slug}"]

    def pages() -> list[str]:
        return [worker.test_client().get(address).text for worker in workers for address in addresses]

    assert all("55.000" in page or "55000" in page for page in pages() + pages())
    session.rollback()
    elsewhere(PRICED)
    assert all("77.000" in page or "77000" in page for page in pages())
