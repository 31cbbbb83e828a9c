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
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from app.core.clock import now
from app.core.ids import public_id
from app.core.text import fold
from app.factory import create_app
from app.trace.stamps.codes import encode
from app.trace.stamps.keys import KeyRing
from config import load_settings
from tests.bench.servers import ROOT, SITE, Server, serve
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
    """A site's data: `env` is the environment of every process in it, `root` the checkout whose site it is.

    What the bench itself asks of the data it asks in SQL, by tables as they are: a world may be an older checkout's.
    """

    data_dir: Path
    env: dict[str, str]
    root: Path = ROOT

    def app(self) -> Flask:
        """The site in this process; only of this checkout."""
        assert self.root == ROOT, self.root
        return create_app(load_settings(self.env))

    def serve(self, *extra: str, caches: bool = True) -> AbstractContextManager[Server]:
        """The site under gunicorn."""
        env = self.env if caches else {**self.env, "BENCH_CACHES": "off"}
        return serve(SITE, env, *extra, root=self.root)

    def flask(self, *words: str) -> None:
        """One command of the site, quietly. Raises RuntimeError with what it said where it fails."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
        env = {**os.environ, **self.env}
        done = subprocess.run(command, cwd=self.root, env=env, check=False, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"flask {' '.join(words)}: {done.stderr[-1000:]}")

    @contextmanager
    def tables(self, *names: str) -> Iterator[tuple[sa.Connection, Sequence[sa.Table]]]:
        """A connection in a transaction of its own, and these tables as the database describes them."""
        engine = sa.create_engine(load_settings(self.env).database_url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            known = sa.MetaData()
            known.reflect(connection, only=names)
            yield connection, [known.tables[name] for name in names]

    def rows(self, statement: str) -> list[Any]:
        """The rows that a select finds, in columns by name or place."""
        with self.tables() as (connection, _):
            return list(connection.execute(sa.text(statement)))


@contextmanager
def world(*, products: int = REAL, postgres: bool = False, root: Path = ROOT) -> Iterator[World]:
    """The real register, multiplied up to this many products, indexed."""
    with ExitStack() as stack:
        data_dir = Path(tempfile.mkdtemp(prefix="nguon-bench-"))
        stack.callback(shutil.rmtree, data_dir, ignore_errors=True)
        if products == REAL and not postgres:
            shutil.copytree(_real(root), data_dir, dirs_exist_ok=True)
            yield World(data_dir, _env(data_dir), root)
            return
        env = _env(data_dir)
        if postgres:
            database = stack.enter_context(
                PostgresDatabase(POSTGRES, f"nguon_bench_{os.getpid()}_{data_dir.name[-8:]}")
            )
            env["DATABASE_URL"] = database.url.replace("+psycopg", "")
        made = World(data_dir, env, root)
        _found(made, products)
        yield made


def _env(data_dir: Path) -> dict[str, str]:
    return {"DATA_DIR": str(data_dir), "RATE_LIMITS": "off", "APP_ENV": "demo"}


@cache
def _real(root: Path) -> Path:
    """The world that most rows want, made once and copied for each of them."""
    data_dir = Path(tempfile.mkdtemp(prefix="nguon-bench-real-"))
    atexit.register(shutil.rmtree, data_dir, ignore_errors=True)
    _found(World(data_dir, _env(data_dir), root), REAL)
    return data_dir


def _found(made: World, products: int) -> None:
    made.flask("db", "upgrade")
    made.flask("data", "load")
    if products > REAL:
        _multiply(made, products)
    made.flask("search", "reindex")


_TABLES = ("products", "variants", "certificates", "batches")


def _multiply(made: World, wanted: int) -> None:
    with made.tables(*_TABLES) as (connection, tables):
        real = {table: _rows(connection, table) for table in tables}
        each = len(real[tables[0]])
        for turn in range(1, -(-wanted // each)):
            _copy(connection, real, turn, keep=min(wanted - turn * each, each))
        if connection.dialect.name == "postgresql":
            _set_sequences(connection)
    if "DATABASE_URL" in made.env:
        with made.tables() as (connection, _):
            connection.exec_driver_sql("ANALYZE")


def _set_sequences(connection: sa.Connection) -> None:
    for name in _TABLES:
        connection.exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))"
        )


def _rows(connection: sa.Connection, table: sa.Table) -> list[Row]:
    return [dict(row._mapping) for row in connection.execute(sa.select(table).order_by(table.c.id))]


def _copy(connection: sa.Connection, real: dict[sa.Table, list[Row]], turn: int, *, keep: int) -> None:
    """One more of each of the first `keep` products, in another province and under a name of its own."""
    by_name = {table.name: (table, rows) for table, rows in real.items()}
    step = {name: max(row["id"] for row in rows) for name, (_, rows) in by_name.items()}
    product_table, products = by_name["products"]
    kept = {product["id"] for product in products[:keep]}
    copies = []
    for place, product in enumerate(products[:keep]):
        other = products[(place + 131 * turn) % len(products)]
        name = f"{product['name']} {' '.join(other['name'].split()[-2:])}"
        places = {key: other[key] for key in ("province_id", "today_province_id", "district", "commune")}
        changed = {"id": product["id"] + step["products"] * turn, "slug": f"{product['slug']}-bench-{turn}"}
        changed |= {"name": name, "folded": fold(name), "register_key": None, "commune_id": None}
        copies.append({**product, **places, **changed})
    connection.execute(sa.insert(product_table), copies)
    variants = {v["id"] for v in by_name["variants"][1] if v["product_id"] in kept}
    moved = {"product_id": step["products"], "variant_id": step["variants"]}
    for name in _TABLES[1:]:
        table, rows = by_name[name]
        more = [
            _moved(row, turn, step[name], moved)
            for row in rows
            if row.get("product_id") in kept or row.get("variant_id") in variants
        ]
        if more:
            connection.execute(sa.insert(table), more)


def _moved(row: Row, turn: int, step: int, moved: dict[str, int]) -> Row:
    copy = {**row, "id": row["id"] + step * turn}
    copy |= {key: row[key] + by * turn for key, by in moved.items() if row.get(key) is not None}
    if "public_id" in row:
        copy["public_id"] = public_id()
    if "gtin" in row:
        copy["gtin"] = None
    if "code" in row:
        copy["code"] = f"{row['code']}-bench-{turn}"
    return copy


def stamp(place: World, *, rolls: int, each: int) -> range:
    """Issue and activate `rolls` rolls of `each` stamps over BATCHES batches; the numbers they have."""
    names = ("batches", "stamp_counter", "stamp_rolls", "stamp_activations")
    with place.tables(*names) as (connection, (batches, counter, roll_table, activations)):
        some = connection.execute(
            sa.select(batches.c.id, batches.c.producer_id, batches.c.variant_id)
            .order_by(batches.c.id)
            .limit(BATCHES)
        ).all()
        first = connection.execute(sa.select(counter.c.next_number)).scalar_one()
        start = connection.scalar(sa.select(sa.func.max(roll_table.c.id))) or 0
        label = connection.scalar(sa.select(sa.func.max(roll_table.c.label))) or 0
        moment, key_id = now(), _ring(place).issuing.id
        issued, active = [], []
        for turn in range(1, rolls + 1):
            batch = some[turn % len(some)]
            span = {"first_number": first + (turn - 1) * each, "last_number": first + turn * each - 1}
            names_of = {"id": start + turn, "public_id": public_id(), "label": label + turn, "key_id": key_id}
            owner = {"producer_id": batch.producer_id, "variant_id": batch.variant_id, "issued_at": moment}
            issued.append({**span, **names_of, **owner})
            active.append({**span, "roll_id": start + turn, "batch_id": batch.id, "activated_at": moment})
        connection.execute(sa.insert(roll_table), issued)
        connection.execute(sa.insert(activations), active)
        connection.execute(sa.update(counter).values(next_number=first + rolls * each))
    return range(first, first + rolls * each)


def codes(place: World, numbers: range, count: int) -> list[str]:
    """The codes of `count` of these stamps, spread evenly over them, in no order."""
    key = _ring(place).issuing
    some = (encode(n, key) for n in numbers[:: max(1, len(numbers) // count)])
    return sorted(some, key=lambda code: blake2b(code.encode()).digest())[:count]


def _ring(place: World) -> KeyRing:
    return KeyRing.parse(load_settings(place.env).stamp_keys)


def days_ago(days: int) -> dt.datetime:
    """A moment before now."""
    return now() - dt.timedelta(days=days)
