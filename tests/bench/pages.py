"""Pages a second beside the bare Flask page: stamp, product, listing, search; kept and drawn anew; small and large."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from app.catalogue.models import Product
from app.core.db import db
from tests.bench import load
from tests.bench.servers import HELLO, SITE, Server, serve
from tests.bench.table import Line, Spread
from tests.bench.worlds import World, codes, stamp

NAMES = ("stamp", "product", "listing", "search")
WARM = {"stamp": 0.50, "product": 0.30, "listing": 0.15, "search": 0.10}
ANEW = {"product": 0.08, "listing": 0.04, "search": 0.03}
WORDS = {
    "stamp": "stamp page, scan recorded",
    "product": "product page",
    "listing": "listing of 24 with facets",
    "search": "search",
}
_LISTINGS = (
    "/products",
    "/products?stars=4",
    "/products?province=lao-cai",
    "/products?group=food",
    "/products?kind=cooperative&stars=3",
    "/products?standing=in-force&sort=name",
    "/products?in_stock=1",
    "/products?province=yen-bai&stars=3&stars=4",
    "/products?page=3",
    "/products?sort=price",
)
_SEARCHES = (
    "mat+ong",
    "ch%C3%A8+shan",
    "ca+phe",
    "g%E1%BA%A1o",
    "mien+dong",
    "ruou",
    "tra",
    "m%E1%BA%ADt+ong+r%E1%BB%ABng",
    "banh",
    "mat+ogn",
)


@dataclass(frozen=True)
class Figures:
    """Of one page: requests a second as a ratio to hello's in the same round, and the workers' CPU a request."""

    ratio: Spread
    rate: Spread
    cpu_us: Spread
    cpu_ratio: Spread
    hello_rate: Spread


@dataclass(frozen=True)
class Measured:
    """Every page, kept (`warm`) and drawn anew, and how many scans were recorded of those asked for."""

    warm: dict[str, Figures]
    anew: dict[str, Figures]
    scans: tuple[int, int]


def paths_of(app: Flask, name: str) -> list[str]:
    """What to ask for: other stamps, products and questions by turns."""
    if name == "stamp":
        return [f"/t/{code}" for code in codes(app, stamp(app, rolls=20, each=2_000), 20_000)]
    if name == "product":
        with app.app_context():
            slugs = db.session.scalars(
                sa.select(Product.slug)
                .where(Product.published_at.is_not(None))
                .order_by(Product.id)
                .limit(40)
            ).all()
            return [f"/products/{slug}" for slug in slugs]
    if name == "listing":
        return list(_LISTINGS)
    return [f"/products?q={words}" for words in _SEARCHES]


def measure(place: World, names: Sequence[str], *, rounds: int, seconds: int, anew: bool = True) -> Measured:
    """Run hello and the pages by turns, so that whatever else the machine does meets all of them alike."""
    app = place.app()
    paths = {name: paths_of(app, name) for name in names}
    with ExitStack() as stack:
        hello = stack.enter_context(serve(HELLO, {}))
        sites = {"warm": stack.enter_context(serve(SITE, place.env))}
        if anew:
            sites["anew"] = stack.enter_context(serve(SITE, {**place.env, "BENCH_CACHES": "off"}))
        for server in sites.values():
            for name in names:
                _warm(server, paths[name])
        _warm(hello, ["/"])
        seen: dict[tuple[str, str], list[tuple[float, ...]]] = {}
        scans_before, asked = _scans(place), 0
        for _ in range(rounds):
            for name in names:
                base = _run(hello, ["/"], seconds)
                for kind, server in sites.items():
                    if kind == "anew" and name not in ANEW:
                        continue
                    rate, cpu, done = _run(server, paths[name], seconds)
                    asked += done if name == "stamp" else 0
                    figures = (rate / base[0], rate, cpu, base[1] / cpu, base[0])
                    seen.setdefault((kind, name), []).append(figures)
    found = {at: Figures(*(Spread.of(one) for one in zip(*some, strict=True))) for at, some in seen.items()}
    with app.app_context():
        db.engine.dispose()
    return Measured(
        {name: found["warm", name] for name in names},
        {name: found["anew", name] for name in names if ("anew", name) in found},
        (_scans(place) - scans_before, asked),
    )


def _warm(server: Server, paths: Sequence[str]) -> None:
    """Until every worker has drawn what it keeps: until a run is no longer much faster than the one before.

    Three runs at least, since stamps seen for the first time and seen before have pages of their own.
    """
    before, rate = 0.0, 1.0
    for turn in range(8):
        before, rate = rate, load.run(server.address, paths, 2).rate
        if turn >= 2 and rate < 1.3 * before:
            return


def _run(server: Server, paths: Sequence[str], seconds: int) -> tuple[float, float, int]:
    """Requests a second, CPU microseconds a request, requests. Raises RuntimeError for a single wrong answer."""
    before = server.cpu_seconds()
    done = load.run(server.address, paths, seconds)
    if done.faults or not done.requests:
        raise RuntimeError(f"{done.faults} faults in {done.requests} requests for {paths[0]}")
    return done.rate, (server.cpu_seconds() - before) / done.requests * 1e6, done.requests


def _scans(place: World) -> int:
    journal = Path(place.data_dir) / "scans.sqlite3"
    if not journal.exists():
        return 0
    with closing(sqlite3.connect(journal)) as connection:
        count: int = connection.execute("SELECT count(*) FROM scan").fetchone()[0]
        return count


def lines(found: Measured, where: str, *, promised: bool) -> list[Line]:
    """The table's rows; the promises hold at 598 products."""
    made = []
    for name in found.warm:
        made.append(_line(WORDS[name], where, found.warm[name], WARM[name] if promised else None))
        if name == "stamp":
            recorded, asked = found.scans
            # Requests under way when the load stops are scans too, though their answer is not counted.
            spare = load.CONNECTIONS * 2 * 50
            met = asked <= recorded <= asked + spare
            made.append(
                Line(f"  scans recorded, {where}", f"{recorded:,} of {asked:,} pages", "every one", met)
            )
        if name in found.anew:
            target = ANEW[name] if promised else None
            made.append(_line(f"{WORDS[name]}, caches off", where, found.anew[name], target))
    return made


def _line(work: str, where: str, figures: Figures, target: float | None) -> Line:
    measured = (
        f"{figures.ratio.show()} of hello; {figures.rate.median:,.0f}/s beside {figures.hello_rate.median:,.0f}/s; "
        f"CPU {figures.cpu_us.median:,.0f} µs, ratio {figures.cpu_ratio.show()}"
    )
    if target is None:
        return Line(f"{work}, {where}", measured)
    return Line(f"{work}, {where}", measured, f"≥ {target:.2f}", figures.ratio.median >= target)


def growth(small: Measured, large: Measured, words: str, limits: dict[str, float]) -> list[Line]:
    """How much dearer a page drawn anew becomes, in units of hello."""
    made = []
    for name, most in limits.items():
        if name not in small.anew or name not in large.anew:
            continue
        times = small.anew[name].ratio.median / large.anew[name].ratio.median
        warm = small.warm[name].ratio.median / large.warm[name].ratio.median
        made.append(
            Line(
                f"growth of {WORDS[name]}, {words}",
                f"{times:.1f}× caches off, {warm:.1f}× warm",
                f"≤ {most:.0f}×",
                times <= most,
            )
        )
    return made
