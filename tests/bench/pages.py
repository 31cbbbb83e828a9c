"""Pages beside the bare Flask page: stamp, product, listing, search; kept and drawn anew; small and large; before and
after: BENCH_SITE_ROOT=/other/checkout measures that checkout's pages in the same rounds."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from tests.bench import rounds
from tests.bench.addresses import paths_of
from tests.bench.rounds import CONNECTIONS, Case, Figures
from tests.bench.servers import HELLO, ROOT, serve
from tests.bench.table import Line
from tests.bench.worlds import World, world

NAMES = ("stamp", "product", "listing", "search")
WARM = {"stamp": 0.80, "product": 0.30, "listing": 0.15, "search": 0.10}
ANEW = {"product": 0.10, "listing": 0.06, "search": 0.06}
WORDS = {
    "stamp": "stamp page, scan recorded",
    "product": "product page",
    "listing": "listing of 24 with facets",
    "search": "search",
}
ANEW_CONNECTIONS = 4
OTHER = os.environ.get("BENCH_SITE_ROOT")
"""Another checkout of the project, whose pages are measured beside this one's."""
Kind = tuple[str, str, int]
"""Page, 'warm' or 'anew', connections."""


def checkouts() -> dict[str, Path]:
    """Whose sites are measured, by what the row calls them."""
    here = {"": ROOT}
    return here | {f", {Path(OTHER).name}": Path(OTHER).resolve()} if OTHER else here


@dataclass(frozen=True)
class Measured:
    """Every page, kept (`warm`) and drawn anew, and how many scans were recorded of those asked for."""

    figures: dict[Kind, Figures]
    scans: tuple[int, int]


def measure(
    places: Sequence[World], names: Sequence[str], *, turns: int, seconds: float, anew: bool = True
) -> list[Measured]:
    """Of each world the pages by these names, all in the same rounds."""
    with ExitStack() as stack:
        hello = stack.enter_context(serve(HELLO, {}))
        cases = [_cases(stack, place, names, anew=anew) for place in places]
        for kinds in cases:
            for case in kinds.values():
                if case.connections == ANEW_CONNECTIONS:
                    rounds.warm(case.server, case.paths)
        rounds.warm(hello, ["/"])
        before = [_scans(place) for place in places]
        order = [
            [
                kinds[name, kind, many]
                for kinds in cases
                for kind in ("warm", "anew")
                if (name, kind, many) in kinds
            ]
            for name in names
            for many in CONNECTIONS
        ]
        found = rounds.measure(hello, order, rounds=turns, seconds=seconds)
    made = []
    for place, kinds, scans in zip(places, cases, before, strict=True):
        figures = {kind: found[case] for kind, case in kinds.items()}
        asked = sum(figure.requests for (name, *_), figure in figures.items() if name == "stamp")
        made.append(Measured(figures, (_scans(place) - scans, asked)))
    return made


def _cases(stack: ExitStack, place: World, names: Sequence[str], *, anew: bool) -> dict[Kind, Case]:
    paths = {name: paths_of(place, name) for name in names}
    site = stack.enter_context(place.serve())
    cases = {(name, "warm", many): Case(site, paths[name], many) for name in names for many in CONNECTIONS}
    drawn = [name for name in names if anew and name in ANEW]
    if drawn:
        drawing = stack.enter_context(place.serve(caches=False))
        cases |= {(n, "anew", ANEW_CONNECTIONS): Case(drawing, paths[n], ANEW_CONNECTIONS) for n in drawn}
    return cases


def _scans(place: World) -> int:
    journal = Path(place.data_dir) / "scans.sqlite3"
    if not journal.exists():
        return 0
    with closing(sqlite3.connect(journal)) as connection:
        count: int = connection.execute("SELECT count(*) FROM scan").fetchone()[0]
        return count


def lines(found: Measured, where: str, *, promised: bool) -> Iterator[Line]:
    """The table's rows; the promises hold at the register's products."""
    for (name, kind, many), figures in sorted(
        found.figures.items(), key=lambda item: NAMES.index(item[0][0])
    ):
        target = (WARM if kind == "warm" else ANEW)[name] if promised else None
        words = f"{WORDS[name]}, {many} connections, {where}"
        if kind == "anew":
            yield rounds.line(f"  caches off, {words}", figures, target, by_cpu=True)
        else:
            yield rounds.line(words, figures, target)
    recorded, asked = found.scans
    if asked:
        # Requests under way when the load stops are scans too, though their answer is not counted.
        spare = max(CONNECTIONS) * 2 * 50
        met = asked <= recorded <= asked + spare
        yield Line(f"  scans recorded, {where}", f"{recorded:,} of {asked:,} pages", "every one", met)


def quiet_lines(names: Sequence[str], *, turns: int, seconds: float) -> Iterator[Line]:
    """The pages of the real register, nobody writing; and those of the other checkout in the same rounds."""
    with ExitStack() as stack:
        places = {words: stack.enter_context(world(root=root)) for words, root in checkouts().items()}
        found = measure(list(places.values()), names, turns=turns, seconds=seconds)
    for words, one in zip(places, found, strict=True):
        yield from lines(one, f"598 products{words}", promised=True)


def growth_lines(*, products: int, postgres: bool, most: float, turns: int, seconds: float) -> Iterator[Line]:
    """Listing and search among so many products beside the register's, in the same rounds."""
    names, where = ("listing", "search"), "PostgreSQL" if postgres else "SQLite and Whoosh"
    with world(postgres=postgres) as few, world(products=products, postgres=postgres) as many:
        small, large = measure([few, many], names, turns=turns, seconds=seconds)
    yield from lines(large, f"{products:,} products on {where}", promised=False)
    for name in names:
        drawn = _times(small, large, (name, "anew", ANEW_CONNECTIONS))
        kept = _times(small, large, (name, "warm", ANEW_CONNECTIONS))
        yield Line(
            f"growth of {WORDS[name]}, 598 → {products:,} products on {where}",
            f"CPU {drawn:.2f}× caches off, {kept:.2f}× warm",
            f"≤ {most:.1f}×",
            drawn <= most,
        )


def _times(small: Measured, large: Measured, kind: Kind) -> float:
    """How much more of the processor a page takes, in units of hello."""
    return small.figures[kind].cpu_ratio.median / large.figures[kind].cpu_ratio.median
