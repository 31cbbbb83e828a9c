"""python -m tests.bench [--quick] [row …]: print the table of promises, measured beside target.

Rows: stamp product listing search growth issue pdf race orders memory, and large, huge (20,000 and 100,000 products).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from tests.bench import load, pages
from tests.bench.buying import order_lines, race_lines
from tests.bench.memory import memory_lines
from tests.bench.stamping import growth_lines, issue_lines, sheet_lines
from tests.bench.table import Line, machine, show, skipped
from tests.bench.worlds import NO_POSTGRES, postgres_answers, world

OTHERS: dict[str, tuple[Callable[..., list[Line]], dict[str, int], dict[str, int]]] = {
    # row: (what measures it, with which numbers, with which in --quick)
    "growth": (
        growth_lines,
        {"stamps": 10_000_000, "scans": 1_000_000, "rounds": 9, "requests": 500},
        {"stamps": 100_000, "scans": 10_000, "rounds": 3, "requests": 100},
    ),
    "issue": (issue_lines, {"count": 1_000_000}, {"count": 1_000_000}),
    "pdf": (sheet_lines, {"count": 10_000}, {"count": 300}),
    "race": (race_lines, {"buyers": 50, "rounds": 20}, {"buyers": 20, "rounds": 2}),
    "orders": (
        order_lines,
        {"buyers": 8, "orders": 200, "rounds": 7},
        {"buyers": 8, "orders": 24, "rounds": 1},
    ),
    "memory": (memory_lines, {"requests": 50_000}, {"requests": 1_000}),
}
WORLDS = ("large", "huge")


def page_rows(names: Sequence[str], *, quick: bool) -> Iterator[Line]:
    """The pages at 598 products, and at more where asked for."""
    chosen = [name for name in pages.NAMES if name in names]
    rounds, seconds = (2, 1) if quick else (7, 2)
    more = () if quick else tuple(name for name in WORLDS if name in names)
    if more:
        chosen = list(pages.NAMES)
    if not chosen:
        return
    with world() as place:
        small = pages.measure(place, chosen, rounds=rounds, seconds=seconds)
    yield from pages.lines(small, "598 products", promised=True)
    if "large" in more:
        with world(products=20_000) as place:
            large = pages.measure(place, chosen, rounds=rounds, seconds=seconds)
        yield from pages.lines(large, "20,000", promised=False)
        yield from pages.growth(small, large, "→ 20,000 on SQLite and Whoosh", {"listing": 2, "search": 4})
    if "huge" in more and not postgres_answers():
        yield skipped("pages at 100,000 products", NO_POSTGRES)
    elif "huge" in more:
        with world(postgres=True) as place:
            few = pages.measure(place, chosen, rounds=3, seconds=seconds)
        with world(products=100_000, postgres=True) as place:
            huge = pages.measure(place, chosen, rounds=rounds, seconds=seconds)
        yield from pages.lines(huge, "100,000 on PostgreSQL", promised=False)
        yield from pages.growth(few, huge, "→ 100,000 on PostgreSQL", {"listing": 2, "search": 2})


def rows(names: Sequence[str], *, quick: bool) -> Iterator[Line]:
    """Every row asked for, in the order of the table."""
    yield from page_rows(names, quick=quick)
    for name, (measure, full, short) in OTHERS.items():
        if name in names:
            yield from measure(**(short if quick else full))


def heard(lines: Iterable[Line]) -> Iterator[Line]:
    """The same lines, each told when it is known: the whole run takes a while."""
    start = time.monotonic()
    for line in lines:
        print(f"  {time.monotonic() - start:5.0f} s  {line.work}: {line.measured}", flush=True)
        yield line


def main() -> None:
    every = (*pages.NAMES, *WORLDS, *OTHERS)
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="row", help=", ".join(every))
    parser.add_argument("--quick", action="store_true", help="a short run that shows that everything works")
    chosen = parser.parse_args()
    if unknown := set(chosen.rows) - set(every):
        parser.error(f"no row {', '.join(sorted(unknown))}; there are {', '.join(every)}")
    print(
        f"{machine()}; load by {load.GENERATOR}, {load.CONNECTIONS} connections; gunicorn as `flask serve` runs it"
    )
    lines = list(heard(rows(chosen.rows or every, quick=chosen.quick)))
    print(f"\n{show(lines)}\n\n{machine()}")


if __name__ == "__main__":
    main()
