"""Worlds to measure in: a DATA_DIR and a database of their own, removed at the end.

The real register is loaded as `make run` does; larger worlds are multiplied from its rows, so that names, places, stars
and groups stay as unevenly spread as they are.
"""

from __future__ import annotations

import atexit
import datetime as dt
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.catalogue.models import Product, Variant
from app.certification.models import Certificate
from app.core.clock import now
from app.core.db import atomic, db
from app.core.ids import public_id
from app.core.parts import part
from app.core.text import fold
from app.factory import create_app
from app.supply.models import Batch
from app.trace.setup import Trace
from app.trace.stamps.codes import encode
from app.trace.stamps.models import StampActivation, StampCounter, StampRoll
from config import load_settings
from tests.bench.servers import ROOT
from tests.factories.database import PostgresDatabase, answers

POSTGRES = os.environ.get("TEST_POSTGRES_URL") or "postgresql://postgres@127.0.0.1:5432/postgres"
BATCHES = 10
"""Batches that stamps are stuck on: a page is drawn once for each, which is not what stamps in number cost."""
NO_POSTGRES = "PostgreSQL does not answer (TEST_POSTGRES_URL)"
REAL = 598
"""Products of the real register."""
Row = dict[str, Any]


def postgres_answers() -> bool:
    """Whether there is a PostgreSQL to measure on."""
    return answers(POSTGRES)


