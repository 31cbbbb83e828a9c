"""The four pages while others write, on SQLite and on PostgreSQL; hello in the same rounds beside the same writers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from tests.bench import rounds
from tests.bench.addresses import paths_of
from tests.bench.pages import NAMES, WORDS, checkouts
from tests.bench.rounds import CONNECTIONS, Case
from tests.bench.servers import HELLO, serve
from tests.bench.table import Line, skipped
from tests.bench.worlds import NO_POSTGRES, World, postgres_answers, world
from tests.bench.writing import others_write, plan_for

BUSY = {"stamp": 0.60, "product": 0.30, "listing": 0.15, "search": 0.10}
ORDERS_A_SECOND = 4.5
"""Fewer than that and the others were too slow for the row to say what it promises."""


def busy_lines(names: Sequence[str], *, turns: int, seconds: float) -> Iterator[Line]:
    """A row for each page and number of connections, and one for what the others did."""
    for postgres in (False, True):
        where = "PostgreSQL" if postgres else "SQLite"
        if postgres and not postgres_answers():
            yield skipped(f"pages while others write, {where}", NO_POSTGRES)
            continue
        for words, root in checkouts().items():
            with world(postgres=postgres, root=root) as place:
                yield from _lines(place, names, f"{where}{words}", turns=turns, seconds=seconds)


def _lines(place: World, names: Sequence[str], where: str, *, turns: int, seconds: float) -> Iterator[Line]:
    paths = {name: paths_of(place, name) for name in names}
    plan = plan_for(place)
    with ExitStack() as stack:
        hello = stack.enter_context(serve(HELLO, {}))
        site = stack.enter_context(place.serve())
        beside = stack.enter_context(place.serve("--workers", "1"))
        cases = {(name, many): Case(site, paths[name], many) for name in names for many in CONNECTIONS}
        with others_write(beside, plan) as written:
            for name in names:
                rounds.warm(site, paths[name])
            rounds.warm(hello, ["/"])
            found = rounds.measure(
                hello, [[case] for case in cases.values()], rounds=turns, seconds=seconds, hello_seconds=2
            )
    for name, many in sorted(cases, key=lambda kind: NAMES.index(kind[0])):
        work = f"{WORDS[name]}, while others write, {many} connections, {where}"
        yield rounds.line(work, found[cases[name, many]], BUSY[name])
    rate = written.orders / written.seconds
    yield Line(f"  the others, {where}", written.show(), "5 orders/s", rate >= ORDERS_A_SECOND)
