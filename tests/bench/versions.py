"""Writers who change different products at once: what it costs that pages must learn of it.

The acts are real ones: `change_variant` inside `atomic()`, once for each of many products, with every statement that
the database was sent written down. Then so many processes send those transactions again by plain psycopg, as fast as
they are answered: with all statements, and without those that write what versions are kept in. What a version costs is
thus the database's own time and waiting, whatever the version's tables are called: they are the tables that
`app.core` owns, but for the audit log and the outbox, which belong to the act. (A version kept by a trigger would stay
in both; the row then says so by its name, for there is nothing to leave out.)
"""

from __future__ import annotations

import multiprocessing
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy as sa

import app.models  # noqa: F401 - every table is known
from app.catalogue.models import Product, Variant
from app.catalogue.variants import VariantFacts, change_variant
from app.core.audit import Actor
from app.core.clock import now
from app.core.db import Model, atomic, db
from tests.bench.table import Line, Spread, skipped
from tests.bench.worlds import NO_POSTGRES, World, postgres_answers, world

BENCH = Actor(None, "bench")
OF_THE_ACT = {"audit_entries", "outbox"}
EACH = 20
"""Products that one writer changes by turns; no two writers have one in common."""
Statement = tuple[str, Mapping[str, Any]]
Act = list[Statement]


def version_tables() -> set[str]:
    """The tables by which pages learn that something changed."""
    tables = {
        mapper.local_table.name  # type: ignore[attr-defined]
        for mapper in Model.registry.mappers
        if mapper.class_.__module__.startswith("app.core.")
    }
    return tables - OF_THE_ACT


def writer_lines(*, writers: int, turns: int, seconds: float) -> list[Line]:
    """Commits a second with versions and without, by turns."""
    words = f"{writers} writers of different products, PostgreSQL"
    if not postgres_answers():
        return [skipped(words, NO_POSTGRES)]
    with world(postgres=True) as place:
        acts = _acts(place, writers * EACH)
        bare = [[statement for statement in act if not of_versions(statement)] for act in acts]
        left_out = sum(map(len, acts)) - sum(map(len, bare))
        with_rows, without = _shares(acts, writers), _shares(bare, writers)
        rates = [(_rate(place, with_rows, seconds), _rate(place, without, seconds)) for _ in range(turns + 1)]
    kept, free = (Spread.of(some) for some in zip(*rates[1:], strict=True))  # the first warms
    ratio = Spread.of([one / other for one, other in rates[1:]])
    measured = (
        f"{ratio.show()} of the rate without versions; {kept.median:,.0f} commits/s beside {free.median:,.0f}/s; "
        f"{left_out / len(acts):.0f} of {sum(map(len, acts)) / len(acts):.0f} statements left out"
    )
    return [Line(words, measured, "≥ 0.90", ratio.median >= 0.90)]


def _acts(place: World, count: int) -> list[Act]:
    """What the database is sent when a pack's price changes, once for each of so many products."""
    site = place.app()
    acts: list[Act] = []
    with site.app_context():
        packs = db.session.execute(
            sa.select(Variant, Product.producer_id)
            .join(Product, Product.id == Variant.product_id)
            .where(Variant.price.is_not(None))
            .order_by(Variant.id)
            .limit(count)
        ).all()
        for pack, producer_id in packs:
            assert pack.price
            assert producer_id
            facts = VariantFacts(pack.pack, pack.net_weight, pack.net_unit, pack.price + 1_000, pack.gtin)
            with _written_down() as act, atomic() as session:
                change_variant(
                    session, producer_id=producer_id, variant_id=pack.id, facts=facts, actor=BENCH, now=now()
                )
            acts.append(act)
        db.session.remove()
        db.engine.dispose()
    return acts


@contextmanager
def _written_down() -> Iterator[Act]:
    act: Act = []

    def note(_c: object, _k: object, statement: str, facts: Any, _x: object, many: bool) -> None:
        rows = facts if many else [facts]
        act.extend((statement, row) for row in rows)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield act
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


def of_versions(statement: Statement) -> bool:
    """Whether it writes into a table of the versions."""
    written = re.match(r'(?:INSERT INTO|UPDATE|DELETE FROM) "?(\w+)', statement[0])
    return written is not None and written[1] in version_tables()


def _shares(acts: Sequence[Act], writers: int) -> list[Sequence[Act]]:
    return [acts[turn::writers] for turn in range(writers)]


def _rate(place: World, shares: Sequence[Sequence[Act]], seconds: float) -> float:
    """Commits a second of one process for each share."""
    fork = multiprocessing.get_context("fork")
    ready, counts = fork.Barrier(len(shares)), fork.SimpleQueue()
    processes = [
        fork.Process(target=_write, args=(place.env["DATABASE_URL"], share, seconds, ready, counts))
        for share in shares
    ]
    for process in processes:
        process.start()
    rate = sum(counts.get() for _ in processes)
    for process in processes:
        process.join()
    return float(rate)


def _write(url: str, acts: Sequence[Act], seconds: float, ready: Any, counts: Any) -> None:
    with psycopg.connect(url) as connection:
        # As a site's database is set, whatever this one's default: a version's row is held until the disk has it.
        connection.execute("SET synchronous_commit = on")
        connection.commit()
        ready.wait()
        start, done = time.monotonic(), 0
        while (took := time.monotonic() - start) < seconds:
            for statement, facts in acts[done % len(acts)]:
                connection.execute(statement, facts)
            connection.commit()
            done += 1
    counts.put(done / took)