@dataclass(frozen=True)
class World:
    """A site's data: `env` is the environment of every process in it."""

    data_dir: Path
    env: dict[str, str]

    def app(self) -> Flask:
        """The site in this process."""
        return create_app(load_settings(self.env))

    def flask(self, *words: str) -> None:
        """One command of the site, quietly. Raises RuntimeError with what it said where it fails."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
        env = {**os.environ, **self.env}
        done = subprocess.run(command, cwd=ROOT, env=env, check=False, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"flask {' '.join(words)}: {done.stderr[-1000:]}")


@contextmanager
def world(*, products: int = REAL, postgres: bool = False) -> Iterator[World]:
    """The real register, multiplied up to this many products, indexed."""
    with ExitStack() as stack:
        data_dir = Path(tempfile.mkdtemp(prefix="nguon-bench-"))
        stack.callback(shutil.rmtree, data_dir, ignore_errors=True)
        if products == REAL and not postgres:
            shutil.copytree(_real(), data_dir, dirs_exist_ok=True)
            yield World(data_dir, _env(data_dir))
            return
        env = _env(data_dir)
        if postgres:
            database = stack.enter_context(
                PostgresDatabase(POSTGRES, f"nguon_bench_{os.getpid()}_{products}")
            )
            env["DATABASE_URL"] = database.url.replace("+psycopg", "")
        made = World(data_dir, env)
        _found(made, products)
        yield made


def _env(data_dir: Path) -> dict[str, str]:
    return {"DATA_DIR": str(data_dir), "RATE_LIMITS": "off", "APP_ENV": "demo"}


@cache
def _real() -> Path:
    """The world that most rows want, made once and copied for each of them."""
    data_dir = Path(tempfile.mkdtemp(prefix="nguon-bench-real-"))
    atexit.register(shutil.rmtree, data_dir, ignore_errors=True)
    _found(World(data_dir, _env(data_dir)), REAL)
    return data_dir


def _found(made: World, products: int) -> None:
    made.flask("db", "upgrade")
    made.flask("data", "load")
    if products > REAL:
        _multiply(made.app(), products)
    made.flask("search", "reindex")


def _multiply(app: Flask, wanted: int) -> None:
    with app.app_context():
        with atomic() as session:
            real = {table: _rows(session, table) for table in (Product, Variant, Certificate, Batch)}
            rounds = -(-wanted // len(real[Product]))
            for turn in range(1, rounds):
                room = wanted - turn * len(real[Product])
                _copy(session, real, turn, keep=min(room, len(real[Product])))
        if db.engine.dialect.name == "postgresql":
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("ANALYZE")
        db.engine.dispose()


def _rows(session: Session, table: type[Any]) -> list[Row]:
    found = session.execute(sa.select(table.__table__).order_by(table.__table__.c.id))
    return [dict(row._mapping) for row in found]


def _copy(session: Session, real: dict[type[Any], list[Row]], turn: int, *, keep: int) -> None:
    """One more of each of the first `keep` products, in another province and under a name of its own."""
    products, step = real[Product], {table: max(r["id"] for r in rows) for table, rows in real.items()}
    kept = {product["id"] for product in products[:keep]}
    copies = []
    for place, product in enumerate(products[:keep]):
        other = products[(place + 131 * turn) % len(products)]
        name = f"{product['name']} {' '.join(other['name'].split()[-2:])}"
        places = {key: other[key] for key in ("province_id", "today_province_id", "district", "commune")}
        changed = {"id": product["id"] + step[Product] * turn, "slug": f"{product['slug']}-bench-{turn}"}
        changed |= {"name": name, "folded": fold(name), "register_key": None, "commune_id": None}
        copies.append({**product, **places, **changed})
    session.execute(sa.insert(cast(sa.Table, Product.__table__)), copies)
    variants = {v["id"]: v for v in real[Variant] if v["product_id"] in kept}
    moved = {"product_id": step[Product], "variant_id": step[Variant]}
    for table, some in (
        (Variant, list(variants.values())),
        (Certificate, [c for c in real[Certificate] if c["product_id"] in kept]),
        (Batch, [b for b in real[Batch] if b["variant_id"] in variants]),
    ):
        more = []
        for row in some:
            copy = {**row, "id": row["id"] + step[table] * turn}
            copy |= {key: row[key] + by * turn for key, by in moved.items() if key in row}
            if "public_id" in row:
                copy["public_id"] = public_id()
            if "gtin" in row:
                copy["gtin"] = None
            if "code" in row:
                copy["code"] = f"{row['code']}-bench-{turn}"
            more.append(copy)
        if more:
            session.execute(sa.insert(cast(sa.Table, table.__table__)), more)


def stamp(app: Flask, *, rolls: int, each: int) -> range:
    """Issue and activate `rolls` rolls of `each` stamps over BATCHES batches; the numbers they have."""
    with app.app_context(), atomic() as session:
        batches = session.execute(
            sa.select(Batch.id, Batch.producer_id, Batch.variant_id).order_by(Batch.id).limit(BATCHES)
        ).all()
        counter = session.get_one(StampCounter, 1)
        first, moment, key_id = counter.next_number, now(), part(Trace, app).ring.issuing.id
        start = session.scalar(sa.select(sa.func.max(StampRoll.id))) or 0
        label = session.scalar(sa.select(sa.func.max(StampRoll.label))) or 0
        issued, active = [], []
        for turn in range(1, rolls + 1):
            batch = batches[turn % len(batches)]
            span = {"first_number": first + (turn - 1) * each, "last_number": first + turn * each - 1}
            names = {"id": start + turn, "public_id": public_id(), "label": label + turn, "key_id": key_id}
            owner = {"producer_id": batch.producer_id, "variant_id": batch.variant_id, "issued_at": moment}
            issued.append({**span, **names, **owner})
            active.append({**span, "roll_id": start + turn, "batch_id": batch.id, "activated_at": moment})
        session.execute(sa.insert(StampRoll), issued)
        session.execute(sa.insert(StampActivation), active)
        counter.next_number = first + rolls * each
    return range(first, first + rolls * each)


def codes(app: Flask, numbers: range, count: int) -> list[str]:
    """The codes of `count` of these stamps, spread evenly over them, in no order."""
    key = part(Trace, app).ring.issuing
    some = (encode(n, key) for n in numbers[:: max(1, len(numbers) // count)])
    return sorted(some, key=lambda code: blake2b(code.encode()).digest())[:count]


def days_ago(days: int) -> dt.datetime:
    """A moment before now."""
    return now() - dt.timedelta(days=days)
